import * as z from 'zod';
import type { CapabilityValue } from './session-secrets.ts';

/** What every measured page of a Chromium needs. */
const MEASURED = [
  // Pages of launches that are over would stay with their memory, up to six of them. The page may not be stored either, which is what keeps other browsers from it.
  '--disable-features=BackForwardCache',
  // A measurement of the page's memory collects garbage at once; else it waits for a collection, which took 17 s, twice a launch.
  '--enable-blink-features=ForceEagerMeasureMemory',
];

/** Nothing of these comes with a page; each would make traffic or work of the browser's own while it measures. */
const QUIET = ['--no-first-run', '--no-default-browser-check', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-default-apps', '--disable-breakpad'];

/** Switches of which Chromium takes the last one alone. */
const LISTS = ['--disable-features=', '--enable-blink-features='];

/** Where Chromium and its relatives read switches from, by the name that a session asks for (lower case). */
const OPTIONS: ReadonlyMap<string, string> = new Map([['chrome', 'goog:chromeOptions'], ['chromium', 'goog:chromeOptions'], ['microsoftedge', 'ms:edgeOptions']]);

/** What a Chromium needs that Paddock, or its own Appium, starts here: it refuses to start as root with its sandbox, and /dev/shm of containers is too small for it. */
export function switchesHere(): readonly string[] {
  return [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...(process.platform === 'linux' ? ['--disable-dev-shm-usage'] : [])];
}

/** The switches that a browser of this machine is started with, the lab's last. */
export function localSwitches(needed: readonly string[], asked: readonly string[]): readonly string[] {
  return merged([...QUIET, ...MEASURED, ...needed, ...asked]);
}

/** Capabilities with what a measured page, and its place, needs beside the switches that they ask for. Those of a browser that takes no such switches stay as they are, and so does what a server is to refuse. */
export function withSwitches(capabilities: Readonly<Record<string, CapabilityValue>>, needed: readonly string[]): Readonly<Record<string, CapabilityValue>> {
  const { browserName } = capabilities;
  const usual = typeof browserName === 'string' ? OPTIONS.get(browserName.toLowerCase()) : undefined;
  if (usual === undefined) return capabilities;
  // Appium's older name of the same, where the lab has it.
  const name = 'appium:chromeOptions' in capabilities ? 'appium:chromeOptions' : usual;
  const options = optionsSchema.safeParse(capabilities[name] ?? {});
  return options.success ? { ...capabilities, [name]: { ...options.data, args: merged([...MEASURED, ...needed, ...options.data.args]) } } : capabilities;
}

const optionsSchema = z.looseObject({ args: z.array(z.string()).default([]) });

/** All lists of one name as one. */
function merged(args: readonly string[]): readonly string[] {
  const lists = LISTS.flatMap((name) => {
    const items = args.filter((arg) => arg.startsWith(name)).flatMap((arg) => arg.slice(name.length).split(','));
    return items.length === 0 ? [] : [`${name}${[...new Set(items)].join(',')}`];
  });
  return [...args.filter((arg) => !LISTS.some((name) => arg.startsWith(name))), ...lists];
}
