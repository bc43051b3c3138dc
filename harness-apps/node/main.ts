/**
 * Harness app over Node: protocol v1 on stdin and stdout. `node harness-node.mjs [RUNTIME…]` carries the runtimes that are named, or all;
 * `null` alone loads no native library. Exits 0 on `bye` and when its input closes.
 */
import manifest from '../../package.json' with { type: 'json' };
import { LineSplitter } from '../../src/harness/lines.ts';
import { Fields } from '../protocol/fields.ts';
import { watchParent } from './orphan.ts';
import { writeEvent } from './output.ts';
import { messageOf, Refusal } from '../protocol/refusal.ts';
import { readRequest } from '../protocol/request.ts';
import { openRuntimes, RUNTIME_NAMES } from './runtimes/registry.ts';
import { Session } from './session.ts';

const named = process.argv.slice(2);
const unknown = named.filter((name) => !RUNTIME_NAMES.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`harness-node: no runtime "${unknown.join('", "')}" here; there is ${RUNTIME_NAMES.join(', ')}\n`);
  process.exit(2);
}

let closed = false;
const watching = watchParent(process.ppid);
const carried = await openRuntimes(named.length > 0 ? named : RUNTIME_NAMES);
// After this the memory of a launch grows by the model only.
await watching;
const session = new Session({ name: 'paddock-node', version: manifest.version }, carried, () => closed);

async function handle(line: string): Promise<void> {
  if (line.trim() === '') return;
  let id: number | null = null;
  try {
    let parsed: unknown;
    try {
      parsed = JSON.parse(line);
    } catch (error) {
      throw new Refusal('bad-request', `a request must be one JSON object on one line: ${messageOf(error)}`);
    }
    const fields = new Fields(parsed, 'request');
    id = fields.whole('id', 0);
    const event = await session.answer(readRequest(fields));
    if (event === null) process.exit(0);
    writeEvent(event);
    if (event.event === 'bye') process.exit(0);
  } catch (error) {
    writeEvent({ event: 'error', id, code: error instanceof Refusal ? error.code : 'internal', message: messageOf(error) });
  }
}

let queue = Promise.resolve();
const splitter = new LineSplitter();
process.stdin.on('data', (chunk: Buffer) => {
  for (const line of splitter.push(chunk)) queue = queue.then(() => handle(line));
});
process.stdin.once('close', () => {
  closed = true;
  queue = queue.then(() => process.exit(0));
});
