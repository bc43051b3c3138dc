import type { BrowserStart } from '../domain/browser.ts';
import type { ConditionSample } from '../domain/condition.ts';
import type { DeviceProfile } from '../domain/profile.ts';
import type { DeviceFacts } from '../domain/result.ts';
import { HarnessClient, HarnessCrash, HarnessGarbage, HarnessHang, HarnessRefusal, type Hello } from '../harness/client.ts';
import type { BrowserTransport } from '../transport/browser-transport.ts';
import type { SessionFacts } from '../transport/browser-session.ts';
import { TransportFault } from '../transport/transport-fault.ts';
import { isEmulatorSerial, type PhoneFacts, phoneFacts, type PhoneState, readPhoneFacts, readPhoneState } from './appium-conditions.ts';
import type { Device, SampleAge } from './device.ts';
import { hardwareEvidence } from './hardware-evidence.ts';
import { LocalDevice } from './local.ts';
import { SnapshotTree } from './snapshot-tree.ts';

/** A page that compiles nothing yet. */
const HELLO_MS = 60_000;
const BYE_MS = 10_000;
const NO_SENSORS = 'a page is told nothing of the device that it runs on';

const SENSORS = ['load1', 'cpuPressure', 'cpuBusy', 'memAvailableMiB', 'temperatureC', 'frequencyRatio', 'throttleCount', 'batteryPercent', 'power'];

export interface BrowserDeviceOptions {
  readonly id: string;
  /** The command of the web harness. */
  readonly argv: readonly string[];
  /** Those that this machine is matched with. */
  readonly profiles: readonly DeviceProfile[];
  readonly signal: AbortSignal;
}

/**
 * A browser as a device: loads the harness's page once to hear what it is, once more where that was lost. The transport stays the caller's to close.
 * @throws TransportFault, the signal's reason
 */
export async function openBrowserDevice(transport: BrowserTransport, options: BrowserDeviceOptions): Promise<Device> {
  const { id, profiles } = options;
  // Only what is known to compute here has this machine's model, load and heat.
  const here = transport.place === 'here' ? new LocalDevice({ power: [], profiles }) : null;
  const phone = here === null && transport.phone !== null ? await readPhoneFacts(transport.phone) : null;
  // Whoever waits for a lost phone waits until its page can run.
  if (phone?.state.locked === true) throw lockedFault(transport);
  const hello = await hear(transport, options).catch((error: unknown) => {
    if (error instanceof TransportFault && error.kind === 'lost') return hear(transport, options);
    throw error;
  });
  return new BrowserDevice(transport, here, factsOf({ id, transport: transport.name, start: transport.start, session: transport.facts, hello, here: here?.facts ?? null, phone }));
}

function lockedFault({ name }: BrowserTransport): TransportFault {
  return new TransportFault('lost', name, 'the phone is locked: a page behind the lock screen does not run; unlock it, and let its screen stay on');
}

/** What the page says of itself. Throws TransportFault, the signal's reason. */
async function hear(transport: BrowserTransport, { argv, signal }: BrowserDeviceOptions): Promise<Hello> {
  try {
    await using client = await HarnessClient.start(transport, argv, { signal, helloTimeoutMs: HELLO_MS });
    await client.bye(BYE_MS);
    return client.hello;
  } catch (error) {
    signal.throwIfAborted();
    // Nothing was asked of the page but to say who it is: that it fell or hangs is the browser's doing.
    if (error instanceof HarnessCrash || error instanceof HarnessHang) throw new TransportFault(error instanceof HarnessHang ? 'timeout' : 'lost', transport.name, `its page did not come up: ${error.message}`, error);
    if (error instanceof HarnessGarbage || error instanceof HarnessRefusal) throw new TransportFault('garbage', transport.name, error.message, error);
    throw error;
  }
}

class BrowserDevice implements Device {
  readonly facts: DeviceFacts;
  readonly transport: BrowserTransport;
  /** Settings and clusters of cores are not for a page. */
  readonly profile = null;
  readonly clock = 'apart';
  readonly hardware: Device['hardware'];
  readonly root = '';
  readonly #here: LocalDevice | null;

  constructor(transport: BrowserTransport, here: LocalDevice | null, facts: DeviceFacts) {
    this.transport = transport;
    this.facts = facts;
    this.#here = here;
    const files = new SnapshotTree('');
    this.hardware = here?.hardware ?? { evidence: hardwareEvidence(files, { arch: facts.arch, properties: new Map() }), files };
  }

