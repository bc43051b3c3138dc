import { environmentOf } from '../domain/environment.ts';
import { readRunSpec } from '../farm/run-spec.ts';
import { KeepError, type KeptFiles } from '../store/kept-files.ts';
import type { Store } from '../store/store.ts';
import { bundleId, harnessParts } from './harness-bundle.ts';

/**
 * Keeps what a night's valid cases were measured with: model files, and harness apps of this machine with their runtime. From the second night of a suite on, so that
 * a run that stays alone leaves nothing behind. Gives why something could not be kept.
 */
export async function keepSoftware(store: Store, kept: KeptFiles, runId: string): Promise<readonly string[]> {
  const run = store.run(runId);
  if (run === null || store.history.nights().filter((night) => night.suite === run.suite).length < 2) return [];
  const spec = readRunSpec(store.runSuite(runId), runId);
  const local = new Set(store.devices(runId).filter((device) => device.transport === 'local').map((device) => device.id));
  const files = new Map<string, string>();
  const bundles = new Map<string, readonly string[]>();
  for (const result of store.results(runId)) {
    if (result.verdict.status !== 'ok') continue;
    const models = Object.entries(spec.files).filter(([name]) => name.startsWith(`${result.case.model}/`));
    for (const [, file] of models) files.set(file.sha256, file.path);
    const environment = environmentOf(result, undefined, run.preset);
    const id = environment === null ? null : bundleId(environment);
    const harness = result.unit === null || !local.has(result.unit) ? undefined : spec.harnesses[`${result.unit}/${result.case.runtime}`];
    if (id !== null && harness !== undefined) bundles.set(id, harness.argv);
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
  for (const [id, argv] of bundles) {
    await attempt(async () => {
      const parts = (await kept.bundle(id)) === null ? await harnessParts(argv) : null;
      if (parts !== null) await kept.keepBundle(id, parts);
    });
  }
  return faults;
}
