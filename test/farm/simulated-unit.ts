/**
 * A double of a device: its harness app answers the protocol from this process, after waits that stand for the work. For faults on demand and for
 * hundreds of devices at once, which no lab has; never for a figure of a device.
 */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeviceFacts } from '../../src/domain/result.ts';
import { SnapshotTree } from '../../src/device/snapshot-tree.ts';
import type { Device } from '../../src/device/device.ts';
import type { NotBack, Unit } from '../../src/farm/unit.ts';
import { PROTOCOL_VERSION } from '../../src/harness/wire.ts';
import { TransportFault } from '../../src/transport/transport-fault.ts';
import type { DeviceProcess, ExecOptions, ProcessExit, Transport } from '../../src/transport/transport.ts';

/** One inference takes this long; a burst of half a second then has 25. */
const LATENCY_NS = 20e6;

export interface Simulation {
  readonly id: string;
  /** Whose lock it takes; its own, when left out. */
  readonly lockId?: string;
  /** What loading the model of a launch takes, ms. */
  readonly loadMs: (launch: number) => number;
  /** What becomes of a launch while it measures; the device is `lost` with its cable out, or the process has a `crash`. */
  readonly fate?: (launch: number) => 'lost' | 'crash' | null;
  /** Name of the software that plays its GPU. */
  readonly softwareGpu?: string;
  /** What waiting for a lost device brings: null when it is back. */
  readonly recover?: () => NotBack | null;
  /** Whether somebody else took the device meanwhile. */
  readonly confirm?: () => string | null;
}

/** What a simulated device went through. */
export interface SimulatedUnit extends Unit {
  /** Processes started so far. */
  readonly launches: number;
  /** The most that ran at one time. */
  readonly mostAtOnce: number;
  /** What the launches would take if nothing but the device needed time, ms. */
  readonly workMs: number;
}

function facts(id: string): DeviceFacts {
  return {
    id, name: `simulated ${id}`, transport: 'simulated', profile: 'simulated', model: 'Simulated', soc: 'none', os: 'none', arch: 'none', cores: 8, memoryMiB: 8192, virtualization: null, emulated: false,
    clockRegime: 'fixed', sensors: [], absentSensors: [{ sensor: 'power', reason: 'a simulated device has none' }],
  };
}

interface Request { readonly op: string; readonly id: number; readonly durationNs: number; readonly count: number }

class SimulatedProcess implements DeviceProcess {
  readonly pid = 1;
  readonly stderr = Readable.from([]);
  readonly exited: Promise<ProcessExit>;
  readonly stdout: Readable = new Readable({ read: () => undefined });
  readonly #loadMs: number;
  readonly #softwareGpu: string | undefined;
  readonly #fate: 'lost' | 'crash' | null;
  readonly #onWork: (ms: number) => void;
  readonly #end: (exit: ProcessExit) => void;
  readonly #stop: AbortController = new AbortController();
  #nowNs = 0;

