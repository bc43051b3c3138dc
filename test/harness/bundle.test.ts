import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { librarySchema } from '../../src/domain/suite.ts';
import { abiHere, askAbi } from '../../src/harness/abi.ts';
import { HarnessClient } from '../../src/harness/client.ts';
import { chooseBuild } from '../../src/harness/native-bundle.ts';
import { onnxruntimeFor, RELEASES } from '../../src/harness/onnxruntime-library.ts';
import { prepareHarness, prepareHarnessHere } from '../../src/harness/prepare-harness.ts';
import { localTransport } from '../../src/transport/local.ts';
import type { BundleFile, Transport } from '../../src/transport/transport.ts';
import { lacks } from '../lacks.ts';

const { signal } = new AbortController();
const installFolder = resolve('.');
const suiteFolder = await mkdtemp(join(tmpdir(), 'paddock-bundle-'));
afterAll(() => rm(suiteFolder, { recursive: true }));
const place = { installFolder, suiteFolder };
const abi = abiHere();
const notBuilt = lacks('a build of the native harness', abi !== null && existsSync(`harness-apps/native/build/${abi}/harness-native`), 'npm run build:native');
const noGlibc = lacks('the C library for arm64 boards', existsSync('/usr/aarch64-linux-gnu/lib/libstdc++.so.6'), 'apt-get install libc6-arm64-cross libstdc++6-arm64-cross');
const noArm = lacks('a native harness for arm64 boards', existsSync('harness-apps/native/build/linux-arm64/harness-native'), 'apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross && npm run build:native');

/** Stands for a device: keeps what is pushed to it and pushes nothing. */
function deviceDouble(): Transport & { readonly pushed: BundleFile[] } {
  const pushed: BundleFile[] = [];
  const double = { pushed, name: 'double', pushBundle: async (files: readonly BundleFile[]) => (pushed.push(...files), '/data/local/tmp/b') };
  return double as unknown as Transport & { readonly pushed: BundleFile[] };
}

test('a build for Android without an ONNX Runtime for it leaves a phone what it had before: the build for Linux', async () => {
  const folder = await mkdtemp(join(suiteFolder, 'install-'));
  for (const each of ['android-arm64', 'linux-arm64'] as const) {
    await mkdir(join(folder, 'harness-apps/native/build', each), { recursive: true });
    await writeFile(join(folder, 'harness-apps/native/build', each, 'harness-native'), each);
  }
  const built = (library?: string) => chooseBuild('android-arm64', library, folder).abi;
  expect(built()).toBe('linux-arm64');
  expect(built('libonnxruntime.so')).toBe('android-arm64');
  await rm(join(folder, 'harness-apps/native/build/linux-arm64'), { recursive: true });
  expect(() => built()).toThrow('is not built for linux-arm64');
});

test.each(RELEASES)('the ONNX Runtime $version that is written down for $abi is the one that is installed', async (release) => {
  const [library] = await onnxruntimeFor(release.abi, undefined, place, signal);
  expect(library.sha256).toBe(release.sha256);
});

