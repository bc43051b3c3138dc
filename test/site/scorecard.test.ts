import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { detectorHash } from '../../src/detector-hash.ts';
import { readScorecard } from '../../src/site/page-parts.ts';
import { newFolder } from '../store/folder.ts';

const INSTALL = new URL('../..', import.meta.url).pathname;

test('a scorecard is of this version while it names the detector that is built, and of another when it names an older one', async () => {
  const built = readFileSync(join(INSTALL, 'dist/site/detector.sha256'), 'utf8').trim();
  expect(built).toMatch(/^[0-9a-f]{64}$/);
  expect(await detectorHash()).toBe(built);
  const folder = newFolder();
  mkdirSync(join(folder, 'reports'));
  cpSync(join(INSTALL, 'dist/site'), join(folder, 'dist/site'), { recursive: true });
  expect(await readScorecard(folder)).toBeNull();
  const shipped = JSON.parse(readFileSync(join(INSTALL, 'reports/detector.json'), 'utf8')) as object;
  for (const [detectorSha256, detector] of [[built, 'this'], ['0'.repeat(64), 'another']] as const) {
    writeFileSync(join(folder, 'reports/detector.json'), JSON.stringify({ ...shipped, detectorSha256 }));
    expect(await readScorecard(folder)).toMatchObject({ detector, command: expect.stringContaining('bench:detect') });
  }
});
