import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** What finds changes in a table of series, and what looks at each series night by night. */
const ENTRIES = ['series-detect.ts', 'series-watch.ts'];

/**
 * Names a version of the detector of nightly series: the SHA-256 of its code and of all that this imports, as esbuild makes it, so that comments, types and names of
 * locals change nothing.
 */
export async function detectorHash(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: ENTRIES.map((entry) => `export * from './${entry}';`).join('\n'), resolveDir: fileURLToPath(new URL('stats', import.meta.url)) },
    bundle: true, minify: true, write: false, format: 'esm', platform: 'neutral', logLevel: 'warning',
  });
  const hash = createHash('sha256');
  for (const { contents } of outputFiles) hash.update(contents);
  return hash.digest('hex');
}
