/** Bundles the command line, the Node and web harness apps, the program of an Appium server and the dashboard's page into dist/. Packages stay outside, so that their native parts are found. */
import { chmod, copyFile, rename, rm } from 'node:fs/promises';
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
await build({ ...shared, entryPoints: ['src/transport/appium-program.ts'], outfile: join(fresh, 'appium-server.mjs') });
await build({
  bundle: true, platform: 'browser', format: 'iife', target: 'es2022', minify: true, logLevel: 'warning',
  entryPoints: { page: 'reports/site/main.ts', style: 'reports/site/site.css' }, outdir: join(fresh, 'site'),
});
await rename(join(fresh, 'site', 'style.css'), join(fresh, 'site', 'page.css'));
await build({
  bundle: true, platform: 'browser', format: 'esm', target: 'es2022', minify: true, logLevel: 'warning', splitting: true, chunkNames: '[name]-[hash]',
  entryPoints: { page: 'harness-apps/web/main.ts', worker: 'harness-apps/web/worker.ts', style: 'harness-apps/web/page.css' }, outdir: join(fresh, 'web'),
});
await rename(join(fresh, 'web', 'style.css'), join(fresh, 'web', 'page.css'));
await copyFile('harness-apps/web/index.html', join(fresh, 'web', 'index.html'));
await chmod(join(fresh, 'paddock.mjs'), 0o755);
await rm('dist', { recursive: true, force: true });
await rename(fresh, 'dist');
