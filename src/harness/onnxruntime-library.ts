import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { LibrarySpec } from '../domain/suite.ts';
import type { BundleFile } from '../transport/transport.ts';
import type { Abi } from '../domain/abi.ts';
import { bundleFile } from './bundle.ts';
import { HarnessMissing } from './harness-missing.ts';
import { findInPackage, ModelFileError } from './model-file.ts';

/** A release of ONNX Runtime as an npm package carries it. */
interface Release {
  readonly abi: Abi;
  readonly version: string;
  readonly source: string;
  readonly sha256: string;
}

/** Which library goes to which device, where the suite's runtime names none of its own (`library`). */
export const RELEASES: readonly Release[] = [
  { abi: 'linux-x64', version: '1.30.0', source: 'npm:onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1', sha256: 'ffb75a925ba05e47b235bb66e3e3911714a80b328a9c9425539feb204aa32a23' },
  { abi: 'linux-arm64', version: '1.30.0', source: 'npm:onnxruntime-node/bin/napi-v6/linux/arm64/libonnxruntime.so.1', sha256: '1f549d46250b005580b597f4164984aaf75b3bcb9f3aeb07c7f8a8fe60b23c76' },
];

export interface LibraryPlace {
  /** Folder of the suite file; relative paths start here. */
  readonly suiteFolder: string;
  /** Folder of Paddock's own installation. */
  readonly installFolder: string;
}

/** Execution providers that are libraries of their own are looked for beside ONNX Runtime. */
const PROVIDER = /^libonnxruntime_providers_\w+\.so$/;

async function sourcePath(source: string, place: LibraryPlace): Promise<string> {
  try {
    return source.startsWith('npm:') ? await findInPackage(source, place) : resolve(place.suiteFolder, source);
  } catch (error) {
    if (error instanceof ModelFileError) throw new HarnessMissing(error.message);
    throw error;
  }
}

/** Whether the suite or a release has a library for it. */
export function hasLibrary(abi: Abi, library: LibrarySpec | undefined): boolean {
  return typeof library === 'object' ? library[abi] !== undefined : library !== undefined || RELEASES.some((release) => release.abi === abi);
}

/** A release's library, which must be the one that is written down. */
async function released(abi: Abi, place: LibraryPlace, signal: AbortSignal): Promise<BundleFile> {
  const release = RELEASES.find((each) => each.abi === abi);
  if (release === undefined) throw new HarnessMissing(`no release of ONNX Runtime is written down for ${abi}; name a library of your own as \`library:\` of the runtime${abi.startsWith('android') ? ' (libonnxruntime.so out of jni/ in Android\'s onnxruntime.aar)' : ''}`);
  const path = await sourcePath(release.source, place);
  const file = await bundleFile(basename(path), path, signal);
  if (file.sha256 !== release.sha256) {
    throw new HarnessMissing(`${path} has sha256 ${file.sha256}, where ONNX Runtime ${release.version} for ${abi} has ${release.sha256}; install it again with: npm ci, or name it as \`library:\` of the runtime to measure just this file`);
  }
  return file;
}

/** The library for a device, first, and what has to stand beside it. Throws HarnessMissing. */
export async function onnxruntimeFor(abi: Abi, library: LibrarySpec | undefined, place: LibraryPlace, signal: AbortSignal): Promise<readonly [BundleFile, ...BundleFile[]]> {
  const own = typeof library === 'object' ? library[abi] : library;
  if (own === undefined) return [await released(abi, place, signal)];
  const { path: source, sha256 = null } = typeof own === 'string' ? { path: own } : own;
  const path = await sourcePath(source, place);
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => null);
  if (names?.includes(basename(path)) !== true) throw new HarnessMissing(`there is no file ${path} ("${source}" as \`library\` of a runtime); build it, or mend the path`);
  const providers = await Promise.all(names.filter((name) => PROVIDER.test(name) && name !== basename(path)).map((name) => bundleFile(name, join(folder, name), signal)));
  const file = await bundleFile(basename(path), path, signal);
  if (sha256 !== null && file.sha256 !== sha256) throw new HarnessMissing(`${path} has sha256 ${file.sha256}, where the suite's \`library\` says ${sha256} for ${abi}; build that file again, or mend the suite`);
  return [file, ...providers];
}
