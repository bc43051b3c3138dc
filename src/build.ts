/** Bundles the command line and the Node harness app into dist/. Packages stay outside, so that their native parts are found. */
import { chmod, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const shared = { bundle: true, platform: 'node', format: 'esm', target: 'node24', packages: 'external', logLevel: 'warning', sourcemap: 'linked' } as const;
/** Built beside and swapped in whole, so that a running command never meets a half-written dist. */
const fresh = `dist.${process.pid}`;

await build({
  ...shared,
  entryPoints: { paddock: 'src/cli/main.ts' },
  outdir: fresh,
  outExtension: { '.js': '.mjs' },
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  banner: { js: '#!/usr/bin/env node' },
});
await build({ ...shared, entryPoints: ['harness-apps/node/main.ts'], outfile: join(fresh, 'harness-node.mjs') });
await chmod(join(fresh, 'paddock.mjs'), 0o755);
await rm('dist', { recursive: true, force: true });
await rename(fresh, 'dist');
