import { environmentOf } from '../domain/environment.ts';
import { readRunSpec, type RunSpec } from '../farm/run-spec.ts';
import type { Unit } from '../farm/unit.ts';
import { BUNDLE_MANIFEST, bundleManifest, type BundleParts } from '../harness/bundle-folder.ts';
import { HarnessMissing } from '../harness/harness-missing.ts';
import { KeepError, type BundlePart, type KeptFiles } from '../store/kept-files.ts';
import type { Store } from '../store/store.ts';
import { TransportFault } from '../transport/transport-fault.ts';
import { bundleId, harnessParts } from './harness-bundle.ts';

/** Harness apps that were brought to devices, by `unit/runtime`. */
export type BroughtHarnesses = ReadonlyMap<string, BundleParts>;

/** What the harness apps of a run's devices are made of; call it while they are open. A device that was lost is left out. Throws the signal's reason. */
export async function broughtHarnesses(units: readonly Unit[], spec: RunSpec, signal: AbortSignal): Promise<BroughtHarnesses> {
  const brought = new Map<string, BundleParts>();
  for (const unit of units.filter(({ device }) => device.facts.transport !== 'local')) {
    for (const runtime of spec.suite.runtimes.filter(({ id }) => spec.harnesses[`${unit.id}/${id}`] !== undefined)) {
      const command = await unit.harness(runtime, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        if (error instanceof HarnessMissing || error instanceof TransportFault) return null;
        throw error;
      });
      if (command?.parts !== undefined) brought.set(`${unit.id}/${runtime.id}`, command.parts);
    }
  }
  return brought;
}

/**
 * Keeps what a night's valid cases were measured with: model files, and harness apps with their runtime. From the second night of a suite on, so that
 * a run that stays alone leaves nothing behind. Gives why something could not be kept.
 */
export async function keepSoftware(store: Store, kept: KeptFiles, runId: string, brought: BroughtHarnesses): Promise<readonly string[]> {
  const run = store.run(runId);
  if (run === null || store.history.nights().filter((night) => night.suite === run.suite).length < 2) return [];
  const spec = readRunSpec(store.runSuite(runId), runId);
  const local = new Set(store.devices(runId).filter((device) => device.transport === 'local').map((device) => device.id));
  const files = new Map<string, string>();
  const bundles = new Map<string, () => Promise<readonly BundlePart[] | null>>();
  for (const result of store.results(runId)) {
    if (result.verdict.status !== 'ok') continue;
    const models = Object.entries(spec.files).filter(([name]) => name.startsWith(`${result.case.model}/`));
    for (const [, file] of models) files.set(file.sha256, file.path);
    const environment = environmentOf(result, undefined, run.preset);
    const id = environment === null ? null : bundleId(environment);
    if (id === null || result.unit === null) continue;
    const name = `${result.unit}/${result.case.runtime}`;
    const [parts, harness] = [brought.get(name), spec.harnesses[name]];
    if (parts !== undefined) bundles.set(id, async () => [...parts.files.map(({ path, localPath }) => ({ path, localPath, keep: 'copied' as const })), { path: BUNDLE_MANIFEST, text: bundleManifest(parts) }]);
    else if (local.has(result.unit) && harness !== undefined) bundles.set(id, async () => harnessParts(harness.argv));
  }
  const faults: string[] = [];
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof KeepError) && (error as NodeJS.ErrnoException).code === undefined) throw error;
      faults.push(error instanceof Error ? error.message : String(error));
    }
  };
  for (const [sha256, path] of files) await attempt(() => kept.keepFile(path, sha256));
  for (const [id, partsToKeep] of bundles) {
    await attempt(async () => {
      const parts = (await kept.bundle(id)) === null ? await partsToKeep() : null;
      if (parts !== null) await kept.keepBundle(id, parts);
    });
  }
  return faults;
}
