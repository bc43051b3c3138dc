import { setTimeout as sleep } from 'node:timers/promises';
import type { ConditionSample } from '../domain/condition.ts';
import type { GateBounds } from '../domain/gate.ts';
import type { Reason } from '../domain/verdict.ts';
import { timeUntilCool } from '../stats/cooling.ts';
import type { Device } from './device.ts';
import { checkGatesBefore, type GateRules } from './gates.ts';
import { ceilingFall, throttlingSigns } from './throttling.ts';

/** Over which the state before a launch is judged: /proc/stat counts 10 ms a tick, so that this window of two cores tells shares to 2 %. */
const WINDOW_MS = 250;

/** Between looks at a closed gate. */
const PAUSE_MS = 1000;

export interface GateWait {
  /** How long a closed gate is waited for. */
  readonly maxWaitMs: number;
  readonly signal: AbortSignal;
  /** Called at each look at a closed gate, with what is broken, the most that is still waited, and when it should be cool enough (null: not for that, or not to be told). */
  readonly onWait: (reasons: readonly Reason[], remainingMs: number, coolInMs: number | null) => void;
}

type Watched = Pick<Device, 'facts' | 'sampleConditions'>;

/** Keeps a device's gates for a run: remembers what bounds and waits of one launch are to know of the launches before it. */
export class GateKeeper {
  readonly rules: GateRules;
  /** Advice that a full wait did not bring about is not waited for again until it was seen to hold: the time is better measured with a warning. */
  #adviceStayedShut = false;
  /** The highest limit of the clock that was seen: one that a power mode or a setting holds is as it was, one that heat lowers is not. */
  #highestCeiling: number | undefined;

  constructor(rules: GateRules) {
    this.rules = rules;
  }

  /** Waits until the device is inside its bounds and does not throttle. Returns what was still broken when the wait was up, nothing when it is ready. Throws the signal's reason. */
  async wait(device: Watched, { maxWaitMs, signal, onWait }: GateWait): Promise<readonly Reason[]> {
    signal.throwIfAborted();
    const { bounds, demanded } = this.rules;
    if (Object.keys(bounds).length === 0) return [];
    const startedMs = performance.now();
    const looks: ConditionSample[] = [];
    for (;;) {
      const before = await device.sampleConditions(); // shares of the next sample are over the window from here
      await pause(WINDOW_MS, signal);
      const look = await device.sampleConditions();
      looks.push(look);
      const reasons = [...checkGatesBefore(look, bounds, device.facts.cores), ...this.#throttled([before, look])];
      const waitMs = this.#adviceStayedShut && !reasons.some(({ code }) => demanded.has(code)) ? 0 : maxWaitMs;
      const remainingMs = waitMs - (performance.now() - startedMs);
      if (reasons.length === 0 || remainingMs <= 0) {
        this.#adviceStayedShut = reasons.some(({ code }) => !demanded.has(code));
        return reasons;
      }
      onWait(reasons, remainingMs, coolInMs(looks, bounds));
      await pause(Math.max(0, Math.min(PAUSE_MS, remainingMs - WINDOW_MS)), signal);
    }
  }

  #throttled(samples: readonly ConditionSample[]): readonly Reason[] {
    const ceiling = samples.at(-1)?.frequencyCeiling;
    if (ceiling !== undefined) this.#highestCeiling = Math.max(ceiling, this.#highestCeiling ?? 0);
    const fallen = ceilingFall(this.#highestCeiling, ceiling);
    const signs = [...throttlingSigns(samples, this.rules.bounds), ...(fallen === null ? [] : [fallen])];
    return signs.length === 0 ? [] : [{ code: 'gate-throttled', message: `the device throttled before the launch: ${signs.join('; ')}` }];
  }
}

/** Quantities that a pause brings down, with their bounds. */
const HEAT: readonly (readonly [quantity: 'temperatureC' | 'skinTemperatureC' | 'batteryTemperatureC', bound: 'maxTemperatureC' | 'maxSkinTemperatureC' | 'maxBatteryTemperatureC'])[] = [
  ['temperatureC', 'maxTemperatureC'], ['skinTemperatureC', 'maxSkinTemperatureC'], ['batteryTemperatureC', 'maxBatteryTemperatureC'],
];

/** What is too hot at the last look: its course over the looks, and where it is to be. */
function tooHot(looks: readonly ConditionSample[], bounds: GateBounds): readonly { readonly boundC: number; readonly celsius: (look: ConditionSample) => number | undefined }[] {
  const over = looks.at(-1)?.overLimit;
  return [
    ...HEAT.flatMap(([quantity, name]) => {
      const boundC = bounds[name];
      const last = looks.at(-1)?.[quantity];
      return boundC === undefined || last === undefined || last <= boundC ? [] : [{ boundC, celsius: (look: ConditionSample) => look[quantity] }];
    }),
    ...(over === undefined ? [] : [{ boundC: over.throttlesAtC, celsius: ({ overLimit }: ConditionSample) => (overLimit?.zone === over.zone ? overLimit.celsius : undefined) }]),
  ];
}

/** When the last of the temperatures that are too high will be at its bound; null when none is, or one gives no estimate. */
function coolInMs(looks: readonly ConditionSample[], bounds: GateBounds): number | null {
  const estimates = tooHot(looks, bounds).map(({ boundC, celsius }) => {
    const seen = looks.flatMap((look) => {
      const value = celsius(look);
      return value === undefined ? [] : [{ timeMs: look.timeNs / 1e6, value }];
    });
    return timeUntilCool(seen.map(({ timeMs }) => timeMs), seen.map(({ value }) => value), boundC);
  });
  return estimates.length === 0 || estimates.includes(null) ? null : Math.max(...estimates.map((estimate) => estimate ?? 0));
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
}
