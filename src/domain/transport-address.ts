import { z } from 'zod';

const port = z.int().min(1).max(65_535);
const text = z.string().min(1).max(1000);

/** An adb server. */
export const adbServerAddressSchema = z.strictObject({ host: text.default('127.0.0.1'), port: port.default(5037) });
export type AdbServerAddress = z.infer<typeof adbServerAddressSchema>;

export function isSameServer(a: AdbServerAddress, b: AdbServerAddress): boolean {
  const host = (address: AdbServerAddress): string => (address.host === 'localhost' ? '127.0.0.1' : address.host);
  return a.port === b.port && host(a) === host(b);
}

/** A device at an adb server. */
export const adbAddressSchema = z.strictObject({
  kind: z.literal('adb'),
  serial: text.describe('as `adb devices` prints it'),
  server: adbServerAddressSchema.prefault({}),
});
export type AdbAddress = z.infer<typeof adbAddressSchema>;

const sshHopSchema = z.strictObject({
  host: text,
  port: port.default(22),
  user: text,
  identityFile: text.optional().describe('a private key; left out, the keys of the agent are tried'),
  passphraseVariable: text.optional().describe('the environment variable that holds the key\'s passphrase'),
  agent: text.optional().describe('socket of an ssh agent; left out, SSH_AUTH_SOCK'),
  knownHosts: text.optional().describe('left out, ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts'),
});

/** A device reached by ssh. */
export const sshAddressSchema = sshHopSchema.extend({ kind: z.literal('ssh'), jump: sshHopSchema.optional().describe('the host to go through') });
export type SshHop = z.infer<typeof sshHopSchema>;
export type SshAddress = z.infer<typeof sshAddressSchema>;

/** A Chromium-like browser of this machine, started by its chromedriver. */
export const browserAddressSchema = z.strictObject({
  kind: z.literal('browser'),
  name: text.describe('what it is called in the lab: two browsers of one machine are two devices'),
  binary: text.optional().describe('the browser\'s program; default: the first of chromium, google-chrome and the like that is installed'),
  driver: text.optional().describe('the chromedriver of the browser\'s version; default: the chromedriver that is installed'),
  args: z.array(text.startsWith('--')).max(100).default([]).describe('switches for the browser, such as --enable-unsafe-webgpu'),
  headless: z.boolean().default(true).describe('false opens a window, which must stay in view while it measures'),
});
export type BrowserAddress = z.infer<typeof browserAddressSchema>;

const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::', '[::]', '*']);

const secretReference = z.string().regex(/^env:[A-Za-z_]\w*$/, 'env:NAME, the environment variable that holds it; not the secret itself');

/** Whether a URL is one of HTTP that has no name or password in it. */
function isPlainHttp(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username === '' && parsed.password === '';
}

/** A browser behind a WebDriver server: Appium, a Selenium grid, a chromedriver. */
export const webdriverAddressSchema = z.strictObject({
  kind: z.literal('webdriver'),
  name: text,
  url: text.refine(isPlainHttp, 'http://HOST:PORT/PATH or https://…, without a user name or password').optional()
    .describe('of the WebDriver server; default: an Appium server that Paddock starts beside itself, which needs the automation\'s driver beside Paddock (appium-chromium-driver comes with it)'),
  capabilities: z.record(text, z.json()).describe('what the session asks for, by WebDriver\'s and Appium\'s names; a value env:NAME is taken from the environment'),
  user: secretReference.optional().describe('env:NAME, for a grid that asks for it'),
  key: secretReference.optional().describe('env:NAME, for a grid that asks for it'),
  address: text.refine((name) => !ANY_ADDRESS.has(name), 'the one name or address of this machine that the browser\'s device knows; a browser can\'t go to "any address"').optional().describe('this machine as the browser\'s device reaches it, a name or address to listen on; default: loopback. Only pages from loopback (see `reverse`) get threads and a fine clock'),
  reverse: adbAddressSchema.omit({ kind: true }).optional().describe('the phone at an adb server: `adb reverse` brings its loopback here, so that no network is needed'),
  here: z.boolean().optional().describe('whether the browser computes on this machine; default: found out, by the process that its driver names. Say it of a server at this machine\'s own address that is the end of a tunnel (false) or in a container (true)'),
  port: port.optional().describe('where the page is served; what the browser keeps of model files is kept for this port. Default: one that is the same from run to run, or a free one where that is taken'),
  startSeconds: z.int().min(1).max(3600).default(180).describe('how long a session may take to start'),
});
/** Where a capability is written, `FILE:LINE:COLUMN`, by its name. */
export type CapabilityPlaces = Readonly<Record<string, string>>;
export type WebdriverAddress = z.infer<typeof webdriverAddressSchema> & { readonly capabilityPlaces?: CapabilityPlaces | undefined };

