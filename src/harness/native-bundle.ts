import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Abi } from '../domain/abi.ts';
import type { LibrarySpec } from '../domain/suite.ts';
import { bundleFile, type Bundle } from './bundle.ts';
import { glibcFor } from './glibc.ts';
import { HarnessMissing, HarnessUnfit } from './harness-missing.ts';
import { hasLibrary, onnxruntimeFor, type LibraryPlace } from './onnxruntime-library.ts';

const PROGRAM = 'harness-native';

/** The native harness app built for an ABI; null where it is not. */
export function nativeBuild(abi: Abi, installFolder: string): string | null {
  const path = join(installFolder, 'harness-apps', 'native', 'build', abi, PROGRAM);
  return existsSync(path) ? path : null;
}

/** On Android, a build for bionic where there is one and an ONNX Runtime for it; else that for Linux, which brings its own C library and runs on the CPU only, as vendors' drivers need bionic. Throws HarnessMissing, HarnessUnfit. */
export function chooseBuild(abi: Abi, library: LibrarySpec | undefined, installFolder: string): { readonly abi: Abi; readonly path: string } {
  const candidates: readonly Abi[] = abi === 'android-arm64' ? [abi, 'linux-arm64'] : abi === 'android-x64' ? [abi, 'linux-x64'] : [abi];
  const fit = candidates.filter((each) => hasLibrary(each, library));
  if (fit.length === 0 && typeof library === 'object') throw new HarnessUnfit(`the runtime's \`library\` names none for ${candidates.join(' or ')}; it has: ${Object.keys(library).join(', ') || 'none'}`);
  for (const each of fit) {
    const path = nativeBuild(each, installFolder);
    if (path !== null) return { abi: each, path };
  }
  throw new HarnessMissing(`the native harness is not built for ${(fit.length > 0 ? fit : candidates).join(' or ')}; build it with: npm run build:native`);
}

export interface NativeChoice extends LibraryPlace {
  readonly abi: Abi;
  /** ONNX Runtime's library, as the suite names it; undefined is the release. */
  readonly library: LibrarySpec | undefined;
}

/** The native harness app as it is started on this machine: with this machine's own C library. */
export async function nativeHere({ abi, library, ...place }: NativeChoice, signal: AbortSignal): Promise<Bundle> {
  const { path } = chooseBuild(abi, library, place.installFolder);
  const libraries = await onnxruntimeFor(abi, library, place, signal);
  return { files: [await bundleFile(PROGRAM, path, signal), ...libraries], argv: (at) => [at(PROGRAM), '--library', at(libraries[0].path)] };
}

/** The native harness app for a device: with ONNX Runtime and, but for a bionic build, the C library. */
export async function nativeThere({ abi: device, library, ...place }: NativeChoice, signal: AbortSignal): Promise<Bundle> {
  const { abi, path } = chooseBuild(device, library, place.installFolder);
  const program = await bundleFile(PROGRAM, path, signal);
  const libraries = await onnxruntimeFor(abi, library, place, signal);
  if (abi.startsWith('android')) return { files: [program, ...libraries], argv: (at) => [at(PROGRAM), '--library', at(libraries[0].path)] };
  const { loader, files } = await glibcFor(abi, signal);
  return {
    files: [program, ...libraries, ...files],
    argv: (at) => [at(loader), '--library-path', at('.'), at(PROGRAM), '--library', at(libraries[0].path)],
  };
}
