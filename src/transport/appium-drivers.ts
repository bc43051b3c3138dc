import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { shellWord } from '../domain/shell-word.ts';
import { AppiumServerError } from './appium-server-error.ts';

/** A driver of Appium that is installed as an npm package. */
export interface AppiumDriver {
  /** Appium's own name of it: `chromium`, `uiautomator2`, `xcuitest`. */
  readonly name: string;
  /** What a session asks for as `appium:automationName`; its case does not count. */
  readonly automationName: string;
  readonly packageName: string;
  readonly version: string;
  readonly folder: string;
}

export interface AppiumDriverPlaces {
  /** Paddock's own package folder. */
  readonly installFolder: string;
  /** A folder into which the user has installed drivers with Appium's own command; `usualAppiumHome()` where nothing else is said. */
  readonly appiumHome: AppiumHome;
}

/** `named`: the user has set APPIUM_HOME, so that it must be there. `usual`: Appium's default, which may be absent. */
export type AppiumHome = { readonly kind: 'named' | 'usual'; readonly folder: string };

/** The drivers that Paddock has a use for, by automation name (lower case), and the packages that they come in. */
const PACKAGES: ReadonlyMap<string, string> = new Map([
  ['chromium', 'appium-chromium-driver'],
  ['uiautomator2', 'appium-uiautomator2-driver'],
  ['xcuitest', 'appium-xcuitest-driver'],
]);
export const APPIUM_AUTOMATIONS: readonly string[] = [...PACKAGES.keys()];

/** What Appium's own packages are called; its command finds others by their manifest, which would mean to read every package there is. */
const PACKAGE_NAME = /^appium-[a-z0-9-]+-driver$/;
const MAX_MANIFEST_BYTES = 1024 * 1024;

const manifestSchema = z.object({ name: z.string(), version: z.string(), appium: z.object({ driverName: z.string().regex(/^[\w-]+$/), automationName: z.string().min(1) }) });

/** APPIUM_HOME, or ~/.appium as in Appium itself. */
export function usualAppiumHome(): AppiumHome {
  const named = process.env['APPIUM_HOME'];
  return named !== undefined && named !== '' ? { kind: 'named', folder: named } : { kind: 'usual', folder: join(homedir(), '.appium') };
}

/** The drivers installed beside Paddock by npm, then those of the user's APPIUM_HOME; the first of a name counts. Throws AppiumServerError `home` when a named APPIUM_HOME is not there. */
export async function findAppiumDrivers({ installFolder, appiumHome }: AppiumDriverPlaces): Promise<AppiumDriver[]> {
  if (appiumHome.kind === 'named' && !await isFolder(appiumHome.folder)) throw new AppiumServerError('home', `APPIUM_HOME is ${appiumHome.folder}, which is no folder`, { mend: `mkdir -p ${shellWord(appiumHome.folder)} (or unset APPIUM_HOME)` });
  const found = new Map<string, AppiumDriver>();
  for (const folder of [...foldersAbove(installFolder), appiumHome.folder]) {
    for (const driver of await driversIn(join(folder, 'node_modules'))) if (!found.has(driver.name)) found.set(driver.name, driver);
  }
  return [...found.values()];
}

/** The driver for an automation name. Throws AppiumServerError `driver-missing` with the command that installs it. */
export function driverFor(automationName: string, drivers: readonly AppiumDriver[], installFolder: string): AppiumDriver {
  const wanted = automationName.toLowerCase();
  const driver = drivers.find((each) => each.automationName.toLowerCase() === wanted);
  if (driver !== undefined) return driver;
  const there = drivers.length === 0 ? 'none is' : `installed: ${drivers.map((each) => each.automationName).join(', ')}`;
  const packageName = PACKAGES.get(wanted);
  throw new AppiumServerError('driver-missing', `no driver with the automation name ${JSON.stringify(automationName)} is installed (${there})`, { mend: packageName === undefined ? null : installCommand(packageName, drivers, installFolder) });
}

/** The command that installs a driver where Paddock finds it. */
export function driverInstallCommand(automationName: string, drivers: readonly AppiumDriver[], installFolder: string): string | null {
  const packageName = PACKAGES.get(automationName.toLowerCase());
  return packageName === undefined ? null : installCommand(packageName, drivers, installFolder);
}

/** Not saved: Paddock's own lock file stays as it was published. npm takes away what was installed so before, unless it is named again. */
function installCommand(packageName: string, drivers: readonly AppiumDriver[], installFolder: string): string {
  const unsaved = drivers.filter((driver) => driver.folder === join(installFolder, 'node_modules', driver.packageName) && driver.packageName !== PACKAGES.get('chromium')).map((driver) => driver.packageName);
  return `npm install --no-save --prefix ${shellWord(installFolder)} ${[...unsaved, packageName].join(' ')}`;
}

function* foldersAbove(start: string): Generator<string> {
  for (let folder = start; ; folder = dirname(folder)) {
    yield folder;
    if (dirname(folder) === folder) return;
  }
}

async function driversIn(folder: string): Promise<AppiumDriver[]> {
  const names = await readdir(folder).catch(() => []); // most folders above have none
  const read = await Promise.all(names.filter((name) => PACKAGE_NAME.test(name)).map((name) => readDriver(join(folder, name))));
  return read.filter((each) => each !== null);
}

/** Null for a package that is no driver, or whose manifest can't be read. */
async function readDriver(folder: string): Promise<AppiumDriver | null> {
  try {
    const path = join(folder, 'package.json');
    if ((await stat(path)).size > MAX_MANIFEST_BYTES) return null;
    const { name, version, appium } = manifestSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    return { name: appium.driverName, automationName: appium.automationName, packageName: name, version, folder };
  } catch {
    return null;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then((found) => found.isDirectory(), () => false);
}
