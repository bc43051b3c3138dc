import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, expect, test } from 'vitest';
import { Database } from '../../src/store/database.ts';
import { openStore } from '../../src/store/open-store.ts';
import { migrate, MIGRATIONS } from '../../src/store/schema.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { exampleAttempt, examplePlan, exampleRun } from './example.ts';
import { newFolder } from './folder.ts';
import { lacks } from '../lacks.ts';

const ID = '20261122-061530-4f2a';
const SUBJECT = 'm0/fp32/onnxruntime/cpu/w/local?threads=1&batch=1';
const MODULE = new URL('../../src/store/open-store.ts', import.meta.url).href;
const LATER = [...MIGRATIONS, 'ALTER TABLE run ADD COLUMN note TEXT', `UPDATE run SET note = 'kept'`];
let path: string;

beforeEach(() => { path = join(newFolder(), 'store.db'); });

function makeStore(): void {
  using store = openStore(path, { mode: 'write' });
  store.createRun({ info: exampleRun(ID), suite: '{}', devices: [], cases: examplePlan(1) });
}

function errorOf(work: () => unknown): StoreError {
  try {
    work();
  } catch (error) {
    if (error instanceof StoreError) return error;
    throw error;
  }
  throw new Error('expected a StoreError');
}

/** Opens the store in a process without root's rights, and tells the run it reads or the error. */
function openAsNobody(mode: 'read' | 'write', migrations: readonly string[] = MIGRATIONS): string {
  const program = `const {openStore}=await import(process.argv[1]);
    if (process.getuid() === 0) { process.setgroups([]); process.setgid(65534); process.setuid(65534); }
    try { const store=openStore(process.argv[2],{mode:process.argv[3]},JSON.parse(process.argv[4])); console.log(store.latestRun()?.id); } catch (error) { console.log(error.name, error.kind, error.message); }`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program, MODULE, path, mode, JSON.stringify(migrations)], { encoding: 'utf8', timeout: 240_000 });
  return stdout + stderr;
}

test('no store to read', () => {
  expect(errorOf(() => openStore(path, { mode: 'read' }))).toMatchObject({ kind: 'missing', path });
});

test.each(['read', 'write'] as const)('a file that is no store is refused and not touched (%s)', (mode) => {
  writeFileSync(path, 'name,value\nsomething,1\n'.repeat(100));
  const before = readFileSync(path);
  const error = errorOf(() => openStore(path, { mode }));
  expect(error.kind).toBe('not-a-store');
  expect(error.message).toContain(path);
  expect(readFileSync(path)).toEqual(before);
});

test.each(['read', 'write'] as const)('a SQLite file of another program is refused and not touched (%s)', (mode) => {
  const other = new DatabaseSync(path);
  other.exec('CREATE TABLE run (id TEXT)');
  other.close();
  const before = readFileSync(path);
  expect(errorOf(() => openStore(path, { mode })).message).toContain('of another program');
  expect(readFileSync(path)).toEqual(before);
});

test('an empty file is no store to read, and becomes one when written', () => {
  writeFileSync(path, '');
  expect(errorOf(() => openStore(path, { mode: 'read' })).kind).toBe('not-a-store');
  openStore(path, { mode: 'write' }).close();
  openStore(path, { mode: 'read' }).close();
});

test('a folder is no store', () => {
  mkdirSync(path);
  expect(errorOf(() => openStore(path, { mode: 'write' })).kind).toBe('not-a-store');
});

test('a folder that can not be made', () => {
  writeFileSync(path, 'a file');
  expect(errorOf(() => openStore(join(path, 'store.db'), { mode: 'write' })).kind).toBe('read-only');
});

test.each(['read', 'write'] as const)('a store of a newer schema is refused by version (%s)', (mode) => {
  makeStore();
  const newer = new DatabaseSync(path);
  newer.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
  newer.close();
  const error = errorOf(() => openStore(path, { mode }));
  expect(error.kind).toBe('newer-schema');
  expect(error.message).toContain(`has schema ${MIGRATIONS.length + 1}`);
});

test('an older store is brought up to date with its rows, all steps or none', () => {
  makeStore();
  using database = new Database(path, path, { access: 'write', busyTimeoutMs: 1000 });
  expect(() => { migrate(database, [...LATER, 'INSERT INTO no_table VALUES (1)']); }).toThrow('no such table: no_table');
  expect(database.get('PRAGMA user_version')).toEqual({ user_version: MIGRATIONS.length });
  migrate(database, LATER);
  expect(database.get('SELECT id, note FROM run')).toEqual({ id: ID, note: 'kept' });
  expect(database.get('PRAGMA user_version')).toEqual({ user_version: LATER.length });
});

