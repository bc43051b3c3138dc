import { createHash } from 'node:crypto';
import { existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { CaseResult } from '../../src/domain/result.ts';
import { tidy } from '../../src/history/retention.ts';
import { KeepError, KeptFiles } from '../../src/store/kept-files.ts';
import { openStore } from '../../src/store/open-store.ts';
import { examplePlan, exampleResult } from '../store/example.ts';
import { newFolder } from '../store/folder.ts';
import { addNight, nightId } from '../store/nights.ts';

const DAY_MS = 86_400_000;
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const MODELS = ['night 0', 'night 40', 'night 80', 'night 99', 'never measured'];

/** A hundred nights; the model changes on some of them, and each file is kept, last used on its night. */
async function fixture() {
  const folder = newFolder();
  const store = openStore(join(folder, 'store.db'), { mode: 'write' });
  onTestFinished(() => { store.close(); });
  const kept = new KeptFiles(store.path);
  const [planned] = examplePlan(1);
  if (planned === undefined) throw new Error('no case');
  const modelOf = (night: number): string => MODELS[[40, 80, 99].filter((from) => night >= from).length] ?? '';
  for (let night = 0; night < 100; night++) {
    addNight(store, night, [planned], (each): CaseResult => {
      const row = exampleResult(each);
      return { ...row, provenance: row.provenance === null ? null : { ...row.provenance, modelSha256: sha(modelOf(night)) } };
    });
  }
  for (const [index, model] of MODELS.entries()) {
    const path = join(folder, 'model');
    writeFileSync(path, model);
    await kept.keepFile(path, sha(model));
    const used = new Date(Date.parse('2026-01-01') + index * DAY_MS);
    utimesSync(join(kept.folder, 'files', sha(model)), used, used);
  }
  const left = (): string[] => MODELS.filter((model) => readdirSync(join(kept.folder, 'files')).includes(sha(model)));
  const run = (filesDays: number, filesBytes: number, mode: 'do' | 'tell') => tidy({
    store, kept, mode, now: new Date(Date.parse('2026-01-01') + 100 * DAY_MS), signal: new AbortController().signal,
    rules: { samplesMs: DAY_MS, filesMs: filesDays * DAY_MS, filesBytes },
  });
  return { store, kept, folder, left, run, key: planned.key };
}

test('files go that no recent night was measured with; the last night\'s stay whatever the rules', async () => {
  const { left, run } = await fixture();
  expect(await run(30, 1e9, 'tell')).toMatchObject({ files: 2 });
  expect(left()).toEqual(MODELS);
  expect(await run(30, 1e9, 'do')).toMatchObject({ files: 2 });
  expect(left()).toEqual(['night 40', 'night 80', 'night 99']);
  await run(1, 0, 'do');
  expect(left()).toEqual(['night 99']);
});

test('what an open event needs stays until it is closed', async () => {
  const { store, left, run, key } = await fixture();
  const event = store.events.add({
    scope: 'case', suite: 'example', device: 'local', kind: 'regressed', state: 'suspected', noticed: nightId(45), noticedAt: '2026-02-15T00:00:00Z', lastGood: nightId(40), firstBad: nightId(41), earliest: nightId(40), latest: nightId(42),
    cases: [key], series: [], changes: [], confirmation: null, acknowledgement: null, log: [],
  });
  await run(1, 0, 'do');
  expect(left(), 'the night before the change can have been is before the last good one').toEqual(['night 0', 'night 40', 'night 99']);
  const until = '2027-01-01T00:00:00Z';
  store.events.update(event.id, (now) => ({ ...now, state: 'acknowledged', acknowledgement: { at: until, by: 'me', why: 'meant', until } }));
  await run(1, 0, 'do');
  expect(left(), 'an acknowledgement ends').toEqual(['night 0', 'night 40', 'night 99']);
  store.events.update(event.id, (now) => ({ ...now, state: 'fixed' }));
  await run(1, 0, 'do');
  expect(left()).toEqual(['night 99']);
});

test('a file is kept only as what its hash says; a path that leads out of a bundle is refused; half-made things leave nothing', async () => {
  const { kept, folder } = await fixture();
  const path = join(folder, 'other');
  writeFileSync(path, 'changed meanwhile');
  await expect(kept.keepFile(path, sha('as it was'))).rejects.toThrow(KeepError);
  await expect(kept.file('../../etc/passwd')).rejects.toThrow(KeepError);
  await expect(kept.keepBundle(sha('b'), [{ path: '../outside', localPath: path, keep: 'copied' }])).rejects.toThrow(KeepError);
  await expect(kept.keepBundle(sha('b'), [{ path: 'there', localPath: path, keep: 'copied' }, { path: 'gone', localPath: join(folder, 'gone'), keep: 'linked' }])).rejects.toThrow('ENOENT');
  expect(await kept.bundle(sha('b'))).toBeNull();
  expect(readdirSync(join(kept.folder, 'fresh'))).toEqual([]);
  expect(existsSync(join(kept.folder, 'outside'))).toBe(false);
  const both = [kept, new KeptFiles(kept.folder.replace(/-files$/, ''))];
  await Promise.all(both.map((one) => one.keepBundle(sha('b'), [{ path: 'a/b', localPath: path, keep: 'copied' }])));
  expect(readdirSync(join(await kept.bundle(sha('b')) ?? '', 'a'))).toEqual(['b']);
});
