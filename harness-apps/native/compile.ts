/** Compiles the native harness app; one compiler call, as there are few files. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };

const FOLDER = import.meta.dirname;
/** Of Android: the level at which NNAPI came into ONNX Runtime's own builds is 27; the harness itself needs less. */
const ANDROID_API = 27;

/** A kind of device that the harness app is compiled for. */
export interface Target {
  readonly abi: string;
  /** The compiler's command, or null where this machine has none. */
  readonly compiler: () => readonly string[] | null;
  /** What brings the compiler. */
  readonly bring: string;
}

function onPath(program: string): readonly string[] | null {
  const found = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, program)).find((path) => existsSync(path));
  return found === undefined ? null : [found];
}

/** gcc's own name where it compiles for this machine, Debian's cross compiler elsewhere. */
function gcc(arch: string, triplet: string): readonly string[] | null {
  return onPath(`${triplet}-gcc`) ?? (process.platform === 'linux' && process.arch === arch ? (onPath('gcc') ?? onPath('cc')) : null);
}

function ndkClang(): readonly string[] | null {
  const roots = ['ANDROID_NDK_HOME', 'ANDROID_NDK_ROOT', 'ANDROID_NDK'].map((name) => process.env[name]).filter((root) => root !== undefined && root !== '');
  for (const root of roots) {
    const hosts = join(root ?? '', 'toolchains', 'llvm', 'prebuilt');
    for (const host of existsSync(hosts) ? readdirSync(hosts) : []) {
      const clang = join(hosts, host, 'bin', 'clang');
      if (existsSync(clang)) return [clang, `--target=aarch64-linux-android${ANDROID_API}`];
    }
  }
  return null;
}

export const TARGETS: readonly Target[] = [
  { abi: 'linux-x64', compiler: () => gcc('x64', 'x86_64-linux-gnu'), bring: 'apt-get install gcc libc6-dev' },
  { abi: 'linux-arm64', compiler: () => gcc('arm64', 'aarch64-linux-gnu'), bring: 'apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross' },
  { abi: 'android-arm64', compiler: ndkClang, bring: 'unpack an Android NDK and set ANDROID_NDK_HOME to its folder' },
];

/** The compiler for this machine. Throws when there is none. */
export function compilerHere(): readonly string[] {
  const target = TARGETS.find(({ abi }) => abi === `${process.platform}-${process.arch}`);
  const command = target?.compiler() ?? null;
  if (command === null) throw new Error(`there is no compiler for this machine; to have one: ${target?.bring ?? 'none is known here'}`);
  return command;
}

const WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wshadow', '-Wstrict-prototypes', '-Wvla', '-Werror'];
/** As Debian hardens its own packages. */
const HARDENING = ['-D_FORTIFY_SOURCE=2', '-fstack-protector-strong', '-fPIE', '-pie', '-Wl,-z,relro,-z,now,-z,noexecstack'];
const SANITIZERS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer', '-g'];

/** `sanitized` is for tests: it stops at the first stray access, overflow or leak. */
export type Flavour = 'release' | 'sanitized';

/** Compiles to `path`, which appears whole or not at all. Throws what the compiler says. */
export function compileNative(compiler: readonly string[], path: string, flavour: Flavour): void {
  const sources = readdirSync(join(FOLDER, 'src')).filter((name) => name.endsWith('.c')).toSorted().map((name) => join(FOLDER, 'src', name));
  const [program = '', ...first] = compiler;
  const fresh = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });
  const { status, stderr, error } = spawnSync(program, [
    ...first, '-std=c11', '-D_GNU_SOURCE', '-O2', ...WARNINGS, ...(flavour === 'sanitized' ? SANITIZERS : HARDENING), '-isystem', join(FOLDER, 'onnxruntime'),
    `-DPADDOCK_VERSION="${manifest.version}"`, ...sources, '-o', fresh, '-ldl', '-lm', '-pthread',
  ], { encoding: 'utf8' });
  if (error !== undefined || status !== 0) throw new Error(`${program} does not compile the native harness: ${error?.message ?? stderr}`);
  renameSync(fresh, path);
}
