// A paddock-like process of its own: writes attempts of one case until told to stop. argv: store, run, case key, first block, count, claim|no-claim
import { openStore } from '../../src/store/open-store.ts';
import { exampleAttempt } from './example.ts';

const [path, runId, subject, first, count, claim] = process.argv.slice(2);
if (path === undefined || runId === undefined || subject === undefined) throw new Error('usage: writer.ts STORE RUN KEY FIRST COUNT claim|no-claim');
using store = openStore(path, { mode: 'write' });
if (claim === 'claim') store.claimRun(runId, 'the writer of a test');
process.stdout.write('ready\n');
for (let block = Number(first); block < Number(first) + Number(count); block++) {
  store.addAttempt(exampleAttempt(runId, subject, block));
  process.stdout.write(`${block}\n`);
}