test('libraries by what a device runs: each gets its own, which must be the one that is written down, and a device of another kind none', async () => {
  const folder = await mkdtemp(join(suiteFolder, 'abi-'));
  for (const each of ['linux-arm64', 'android-arm64', 'linux-x64']) {
    await mkdir(join(folder, 'harness-apps/native/build', each), { recursive: true });
    await writeFile(join(folder, 'harness-apps/native/build', each, 'harness-native'), '');
    await writeFile(join(folder, `${each}.so`), each);
  }
  const sha256 = createHash('sha256').update('linux-arm64').digest('hex');
  const library = librarySchema.parse({ 'linux-arm64': { path: 'linux-arm64.so', sha256 }, 'android-arm64': 'android-arm64.so' });
  const at = { suiteFolder: folder, installFolder: folder };
  expect((await onnxruntimeFor('linux-arm64', library, at, signal))[0]).toMatchObject({ path: 'linux-arm64.so', sha256 });
  expect(chooseBuild('android-arm64', library, folder).abi).toBe('android-arm64');
  expect(chooseBuild('android-arm64', { 'linux-arm64': 'linux-arm64.so' }, folder).abi).toBe('linux-arm64');
  expect(() => chooseBuild('linux-x64', library, folder)).toThrow(/names none for linux-x64; it has: linux-arm64, android-arm64/);
  await writeFile(join(folder, 'linux-arm64.so'), 'another build');
  await expect(onnxruntimeFor('linux-arm64', library, at, signal)).rejects.toThrow(/has sha256 .*where the suite's `library` says/);
});

test.skipIf(notBuilt)('native, started with the C library it brings, runs from a pushed bundle', async () => {
  const { argv, sha256 } = await prepareHarness(localTransport, { harness: 'native' }, place, signal);
  expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(argv[0]).toMatch(/ld-linux/);
  await using client = await HarnessClient.start(localTransport, argv, { signal, helloTimeoutMs: 120_000 });
  expect(client.hello.runtimes.find((runtime) => runtime.name === 'onnxruntime')?.delegates.map((delegate) => delegate.name)).toContain('cpu');
  await client.bye(120_000);
});

test.skipIf(notBuilt)('node, with a Node and a C library of its own, runs from a pushed bundle', async () => {
  const { argv } = await prepareHarness(localTransport, { harness: 'node' }, place, signal);
  await using client = await HarnessClient.start(localTransport, argv, { signal, helloTimeoutMs: 120_000 });
  expect(client.hello.runtimes.find((runtime) => runtime.name === 'onnxruntime')?.version).toMatch(/^1\./);
  await client.bye(120_000);
});

test.skipIf(noGlibc || noArm)('an arm64 board is given the runner, ONNX Runtime and the C library, and one command', async () => {
  const device = deviceDouble();
  const { argv } = await prepareHarness(device, { harness: 'native' }, place, signal, 'linux-arm64');
  const folder = '/data/local/tmp/b';
  expect(argv).toEqual([`${folder}/ld-linux-aarch64.so.1`, '--library-path', folder, `${folder}/harness-native`, '--library', `${folder}/libonnxruntime.so.1`]);
  expect(device.pushed.map((file) => file.path)).toEqual(expect.arrayContaining(['harness-native', 'libonnxruntime.so.1', 'ld-linux-aarch64.so.1', 'libc.so.6', 'libstdc++.so.6']));
  expect(device.pushed.every((file) => /^[0-9a-f]{64}$/.test(file.sha256))).toBe(true);
});

test.skipIf(notBuilt)('a library of one\'s own takes the release\'s place, with the execution providers beside it, and is another harness', async () => {
  await mkdir(join(suiteFolder, 'mine'));
  for (const name of ['libonnxruntime.so.1.99.0', 'libonnxruntime_providers_cuda.so', 'notes.txt']) await writeFile(join(suiteFolder, 'mine', name), name);
  const device = deviceDouble();
  const { argv, sha256 } = await prepareHarness(device, { harness: 'native', library: 'mine/libonnxruntime.so.1.99.0' }, place, signal, abi ?? 'linux-x64');
  expect(argv.at(-1)).toBe('/data/local/tmp/b/libonnxruntime.so.1.99.0');
  const paths = device.pushed.map((file) => file.path);
  expect(paths).toContain('libonnxruntime_providers_cuda.so');
  expect(paths).not.toContain('notes.txt');
  expect(sha256).not.toBe((await prepareHarness(deviceDouble(), { harness: 'native' }, place, signal, abi ?? 'linux-x64')).sha256);
  await expect(prepareHarness(device, { harness: 'native', library: 'mine/none.so' }, place, signal, abi ?? 'linux-x64')).rejects.toThrow(/there is no file .*none\.so.*mend the path/);
});

test('what is not there is told with the command that brings it', async () => {
  const empty = { installFolder: suiteFolder, suiteFolder };
  await expect(prepareHarness(deviceDouble(), { harness: 'native' }, empty, signal, 'linux-arm64')).rejects.toMatchObject({ name: 'HarnessMissing', message: expect.stringContaining('npm run build:native') as string });
  await expect(prepareHarness(deviceDouble(), { harness: 'node' }, empty, signal, 'linux-arm64')).rejects.toMatchObject({ name: 'HarnessMissing', message: expect.stringContaining('npm install') as string });
  await expect(prepareHarness(deviceDouble(), { harness: 'node' }, place, signal, 'android-arm64')).rejects.toThrow(/harness: native/);
});

test('a command of one\'s own: its files are brought, its other words are not touched', async () => {
  await writeFile(join(suiteFolder, 'my harness'), '#!/bin/sh\n');
  await writeFile(join(suiteFolder, 'settings.json'), '{}');
  const device = deviceDouble();
  const harness = ['./my harness', '--settings', './settings.json', '/etc/hostname', '$(reboot)'];
  expect((await prepareHarness(device, { harness }, place, signal)).argv).toEqual(['/data/local/tmp/b/my harness', '--settings', '/data/local/tmp/b/settings.json', '/etc/hostname', '$(reboot)']);
  expect(device.pushed.map((file) => file.path)).toEqual(['my harness', 'settings.json']);
  expect((await prepareHarnessHere({ harness }, place, signal)).argv).toEqual([join(suiteFolder, 'my harness'), '--settings', join(suiteFolder, 'settings.json'), '/etc/hostname', '$(reboot)']);
});

test.skipIf(abi === null)('a device is asked what its programs are compiled for', async () => {
  expect(await askAbi(localTransport, signal)).toBe(abi);
});
