import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { hostCommand } from './host-command.ts';

const here = import.meta.dirname;

const SHARED = ['adbd', 'dash', 'bash', 'coreutils', 'util-linux', 'procps', 'libc-bin', 'base-files', 'perl-base', 'grep', 'sed', 'libstdc++6', 'libgomp1', 'libatomic1'];
const IMAGES = {
  amd64: ['amd64', ...SHARED, 'openssh-server', 'mksh', 'toybox', 'busybox'],
  arm64: ['arm64', ...SHARED],
  qemu: ['amd64', 'qemu-user'],
} as const;
export type ImageName = keyof typeof IMAGES;

/** Fetching some hundred packages over a slow line. */
const FETCH_MS = 900_000;

function cacheFolder(): string {
  const cache = process.env['XDG_CACHE_HOME'];
  return join(cache !== undefined && cache !== '' ? cache : join(homedir(), '.cache'), 'paddock-lab');
}

/** Makes something once for all labs of this user; several that want it at the same time wait for the first. `script` writes to the path in $1. */
async function once(name: string, script: string, args: readonly string[]): Promise<string> {
  const cache = cacheFolder();
  await mkdir(cache, { recursive: true });
  const path = join(cache, name);
  if (existsSync(path)) return path;
  const guarded = `[ -e "$1" ] && exit 0; target=$1; shift; set -- "$target.part" "$@"; rm -rf "$1"; { ${script}\n} && mv "$1" "$target"`;
  await hostCommand(['flock', join(cache, `${name}.lock`), 'bash', '-euc', guarded, 'once', path, ...args], { timeoutMs: FETCH_MS });
  return path;
}

/** The root folder of an image, fetched when this user has none yet. Not to be written to. */
export async function baseRoot(image: ImageName): Promise<string> {
  const script = join(here, 'extract-root.sh');
  const [arch, ...packages] = IMAGES[image];
  const digest = createHash('sha256').update(await readFile(script)).update([arch, ...packages].join(' ')).digest('hex').slice(0, 12);
  return join(await once(`${image}-${digest}`, 'bash "$2" "$3" "$1" "${@:4}"', [script, arch, ...packages]), 'root');
}

/** The preload library that gives adbd its properties. */
export async function adbProperties(): Promise<string> {
  const source = join(here, 'adb-properties.cpp');
  const digest = createHash('sha256').update(await readFile(source)).digest('hex').slice(0, 12);
  return once(`adb-properties-${digest}.so`, 'g++ -O2 -std=c++17 -shared -fPIC -o "$1" "$2"', [source]);
}
