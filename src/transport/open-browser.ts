import type { BrowserAddress, WebdriverAddress } from '../domain/transport-address.ts';
import { AppiumServerError } from './appium-server-error.ts';
import { type AppiumServer, startAppium } from './appium-server.ts';
import { type BrowserPlace, placeOf } from './browser-place.ts';
import { BrowserSession } from './browser-session.ts';
import { misnamedCapabilities, standsFor, unknownToDriver } from './capability-names.ts';
import { refusedCapabilities } from './capability-refusals.ts';
import { Chromedriver, findBrowserPrograms, programVersion } from './chromedriver.ts';
import { localSwitches, switchesHere, withSwitches } from './browser-switches.ts';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { keepLoopbackOffProxies } from './loopback-proxy.ts';
import { advised } from './session-advice.ts';
import { type CapabilityValue, SessionSecrets } from './session-secrets.ts';
import { TransportFault } from './transport-fault.ts';

/** Chromium answers its driver in 1 to 5 s here; more on a busy machine. */
const LOCAL_START_MS = 60_000;

const AUTOMATION = 'appium:automationName';

const LOCAL_CLOSE_MS = 3000;
/** An Appium server takes seconds to clear a phone. */
const REMOTE_CLOSE_MS = 10_000;

export interface BrowserContext {
  /** For messages. */
  readonly device: string;
  /** Paddock's own package folder. */
  readonly installFolder: string;
  readonly signal: AbortSignal;
}

/** A browser with what Paddock started for it. */
export interface OpenedBrowser {
  readonly session: BrowserSession;
  readonly place: BrowserPlace;
  /** The browser's process where it runs on this machine and its driver tells it. */
  readonly processId: number | null;
  /** Ends the session, the browser, and the server that was started for it. Never throws. */
  close(): Promise<void>;
}

/** Starts a browser of this machine by its chromedriver. Throws TransportFault, the signal's reason. */
export async function openLocalBrowser(address: BrowserAddress, { device, signal }: BrowserContext): Promise<OpenedBrowser> {
  keepLoopbackOffProxies([]);
  const programs = await findBrowserPrograms(device, address);
  const driver = await Chromedriver.start(programs.driver, device, signal);
  try {
    const session = await BrowserSession.start({ device, signal, startMs: LOCAL_START_MS, idleSessions: 'kept', secrets: new SessionSecrets(device, {}), url: `http://127.0.0.1:${driver.port}/`, capabilities: localCapabilities(address, programs.binary) });
    return {
      session, place: 'here', processId: session.facts.processId,
      async close() {
        // A browser that hangs is killed with its driver.
        await session.close(LOCAL_CLOSE_MS);
        await driver.close();
      },
    };
  } catch (error) {
    await driver.close();
    if (!(error instanceof TransportFault) || error.kind !== 'session-refused') throw error;
    const version = await programVersion(programs.binary, signal);
    if (!VERSION_WORDS.test(error.message)) throw advised(new TransportFault('session-refused', device, `${error.reason} (the browser is ${programs.binary}${version === null ? ', which tells no version: is it a Chromium or Chrome?' : ` ${version}`})`, error), address);
    if (version === null || driver.version === null || major(version) === major(driver.version)) throw error;
    throw new TransportFault('session-refused', device, `chromedriver ${driver.version} (${programs.driver}) does not drive browser ${version} (${programs.binary}): install the chromedriver of version ${major(version)}, or name it as \`browser.driver\` in paddock.yaml. ${error.reason}`, error);
  }
}

/** How a chromedriver refuses a browser of another version. */
const VERSION_WORDS = /only supports (?:chrome|chromium)[\w ]* version|version must be/i;

function major(version: string): string {
  return version.split('.')[0] ?? version;
}

function localCapabilities({ args, headless }: BrowserAddress, binary: string): Readonly<Record<string, CapabilityValue>> {
  return { browserName: 'chrome', 'goog:chromeOptions': { binary, args: localSwitches([...(headless ? ['--headless=new'] : []), ...switchesHere()], args) } };
}

