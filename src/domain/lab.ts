import * as z from 'zod';
import { idSchema } from './ids.ts';
import { type AdbServerAddress, adbServerAddressSchema, browserAddressSchema, canReachPage, type CapabilityPlaces, idleKey, isSameServer, phoneFault, sshAddressSchema, webdriverAddressSchema } from './transport-address.ts';

const text = z.string().min(1).max(1000);

const adbPlaceSchema = z.strictObject({
  serial: text.describe('as `adb devices` prints it'),
  connect: z.string().regex(/^[^\s:]+:\d{1,5}$/, 'HOST:PORT').optional().describe('HOST:PORT that the adb server is told to connect to first, for a device on the network'),
  server: adbServerAddressSchema.optional().describe('the adb server that it is at, where several are asked; needed where two of them list the same serial. Default: the first that lists it'),
});

function mayBeSameServer(a: AdbServerAddress | undefined, b: AdbServerAddress | undefined): boolean {
  return a === undefined || b === undefined || isSameServer(a, b);
}

const WAYS = ['adb', 'ssh', 'browser', 'webdriver'] as const;

/** A device that has a name in the lab. */
export const labDeviceSchema = z.strictObject({
  id: idSchema.refine((id) => id !== 'local', '"local" is this machine').describe('its name in suites and reports'),
  adb: adbPlaceSchema.optional(),
  ssh: sshAddressSchema.omit({ kind: true }).optional(),
  browser: browserAddressSchema.omit({ kind: true, name: true }).optional().describe('a Chromium or Chrome of this machine, by chromedriver'),
  webdriver: webdriverAddressSchema.omit({ kind: true, name: true }).optional().describe('a browser behind Appium, a Selenium grid or any WebDriver server: of a phone, or of another machine'),
  profile: idSchema.optional().describe('the device profile to use, whatever the device looks like'),
  recover: z.array(z.string().min(1)).min(1).max(100).optional().describe('a command of this host that brings the device back when it is lost, such as one that switches its USB port off and on; PADDOCK_DEVICE is its id'),
  folder: z.string().startsWith('/').max(1000).regex(/^[^:;]*$/, 'a folder without ":" and ";", at which a system\'s loader divides its list of folders').optional().describe('where Paddock keeps its files on the device; default: the first of the usual places'),
}).superRefine((device, context) => {
  const ways = WAYS.filter((way) => device[way] !== undefined);
  if (ways.length !== 1) context.addIssue({ code: 'custom', path: [], message: 'a device is reached by `adb`, `ssh`, `browser` or `webdriver`: give one of them' });
  if (device.webdriver !== undefined && !canReachPage(device.webdriver)) {
    context.addIssue({ code: 'custom', path: ['webdriver', 'address'], message: 'a browser of a phone or behind a server elsewhere needs `address`, this machine\'s name or address as that browser reaches it, or `reverse` for a phone at an adb server; or `here: true` where the browser itself is of this machine' });
  }
  const phone = device.webdriver === undefined ? null : phoneFault(device.webdriver);
  const idle = device.webdriver === undefined ? null : idleKey(device.webdriver);
  if (idle !== null) context.addIssue({ code: 'custom', path: ['webdriver', idle.key], message: idle.message });
  if (phone !== null) context.addIssue({ code: 'custom', path: ['webdriver', phone.key], message: phone.message });
  for (const key of ['profile', 'folder'] as const) {
    if (device[key] !== undefined && (device.browser !== undefined || device.webdriver !== undefined)) context.addIssue({ code: 'custom', path: [key], message: `\`${key}\` is not for browsers` });
  }
});
/** `capabilityPlaces` is for messages, and nothing that the file says. */
export type LabDevice = Readonly<z.output<typeof labDeviceSchema>> & { readonly webdriver?: { readonly capabilityPlaces?: CapabilityPlaces | undefined } | undefined };

const DEFAULT_LIMITS = { returnSeconds: 180, waitMinutes: 30, cacheMiB: 8192 };

/** `paddock.yaml`: the devices of a desk or lab beside this machine. It holds no secrets: keys are named by their files. */
export const labSchema = z.strictObject({
  adb: z.array(adbServerAddressSchema).max(100).optional().describe('the adb servers to ask; default: this host\'s own, where adb is installed or a server runs'),
  devices: z.array(labDeviceSchema).max(10_000).default([]).describe('devices with a name of their own, and boards reached by ssh'),
  pools: z.record(idSchema, z.array(idSchema).min(1).max(10_000)).default({}).describe('devices of one kind, any of which may take a case: a suite names them as pool:NAME'),
  profiles: z.array(text).max(100).default([]).describe('more folders of device profiles, relative to this file'),
  limits: z.strictObject({
    returnSeconds: z.int().min(1).max(86_400).default(DEFAULT_LIMITS.returnSeconds).describe('how long a lost device is waited for'),
    waitMinutes: z.number().min(0).max(10_080).default(DEFAULT_LIMITS.waitMinutes).describe('how long a device that another Paddock uses is waited for'),
    cacheMiB: z.int().min(1).max(1_048_576).default(DEFAULT_LIMITS.cacheMiB).describe('models, inputs and harness apps kept on each device stay below this; a browser keeps models by its own quota'),
  }).prefault({}),
}).superRefine((lab, context) => {
  const seen = new Set<string>();
  for (const [index, device] of lab.devices.entries()) {
    if (seen.has(device.id)) context.addIssue({ code: 'custom', path: ['devices', index, 'id'], message: `${device.id} is there twice` });
    seen.add(device.id);
    const { adb } = device;
    if (adb !== undefined && lab.devices.slice(0, index).some((other) => other.adb !== undefined && other.adb.serial === adb.serial && mayBeSameServer(other.adb.server, adb.server))) {
      context.addIssue({ code: 'custom', path: ['devices', index, 'adb'], message: `adb ${adb.serial} is there twice; where they are two devices at two adb servers, give the \`server\` of each` });
    }
  }
});
export type Lab = Readonly<Omit<z.output<typeof labSchema>, 'devices'>> & { readonly devices: readonly LabDevice[] };

/** A lab without a file: what can be found by itself. */
export const NO_LAB: Lab = labSchema.parse({});
