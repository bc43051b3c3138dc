import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HarnessClient, LoadFields } from '../../src/harness/client.ts';
import type { TensorRef } from '../../src/harness/protocol.ts';
import { DTYPES, elementCount, isDtype, type TensorSignature } from '../../src/domain/tensor.ts';
import { goneWithin } from '../harness/processes.ts';
import { batchOrRefusal, eightOverOne, isAboutEight, refusalOf, sumOf, undisturbed } from './answers.ts';
import { makeSample } from './sample.ts';

/** A model that the harness app under test can run. */
export interface ConformanceModel {
  readonly name: string;
  /** Path of the model file; null where the runtime takes none. */
  readonly path: string | null;
  readonly inputs: readonly TensorSignature[];
  readonly outputs: readonly TensorSignature[];
  /** Sizes to run with, by input. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Values of inputs that may not be arbitrary, as whole numbers. */
  readonly constants?: Readonly<Record<string, number>>;
  /** An input that an output feeds, where the model has a state. */
  readonly carry?: Readonly<Record<string, string>>;
}

/** Where the harness under test reads and writes files. */
export interface DevicePlace {
  /** The path there of a file that stands here. */
  bring(localPath: string): Promise<string>;
  /** A folder there to write to. */
  folder(): Promise<string>;
  list(folder: string): Promise<readonly string[]>;
}

export interface ConformanceOptions {
  readonly runtime: string;
  readonly delegate: string;
  readonly models: readonly ConformanceModel[];
  /** Whether the runtime reads model files and checks inputs; the null runtime does neither. */
  readonly reads: 'models-and-inputs' | 'nothing';
  /** Whether `placement` of a profiled session names nodes, or only the model as a whole. */
  readonly placement: 'nodes' | 'whole' | 'none';
  /** Whether the process can be held on cores; left out: it can. */
  readonly affinity?: 'refused';
  /** What is done with calls that are shorter than the steps of the clock; left out: it tells any call. */
  readonly shortCalls?: 'grouped';
  /** Starts a harness whose parent is another process, inside a query that never ends; gives both ids. Null where a harness has no parent process. */
  readonly startUnderParent: (() => Promise<{ readonly parent: number; readonly harness: number }>) | null;
  /** Left out: this machine. */
  readonly place?: DevicePlace;
}

const MS = 120_000;
const OPTIONS = { threads: 1, graphOptimization: 'all' } as const;

