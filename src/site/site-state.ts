import * as z from 'zod';
import { SITE_DATA_VERSION } from './data.ts';

/** Beside the index; says what the files were made from, so that the next publication makes only what is new. Also the mark by which a folder is known as a site. */
export const STATE_FILE = 'paddock-site.json';

/** A piece's file, and a mark of what it was made from. */
const pieceSchema = z.object({ mark: z.string(), files: z.record(z.string(), z.string()) });

export const siteStateSchema = z.object({
  version: z.literal(SITE_DATA_VERSION),
  /** Month -> its pieces, and the verdict counts of its runs. */
  months: z.record(z.string(), pieceSchema.extend({ counts: z.array(z.tuple([z.int(), z.array(z.int())])) })),
  /** Case id -> the pieces of its last result. */
  details: z.record(z.string(), pieceSchema.extend({ unit: z.string().nullable() })),
  /** All files of the site. */
  files: z.array(z.string()),
});
export type SiteState = Readonly<z.infer<typeof siteStateSchema>>;
export type MonthState = SiteState['months'][string];
export type DetailState = SiteState['details'][string];

export function emptyState(): SiteState {
  return { version: SITE_DATA_VERSION, months: {}, details: {}, files: [] };
}
