import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { NodePlacement } from '../protocol/model.ts';
import { aggregate, nodeEvents } from '../protocol/ort-profile.ts';
import { Refusal } from '../protocol/refusal.ts';

/** Reads and deletes the profile that ONNX Runtime wrote as `PREFIX_TIME.json`. */
export function takeProfile(prefix: string): readonly NodePlacement[] {
  const folder = dirname(prefix);
  const start = `${basename(prefix)}_`;
  const files = readdirSync(folder).filter((name) => name.startsWith(start) && name.endsWith('.json'));
  if (files.length === 0) throw new Refusal('not-profiled', `ONNX Runtime left no profile ${prefix}_*.json`);
  const events = [];
  for (const file of files) {
    const path = join(folder, file);
    events.push(...nodeEvents(JSON.parse(readFileSync(path, 'utf8'))));
    rmSync(path);
  }
  return aggregate(events);
}
