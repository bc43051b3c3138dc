import type { BrowserAddress, WebdriverAddress } from '../domain/transport-address.ts';
import { startOf } from './browser-start.ts';
import { likelySlips } from './capability-names.ts';
import { TransportFault } from './transport-fault.ts';

/** How Chromium's drivers tell that it ended while it started. */
const ENDED = /Chrome(?:ium)? instance exited|DevToolsActivePort file doesn't exist|Chrome(?:ium)? failed to start/i;
/** How Appium's drivers tell that they have no chromedriver of the browser's version, and what they advise then. */
const NO_CHROMEDRIVER = /No Chromedriver found that can automate/i;
const DOWNLOAD_ADVICE = /\s*You could also try to enable automated chromedrivers download as a possible workaround\./i;

/** The refusal of a session with where its capabilities are written, which of them look like slips, and what to do where that is known. Any other error as it is. */
export function advised(error: unknown, address: BrowserAddress | WebdriverAddress): unknown {
  if (!(error instanceof TransportFault) || error.kind !== 'session-refused') return error;
  const advice = [NO_CHROMEDRIVER.test(error.reason) ? CHROMEDRIVER_ADVICE : null, ENDED.test(error.reason) && startsHere(address) ? windowAdvice(address) : null, ...writtenAt(address, error.reason)].filter((each) => each !== null);
  return new TransportFault(error.kind, error.device, [error.reason.replace(DOWNLOAD_ADVICE, ''), ...advice].join('; '), error.cause);
}

const CHROMEDRIVER_ADVICE = 'name one of the browser\'s version that is on the server\'s machine as "appium:executable" (of a phone\'s Chrome: "appium:chromedriverExecutable"), as Paddock lets no driver download one';

/** Whether the browser is started on this machine's own screen. */
function startsHere(address: BrowserAddress | WebdriverAddress): boolean {
  return address.kind === 'browser' || address.url === undefined;
}

/** On Linux a window needs a display. Null: there is one, or none is needed. */
function windowAdvice(address: BrowserAddress | WebdriverAddress): string | null {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  if (startOf(address).headless === true || process.platform !== 'linux' || (DISPLAY ?? '') !== '' || (WAYLAND_DISPLAY ?? '') !== '') return null;
  const mend = address.kind === 'browser' ? 'leave `headless: false` out' : 'add --headless=new to `args` of "goog:chromeOptions"';
  return `it was to open a window, and there is no display (DISPLAY and WAYLAND_DISPLAY are not set): ${mend}, or start Paddock where there is one`;
}

/** The slips; else the place of the capability that the server's words name, or of the first one. */
function writtenAt(address: BrowserAddress | WebdriverAddress, words: string): readonly string[] {
  if (address.kind === 'browser') return [];
  const { capabilities, capabilityPlaces: places } = address;
  const slips = likelySlips({ capabilities, places });
  if (slips !== null) return [slips];
  const names = Object.keys(capabilities);
  const place = places?.[names.find((name) => words.includes(name)) ?? names[0] ?? ''];
  return place === undefined ? [] : [`its capabilities are at ${place}`];
}
