import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { DetectorScorecard } from './data.ts';
import { SiteError } from './site-error.ts';
import type { PageParts } from './publish.ts';

/** The page's program and style, built beside the program (`dist/site`). Throws SiteError. */
export async function readPageParts(installFolder: string): Promise<PageParts> {
  const read = async (name: string): Promise<string> => {
    const path = join(installFolder, 'dist', 'site', name);
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      throw new SiteError(`${path} can't be read: ${String(error)}. What to do: install Paddock again (in its sources: npm run build).`, { cause: error });
    }
  };
  return { script: await read('page.js'), style: await read('page.css') };
}

const scorecardSchema = z.object({
  measuredAt: z.string(), command: z.string(),
  tables: z.array(z.object({ title: z.string(), head: z.array(z.string()), rows: z.array(z.array(z.string())) })),
});

/** What `npm run bench:detect` measured of this version's detector; null where it was not measured. Throws SiteError. */
export async function readScorecard(installFolder: string): Promise<DetectorScorecard | null> {
  const path = join(installFolder, 'reports', 'detector.json');
  try {
    return scorecardSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new SiteError(`${path} is no scorecard: ${String(error)}. What to do: install Paddock again (in its sources: npm run bench:detect -- --write).`, { cause: error });
  }
}
