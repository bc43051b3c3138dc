import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BundleFile } from '../transport/transport.ts';
import type { Abi } from '../domain/abi.ts';
import { bundleFile } from './bundle.ts';
import { HarnessMissing } from './harness-missing.ts';

/** Where a Linux host has the GNU C library of each processor: its own, or that of Debian's cross compilers. */
const SOURCES: Readonly<Record<'x64' | 'arm64', { readonly loader: string; readonly folders: readonly string[]; readonly bring: string }>> = {
  x64: { loader: 'ld-linux-x86-64.so.2', folders: ['/usr/lib/x86_64-linux-gnu', '/lib64', '/usr/x86_64-linux-gnu/lib'], bring: 'apt-get install libc6-amd64-cross libstdc++6-amd64-cross' },
  arm64: { loader: 'ld-linux-aarch64.so.1', folders: ['/usr/aarch64-linux-gnu/lib', '/usr/lib/aarch64-linux-gnu', '/lib'], bring: 'apt-get install libc6-arm64-cross libstdc++6-arm64-cross' },
};

/** What ONNX Runtime 1.30, its Node binding, the native harness and Node 24 need (`readelf -d`). */
const LIBRARIES = ['libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0', 'librt.so.1', 'libstdc++.so.6', 'libgcc_s.so.1'];

/**
 * The loader and libraries that let a program of glibc run on a board with an older one, or with none: started as `LOADER --library-path FOLDER PROGRAM`, it
 * needs nothing of the board but its kernel. All of them are from one folder of the host: the loader and libc must be of one build.
 */
export async function glibcFor(abi: Abi, signal: AbortSignal): Promise<{ readonly loader: string; readonly files: readonly BundleFile[] }> {
  const { loader, folders, bring } = SOURCES[abi.endsWith('arm64') ? 'arm64' : 'x64'];
  const names = [loader, ...LIBRARIES];
  const folder = folders.find((each) => names.every((name) => existsSync(join(each, name))));
  if (folder === undefined) throw new HarnessMissing(`the C library that a ${abi} board is given is not on this host (looked for ${loader}, ${LIBRARIES.join(', ')} in ${folders.join(', ')}); to have it: ${bring}`);
  return { loader, files: await Promise.all(names.map((name) => bundleFile(name, join(folder, name), signal))) };
}
