/** Data sets as Paddock reads them: a folder with a manifest, a list of items, and their files; and calibration inputs as .npy files. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { DatasetManifest } from '../../src/domain/dataset.ts';
import { npyFile } from './npy-file.ts';

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

export interface LabelledFile {
  /** Ends in the file's kind: `0001.png`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly label: string | number;
}

/** Gives the manifest's path. */
export function writeDataset(folder: string, facts: Omit<DatasetManifest, 'items' | 'sha256'>, items: readonly LabelledFile[]): string {
  mkdirSync(folder, { recursive: true });
  for (const { name, bytes } of items) writeFileSync(join(folder, name), bytes);
  const list = items.map(({ name, bytes, label }) => `${JSON.stringify({ file: name, sha256: sha256(bytes), label })}\n`).join('');
  writeFileSync(join(folder, 'items.jsonl'), list);
  const path = join(folder, 'data.yaml');
  writeFileSync(path, stringify({ ...facts, items: 'items.jsonl', sha256: sha256(list) }));
  return path;
}

/** One .npy file a sample, in their order. */
export function writeCalibration(folder: string, shape: readonly number[], samples: readonly Float32Array[]): void {
  mkdirSync(folder, { recursive: true });
  for (const [index, sample] of samples.entries()) writeFileSync(join(folder, `${String(index).padStart(4, '0')}.npy`), npyFile(shape, sample));
}
