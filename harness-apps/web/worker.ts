/**
 * The harness: protocol v1 in a worker, so that nothing of the page's window runs on its thread. Its window ends it with everything it started when the connection closes.
 */
import manifest from '../../package.json' with { type: 'json' };
import type { HarnessEvent } from '../../src/harness/protocol.ts';
import { Fields } from '../protocol/fields.ts';
import { messageOf, Refusal } from '../protocol/refusal.ts';
import { readRequest } from '../protocol/request.ts';
import { listenToConsole } from './console.ts';
import type { Answers, FromWorker, ToWorker } from './messages.ts';
import { RUNTIMES } from './runtimes/registry.ts';
import { Session } from './session.ts';
import { countThreads } from './threads.ts';

const tell = (message: FromWorker): void => { postMessage(message); };

countThreads();
listenToConsole((line) => { tell({ kind: 'log', line }); });

let take: ((answer: Answers[keyof Answers]) => void) | null = null;

function ask<What extends keyof Answers>(what: What): Promise<Answers[What]> {
  return new Promise((resolve) => {
    take = (answer) => { resolve(answer as Answers[What]); };
    tell({ kind: 'ask', what });
  });
}

const session = new Session({
  harness: { name: 'paddock-web', version: manifest.version },
  runtimes: RUNTIMES,
  ask,
  show: (activity) => { tell({ kind: 'activity', activity }); },
});

async function handle(line: string): Promise<void> {
  let id: number | null = null;
  let event: HarnessEvent;
  try {
    let parsed: unknown;
    try {
      parsed = JSON.parse(line);
    } catch (error) {
      throw new Refusal('bad-request', `a request must be one JSON object on one line: ${messageOf(error)}`);
    }
    const fields = new Fields(parsed, 'request');
    id = fields.whole('id', 0);
    event = await session.answer(readRequest(fields));
  } catch (error) {
    event = { event: 'error', id, code: error instanceof Refusal ? error.code : 'internal', message: messageOf(error) };
  }
  tell({ kind: 'event', line: JSON.stringify(event), last: event.event === 'bye' });
}

let queue = Promise.resolve();
onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'answer') {
    take?.(data.answer);
    take = null;
    return;
  }
  const { line } = data;
  queue = queue.then(() => handle(line));
};
