import { caseKey, type Case } from '../../src/domain/case.ts';
import type { ChangeEvent } from '../../src/domain/event.ts';
import { makeRunId } from '../../src/domain/ids.ts';
import { METRICS, type MetricName } from '../../src/domain/metric.ts';
import type { PlannedCase } from '../../src/domain/plan.ts';
import { seededRandom } from '../../src/domain/random.ts';
import type { CaseResult, DeviceFacts, RunInfo } from '../../src/domain/result.ts';
import { OK, type Verdict } from '../../src/domain/verdict.ts';
import { Database } from '../../src/store/database.ts';
import { openStore } from '../../src/store/open-store.ts';
import { pointRecorder } from '../../src/store/point-table.ts';
import { insertRun, runSeq } from '../../src/store/run-table.ts';
import { EXAMPLE_DEVICE, EXAMPLE_RECORD, exampleResult, latencies } from '../store/example.ts';

const DAY_MS = 86_400_000;

/** A made-up lab: nothing in it was measured. */
export interface SyntheticLab {
  readonly seed: string;
  readonly firstNight: string;
  readonly nights: number;
  readonly devices: readonly string[];
  readonly models: readonly string[];
  readonly variants: readonly string[];
  readonly delegates: readonly string[];
  /** Nights, from the newest back, that have whole results; older ones have points only. */
  readonly nightsWithResults: number;
  readonly withSamples: boolean;
}

export const SMALL_LAB: SyntheticLab = {
  seed: 'lab', firstNight: '2026-09-24T02:00:00.000Z', nights: 60, nightsWithResults: 2, withSamples: true,
  devices: ['pixel-8-a', 'pixel-8-b', 'galaxy-s24', 'oneplus-12', 'jetson-orin', 'rpi-5', 'emulator-x86', 'lab-nuc'],
  models: ['ppocr-rec', 'ppocr-det', 'silero-vad', 'mobilenet-v2', 'minilm-l6', 'selfie-seg'], variants: ['fp32', 'fp16', 'int8-static'], delegates: ['cpu', 'npu'],
};

/** What happens in the lab, by night from 0. */
export const SMALL_LAB_STORY = { slowerModel: 41, fasterRuntime: 25, sparseDevice: 52, heatNight: 48, missing: [17, 18, 33], leftOut: 30 } as const;

const FACTS: Readonly<Record<string, Partial<DeviceFacts>>> = {
  'pixel-8-a': { name: 'Pixel 8', model: 'Pixel 8', soc: 'Tensor G3', os: 'Android 15 AP4A.250105.002' }, 'pixel-8-b': { name: 'Pixel 8', model: 'Pixel 8', soc: 'Tensor G3', os: 'Android 15 AP4A.250105.002' },
  'galaxy-s24': { name: 'Galaxy S24', model: 'SM-S921B', soc: 'Exynos 2400', os: 'Android 15' }, 'oneplus-12': { name: 'OnePlus 12', model: 'CPH2581', soc: 'Snapdragon 8 Gen 3', os: 'Android 15' },
  'jetson-orin': { name: 'Jetson Orin Nano', model: 'p3767', soc: 'Orin', os: 'Ubuntu 22.04' }, 'rpi-5': { name: 'Raspberry Pi 5', model: 'Raspberry Pi 5 Model B', soc: 'BCM2712', os: 'Debian 12' },
  'emulator-x86': { name: 'Android emulator', model: 'sdk_gphone64_x86_64', soc: 'none', os: 'Android 15', emulated: true }, 'lab-nuc': { name: 'NUC', model: 'NUC13', soc: 'i5-1340P', os: 'Debian 12', virtualization: 'kvm' },
};

export function labCases(lab: SyntheticLab): PlannedCase[] {
  const cases = lab.devices.flatMap((device) => lab.models.flatMap((model) => lab.variants.flatMap((variant) => lab.delegates.map((delegate): Case => ({
    model, variant, delegate, device, runtime: 'onnxruntime', workload: 'stream', scenario: 'single-stream', options: { threads: delegate === 'cpu' ? 4 : 1, batch: 1 },
  })))));
  return cases.map((one, ordinal) => ({ key: caseKey(one), ordinal, case: one, verdict: null }));
}

export function nightTime(lab: SyntheticLab, night: number): string {
  return new Date(Date.parse(lab.firstNight) + night * DAY_MS).toISOString();
}

export function nightRunId(lab: SyntheticLab, night: number): string {
  return makeRunId(new Date(nightTime(lab, night)), night);
}