/** Where a device is. */
export const transportAddressSchema = z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('local') }), adbAddressSchema, sshAddressSchema, browserAddressSchema, webdriverAddressSchema]);
export type TransportAddress = z.infer<typeof transportAddressSchema>;

const LOOPBACK_HOST = /^(?:127\.[\d.]+|\[::1\]|(?:.*\.)?localhost)$/i;

type Asked = Pick<WebdriverAddress, 'reverse' | 'capabilities'>;

/** Whether what is asked for is a phone's browser. */
export function asksForPhone({ reverse, capabilities }: Asked): boolean {
  const { platformName, 'appium:automationName': automationName } = capabilities;
  return reverse !== undefined || isPhonePlatform(platformName) || 'androidPackage' in chromeOptions(capabilities) || (typeof automationName === 'string' && /^(?:uiautomator2|xcuitest)$/i.test(automationName));
}

export function isPhonePlatform(name: unknown): boolean {
  return typeof name === 'string' && /^(?:android|ios)$/i.test(name);
}

/** Which phone is asked for, as the capabilities name it: for Appium, or for a chromedriver. May be env:NAME. */
export function askedPhone(capabilities: WebdriverAddress['capabilities']): string | null {
  const { 'appium:udid': udid } = capabilities;
  const named = udid ?? chromeOptions(capabilities)['androidDeviceSerial'];
  return typeof named === 'string' && named !== '' ? named : null;
}

function chromeOptions({ 'goog:chromeOptions': options }: WebdriverAddress['capabilities']): Readonly<Record<string, unknown>> {
  return typeof options === 'object' && options !== null && !Array.isArray(options) ? options : {};
}

/** What keeps an address from leading to one certain phone, by the key that mends it; null for what is no phone, or is one of a grid, which hands out phones of its own. */
export function phoneFault(webdriver: Asked & Pick<WebdriverAddress, 'user'>): { readonly key: 'capabilities' | 'reverse'; readonly message: string } | null {
  if (!asksForPhone(webdriver) || webdriver.user !== undefined) return null;
  const { reverse, capabilities } = webdriver;
  const phone = askedPhone(capabilities);
  if (typeof capabilities['appium:udid'] === 'number') return { key: 'capabilities', message: '`"appium:udid"` is read as a number, which loses digits and zeros: put it in quotes' };
  if (phone === null) return { key: 'capabilities', message: 'a phone needs `"appium:udid"`, its serial as `adb devices` prints it or an iPhone\'s UDID (for a chromedriver: `androidDeviceSerial` in `"goog:chromeOptions"`); without it the server takes whichever phone it finds first' };
  if (reverse !== undefined && reverse.serial !== phone && !phone.startsWith('env:')) return { key: 'reverse', message: `\`reverse\` is for ${reverse.serial}, and the capabilities ask for another phone, ${phone}` };
  return null;
}

/** What of its keys would do nothing, or keep another from working, by the key that is to go; null: nothing. */
export function idleKey({ url, user, key, address, reverse }: Pick<WebdriverAddress, 'url' | 'user' | 'key' | 'address' | 'reverse'>): { readonly key: 'user' | 'key' | 'address'; readonly message: string } | null {
  const [lone] = ([['user', user, 'key'], ['key', key, 'user']] as const).flatMap(([name, value, other]) => value === undefined ? [] : [{ name, other }]);
  if (lone !== undefined && url === undefined) return { key: lone.name, message: `\`${lone.name}\` is for the server at \`url\`, and Paddock's own Appium asks for none` };
  if (lone !== undefined && (user === undefined || key === undefined)) return { key: lone.name, message: `\`${lone.name}\` is sent with a \`${lone.other}\` only: give both` };
  if (address !== undefined && reverse !== undefined) return { key: 'address', message: '`address` and `reverse` are two ways from the phone to the page: give one of them' };
  return null;
}

/** Whether a browser could reach the page that this machine serves for it: loopback is its own, where it is on a phone or its server is another machine's. */
export function canReachPage(webdriver: Asked & Pick<WebdriverAddress, 'url' | 'address' | 'here'>): boolean {
  const { url, address, reverse, here } = webdriver;
  if (address !== undefined || reverse !== undefined || here === true) return true;
  return !asksForPhone(webdriver) && (url === undefined || LOOPBACK_HOST.test(URL.parse(url)?.hostname ?? ''));
}
