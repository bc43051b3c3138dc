import type { LaunchRecord, VerificationRecord } from '../domain/launch.ts';
import type { PlannedCase } from '../domain/plan.ts';
import type { CaseResult, Comparison, DeviceFacts, Provenance, RunInfo } from '../domain/result.ts';
import { referenceVariant } from '../domain/suite.ts';
import type { Reason } from '../domain/verdict.ts';
import { cpuList } from '../parse/cpu-list.ts';
import type { Store } from '../store/store.ts';
import { buildCaseResult, type LaunchAttempt } from './case-result.ts';
import { compareWithin } from './compare.ts';
import { qualitySubject, verificationSubject } from './estimate.ts';
import { makePolicy } from './policy.ts';
import { qualityOutcomes } from './quality-outcomes.ts';
import { readRunSpec, type RunSpec } from './run-spec.ts';
import { shellWord } from '../domain/shell-word.ts';

/** `paddock run` words that measure just this case again, from any folder; quoted for a POSIX shell. */
export function reproCommand(spec: RunSpec, { key, case: { device } }: PlannedCase, storePath: string): string {
  const named = [...(spec.suitePath === null ? [] : [spec.suitePath]), '--device', device, '--case', key, '--preset', spec.preset, '--seed', String(spec.seed), '--db', storePath, ...(spec.configPath === null ? [] : ['--config', spec.configPath])];
  return ['npx', 'paddock', 'run', ...named.map(shellWord)].join(' ');
}

function provenanceOf(planned: PlannedCase, unit: string, spec: RunSpec, run: RunInfo, devices: readonly DeviceFacts[], launches: readonly LaunchAttempt[]): Provenance | null {
  const file = spec.files[`${planned.case.model}/${planned.case.variant}`];
  const device = devices.find((item) => item.id === unit);
  const record = launches.filter((launch) => launch.unit === unit).map((launch) => launch.record).find((item) => item.facts !== null);
  if (file === undefined || device === undefined || record?.facts === undefined || record.facts === null) return null;
  const model = spec.suite.models.find((item) => item.id === planned.case.model);
  const runtime = spec.suite.runtimes.find((item) => item.id === planned.case.runtime);
  const { samplesPerQuery, latencyBoundMs, ratePerS, sustainMinutes } = spec.suite.workloads.find((item) => item.id === planned.case.workload) ?? {};
  return {
    modelSha256: file.sha256, modelBytes: file.bytes, modelSource: file.source, inputsSha256: record.inputsSha256 ?? 'unknown',
    precision: model?.variants.find((variant) => variant.id === planned.case.variant)?.precision ?? 'fp32',
    paddock: run.paddock, harness: record.facts.harness, harnessSha256: spec.harnesses[`${unit}/${planned.case.runtime}`]?.sha256 ?? 'unknown', runtimeVersion: record.facts.runtimeVersion,
    deviceModel: device.model, os: device.os, clockRegime: device.clockRegime, ...(device.gpuDriver === undefined ? {} : { gpuDriver: device.gpuDriver }),
    ...(runtime?.affinity !== undefined || record.facts.affinity === undefined ? {} : { cpus: cpuList(record.facts.affinity) }),
    ...(record.facts.threads === undefined ? {} : { threads: record.facts.threads }), clockResolutionNs: record.facts.clockResolutionNs,
    options: JSON.stringify({ ...planned.case.options, graphOptimization: runtime?.graphOptimization, library: runtime?.library, affinity: runtime?.affinity === undefined ? undefined : record.facts.affinity, carry: model?.carry, settings: spec.suite.settings, workload: { samplesPerQuery, latencyBoundMs, ratePerS, sustainMinutes } }),
  };
}

/**
 * Computes every row of a run from what the store holds, and the comparisons of each variant with its reference; stores both. Works on an unfinished run too.
 * `shortOf`: why a case has fewer launches than the preset wants.
 */
export function finalizeRun(store: Store, runId: string, shortOf: (key: string) => Reason | null): void {
  const run = store.run(runId);
  if (run === null) throw new Error(`the store has no run ${runId}`);
  const spec = readRunSpec(store.runSuite(runId), runId);
  const policy = makePolicy(spec.suite, spec.preset);
  const devices = store.devices(runId);
  const verifications = new Map<string, VerificationRecord>();
  for (const attempt of store.attempts(runId, 'verify')) if (attempt.kind === 'verify') verifications.set(`${attempt.unit}\n${attempt.subject}`, attempt.record);
  const compared = new Set(spec.suite.models.filter((model) => model.variants.length > 1).map((model) => model.id));
  const quality = qualityOutcomes(store, runId, spec, shortOf);
  const results: CaseResult[] = [];
  /** One case's launches at a time: all of a large run's do not fit into memory. */
  function* rows(info: RunInfo): Iterable<{ ordinal: number; result: CaseResult }> {
    for (const planned of store.plannedCases(runId)) {
      const own = store.attemptsOf(runId, 'measure', planned.key).flatMap((attempt) => (attempt.kind === 'measure' ? [toLaunch(attempt)] : []));
      // A case that moved to another unit counts there only: two units of one make differ.
      const unit = own.toSorted((a, b) => a.position - b.position).at(-1)?.unit ?? null;
      const subject = verificationSubject(planned);
      const verifiedBy = unit === null ? unitsOf(spec, planned).find((member) => verifications.has(`${member}\n${subject}`)) : unit;
      const result = buildCaseResult({
        planned, policy, unit, hardware: devices.find((device) => device.id === (unit ?? unitsOf(spec, planned)[0]))?.emulated === true ? 'emulated' : 'real', launches: own, verification: verifications.get(`${verifiedBy ?? ''}\n${subject}`) ?? null,
        provenance: unit === null ? null : provenanceOf(planned, unit, spec, info, devices, own), modelBytes: spec.files[`${planned.case.model}/${planned.case.variant}`]?.bytes ?? null,
        quality: quality.get(qualitySubject(planned)) ?? null, repro: reproCommand(spec, planned, store.path), shortOfLaunches: shortOf(planned.key),
      });
      if (compared.has(planned.case.model)) results.push(result);
      yield { ordinal: planned.ordinal, result };
    }
  }
  store.putResults(runId, rows(run));
  store.putComparisons(runId, compareVariants(spec, results));
}

function unitsOf(spec: RunSpec, { case: { device } }: PlannedCase): readonly string[] {
  return spec.units[device] ?? [device];
}

function toLaunch(attempt: { block: number; attempt: number; position: number; unit: string; startedAt: string; record: LaunchRecord }): LaunchAttempt & { readonly position: number } {
  return { block: attempt.block, attempt: attempt.attempt, position: attempt.position, unit: attempt.unit, startedAt: attempt.startedAt, samples: attempt.record.batches.reduce((sum, batch) => sum + batch.count, 0), record: attempt.record };
}

/** Every other variant of a model against its reference variant. */
function compareVariants(spec: RunSpec, results: readonly CaseResult[]): Comparison[] {
  const sides = spec.suite.models.flatMap((model) => {
    const reference = referenceVariant(model);
    return model.variants.flatMap((variant) => (reference === null || variant.id === reference.id ? [] : [{ base: { model: model.id, variant: reference.id }, head: { model: model.id, variant: variant.id } }]));
  });
  return compareWithin(results.filter((result) => result.verdict.status === 'ok' || result.verdict.status === 'invalid'), sides);
}