/** By variant, over and over. */
function of(variant: number, values: readonly number[]): number {
  return values[variant % values.length] ?? 1;
}

/** Values of a case before noise: rough sizes of such models on such devices. */
function baseline(lab: SyntheticLab, { model, device, variant, delegate }: Case): { readonly latencyMs: number; readonly sizeMiB: number; readonly memoryMiB: number; readonly top1: number } {
  const [m, d, v] = [lab.models.indexOf(model), lab.devices.indexOf(device), lab.variants.indexOf(variant)];
  const latencyMs = (3 + 7 * (m % 6)) * (1 + 0.35 * (d % 8)) * of(v, [1, 0.82, 0.46]) * (delegate === 'npu' ? 0.4 : 1);
  return { latencyMs, sizeMiB: (4 + 9 * (m % 6)) * of(v, [1, 0.5, 0.26]), memoryMiB: (30 + 25 * (m % 6)) * of(v, [1, 0.7, 0.5]), top1: 78 - 3 * (m % 4) - of(v, [0, 0.05, 1.3]) };
}

/** How the story changes a case's latency on a night. */
function factor(lab: SyntheticLab, { model, device, delegate }: Case, night: number): number {
  const story = SMALL_LAB_STORY;
  return (model === lab.models[1] && device === lab.devices[0] && delegate === 'npu' && night >= story.slowerModel ? 1.083 : 1)
    * (device === lab.devices[4] && night >= story.fasterRuntime ? 0.94 : 1) * (device === lab.devices[1] && night === story.heatNight ? 1.31 : 1);
}

function verdictOf(lab: SyntheticLab, { model, device, delegate, variant }: Case, night: number): Verdict {
  const [first, , third] = lab.models;
  if (delegate === 'npu' && (device === 'rpi-5' || device === 'lab-nuc' || device === 'emulator-x86')) return { status: 'unsupported', reasons: [{ code: 'delegate', message: 'this device has no NPU that ONNX Runtime can use' }] };
  if (device === lab.devices[3] && night >= SMALL_LAB_STORY.sparseDevice && model === third) return { status: 'failed', reasons: [{ code: 'crash', message: 'the harness ended by signal SIGSEGV while it loaded the model' }] };
  if (device === lab.devices[2] && delegate === 'npu' && variant === 'fp32' && model === first) return { status: 'invalid', reasons: [{ code: 'placement', message: 'only 41 % of the node time ran on the NPU; 50 % is the least' }] };
  return OK;
}

function metricsOf(values: Partial<Record<MetricName, number>>, spread: number): CaseResult['metrics'] {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => {
    const exact = name === 'model_size';
    return [name, { value, low: exact ? value : value * (1 - spread), high: exact ? value : value * (1 + spread), n: 6, unit: METRICS[name as MetricName].unit, method: exact ? 'bytes of the file' : 'geometric mean of launch medians' }];
  }));
}

/** The row of a case on a night. */
export function labResult(lab: SyntheticLab, planned: PlannedCase, night: number, noise: () => number): CaseResult {
  const { case: one } = planned;
  const verdict = verdictOf(lab, one, night);
  const ran = verdict.status === 'ok' || verdict.status === 'invalid';
  const base = baseline(lab, one);
  const latency = base.latencyMs * factor(lab, one, night) * Math.exp(0.013 * noise());
  const example = exampleResult(planned);
  const hot = one.device === lab.devices[1] && night === SMALL_LAB_STORY.heatNight;
  return {
    ...example, unit: ran ? one.device : null, verdict: { ...verdict, reasons: [...verdict.reasons] },
    metrics: !ran ? {} : metricsOf({
      latency_p50: latency, latency_p90: latency * (1.11 + 0.01 * noise()), latency_p99: latency * (1.4 + 0.05 * noise()), sps: 1000 / (latency * 1.03), init_time: 20 + base.sizeMiB * 9 * Math.exp(0.03 * noise()),
      peak_memory: base.memoryMiB * Math.exp(0.01 * noise()), model_size: base.sizeMiB, quality_top1: base.top1,
    }, 0.009 + 0.004 * Math.abs(noise())),
    launches: ran ? example.launches.map((launch) => ({ ...launch, startedAt: nightTime(lab, night), p50: latency * Math.exp(0.005 * noise()), p90: latency * 1.1, mean: latency * 1.03, sps: 1000 / latency })) : [],
    conditions: ran ? { samples: 12, temperatureStartC: 31, temperatureMaxC: (hot ? 47 : 36) + 1.5 * noise(), cpuPressureMax: 0.04 + 0.02 * Math.abs(noise()), throttleEvents: hot ? 9 : 0, absent: [] } : null,
    provenance: !ran || example.provenance === null ? null : {
      ...example.provenance, os: FACTS[one.device]?.os ?? 'Debian 12', deviceModel: FACTS[one.device]?.model ?? one.device,
      modelSha256: (one.model === lab.models[1] && night >= SMALL_LAB_STORY.slowerModel ? 'b' : 'a').repeat(64), runtimeVersion: one.device === lab.devices[4] && night >= SMALL_LAB_STORY.fasterRuntime ? '1.30.0' : '1.29.1',
    },
    repro: `paddock run nightly.yaml --only '${planned.key}'`,
  };
}