  constructor(options: { readonly signal: AbortSignal; readonly loadMs: number; readonly softwareGpu: string | undefined; readonly fate: 'lost' | 'crash' | null; readonly onWork: (ms: number) => void }) {
    this.#loadMs = options.loadMs;
    this.#softwareGpu = options.softwareGpu;
    this.#fate = options.fate;
    this.#onWork = options.onWork;
    const { promise, resolve } = Promise.withResolvers<ProcessExit>();
    this.exited = promise;
    this.#end = (exit) => {
      this.#stop.abort();
      this.stdout.push(null);
      resolve(exit);
    };
    options.signal.addEventListener('abort', () => { this.#end({ exitCode: null, signal: null, killedFor: 'abort' }); }, { once: true });
  }

  async write(text: string): Promise<void> {
    void this.#answer(JSON.parse(text) as Request).catch(() => undefined);
    return Promise.resolve();
  }

  closeInput(): void { this.#end({ exitCode: 0, signal: null, killedFor: null }); }

  async kill(): Promise<void> {
    this.#end({ exitCode: null, signal: 'SIGKILL', killedFor: null });
    await this.exited;
  }

  async #work(ms: number): Promise<void> {
    this.#onWork(ms);
    this.#nowNs += ms * 1e6;
    await sleep(ms, undefined, { signal: this.#stop.signal });
  }

  #send(event: object): void {
    if (!this.#stop.signal.aborted) this.stdout.push(`${JSON.stringify(event)}\n`);
  }

  async #answer({ op, id, durationNs, count }: Request): Promise<void> {
    switch (op) {
      case 'hello':
        this.#send({ event: 'hello', id, protocol: PROTOCOL_VERSION, harness: { name: 'simulated', version: '0' }, runtimes: [{ name: 'null', version: '0', delegates: [{ name: 'cpu', kind: 'cpu' }] }], clockResolutionNs: 1, cores: 8, pid: 1, nowNs: this.#nowNs });
        return;
      case 'load':
        await this.#work(this.#loadMs);
        this.#send({ event: 'loaded', id, initNs: this.#loadMs * 1e6, inputs: [], outputs: [], ...(this.#softwareGpu === undefined ? {} : { softwareGpu: this.#softwareGpu }) });
        return;
      case 'inputs':
        this.#send({ event: 'inputs', id, samples: 0 });
        return;
      case 'run': {
        if (this.#fate === 'crash') this.#end({ exitCode: null, signal: 'SIGSEGV', killedFor: null });
        if (this.#fate === 'lost') this.#end({ exitCode: null, signal: null, killedFor: null, lost: new TransportFault('lost', 'simulated', 'the cable is out') });
        const startNs = this.#nowNs;
        const queries = count === 1 ? 1 : Math.max(1, Math.round(durationNs / LATENCY_NS));
        await this.#work((queries * LATENCY_NS) / 1e6);
        this.#send({ event: 'batch', id, startNs, endNs: this.#nowNs, latenciesNs: Array.from({ length: queries }, (_, i) => LATENCY_NS + ((i * 7919) % 1000)), first: false });
        return;
      }
      case 'memory':
        this.#send({ event: 'memory', id, peakBytes: 2e6, currentBytes: 1e6, method: 'simulated' });
        return;
      case 'bye':
        this.#send({ event: 'bye', id });
        this.#end({ exitCode: 0, signal: null, killedFor: null });
        return;
      default:
        this.#send({ event: 'error', id, code: 'unknown-op', message: op });
    }
  }
}

export function simulatedUnit(simulation: Simulation): SimulatedUnit {
  const state = { launches: 0, atOnce: 0, mostAtOnce: 0, workMs: 0 };
  const transport = {
    identify: () => Promise.resolve({ id: `serial:${simulation.id}`, bootId: null }),
    name: `simulated ${simulation.id}`,
    async exec(_argv: readonly string[], { signal }: ExecOptions): Promise<DeviceProcess> {
      signal.throwIfAborted();
      const launch = state.launches++;
      state.mostAtOnce = Math.max(state.mostAtOnce, ++state.atOnce);
      const process = new SimulatedProcess({ signal, loadMs: simulation.loadMs(launch), softwareGpu: simulation.softwareGpu, fate: simulation.fate?.(launch) ?? null, onWork: (ms) => { state.workMs += ms; } });
      void process.exited.then(() => { state.atOnce--; });
      return Promise.resolve(process);
    },
    push: (path: string) => Promise.resolve(path),
  } as unknown as Transport;
  const device: Device = { facts: facts(simulation.id), transport, profile: null, root: '', hardware: { evidence: { system: 'other', arch: '', properties: new Map(), deviceTreeModel: null, compatible: [], dmi: {}, cpuParts: new Set() }, files: new SnapshotTree('') }, processMemory: () => Promise.resolve({ pss: { absent: 'simulated' }, gpu: { absent: 'simulated' } }), clock: 'monotonic', [Symbol.asyncDispose]: () => Promise.resolve(), sampleConditions: () => Promise.resolve({ timeNs: performance.now() * 1e6 }), powerSensors: () => [] };
  return {
    id: simulation.id, device,
    harness: () => Promise.resolve({ argv: ['simulated'], sha256: 'simulated' }),
    lockId: simulation.lockId ?? simulation.id,
    confirm: () => Promise.resolve(simulation.confirm?.() ?? null),
    recover: () => Promise.resolve(simulation.recover?.() ?? null),
    get launches() { return state.launches; },
    get mostAtOnce() { return state.mostAtOnce; },
    get workMs() { return state.workMs; },
  };
}