test('a store that another program keeps locked says so after the wait', () => {
  makeStore();
  using other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  const startedMs = performance.now();
  const error = errorOf(() => openStore(path, { mode: 'write', busyTimeoutMs: 200 }));
  expect(performance.now() - startedMs).toBeGreaterThan(190);
  expect(error.kind).toBe('locked');
  // Readers are not held up by a writer.
  using reader = openStore(path, { mode: 'read' });
  expect(reader.latestRun()?.id).toBe(ID);
});

test('a read-only folder: reading works, writing is refused with advice', () => {
  makeStore();
  chmodSync(path, 0o444);
  chmodSync(dirname(path), 0o555);
  expect(openAsNobody('read').trim()).toBe(ID);
  expect(openAsNobody('write')).toMatch(/^StoreError read-only store .*What to do: make the file and its folder readable and writable/s);
  expect(existsSync(`${path}-wal`)).toBe(false);
});

test('a file that may not be read is refused with advice', () => {
  makeStore();
  chmodSync(path, 0o000);
  chmodSync(dirname(path), 0o755);
  expect(openAsNobody('read')).toMatch(/^StoreError read-only /);
});

test('reading brings an older store up to date where it can be written, and names it where it can not', () => {
  makeStore();
  const folder = dirname(path);
  chmodSync(path, 0o444);
  chmodSync(folder, 0o555);
  const refused = openAsNobody('read', LATER);
  expect(refused).toMatch(/^StoreError older-schema /);
  expect(refused).toContain(`has schema ${MIGRATIONS.length}, this Paddock reads schema ${LATER.length}`);
  chmodSync(folder, 0o777);
  chmodSync(path, 0o666);
  expect(openAsNobody('read', LATER).trim()).toBe(ID);
  expect(errorOf(() => openStore(path, { mode: 'read' })).kind).toBe('newer-schema');
});

test('a damaged store is an error that names it', () => {
  makeStore();
  const copy = `${path}.copy`;
  copyFileSync(path, copy);
  truncateSync(copy, 3 * 4096);
  const error = errorOf(() => {
    using store = openStore(copy, { mode: 'read' });
    return store.listRuns();
  });
  expect(error).toMatchObject({ kind: 'corrupt', path: copy });
});

test('a full disk: the attempt is refused, those before it are kept, and writing goes on once there is space', () => {
  makeStore();
  const database = new Database(path, path, { access: 'write', busyTimeoutMs: 1000 });
  const pages = Number(database.get('PRAGMA page_count')?.['page_count']);
  database.execute(`PRAGMA max_page_count = ${pages}`);
  const fill = errorOf(() => { database.write(() => { database.run('UPDATE run SET suite = ?', 'x'.repeat(1e6)); }); });
  expect(fill.kind).toBe('disk-full');
  expect(fill.message).toContain('free space');
  database.execute('PRAGMA max_page_count = 1000000');
  database.write(() => { database.run('UPDATE run SET suite = ?', 'short'); });
  expect(database.get('SELECT suite FROM run')).toEqual({ suite: 'short' });
  database.close();
});

test('a disk that really is full, where a small one can be mounted', ({ skip }) => {
  const disk = newFolder();
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', disk], { timeout: 60_000 });
  if (lacks('the right to mount a file system', mount.status === 0, 'run the tests as root')) skip('this user can not mount a file system');
  try {
    path = join(disk, 'store.db');
    makeStore();
    using store = openStore(path, { mode: 'write' });
    let stored = 0;
    const error = errorOf(() => { for (; stored < 10_000; stored++) store.addAttempt(exampleAttempt(ID, SUBJECT, stored)); });
    expect(error.kind).toBe('disk-full');
    expect(stored).toBeGreaterThan(0);
    expect(store.attemptEntries(ID)).toHaveLength(stored);
    spawnSync('mount', ['-o', 'remount,size=2m', disk], { timeout: 60_000 });
    store.addAttempt(exampleAttempt(ID, SUBJECT, stored));
    expect(store.attemptEntries(ID)).toHaveLength(stored + 1);
  } finally {
    spawnSync('umount', [disk], { timeout: 60_000 });
  }
});
