/** Bundles the command line and the Node harness app into dist/. Packages stay outside, so that their native parts are found. */
import { chmod, rm } from 'node:fs/promises';
import { build } from 'esbuild';

const shared = { bundle: true, platform: 'node', format: 'esm', target: 'node24', packages: 'external', logLevel: 'warning', sourcemap: 'linked' } as const;

await rm('dist', { recursive: true, force: true });
await build({
  ...shared,
  entryPoints: { paddock: 'src/cli/main.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  banner: { js: '#!/usr/bin/env node' },
});
await build({ ...shared, entryPoints: ['harness-apps/node/main.ts'], outfile: 'dist/harness-node.mjs' });
await chmod('dist/paddock.mjs', 0o755);
