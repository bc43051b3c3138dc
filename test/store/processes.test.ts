import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import { RunClaimedError } from '../../src/store/claim-table.ts';
import { openStore } from '../../src/store/open-store.ts';
import { exampleAttempt, examplePlan, exampleRun } from './example.ts';
import { newFolder } from './folder.ts';

const ID = '20261122-061530-4f2a';
const WRITER = new URL('writer.ts', import.meta.url).pathname;
const SUBJECT = 'm0/fp32/onnxruntime/cpu/w/local?threads=1&batch=1';
const children = new Set<ChildProcess>();
let path: string;

beforeEach(() => {
  path = join(newFolder(), 'store.db');
  using store = openStore(path, { mode: 'write' });
  store.createRun({ info: exampleRun(ID), suite: '{}', devices: [], cases: examplePlan(1) });
});

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

function writer(first: number, count: number, claim: 'claim' | 'no-claim') {
  const child = spawn(process.execPath, [WRITER, path, ID, SUBJECT, String(first), String(count), claim], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.add(child);
  const acknowledged: number[] = [];
  const lines = createInterface({ input: child.stdout });
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  lines.on('line', (line) => {
    if (line === 'ready') resolve();
    else acknowledged.push(Number(line));
  });
  return { child, acknowledged, ready, end: Promise.all([once(child, 'exit'), once(lines, 'close')]) };
}

function storedBlocks(): number[] {
  using database = new DatabaseSync(path);
  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  using store = openStore(path, { mode: 'read' });
  const entries = store.attemptEntries(ID);
  for (const entry of entries) expect(store.samples(entry.id)?.samplesNs.length).toBe(2000);
  return entries.map((entry) => entry.block).sort((a, b) => a - b);
}

test('two processes write one store at the same time and nothing is lost', async () => {
  const writers = [writer(0, 100, 'no-claim'), writer(1000, 100, 'no-claim')];
  await Promise.all(writers.map((each) => each.end));
  const expected = writers.flatMap((each) => each.acknowledged);
  expect(expected).toHaveLength(200);
  expect(storedBlocks()).toEqual(expected);
});

test('two processes make and open one new store at the same time', async () => {
  const program = `const {openStore}=await import(process.argv[1]); openStore(process.argv[2],{mode:'write'}).close();`;
  for (let i = 0; i < 5; i++) {
    const fresh = join(newFolder(), 'fresh.db');
    const module = new URL('../../src/store/open-store.ts', import.meta.url).href;
    const codes = await Promise.all([1, 2, 3].map(async () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program, module, fresh], { stdio: 'inherit' });
      children.add(child);
      const [code] = await once(child, 'exit') as [number | null];
      return code;
    }));
    expect(codes).toEqual([0, 0, 0]);
  }
});

test('kill -9 while writing loses at most the attempt in progress and does not damage the store', async () => {
  const random = seededRandom(9);
  let next = 0;
  for (let round = 0; round < 8; round++) {
    const { child, ready, acknowledged, end } = writer(next, 100_000, 'claim');
    await ready;
    await expect.poll(() => acknowledged.length, { interval: 1 }).toBeGreaterThan(0);
    await new Promise((resolve) => { setTimeout(resolve, 150 * random()); });
    child.kill('SIGKILL');
    await end;
    const blocks = storedBlocks();
    const promised = acknowledged.length === 0 ? next : Math.max(...acknowledged) + 1;
    // All that was acknowledged is there; at most one more was stored and not yet acknowledged.
    expect(blocks).toEqual(Array.from({ length: blocks.length }, (_, block) => block));
    expect(blocks.length - promised).toBeGreaterThanOrEqual(0);
    expect(blocks.length - promised).toBeLessThanOrEqual(1);
    next = blocks.length;
  }
  expect(next).toBeGreaterThan(8);
});

test('only one process works on a run; the claim of a killed one is free at once', async () => {
  const { child, ready, end } = writer(0, 100_000, 'claim');
  await ready;
  using store = openStore(path, { mode: 'write' });
  const claim = () => { store.claimRun(ID, 'this test'); };
  expect(claim).toThrow(RunClaimedError);
  expect(claim).toThrow(`being worked on by process ${child.pid} on`);
  expect(claim).toThrow('the writer of a test');
  expect(() => store.addAttempt(exampleAttempt(ID, SUBJECT, 999_999))).toThrow(RunClaimedError);
  child.kill('SIGKILL');
  await end;
  claim();
  claim(); // one's own claim may be taken again
  store.addAttempt(exampleAttempt(ID, SUBJECT, 999_999));
});

test('a claim is for one store object, ends with release and with close', () => {
  const first = openStore(path, { mode: 'write' });
  using second = openStore(path, { mode: 'write' });
  first.claimRun(ID, 'first');
  expect(() => { second.claimRun(ID, 'second'); }).toThrow(RunClaimedError);
  expect(() => { second.finishRun(ID, 'done', 'now'); }).toThrow(RunClaimedError);
  second.releaseRun(ID); // not its own: stays
  expect(() => { second.claimRun(ID, 'second'); }).toThrow(RunClaimedError);
  first.releaseRun(ID);
  second.claimRun(ID, 'second');
  second.releaseRun(ID);
  first.claimRun(ID, 'first');
  first.close();
  second.claimRun(ID, 'second');
});

test('an owner on another host holds its claim until it gave no sign for long', () => {
  using store = openStore(path, { mode: 'write' });
  store.claimRun(ID, 'here');
  using database = new DatabaseSync(path);
  database.exec(`UPDATE claim SET token = 'x', owner = json_set(owner, '$.host', 'far-away')`);
  expect(() => { store.claimRun(ID, 'here'); }).toThrow(/far-away.*without another the claim ends 30 minutes after it/);
  expect(() => { store.renewClaim(ID); }).toThrow(RunClaimedError);
  database.exec(`UPDATE claim SET renewed_ms = renewed_ms - ${30 * 60_000}`);
  store.claimRun(ID, 'here');
  store.renewClaim(ID);
});

test('a pid that another process uses now does not hold a claim', () => {
  using store = openStore(path, { mode: 'write' });
  store.claimRun(ID, 'here');
  using database = new DatabaseSync(path);
  database.exec(`UPDATE claim SET token = 'x', owner = json_set(owner, '$.startTicks', 1)`);
  store.claimRun(ID, 'here');
});
