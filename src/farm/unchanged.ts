import { startWords } from '../domain/browser-start-words.ts';
import type { DeviceFacts } from '../domain/result.ts';
import type { RuntimeSpec } from '../domain/suite.ts';
import { sha256OfFile } from '../harness/model-file.ts';
import type { RunSpec } from './run-spec.ts';

/** The facts of a device without which launches of before and after are not of one run. */
const FIXED = ['model', 'soc', 'os', 'arch', 'cores', 'clockRegime'] as const satisfies readonly (keyof DeviceFacts)[];

/**
 * What is no longer as it was when the run began, in words; null when a resumed run may add to it. Half of a case must not come from another model file,
 * harness app or machine. `harnessOf`: the hash of what would be started now on a unit.
 */
export async function changedSince(spec: RunSpec, before: readonly DeviceFacts[], now: readonly DeviceFacts[], harnessOf: (unit: string, runtime: RuntimeSpec) => Promise<string>): Promise<string | null> {
  for (const [name, file] of Object.entries(spec.files)) {
    const sha256 = await sha256OfFile(file.path).catch((error: unknown) => `unreadable (${error instanceof Error ? error.message : String(error)})`);
    if (sha256 !== file.sha256) return `the file of ${name}, ${file.path}, was ${file.sha256} and is ${sha256}`;
  }
  for (const { id } of now) for (const runtime of spec.suite.runtimes) {
    const harness = spec.harnesses[`${id}/${runtime.id}`];
    if (harness !== undefined && (await harnessOf(id, runtime)) !== harness.sha256) return `the harness app of ${runtime.id} for ${id} is another one`;
  }
  for (const device of now) {
    const old = before.find((facts) => facts.id === device.id);
    const field = old === undefined ? undefined : FIXED.find((name) => old[name] !== device[name]);
    if (old === undefined) return `device ${device.id} was not part of it`;
    if (old?.browserStart !== undefined && device.browserStart !== undefined && startWords(old.browserStart) !== startWords(device.browserStart)) return `the start of ${device.id} was "${startWords(old.browserStart)}" and is "${startWords(device.browserStart)}"`;
    if (field !== undefined) return `${field} of ${device.id} was "${String(old[field])}" and is "${String(device[field])}"`;
  }
  return null;
}
