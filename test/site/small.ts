import { readFileSync } from 'node:fs';
import type { DetectorScorecard } from '../../src/site/data.ts';
import { publishSite, type PublishOutcome } from '../../src/site/publish.ts';
import { readPageParts } from '../../src/site/page-parts.ts';
import { openStore } from '../../src/store/open-store.ts';
import { storeLab, type SyntheticLab } from './synthetic.ts';

export const INSTALL = new URL('../..', import.meta.url).pathname;

/** Few cases over two months, so that a test takes seconds. */
export const TINY_LAB: SyntheticLab = {
  seed: 'tiny', firstNight: '2026-10-26T02:00:00.000Z', nights: 10, nightsWithResults: 2, withSamples: true,
  devices: ['pixel-8-a', 'emulator-x86'], models: ['ppocr-rec', 'ppocr-det'], variants: ['fp32', 'int8'], delegates: ['cpu'],
};

export function tinyStore(path: string, change: Partial<SyntheticLab> = {}): void {
  storeLab(path, { ...TINY_LAB, ...change });
}

/** Publishes a store into a folder as the command does. */
export async function published(path: string, folder: string, scorecard: DetectorScorecard | null = null): Promise<PublishOutcome> {
  using store = openStore(path, { mode: 'read' });
  return await publishSite(store, { folder, page: await readPageParts(INSTALL), scorecard, signal: new AbortController().signal });
}

/** Every file that the index and its directory name. */
export function namedFiles(folder: string): readonly string[] {
  const index = readFileSync(`${folder}/index.html`, 'utf8');
  const named = [...index.matchAll(/(?:src|href)="((?:data|assets)\/[^"]+)"/g)].map(([, file]) => file ?? '');
  const directory = named.find((file) => file.startsWith('data/directory-'));
  if (directory === undefined) throw new Error('the index names no directory');
  const json = /^paddockData\('directory','(.*)'\);\n$/s.exec(readFileSync(`${folder}/${directory}`, 'utf8'))?.[1] ?? '';
  return [...named, ...Object.values(JSON.parse(json) as Record<string, string>)];
}
