import type { DeviceFacts } from '../domain/result.ts';
import { runtimeSchema } from '../domain/suite.ts';
import { adviceFor } from '../device/advice.ts';
import { LeaseError } from '../device/device-lease.ts';
import { LocalDevice } from '../device/local.ts';
import { findPlaces, type Place } from '../device/places.ts';
import type { Hello } from '../harness/client.ts';
import type { SetAside } from '../store/store.ts';
import { TransportFault, type TransportFaultKind } from '../transport/transport-fault.ts';
import { ExecError } from '../transport/transport.ts';
import { askHarness } from './ask-harness.ts';
import { reachPlace, RemoteUnit, type RemoteOptions } from './remote-unit.ts';
import { localUnit, type Unit } from './unit.ts';
import type { Workplace } from './workplace.ts';

/** A device that can be used: what it is and what it can run. */
export interface UsableDevice {
  readonly state: 'ok';
  readonly facts: DeviceFacts;
  readonly runtimes: Hello['runtimes'];
  /** Why the harness app did not start there, null when it did. */
  readonly fault: string | null;
}

/** A device that is known and can't be used now. */
export interface UnusableDevice {
  readonly state: TransportFaultKind | 'set-aside' | 'in-use';
  /** Its id, or what stands for it until it can be asked. */
  readonly id: string;
  readonly reached: string;
  readonly message: string;
  /** What to do; null where the message says it. */
  readonly advice: string | null;
}

export type SurveyedDevice = UsableDevice | UnusableDevice;

export interface SurveyOptions extends Omit<RemoteOptions, 'harnessPlace' | 'power'> {
  readonly workplace: Workplace;
  readonly setAside: readonly SetAside[];
}

/** Each device is asked beside the others; so many at once. */
const AT_ONCE = 8;

async function describe(unit: Unit, signal: AbortSignal): Promise<UsableDevice> {
  const { answer } = await askHarness(unit, runtimeSchema.parse({ id: 'onnxruntime' }), signal);
  const { facts } = unit.device;
  return answer.kind === 'there' ? { state: 'ok', facts, runtimes: answer.hello.runtimes, fault: null } : { state: 'ok', facts, runtimes: [], fault: answer.verdict.reasons.map((reason) => reason.message).join('; ') };
}

/** Everything that can be reached, this machine first, and what is known and can't. Devices that another Paddock uses are left alone. Throws the signal's reason. */
export async function surveyDevices(options: SurveyOptions): Promise<readonly SurveyedDevice[]> {
  const { lab, reach, workplace, profiles, signal, onNote } = options;
  const own = LocalDevice.open({ profiles, signal }).then((device) => describe(localUnit(device, workplace.installFolder, workplace), signal));
  const { places, warnings } = await findPlaces(lab, reach, signal);
  for (const warning of warnings) onNote(warning);
  await own;
  const waiting = [...places.entries()];
  const others = new Map<number, SurveyedDevice>();
  const seen = new Set<string>();
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, places.length) }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const device = await surveyPlace(next[1], seen, options);
      if (device !== null) others.set(next[0], device);
    }
  }));
  const inOrder = [...others].sort(([a], [b]) => a - b).map(([, device]) => device);
  return [await own, ...inOrder.filter(({ state }) => state === 'ok'), ...inOrder.filter(({ state }) => state !== 'ok')];
}

/** Null for a device that was seen at another place already. */
async function surveyPlace(place: Place, seen: Set<string>, options: SurveyOptions): Promise<SurveyedDevice | null> {
  const { workplace, setAside, signal, onNote } = options;
  const harnessPlace = { suiteFolder: workplace.installFolder, installFolder: workplace.installFolder };
  let id = place.id ?? place.label;
  const aside = (): UnusableDevice | null => {
    const found = setAside.find((item) => item.device === id);
    return found === undefined ? null : { state: 'set-aside', id, reached: place.label, message: `since ${found.since.slice(0, 10)}: ${found.reason}`, advice: `mend it, then \`paddock devices --readmit ${id}\`${found.until === undefined ? '' : `; it is tried again from ${found.until.slice(0, 10)} on`}` };
  };
  try {
    if (place.fault !== null) return aside() ?? unusable(id, place, new TransportFault(place.fault.kind, place.label, place.fault.message));
    const reached = await reachPlace(place, { ...options, harnessPlace }, signal);
    ({ id } = reached);
    const known = aside();
    if (seen.has(id) || known !== null) {
      await reached.transport.close();
      return known;
    }
    seen.add(id);
    onNote(`asking ${id}`);
    await using unit = await RemoteUnit.open(reached, { ...options, harnessPlace, onNote: () => undefined }, 0);
    await using _alone = await unit.alone(signal);
    return await describe(unit, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LeaseError) return { state: 'in-use', id, reached: place.label, message: `by ${error.owner}`, advice: null };
    if (error instanceof TransportFault) return unusable(id, place, error);
    if (error instanceof ExecError) return { state: 'garbage', id, reached: place.label, message: error.message, advice: null };
    throw error;
  }
}

function unusable(id: string, place: Place, { kind, message }: TransportFault): UnusableDevice {
  // The way there is told beside it.
  return { state: kind, id, reached: place.label, message: message.startsWith(`${place.label}: `) ? message.slice(place.label.length + 2) : message, advice: adviceFor(kind) };
}
