import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { DetectorScorecard } from './data.ts';
import { SiteError } from './site-error.ts';
import type { PageParts } from './publish.ts';

/** A file that is built beside the program, in `dist/site`. Throws SiteError. */
async function readBuilt(installFolder: string, name: string): Promise<string> {
  const path = join(installFolder, 'dist', 'site', name);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new SiteError(`${path} can't be read: ${String(error)}. What to do: install Paddock again (in its sources: npm run build).`, { cause: error });
  }
}

/** The page's program and style. Throws SiteError. */
export async function readPageParts(installFolder: string): Promise<PageParts> {
  return { script: await readBuilt(installFolder, 'page.js'), style: await readBuilt(installFolder, 'page.css') };
}

const scorecardSchema = z.object({
  measuredAt: z.string(), command: z.string(), detectorSha256: z.string(),
  tables: z.array(z.object({ title: z.string(), head: z.array(z.string()), rows: z.array(z.array(z.string())) })),
});

/** What `npm run bench:detect` measured of the detector, and whether that is the one of this version; null where it was not measured. Throws SiteError. */
export async function readScorecard(installFolder: string): Promise<DetectorScorecard | null> {
  const path = join(installFolder, 'reports', 'detector.json');
  const ours = (await readBuilt(installFolder, 'detector.sha256')).trim();
  try {
    const { detectorSha256, ...scorecard } = scorecardSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    return { ...scorecard, detector: detectorSha256 === ours ? 'this' : 'another' };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new SiteError(`${path} is no scorecard: ${String(error)}. What to do: install Paddock again (in its sources: npm run bench:detect -- --write).`, { cause: error });
  }
}
