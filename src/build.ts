/** Bundles the command line, the Node and web harness apps, the program of an Appium server and the dashboard's page into dist/. Packages stay outside, so that their native parts are found. */
import { chmod, copyFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { detectorHash } from './detector-hash.ts';

// `using` is left to Node, which has it: what esbuild makes of it keeps the error of a loop's earlier turn in a `var`, and throws it again when a later turn leaves the block.
const shared = { supported: { using: true }, bundle: true, platform: 'node', format: 'esm', target: 'node24', packages: 'external', logLevel: 'warning', sourcemap: 'linked' } as const;
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
// Held against the scorecard's own, so that its page says when that is of another version.
await writeFile(join(fresh, 'site', 'detector.sha256'), `${await detectorHash()}\n`);
// The engines' own WebAssembly stands beside as it is. A worker that is no module, because LiteRT.js loads its part by importScripts.
await build({
  bundle: true, platform: 'browser', target: 'es2022', minify: true, logLevel: 'warning', conditions: ['onnxruntime-web-use-extern-wasm'], format: 'iife', logOverride: { 'empty-import-meta': 'silent' },
  entryPoints: { page: 'harness-apps/web/main.ts', worker: 'harness-apps/web/worker.ts', style: 'harness-apps/web/page.css' }, outdir: join(fresh, 'web'),
});
await rename(join(fresh, 'web', 'style.css'), join(fresh, 'web', 'page.css'));
await copyFile('harness-apps/web/index.html', join(fresh, 'web', 'index.html'));
for (const build of ['ort-wasm-simd-threaded', 'ort-wasm-simd-threaded.asyncify']) {
  for (const name of [`${build}.mjs`, `${build}.wasm`]) await copyFile(join('node_modules/onnxruntime-web/dist', name), join(fresh, 'web', name));
}
for (const name of (await readdir('node_modules/@litertjs/core/wasm')).filter((each) => each.startsWith('litert_wasm_'))) await copyFile(join('node_modules/@litertjs/core/wasm', name), join(fresh, 'web', name));
await chmod(join(fresh, 'paddock.mjs'), 0o755);
await rm('dist', { recursive: true, force: true });
await rename(fresh, 'dist');