/** What every harness app must do, whatever it is written in. `start` gives a fresh, greeted harness. */
export function describeConformance(name: string, start: () => Promise<HarnessClient>, options: ConformanceOptions): void {
  const { runtime, delegate, reads } = options;
  let folder = '';
  const files = reads === 'models-and-inputs';
  const place: DevicePlace = options.place ?? { bring: (path) => Promise.resolve(path), folder: () => Promise.resolve(folder), list: (each) => readdir(each) };
  /** Of the models, by path here. */
  const brought = new Map<string, string>();

  const loadFields = (model: ConformanceModel, more: Partial<LoadFields['options']> = {}): LoadFields =>
    ({ runtime, model: model.path === null ? null : (brought.get(model.path) ?? model.path), delegate, options: { ...OPTIONS, ...more } });

  /** A sample as raw files. */
  async function sampleOf(model: ConformanceModel, seed: number): Promise<TensorRef[]> {
    return Promise.all(makeSample(model, seed).map(async ({ bytes, ...tensor }, index) => {
      const path = join(folder, `${model.name} ${seed} ${index}.bin`);
      await writeFile(path, bytes);
      return { ...tensor, path: await place.bring(path) };
    }));
  }

  /** A harness with the model loaded and so many different samples set. */
  async function ready(model: ConformanceModel, samples = 1): Promise<HarnessClient> {
    const client = await start();
    await client.load(loadFields(model), MS);
    await client.inputs({ samples: await Promise.all(Array.from({ length: samples }, (_, i) => sampleOf(model, i))) }, MS);
    return client;
  }

  describe(`${name}: harness protocol 1`, () => {
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'paddock-conformance '));
      for (const { path } of options.models) if (path !== null) brought.set(path, await place.bring(path));
    });
    afterAll(async () => { await rm(folder, { recursive: true }); });
    const [anyModel] = options.models;
    if (anyModel === undefined) throw new Error('the suite needs a model');

    test('hello: facts of the harness, its runtimes and the device', async () => {
      const uptimeS = (): number => Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]);
      const beforeS = process.platform === 'linux' ? uptimeS() : 0;
      await using client = await start();
      const { hello } = client;
      expect(hello.harness.name).not.toBe('');
      expect(hello.harness.version).toMatch(/^\d+\.\d+/);
      expect(hello.runtimes.find((each) => each.name === runtime)?.delegates.map((each) => each.name)).toContain(delegate);
      expect(hello.runtimes.find((each) => each.name === runtime)?.version).toMatch(/\d/);
      expect(hello.cores).toBeGreaterThan(0);
      expect(hello.clockResolutionNs).toBeGreaterThan(0);
      expect(hello.clockResolutionNs).toBeLessThan(1e6);
      if (client.process.pid !== null) expect(hello.pid).toBeGreaterThan(0);
      // Beside each other on one machine that does not sleep meanwhile; a harness that can't tell it leaves it out.
      if (process.platform !== 'linux' || hello.uptimeNs === undefined) return;
      expect(hello.uptimeNs / 1e9).toBeGreaterThan(beforeS - 1);
      expect(hello.uptimeNs / 1e9).toBeLessThan(uptimeS() + 1);
    });

    test('hello again gives a later time; another protocol version is refused', async () => {
      await using client = await start();
      const before = client.hello.nowNs;
      const again = await client.sendLine('{"op":"hello","id":77,"protocol":1}', MS);
      expect(again).toMatchObject({ event: 'hello', id: 77 });
      expect((again as typeof client.hello).nowNs).toBeGreaterThan(before);
      expect(await client.sendLine('{"op":"hello","id":78,"protocol":99}', MS)).toMatchObject({ event: 'error', id: 78, code: 'bad-option' });
    });

    test('an unknown op, a line that is no JSON, a wrong field: an error each, and the harness goes on', async () => {
      await using client = await start();
      expect(await client.sendLine('{"op":"dance","id":41}', MS)).toMatchObject({ event: 'error', id: 41, code: 'unknown-op' });
      expect(await client.sendLine('what is this', MS)).toMatchObject({ event: 'error', id: null, code: 'bad-request' });
      expect(await client.sendLine('[1, 2]', MS)).toMatchObject({ event: 'error', id: null, code: 'bad-request' });
      expect(await client.sendLine('{"op":"memory"}', MS)).toMatchObject({ event: 'error', id: null, code: 'bad-request' });
      expect(await client.sendLine('{"op":"memory","id":"x"}', MS)).toMatchObject({ event: 'error', id: null, code: 'bad-request' });
      expect(await client.sendLine('{"op":7,"id":42}', MS)).toMatchObject({ event: 'error', id: 42, code: 'bad-request' });
      expect(await client.sendLine(`{"op":"load","id":43,"runtime":"${runtime}"}`, MS)).toMatchObject({ event: 'error', id: 43, code: 'bad-request' });
      await client.memory(MS);
    });

    test('unknown fields are ignored', async () => {
      await using client = await start();
      expect(await client.sendLine('{"op":"memory","id":5,"colour":"red","nested":{"a":[1]}}', MS)).toMatchObject({ event: 'memory', id: 5 });
    });

    test('an empty line means nothing', async () => {
      await using client = await start();
      expect(await client.sendLine('\n\n{"op":"memory","id":5}', MS)).toMatchObject({ event: 'memory', id: 5 });
    });

    test('ops out of order are refused and nothing is lost', undisturbed(async () => {
      await using client = await start();
      const run = { scenario: 'single-stream', count: 1, durationNs: 1e9, callsPerQuery: 1 } as const;
      expect(await refusalOf(client.run(run, MS))).toBe('bad-order');
      expect(await refusalOf(client.inputs({ samples: [[]] }, MS))).toBe('bad-order');
      expect(await refusalOf(client.infer({ sample: 0 }, MS))).toBe('bad-order');
      expect(await refusalOf(client.placement(MS))).toBe('bad-order');
      await client.load(loadFields(anyModel), MS);
      expect(await refusalOf(client.run(run, MS))).toBe('bad-order');
      expect(await refusalOf(client.load(loadFields(anyModel), MS))).toBe('bad-order');
      expect(await refusalOf(client.placement(MS))).toBe('not-profiled');
      await client.inputs({ samples: [await sampleOf(anyModel, 0)] }, MS);
      expect((await client.run(run, MS)).latenciesNs).toHaveLength(1);
    }));

    test('a runtime or delegate that is not there is refused', async () => {
      await using client = await start();
      expect(await refusalOf(client.load({ ...loadFields(anyModel), runtime: 'abacus' }, MS))).toBe('unknown-runtime');
      expect(await refusalOf(client.load({ ...loadFields(anyModel), delegate: 'quantum' }, MS))).toBe('unknown-delegate');
      await client.load(loadFields(anyModel), MS);
    });

    test('wrong options are refused', async () => {
      await using client = await start();
      const line = (fields: object): string => JSON.stringify({ op: 'load', id: 9, ...loadFields(anyModel), options: { ...OPTIONS, ...fields } });
      expect(await client.sendLine(line({ threads: 0 }), MS)).toMatchObject({ event: 'error', id: 9, code: 'bad-request' });
      expect(await client.sendLine(line({ threads: 1.5 }), MS)).toMatchObject({ event: 'error', id: 9, code: 'bad-request' });
      expect(await client.sendLine(line({ graphOptimization: 'extreme' }), MS)).toMatchObject({ event: 'error', id: 9, code: 'bad-request' });
      expect(await client.sendLine(line({ strict: 'yes' }), MS)).toMatchObject({ event: 'error', id: 9, code: 'bad-request' });
    });

    if (options.affinity === 'refused') test('affinity: what can not be honoured is refused', async () => {
      await using client = await start();
      expect(await refusalOf(client.load(loadFields(anyModel, { affinity: [0] }), MS))).toBe('bad-option');
    });
    else test.skipIf(process.platform !== 'linux')('affinity: the process and its later threads stay on the cores asked for; others are refused', async () => {
      await using client = await start();
      const line = (affinity: unknown): string => JSON.stringify({ op: 'load', id: 9, ...loadFields(anyModel), options: { ...OPTIONS, threads: 2, affinity } });
      for (const wrong of [[], ['0'], [-1], [0.5], 'big', 0]) expect(await client.sendLine(line(wrong), MS)).toMatchObject({ event: 'error', id: 9, code: 'bad-request' });
      expect(await client.sendLine(line([1023]), MS)).toMatchObject({ event: 'error', id: 9, code: 'bad-option' });
      await using free = await start();
      const [core = 0] = (await free.load(loadFields(anyModel), MS)).affinity ?? [];
      expect(await client.load(loadFields(anyModel, { affinity: [core], threads: 2 }), MS)).toMatchObject({ affinity: [core] });
      if (options.place !== undefined || !files) return;
      const tasks = await Promise.all((await readdir(`/proc/${client.hello.pid}/task`)).map((task) => readFile(`/proc/${client.hello.pid}/task/${task}/status`, 'latin1').catch(() => '')));
      expect(tasks.filter((status) => new RegExp(`Cpus_allowed_list:\\s*${core}$`, 'm').test(status)).length).toBeGreaterThan(1);
    });

    test('memory: a peak that is not below the current level', async () => {
      await using client = await ready(anyModel);
      const memory = await client.memory(MS);
      expect(memory.method).not.toBe('');
      expect(memory.currentBytes).toBeGreaterThan(2 ** 16);
      expect(memory.peakBytes).toBeGreaterThanOrEqual(memory.currentBytes ?? Number.POSITIVE_INFINITY);
    });

    test('bye: exits 0', async () => {
      await using client = await ready(anyModel);
      await client.bye(MS);
      expect(await client.process.exited).toMatchObject({ exitCode: 0, killedFor: null });
    });

    test('closed input: exits 0, also inside a long run', async () => {
      await using idle = await start();
      idle.process.closeInput();
      expect(await idle.process.exited).toMatchObject({ exitCode: 0, killedFor: null });
      for (const request of [{ scenario: 'single-stream', count: 2e9, durationNs: 600e9, callsPerQuery: 1 }, { scenario: 'server', arrivalsNs: [0, 300e9, 600e9] }] as const) {
        await using busy = await ready(anyModel);
        const run = busy.run(request, 600_000).then(() => 'answered', () => 'ended');
        await new Promise((resolve) => setTimeout(resolve, 300));
        const from = performance.now();
        busy.process.closeInput();
        expect(await busy.process.exited).toMatchObject({ exitCode: 0, killedFor: null });
        // Not after the ten minutes that the run was to take.
        expect(performance.now() - from).toBeLessThan(120_000);
        await run;
      }
    });

    const { startUnderParent } = options;
    if (startUnderParent !== null) test('a parent that is killed inside a query that never ends leaves nothing running', async () => {
      const { parent, harness } = await startUnderParent();
      process.kill(parent, 'SIGKILL');
      const gone = await goneWithin(harness, 60_000);
      if (!gone) process.kill(harness, 'SIGKILL');
      expect(gone).toBe(true);
    });

    describe.each(options.models.map((model) => ({ ...model })))('$name', (model) => {
      test('load: signatures and init time', async () => {
        await using client = await start();
        const from = performance.now();
        const loaded = await client.load(loadFields(model), MS);
        expect(loaded.inputs).toEqual(model.inputs);
        expect(loaded.outputs).toEqual(model.outputs);
        expect(Number.isInteger(loaded.initNs)).toBe(true);
        expect(loaded.initNs / 1e6).toBeLessThanOrEqual(performance.now() - from + 1);
        if (files) expect(loaded.initNs).toBeGreaterThan(1e5);
      });

      test('single-stream: stops at the count, in order, first marked once', undisturbed(async () => {
        await using client = await ready(model, 2);
        const one = await client.run({ scenario: 'single-stream', count: 1, durationNs: 0, callsPerQuery: 1 }, MS);
        expect(one).toMatchObject({ first: true, completionsNs: null });
        expect(one.latenciesNs).toHaveLength(1);
        const batch = await client.run({ scenario: 'single-stream', count: 7, durationNs: 20e9, callsPerQuery: 1 }, MS);
        expect(batch.first).toBe(false);
        expect(batch.latenciesNs).toHaveLength(7);
        expect(batch.latenciesNs.every(Number.isInteger)).toBe(true);
        expect(batch.startNs).toBeGreaterThanOrEqual(one.endNs);
        const sum = sumOf(batch);
        const took = batch.endNs - batch.startNs;
        expect(sum).toBeLessThanOrEqual(took + 7);
        // Little is spent between the queries; on a busy machine others may have the processor there, so the best of some batches counts.
        let share = files ? sum / took : 1;
        for (let i = 0; share <= 0.8 && i < 10; i++) {
          const again = await client.run({ scenario: 'single-stream', count: 7, durationNs: 20e9, callsPerQuery: 1 }, MS);
          share = Math.max(share, sumOf(again) / (again.endNs - again.startNs));
        }
        expect(share).toBeGreaterThan(0.8);
      }));

      test('single-stream: stops at the duration; the query under way counts', undisturbed(async () => {
        await using client = await ready(model);
        // The first inference can take longer than all of the duration.
        await client.run({ scenario: 'single-stream', count: 1, durationNs: 0, callsPerQuery: 1 }, MS);
        // On a busy machine others may have the processor between the last query and the look at the clock, so the best of some batches counts.
        let beyondNs = Infinity;
        for (let i = 0; beyondNs >= 0.3e9 && i < 10; i++) {
          const from = performance.now();
          const batch = await client.run({ scenario: 'single-stream', count: 2e9, durationNs: 0.2e9, callsPerQuery: 1 }, MS);
          if (batch.latenciesNs.length < 2 ** 21) expect(batch.endNs - batch.startNs).toBeGreaterThanOrEqual(0.2e9 - 1);
          expect((batch.endNs - batch.startNs) / 1e6).toBeLessThanOrEqual(performance.now() - from + 1);
          if (batch.latenciesNs.length > 1) beyondNs = batch.endNs - batch.startNs - (batch.latenciesNs.at(-1) ?? 0);
        }
        expect(beyondNs).toBeLessThan(0.3e9);
      }));

      test('offline: calls back to back like single-stream', undisturbed(async () => {
        await using client = await ready(model);
        expect((await client.run({ scenario: 'offline', count: 5, durationNs: 20e9, callsPerQuery: 1 }, MS)).latenciesNs).toHaveLength(5);
      }));

      test('multi-stream: a query is so many calls', undisturbed(async () => {
        await using client = await ready(model, 3);
        await client.run({ scenario: 'single-stream', count: 20, durationNs: 20e9, callsPerQuery: 1 }, MS);
        expect((await client.run({ scenario: 'multi-stream', count: 9, durationNs: 20e9, callsPerQuery: 8 }, MS)).latenciesNs).toHaveLength(9);
        if (files) expect(await eightOverOne(client, MS)).toSatisfy(isAboutEight);
      }));

      test('server: one query per arrival, first in first out, latency from arrival to completion', undisturbed(async () => {
        await using client = await ready(model, 2);
        // WebAssembly is compiled again, faster, while it runs.
        await client.run({ scenario: 'single-stream', count: 50, durationNs: 2e9, callsPerQuery: 1 }, MS);
        const single = await client.run({ scenario: 'single-stream', count: 9, durationNs: 20e9, callsPerQuery: 1 }, MS);
        // A burst that must queue, then two arrivals with time between.
        const arrivalsNs = [1e6, 1e6, 1e6, 1.1e6, 400e6, 600e6];
        // Of short calls a server tells those that span four steps of the clock, where the closed loop makes groups of what spans fewer than fifty: in between both is right.
        const served = await batchOrRefusal(client.run({ scenario: 'server', arrivalsNs }, MS));
        if (typeof served === 'string') {
          expect([single.groupSize === undefined ? 'one by one' : options.shortCalls, served]).toEqual(['grouped', 'bad-option']);
          return;
        }
        const { latenciesNs, completionsNs, startNs, endNs } = served;
        // As fast as before or after: one of them may have met a busy moment.
        const later = await client.run({ scenario: 'single-stream', count: 9, durationNs: 20e9, callsPerQuery: 1 }, MS);
        const service = Math.min(...single.latenciesNs, ...later.latenciesNs);
        expect(latenciesNs).toHaveLength(arrivalsNs.length);
        const completions = completionsNs ?? new Float64Array();
        arrivalsNs.forEach((arrival, i) => {
          expect(Math.abs((completions[i] ?? NaN) - (latenciesNs[i] ?? NaN) - arrival)).toBeLessThan(3);
          expect(latenciesNs[i]).toBeGreaterThanOrEqual(service * 0.3);
          if (i > 0) expect(completions[i]).toBeGreaterThanOrEqual(completions[i - 1] ?? NaN);
        });
        // The fourth waited for the three before it.
        expect(latenciesNs[3]).toBeGreaterThanOrEqual(service * 0.3 * 4 - 0.1e6);
        expect(endNs - startNs).toBeGreaterThanOrEqual(600e6);
        expect(Math.abs(endNs - startNs - (completions.at(-1) ?? NaN))).toBeLessThan(3);
      }));

      test('server: no arrivals is an empty batch, arrivals out of order are refused', undisturbed(async () => {
        await using client = await ready(model);
        expect((await client.run({ scenario: 'server', arrivalsNs: [] }, MS)).latenciesNs).toHaveLength(0);
        expect(await refusalOf(client.run({ scenario: 'server', arrivalsNs: [5, 4] }, MS))).toBe('bad-request');
        expect(await refusalOf(client.run({ scenario: 'server', arrivalsNs: [-1] }, MS))).toBe('bad-request');
      }));

      test('run: a wrong count, duration or scenario is refused', async () => {
        await using client = await ready(model);
        const line = (fields: object): string => JSON.stringify({ op: 'run', id: 8, scenario: 'offline', count: 1, durationNs: 1e6, callsPerQuery: 1, ...fields });
        for (const fields of [{ count: 0 }, { count: 'all' }, { durationNs: -1 }, { durationNs: null }, { callsPerQuery: 0 }, { scenario: 'sideways' }]) {
          expect(await client.sendLine(line(fields), MS)).toMatchObject({ event: 'error', id: 8, code: 'bad-request' });
        }
      });

      test('infer: the same sample gives the same outputs, whatever ran before', undisturbed(async () => {
        await using client = await start();
        await client.load(loadFields(model), MS);
        const samples = await Promise.all([sampleOf(model, 0), sampleOf(model, 1)]);
        await client.inputs({ samples, ...(model.carry === undefined ? {} : { carry: model.carry }) }, MS);
        const before = await client.infer({ sample: 0 }, MS);
        await client.run({ scenario: 'single-stream', count: 5, durationNs: 20e9, callsPerQuery: 1 }, MS);
        const other = await client.infer({ sample: 1 }, MS);
        expect((await client.infer({ sample: 0 }, MS)).outputs).toEqual(before.outputs);
        expect(await refusalOf(client.infer({ sample: 2 }, MS))).toBe('bad-request');
        if (!files) return;
        expect(other.outputs).not.toEqual(before.outputs);
        expect(before.outputs.map((output) => output.name)).toEqual(model.outputs.map((output) => output.name));
        for (const { dtype, shape, data } of before.outputs) {
          if (!isDtype(dtype)) throw new Error(`dtype ${dtype}`);
          expect(Buffer.from(data, 'base64')).toHaveLength(elementCount(shape) * DTYPES[dtype]);
        }
      }));

      if (options.placement !== 'none') {
        test('placement: what ran in the profiled session, once, and no file is left', undisturbed(async () => {
          await using client = await start();
          const there = await place.folder();
          const prefix = `${there}/profile of ${model.name}`;
          await client.load(loadFields(model, { profilePrefix: prefix }), MS);
          await client.inputs({ samples: [await sampleOf(model, 0)] }, MS);
          await client.run({ scenario: 'single-stream', count: 4, durationNs: 20e9, callsPerQuery: 1 }, MS);
          const { nodes, method } = await client.placement(MS);
          expect(method).not.toBe('');
          expect(nodes.length).toBeGreaterThan(options.placement === 'nodes' ? 3 : 0);
          expect(nodes.every((node) => node.calls > 0 && node.timeNs >= 0 && node.provider !== '' && node.operator !== '')).toBe(true);
          if (options.placement === 'nodes') expect(nodes.some((node) => node.timeNs > 0)).toBe(true);
          expect((await place.list(there)).filter((file) => file.startsWith('profile'))).toEqual([]);
          expect(await refusalOf(client.placement(MS))).toBe('not-profiled');
        }));
      }

      if (files) describeFaults(model);
      if (model.carry !== undefined) describeState(model, model.carry);
      else if (files) describeCarry(model);
    });
  });

  function describeFaults(model: ConformanceModel): void {
    test('a model that is missing, empty, truncated or something else is refused', async () => {
      if (model.path === null) throw new Error('the model has no file');
      await using client = await start();
      const bytes = await readFile(model.path);
      const there = await place.folder();
      const cases = [
        ['model-unreadable', `${there}/nothing here.onnx`, null], ['model-unreadable', there, null],
        ['model-invalid', join(folder, 'empty.onnx'), Buffer.alloc(0)], ['model-invalid', join(folder, 'cut.onnx'), bytes.subarray(0, bytes.length >> 1)],
        ['model-invalid', join(folder, 'text.onnx'), Buffer.from('this is no model\n'.repeat(50))],
      ] as const;
      for (const [code, named, content] of cases) {
        if (content !== null) await writeFile(named, content);
        const path = content === null ? named : await place.bring(named);
        const error: unknown = await client.load({ ...loadFields(model), model: path }, MS).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ name: 'HarnessRefusal', code });
        // A path that ends in a content's hash is named by that: a page's has a secret before it.
        expect(String(error)).toContain(/[0-9a-f]{64}$/.test(path) ? path.slice(-64, -52) : path);
      }
      await client.load(loadFields(model), MS);
    });

    test('inputs of a wrong name, type, shape or length are refused', async () => {
      await using client = await start();
      await client.load(loadFields(model), MS);
      const good = await sampleOf(model, 0);
      const [first, ...rest] = good;
      if (first === undefined) throw new Error('the model has no input');
      const tries: readonly (readonly TensorRef[])[] = [
        rest, [{ ...first, name: 'nobody' }, ...rest], [...good, { ...first, name: 'nobody' }], [first, ...good],
        [{ ...first, dtype: 'int32' }, ...rest], [{ ...first, dtype: 'quaternion' }, ...rest],
        [{ ...first, shape: [...first.shape, 1] }, ...rest], [{ ...first, shape: first.shape.map((size) => 2 * size) }, ...rest],
        [{ ...first, path: join(folder, 'no such file') }, ...rest],
      ];
      for (const sample of tries) expect(await refusalOf(client.inputs({ samples: [sample] }, MS))).toBe('bad-input');
      expect(await refusalOf(client.inputs({ samples: [] }, MS))).toBe('bad-request');
      expect(await refusalOf(client.inputs({ samples: [good], carry: { nobody: 'nothing' } }, MS))).toBe('bad-input');
      await client.inputs({ samples: [good] }, MS);
      await client.infer({ sample: 0 }, MS);
    });

    test('small tensors may come inline', async () => {
      await using client = await start();
      await client.load(loadFields(model), MS);
      const byPath = await sampleOf(model, 0);
      const inline = makeSample(model, 0).map(({ bytes, ...tensor }) => ({ ...tensor, data: bytes.toString('base64') }));
      await client.inputs({ samples: [byPath, inline] }, MS);
      expect((await client.infer({ sample: 1 }, MS)).outputs).toEqual((await client.infer({ sample: 0 }, MS)).outputs);
    });
  }

  function describeState(model: ConformanceModel, carry: Readonly<Record<string, string>>): void {
    test('carry: a state is fed back, and infer still uses the sample', undisturbed(async () => {
      await using client = await start();
      await client.load(loadFields(model), MS);
      const sample = await sampleOf(model, 0);
      await client.inputs({ samples: [sample] }, MS);
      const alone = await client.infer({ sample: 0 }, MS);
      await client.inputs({ samples: [sample], carry }, MS);
      await client.run({ scenario: 'single-stream', count: 10, durationNs: 20e9, callsPerQuery: 1 }, MS);
      expect((await client.infer({ sample: 0 }, MS)).outputs).toEqual(alone.outputs);
    }));
  }

  /** An output that does not fit the input it is carried to shows that it was carried: the second call of a run fails, the first never does. */
  function describeCarry(model: ConformanceModel): void {
    test('carry: an output feeds the next call of the same run', undisturbed(async () => {
      await using client = await start();
      await client.load(loadFields(model), MS);
      const samples = [await sampleOf(model, 0), await sampleOf(model, 1)];
      const carry = { [model.inputs[0]?.name ?? '']: model.outputs[0]?.name ?? '' };
      const run = (count: number) => client.run({ scenario: 'single-stream', count, durationNs: 20e9, callsPerQuery: 1 }, MS);
      await client.inputs({ samples, carry }, MS);
      for (let i = 0; i < 3; i++) expect((await run(1)).latenciesNs).toHaveLength(1);
      expect(await refusalOf(run(2))).toBe('bad-input');
      expect((await run(1)).latenciesNs).toHaveLength(1);
      await client.infer({ sample: 1 }, MS);
      await client.inputs({ samples }, MS);
      expect((await run(2)).latenciesNs).toHaveLength(2);
    }));
  }
}
