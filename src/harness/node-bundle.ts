import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BundleFile } from '../transport/transport.ts';
import type { Abi } from '../domain/abi.ts';
import { bundleFile, type Bundle } from './bundle.ts';
import { glibcFor } from './glibc.ts';
import { HarnessMissing } from './harness-missing.ts';
import { findInPackage, ModelFileError } from './model-file.ts';
import type { LibraryPlace } from './onnxruntime-library.ts';

const SCRIPT = 'harness-node.mjs';

function scriptPath(installFolder: string): string {
  return join(installFolder, 'dist', SCRIPT);
}

/** The command of the Node harness app on this machine. */
export function nodeHarnessHere(installFolder: string): string[] {
  return [process.execPath, scriptPath(installFolder)];
}

/** The Node harness app as it is started on this machine: by the Node that runs Paddock, with the packages beside Paddock. */
export async function nodeHere(installFolder: string, signal: AbortSignal): Promise<Bundle> {
  const [node = '', script = ''] = nodeHarnessHere(installFolder);
  return { files: [await bundleFile(SCRIPT, script, signal)], argv: (at) => [node, at(SCRIPT)] };
}

/** The folder of an installed package, by one of its files. */
async function packageFolder(name: string, file: string, place: LibraryPlace, bring: string): Promise<string> {
  try {
    return (await findInPackage(`npm:${name}/${file}`, place)).slice(0, -file.length - 1);
  } catch (error) {
    if (error instanceof ModelFileError) throw new HarnessMissing(`the Node harness for a device needs the package ${name}, which is not installed; to have it: ${bring}`);
    throw error;
  }
}

async function filesOf(name: string, folder: string, inside: readonly string[], signal: AbortSignal): Promise<BundleFile[]> {
  return Promise.all(inside.map((file) => bundleFile(`node_modules/${name}/${file}`, join(folder, file), signal)));
}

/** What `require('onnxruntime-node/dist/binding.js')` and `require('onnxruntime-common')` read. */
async function packages(arch: string, place: LibraryPlace, signal: AbortSignal): Promise<BundleFile[]> {
  const runtime = await packageFolder('onnxruntime-node', 'package.json', place, 'npm ci');
  const common = await packageFolder('onnxruntime-common', 'package.json', place, 'npm ci');
  const scripts = (await readdir(join(common, 'dist', 'cjs'))).filter((name) => name.endsWith('.js') || name === 'package.json').map((name) => `dist/cjs/${name}`);
  const native = join('bin', 'napi-v6', 'linux', arch);
  return [
    ...await filesOf('onnxruntime-node', runtime, ['package.json', 'dist/binding.js', join(native, 'libonnxruntime.so.1'), join(native, 'onnxruntime_binding.node')], signal),
    ...await filesOf('onnxruntime-common', common, ['package.json', ...scripts], signal),
  ];
}

/** The Node harness app for a board: with Node, the packages that it needs and the C library. Throws HarnessMissing on Android, whose own C library Node's releases don't run on, and for parts that are not installed. */
export async function nodeThere(abi: Abi, place: LibraryPlace, signal: AbortSignal): Promise<Bundle> {
  if (!abi.startsWith('linux')) throw new HarnessMissing(`there is no Node harness for ${abi}; take \`harness: native\``);
  const arch = abi.slice('linux-'.length);
  const name = `node-linux-${arch}`;
  const node = await packageFolder(name, 'bin/node', place, `npm install --no-save --force ${name}@${process.versions.node}`);
  const { loader, files } = await glibcFor(abi, signal);
  const own = [await bundleFile('node', join(node, 'bin', 'node'), signal), await bundleFile(SCRIPT, scriptPath(place.installFolder), signal)];
  return { files: [...own, ...await packages(arch, place, signal), ...files], argv: (at) => [at(loader), '--library-path', at('.'), at('node'), at(SCRIPT)] };
}
