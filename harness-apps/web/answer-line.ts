import type { HarnessEvent, Request } from '../../src/harness/protocol.ts';
import { Fields } from '../protocol/fields.ts';
import { messageOf, Refusal } from '../protocol/refusal.ts';
import { readRequest } from '../protocol/request.ts';

/** A line of the protocol, and whether it is the harness's last. */
export interface Answer {
  readonly line: string;
  readonly last: boolean;
}

/** Answers one line of the orchestrator; whatever goes wrong is an answer too, also one that is too large to be written. */
export async function answerLine(session: { answer(request: Request): Promise<HarnessEvent> }, line: string): Promise<Answer> {
  let id: number | null = null;
  try {
    const fields = new Fields(parse(line), 'request');
    id = fields.whole('id', 0);
    const event = await session.answer(readRequest(fields));
    return { line: JSON.stringify(event), last: event.event === 'bye' };
  } catch (error) {
    const event: HarnessEvent = { event: 'error', id, code: error instanceof Refusal ? error.code : 'internal', message: messageOf(error) };
    return { line: JSON.stringify(event), last: false };
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new Refusal('bad-request', `a request must be one JSON object on one line: ${messageOf(error)}`);
  }
}