function noiseFrom(random: () => number): () => number {
  return () => (random() + random() + random() + random() - 2) * Math.sqrt(3);
}

export function labRun(lab: SyntheticLab, night: number): RunInfo {
  const startedAt = nightTime(lab, night);
  return {
    id: nightRunId(lab, night), suite: 'nightly', preset: 'standard', seed: 7, status: 'done', startedAt, endedAt: new Date(Date.parse(startedAt) + 4 * 3_600_000).toISOString(),
    paddock: '0.1.0', command: 'paddock run nightly.yaml --preset standard', warnings: [],
  };
}

export function labDevices(lab: SyntheticLab): readonly DeviceFacts[] {
  return lab.devices.map((id) => ({ ...EXAMPLE_DEVICE, id, ...FACTS[id], transport: id === 'lab-nuc' ? 'local' : 'adb', sensors: ['temperature', 'cpuPressure'], absentSensors: [{ sensor: 'power', reason: 'no meter is attached' }] }));
}

/** Stores the lab's nights, the newest with whole results. Older nights are written as points straight into the tables, which is what retention leaves of them. */
export function storeLab(path: string, lab: SyntheticLab, missing: ReadonlySet<number> = new Set()): void {
  const plan = labCases(lab);
  openStore(path, { mode: 'write' }).close();
  const pointsOnly = Math.max(0, lab.nights - lab.nightsWithResults);
  using database = new Database(path, path, { access: 'write', busyTimeoutMs: 1000 });
  database.execute('PRAGMA synchronous = OFF');
  for (let night = 0; night < pointsOnly; night++) {
    if (missing.has(night)) continue;
    const noise = noiseFrom(seededRandom(`${lab.seed} ${night}`));
    database.write(() => {
      const info = labRun(lab, night);
      const cases = night === SMALL_LAB_STORY.leftOut ? plan.slice(0, -6) : plan;
      insertRun(database, { info, suite: '{}', devices: labDevices(lab), cases: cases.map((planned, ordinal) => ({ ...planned, ordinal })) });
      const record = pointRecorder(database, info.id, runSeq(database, info.id));
      for (const planned of cases) record(labResult(lab, planned, night, noise));
    });
  }
  database.close();
  for (let night = pointsOnly; night < lab.nights; night++) storeNight(path, lab, night);
}

/** Stores one whole night through the store's own interface. */
export function storeNight(path: string, lab: SyntheticLab, night: number): void {
  using store = openStore(path, { mode: 'write' });
  const plan = labCases(lab);
  const noise = noiseFrom(seededRandom(`${lab.seed} ${night}`));
  const info = labRun(lab, night);
  store.createRun({ info: { ...info, status: 'running', endedAt: null }, suite: '{}', devices: labDevices(lab), cases: plan });
  const rows = plan.map((planned) => ({ ordinal: planned.ordinal, result: labResult(lab, planned, night, noise) }));
  if (lab.withSamples && night === lab.nights - 1) {
    for (const { result } of rows) {
      if (result.launches.length === 0) continue;
      for (const block of [0, 1, 2]) {
        const samplesNs = latencies(1000, block).map((ns) => ns * (result.metrics['latency_p50']?.value ?? 1));
        store.addAttempt({ runId: info.id, kind: 'measure', subject: result.key, block, attempt: 0, position: block, startedAt: info.startedAt, endedAt: info.startedAt, unit: result.case.device, record: { ...EXAMPLE_RECORD, warmupSamples: 50 }, samplesNs: samplesNs.map(Math.round), completionsNs: null });
      }
    }
  }
  store.putResults(info.id, rows);
  store.finishRun(info.id, 'done', info.endedAt ?? info.startedAt);
}