/** Starts a session at a WebDriver server, or at an Appium server of Paddock's own. Throws TransportFault, the signal's reason. */
export async function openRemoteBrowser(address: WebdriverAddress, { device, installFolder, signal }: BrowserContext): Promise<OpenedBrowser> {
  const { url, user, key, startSeconds } = address;
  keepLoopbackOffProxies(url === undefined ? [] : [url]);
  const secrets = new SessionSecrets(device, process.env);
  const capabilities = address.capabilities as Readonly<Record<string, CapabilityValue>>;
  const places = address.capabilityPlaces;
  const fault = misnamedCapabilities({ capabilities, places }) ?? refusedCapabilities({ capabilities: secrets.fill(capabilities) as typeof capabilities, places });
  if (fault !== null) throw new TransportFault('session-refused', device, fault);
  await using own = new AsyncDisposableStack();
  const server = url ?? own.use(await startOwnAppium(address, { device, installFolder, signal })).url;
  const session = await BrowserSession.start({
    device, signal, secrets, startMs: startSeconds * 1000, idleSessions: 'ended', url: server, ...(user === undefined ? {} : { user }), ...(key === undefined ? {} : { key }),
    capabilities: isChromium(capabilities) ? withSwitches({ ...NO_DOWNLOAD, ...(url === undefined ? await chromiumDefaults() : {}), ...capabilities }, url === undefined ? switchesHere() : []) : withSwitches(capabilities, []),
  }).catch((error: unknown) => { throw advised(error, address); });
  const wrong = otherPhone(secrets.fill(capabilities['appium:udid'] ?? null), session.facts.udid);
  if (wrong !== null) {
    await session.close(REMOTE_CLOSE_MS);
    throw new TransportFault('session-refused', device, secrets.hide(wrong));
  }
  const kept = own.move();
  const place = placeOf(address, session.facts);
  return {
    session, place, processId: place === 'here' ? session.facts.processId : null,
    async close() {
      await session.close(REMOTE_CLOSE_MS);
      await kept.disposeAsync().catch(() => {});
    },
  };
}

/** Appium takes a capability that it does not know without a word, and then whichever phone it finds. */
function otherPhone(asked: CapabilityValue, told: string | null): string | null {
  if (typeof asked !== 'string' || told?.toLowerCase() === asked.toLowerCase()) return null;
  return told === null ? `its server does not tell which phone it took, so that it may be another one than "appium:udid", ${asked}` : `its server took the phone ${told}, and paddock.yaml asks for "appium:udid", ${asked}: look at what the server was started with`;
}

/** Whether the session is for Appium's driver of Chromium on the server's own machine. */
function isChromium({ [AUTOMATION]: name }: Readonly<Record<string, CapabilityValue>>): boolean {
  return typeof name === 'string' && name.toLowerCase() === 'chromium';
}

/** Appium's Chromium driver downloads a chromedriver where none of the browser's version is there, unless it is told not to. */
const NO_DOWNLOAD = { 'appium:autodownloadEnabled': false };

/** What that driver needs beside Paddock so that it finds a chromedriver, and ends no other one of this machine (it clears its usual port by `pkill -f`). */
async function chromiumDefaults(): Promise<Readonly<Record<string, CapabilityValue>>> {
  const driver = await findProgram(['chromedriver']);
  return { 'appium:chromedriverPort': await freePort(), ...(driver === null ? {} : { 'appium:executable': driver }) };
}

/** Throws TransportFault, also for capabilities that its driver would ignore. */
async function startOwnAppium({ capabilities, capabilityPlaces: places }: WebdriverAddress, { device, installFolder, signal }: BrowserContext): Promise<AppiumServer> {
  const automationName = capabilities[AUTOMATION];
  if (typeof automationName !== 'string') {
    const slip = standsFor(AUTOMATION, { capabilities, places });
    throw new TransportFault('session-refused', device, `${slip === null ? '' : `${slip} `}its capabilities in paddock.yaml name no \`${AUTOMATION}\` (Chromium, UiAutomator2, XCUITest), which Appium needs; or give the \`url\` of a WebDriver server`);
  }
  await using started = new AsyncDisposableStack();
  const server = started.use(await appiumFor(automationName, { device, installFolder, signal }));
  for (const { packageName, version, capabilities: names } of server.drivers) {
    const unknown = names === null ? null : unknownToDriver({ capabilities, places }, { packageName, version, names });
    if (unknown !== null) throw new TransportFault('session-refused', device, unknown);
  }
  started.move();
  return server;
}

async function appiumFor(automationName: string, { device, installFolder, signal }: BrowserContext): Promise<AppiumServer> {
  try {
    return await startAppium({ signal, installFolder, automationNames: [automationName] });
  } catch (error) {
    if (!(error instanceof AppiumServerError)) throw error;
    throw new TransportFault(error.kind === 'driver-missing' || error.kind === 'not-installed' || error.kind === 'home' ? 'missing' : 'unreachable', device, `no Appium server could be started: ${error.message}`, error);
  }
}
