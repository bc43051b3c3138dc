import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = new URL('../..', import.meta.url).pathname;

/** The Node harness app bundled as for release, in a folder of its own inside the project, so that its packages are found. Gives its path. */
export async function bundleNodeHarness(): Promise<{ readonly folder: string; readonly path: string }> {
  const folder = mkdtempSync(join(ROOT, 'node_modules', '.harness-'));
  const path = join(folder, 'harness-node.mjs');
  await build({ entryPoints: [join(ROOT, 'harness-apps/node/main.ts')], outfile: path, supported: { using: true }, bundle: true, platform: 'node', format: 'esm', target: 'node24', packages: 'external', logLevel: 'warning' });
  return { folder, path };
}
