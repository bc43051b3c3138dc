import type { Runtime } from '../runtime.ts';
import { nullRuntime } from './null.ts';

/** Runtimes by name. Each is loaded when it is asked for, so that `null` alone loads no native library. */
const RUNTIMES: Readonly<Record<string, () => Promise<Runtime>>> = {
  onnxruntime: async () => (await import('./onnxruntime.ts')).openOnnxruntime(),
  null: async () => nullRuntime,
};

export const RUNTIME_NAMES = Object.keys(RUNTIMES);

/** Opens the runtimes of these names; one that does not work here is left out, and `absent` says why. */
export async function openRuntimes(names: readonly string[]): Promise<{ runtimes: ReadonlyMap<string, Runtime>; absent: ReadonlyMap<string, string> }> {
  const runtimes = new Map<string, Runtime>();
  const absent = new Map<string, string>();
  for (const name of names) {
    const open = RUNTIMES[name];
    if (open === undefined) throw new Error(`no runtime "${name}" here; there is ${RUNTIME_NAMES.join(', ')}`);
    try {
      runtimes.set(name, await open());
    } catch (error) {
      absent.set(name, error instanceof Error ? error.message : String(error));
    }
  }
  return { runtimes, absent };
}
