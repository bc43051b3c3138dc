import { nearestWord } from '../parse/nearest-word.ts';
import type { CapabilityPlaces } from '../domain/transport-address.ts';

/** The names without a vendor that there are (W3C WebDriver 2, "table of standard capabilities"); a server must refuse any other. */
const STANDARD = [
  'acceptInsecureCerts', 'browserName', 'browserVersion', 'pageLoadStrategy', 'platformName', 'proxy', 'setWindowRect', 'strictFileInteractability', 'timeouts', 'unhandledPromptBehavior', 'userAgent', 'webSocketUrl',
];

/** Names of browsers' makers that a slip is taken for. Their drivers ignore what they don't know: chromedriver then starts a browser with a window and without one of the switches that were asked for. */
const VENDORS = ['goog:chromeOptions', 'goog:loggingPrefs', 'ms:edgeOptions', 'ms:loggingPrefs', 'moz:firefoxOptions'];

const APPIUM = 'appium:';
/** Often written without `appium:`. */
const OFTEN_ASKED = ['appium:automationName', 'appium:udid'];
/** Of the drivers for Chromium, Android and iOS, without `appium:`. */
const USUAL = [
  'automationName', 'udid', 'deviceName', 'platformVersion', 'noReset', 'newCommandTimeout', 'executable', 'executableDir', 'useSystemExecutable', 'disableBuildCheck', 'chromedriverPort', 'chromedriverPorts',
  'chromedriverExecutable', 'chromedriverExecutableDir', 'adbPort', 'suppressKillServer', 'systemPort', 'xcodeOrgId', 'xcodeSigningId', 'wdaLocalPort', 'usePrebuiltWDA', 'usePreinstalledWDA',
];
/** What Appium itself takes before its driver does: settings of the driver. */
const OF_APPIUM = /^settings(?:\[\S+\])?$/;
/** More names than this are no help in a message. */
const MAX_TOLD = 40;

/** What a driver of Appium takes. */
export interface KnownCapabilities {
  readonly packageName: string;
  readonly version: string;
  /** Without `appium:`. */
  readonly names: readonly string[];
}

export interface AskedCapabilities {
  readonly capabilities: Readonly<Record<string, unknown>>;
  /** Where each is written, for messages. */
  readonly places?: CapabilityPlaces | undefined;
}

/** What is wrong with names that no driver need be asked about, in words; null when nothing is. */
export function misnamedCapabilities({ capabilities, places }: AskedCapabilities): string | null {
  return faultsInWords(places, Object.keys(capabilities).flatMap((name) => {
    if (!name.includes(':')) return STANDARD.includes(name) ? [] : [{ name, fault: `WebDriver has no such capability; ${guessed(name) ?? `a vendor's has its name before it, as \`${APPIUM}${name}\` would`}` }];
    const meant = VENDORS.includes(name) || name.startsWith(APPIUM) ? null : nearestWord(name, VENDORS);
    return meant === null ? [] : [{ name, fault: `no browser's driver has it; did you mean \`${meant}\`?` }];
  }));
}

/** What is wrong with Appium's names, in words: its driver would ignore what it does not know; null when nothing is. */
export function unknownToDriver({ capabilities, places }: AskedCapabilities, driver: KnownCapabilities): string | null {
  const known = new Set([...driver.names, ...STANDARD]);
  return faultsInWords(places, Object.keys(capabilities).flatMap((name) => {
    const own = name.startsWith(APPIUM) ? name.slice(APPIUM.length) : null;
    if (own === null || known.has(own) || OF_APPIUM.test(own)) return [];
    const near = nearestWord(own, driver.names);
    const meant = VENDORS.find((each) => each.endsWith(`:${own}`)) ?? (near === null ? null : APPIUM + near);
    const others = driver.names.length > MAX_TOLD ? '' : `; it has ${driver.names.toSorted().join(', ')}`;
    return [{ name, fault: `${driver.packageName} ${driver.version} has no such capability and would ignore it${meant === null ? others : `; did you mean \`${meant}\`?`}` }];
  }));
}

/** Which names look like slips for those that are often asked of Appium's drivers, in words; null: none does. A guess, for a server that has refused them and whose driver's own names can't be had. */
export function likelySlips({ capabilities, places }: AskedCapabilities): string | null {
  return faultsInWords(places, Object.keys(capabilities).flatMap((name) => {
    const own = name.startsWith(APPIUM) ? name.slice(APPIUM.length) : null;
    const meant = own === null || USUAL.includes(own) ? null : nearestWord(own, USUAL);
    return meant === null ? [] : [{ name, fault: `did you mean \`${APPIUM}${meant}\`?` }];
  }));
}

/** Where another name stands for one that is missing, in words; null when none looks like it. */
export function standsFor(missing: string, { capabilities, places }: AskedCapabilities): string | null {
  const name = Object.keys(capabilities).find((each) => nearestWord(each, [missing]) !== null);
  return name === undefined ? null : faultsInWords(places, [{ name, fault: `did you mean \`${missing}\`?` }]);
}

function guessed(name: string): string | null {
  const known = [...STANDARD, ...VENDORS, ...OFTEN_ASKED];
  const meant = known.find((each) => each.slice(each.indexOf(':') + 1) === name) ?? nearestWord(name, known);
  return meant === null ? null : `did you mean \`${meant}\`?`;
}

/** Faults of capabilities, each with its place and name; null without any. */
export function faultsInWords(places: CapabilityPlaces | undefined, faults: readonly { readonly name: string; readonly fault: string }[]): string | null {
  if (faults.length === 0) return null;
  return faults.map(({ name, fault }) => `${places?.[name] === undefined ? '' : `${places[name]}  `}webdriver.capabilities, ${JSON.stringify(name)}: ${fault}`).join('; ');
}