/** The events that the small lab's story leaves: written as the watch would write them. */
export function storeLabEvents(path: string, lab: SyntheticLab): readonly ChangeEvent[] {
  using store = openStore(path, { mode: 'write' });
  const story = SMALL_LAB_STORY;
  const id = (night: number): string => nightRunId(lab, night);
  const plan = labCases(lab);
  const keys = (match: (one: Case) => boolean): string[] => plan.filter((planned) => match(planned.case)).map(({ key }) => key);
  const common = { suite: 'nightly', confirmation: null, acknowledgement: null, log: [] } as const;
  const slower = keys((one) => one.model === lab.models[1] && one.device === lab.devices[0] && one.delegate === 'npu');
  const faster = keys((one) => one.device === lab.devices[4]);
  const broken = keys((one) => one.device === lab.devices[3] && one.model === lab.models[2]);
  const series = (members: readonly string[], ratio: number, night: number) => members.map((key) => ({ key, metric: 'latency_p50', ratio, p: 3e-7, worse: ratio > 1, firstBad: id(night), fixedBy: null }));
  return [
    store.events.add({
      ...common, scope: 'case', device: lab.devices[0] ?? '', kind: 'regressed', state: 'confirmed', noticed: id(lab.nights - 1), noticedAt: nightTime(lab, lab.nights - 1), lastGood: id(story.slowerModel - 1), firstBad: id(story.slowerModel),
      earliest: id(story.slowerModel), latest: id(story.slowerModel), cases: slower, series: series(slower, 1.083, story.slowerModel), changes: [{ field: 'model', from: 'a'.repeat(64), to: 'b'.repeat(64), runId: id(story.slowerModel) }],
      confirmation: { outcome: 'confirmed', at: nightTime(lab, lab.nights - 1), runIds: ['20261122-070000-0001'], base: id(story.slowerModel - 1), head: id(story.slowerModel), key: null, metric: 'latency_p50', ratio: 1.081, low: 1.072, high: 1.091, cause: [{ field: 'model', from: 'a'.repeat(64), to: 'b'.repeat(64) }], reason: 'with both models interleaved on the device' },
      log: [{ at: nightTime(lab, lab.nights - 1), text: 'suspected after the run' }, { at: nightTime(lab, lab.nights - 1), text: 'confirmed by an A/B' }],
    }),
    store.events.add({
      ...common, scope: 'device', device: lab.devices[4] ?? '', kind: 'improved', state: 'suspected', noticed: id(story.fasterRuntime + 6), noticedAt: nightTime(lab, story.fasterRuntime + 6), lastGood: id(story.fasterRuntime - 1), firstBad: id(story.fasterRuntime),
      earliest: id(story.fasterRuntime - 1), latest: id(story.fasterRuntime + 1), cases: faster, series: series(faster, 0.94, story.fasterRuntime), changes: [{ field: 'runtime', from: '1.29.1', to: '1.30.0', runId: id(story.fasterRuntime) }],
      log: [{ at: nightTime(lab, story.fasterRuntime + 6), text: 'suspected after the run' }],
    }),
    store.events.add({
      ...common, scope: 'case', device: lab.devices[3] ?? '', kind: 'broke', state: 'acknowledged', noticed: id(story.sparseDevice), noticedAt: nightTime(lab, story.sparseDevice), lastGood: id(story.sparseDevice - 1), firstBad: id(story.sparseDevice),
      earliest: id(story.sparseDevice), latest: id(story.sparseDevice), cases: broken, series: [], changes: [], acknowledgement: { by: 'maria', why: 'driver bug, reported to the vendor', at: nightTime(lab, 53), until: '2026-12-24T00:00:00.000Z' },
      log: [{ at: nightTime(lab, story.sparseDevice), text: 'suspected after the run' }, { at: nightTime(lab, 53), text: 'acknowledged by maria' }],
    }),
  ];
}

/** The small lab with all that happened in it. */
export function storeSmallLab(path: string): void {
  storeLab(path, SMALL_LAB, new Set(SMALL_LAB_STORY.missing));
  storeLabEvents(path, SMALL_LAB);
  using store = openStore(path, { mode: 'write' });
  store.events.markNight(nightRunId(SMALL_LAB, SMALL_LAB_STORY.heatNight), SMALL_LAB.devices[1] ?? '', 'canary 31 % slower than its own past at 47 °C');
}