  async sampleConditions(age: SampleAge = 'recent'): Promise<ConditionSample> {
    if (this.#here !== null) return this.#here.sampleConditions();
    const { phone, isPageOpen } = this.transport;
    // A command would take the phone's time from what it measures.
    const state = phone === null || (isPageOpen && age === 'recent') ? null : await readPhoneState(phone);
    if (state?.locked === true) throw lockedFault(this.transport);
    return { timeNs: Number(process.hrtime.bigint()), ...state?.conditions };
  }

  processMemory(): ReturnType<Device['processMemory']> {
    const absent = 'a page is no process of its own';
    return Promise.resolve({ pss: { absent }, gpu: { absent } });
  }

  powerSensors(): readonly [] {
    return [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What it reads of this machine is read in this process; nothing is left open.
  }
}

interface Known {
  readonly id: string;
  readonly transport: string;
  readonly start: BrowserStart;
  readonly session: SessionFacts;
  readonly hello: Hello;
  /** Of this machine, where the browser is on it. */
  readonly here: DeviceFacts | null;
  /** Of a phone, where Appium tells of it. */
  readonly phone: PhoneFacts | null;
}

function factsOf({ id, transport, start, session, hello, here, phone }: Known): DeviceFacts {
  const { browserName, browserVersion, platform, udid } = session;
  const browser = `${browserName} ${browserVersion}`;
  // Headless Chromium calls itself that.
  const browserStart = { ...start, headless: /\bHeadless/.test(hello.browser?.userAgent ?? '') ? true : start.headless };
  const told = phone === null || phone.info === null ? null : phoneFacts(phone.info);
  const { sensors, absentSensors } = sensorsOf(phone?.state ?? null);
  const powerSaving = { sensor: 'powerSaving', reason: 'browsers tell no power-saving state, which may halve the clocks: switch it off before measuring' };
  const power = { sensor: 'power', reason: 'a page has no clock that power readings could be brought to' };
  return {
    id, name: `${browser}${browserStart.headless === true ? ', headless,' : ''} on ${here === null ? (told?.model ?? udid ?? platform) : 'this machine'}`, transport,
    ...(here === null ? { profile: 'browser' } : { profile: here.profile, ...(here.profileFit === undefined ? {} : { profileFit: here.profileFit }), ...(here.recognisedBy === undefined ? {} : { recognisedBy: here.recognisedBy }) }),
    model: here === null ? (told?.model ?? udid ?? platform) : here.model, soc: here?.soc ?? 'a page is not told', os: `${browser}, ${here?.os ?? told?.os ?? platform}`, arch: here?.arch ?? 'unknown', cores: hello.cores, ...memoryOf(here),
    ...virtualizationOf(here ?? told), emulated: here?.emulated ?? (told?.emulated === true || isEmulatorSerial(udid)), clockRegime: here?.clockRegime ?? 'unknown',
    ...(hello.browser === undefined ? {} : { browser: hello.browser }), browserStart,
    sensors: here?.sensors ?? sensors,
    absentSensors: here === null ? [...absentSensors, powerSaving] : [...here.absentSensors.filter(({ sensor }) => sensor !== 'power'), power, powerSaving],
  };
}

/** What a page is told of memory is rounded and cut: no figure of the device's. */
function memoryOf(here: DeviceFacts | null): Pick<DeviceFacts, 'memoryMiB'> {
  return here?.memoryMiB === undefined ? {} : { memoryMiB: here.memoryMiB };
}

function virtualizationOf(known: Pick<DeviceFacts, 'virtualization'> | null): Pick<DeviceFacts, 'virtualization'> {
  return known?.virtualization === undefined ? {} : { virtualization: known.virtualization };
}

/** What a device elsewhere tells: nothing, or what its phone's Appium driver does. */
function sensorsOf(state: PhoneState | null): Pick<DeviceFacts, 'sensors' | 'absentSensors'> {
  const sensors = Object.keys(state?.conditions ?? {});
  const absent = state?.absent ?? [];
  const named = new Set([...sensors, ...absent.map(({ sensor }) => sensor)]);
  return { sensors, absentSensors: [...absent, ...SENSORS.filter((sensor) => !named.has(sensor)).map((sensor) => ({ sensor, reason: NO_SENSORS }))] };
}
