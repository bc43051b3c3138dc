import type { BrowserStart } from '../domain/browser.ts';
import type { BrowserAddress, WebdriverAddress } from '../domain/transport-address.ts';

/** Where capabilities hold a browser's switches. */
const OPTIONS = ['goog:chromeOptions', 'appium:chromeOptions', 'ms:edgeOptions', 'moz:firefoxOptions'];

/** How the lab asks for a browser to be started. */
export function startOf(address: BrowserAddress | WebdriverAddress): BrowserStart {
  const args = (address.kind === 'browser' ? address.args : askedArgs(address.capabilities)).map((each) => each.replace(/\/\/[^/@\s]*@/g, '//'));
  const asksHeadless = args.some((each) => /^--?headless(?:=|$)/.test(each));
  return { headless: asksHeadless ? true : address.kind === 'browser' ? address.headless : null, args };
}

function askedArgs(capabilities: Readonly<Record<string, unknown>>): readonly string[] {
  return OPTIONS.flatMap((name) => {
    const options = capabilities[name];
    const args: unknown = typeof options === 'object' && options !== null && 'args' in options ? options.args : [];
    return Array.isArray(args) ? args.filter((each): each is string => typeof each === 'string') : [];
  });
}
