import type { Lab } from '../domain/lab.ts';
import { APPIUM_AUTOMATIONS, type AppiumDriver, driverInstallCommand, findAppiumDrivers, usualAppiumHome } from '../transport/appium-drivers.ts';
import { AppiumServerError } from '../transport/appium-server-error.ts';
import { startAppium } from '../transport/appium-server.ts';
import { misnamedCapabilities } from '../transport/capability-names.ts';
import { refusedCapabilities } from '../transport/capability-refusals.ts';
import { findBrowserPrograms, programVersion } from '../transport/chromedriver.ts';
import { findProgram } from '../transport/find-program.ts';
import { TransportFault } from '../transport/transport-fault.ts';
import type { Finding } from './doctor-finding.ts';

/** What each automation's driver is for. */
const FOR: Readonly<Record<string, string>> = { chromium: 'Chromium and Chrome here', uiautomator2: 'Chrome on Android phones', xcuitest: 'Safari on iPhones' };

/** What browsers are measured by: the one of this machine with a chromedriver of its version, and Appium with its drivers. Of these, only what the lab names must be there. */
export async function findBrowsers(lab: Lab, installFolder: string, signal: AbortSignal): Promise<readonly Finding[]> {
  const named = lab.devices.flatMap(({ id, browser }) => (browser === undefined ? [] : [{ what: `browser ${id}`, browser, ifNot: 'broken' as const }]));
  const local = named.length > 0 ? named : [{ what: 'browser', browser: {}, ifNot: 'absent' as const }];
  return [...(await Promise.all(local.map(({ what, browser, ifNot }) => findBrowser(what, browser, ifNot, signal)))), ...capabilityFindings(lab), ...await findAppium(lab, installFolder, signal)];
}

/** What would be refused of the lab's capabilities before a server is asked. */
function capabilityFindings(lab: Lab): readonly Finding[] {
  return lab.devices.flatMap(({ id, webdriver }) => {
    if (webdriver === undefined) return [];
    const asked = { capabilities: webdriver.capabilities, places: webdriver.capabilityPlaces };
    const detail = misnamedCapabilities(asked) ?? refusedCapabilities(asked);
    return detail === null ? [] : [{ what: `webdriver ${id}`, state: 'broken' as const, detail, mend: null }];
  });
}

async function findBrowser(what: string, named: { readonly binary?: string | undefined; readonly driver?: string | undefined }, ifNot: 'broken' | 'absent', signal: AbortSignal): Promise<Finding> {
  try {
    const { binary, driver } = await findBrowserPrograms(what, named);
    const [version, driverVersion] = await Promise.all([programVersion(binary, signal), programVersion(driver, signal)]);
    const detail = `${binary} ${version ?? '(tells no version)'}, ${driver} ${driverVersion ?? '(tells no version)'}`;
    const major = version?.split('.')[0];
    if (major !== undefined && driverVersion !== null && driverVersion.split('.')[0] !== major) {
      return { what, state: ifNot, detail: `${detail}: a chromedriver drives the browser of its own version only`, mend: `apt-get install chromium chromium-driver      (or install the chromedriver of version ${major})` };
    }
    return { what, state: 'ok', detail, mend: null };
  } catch (error) {
    if (!(error instanceof TransportFault)) throw error;
    return { what, state: ifNot, detail: error.message.replace(`${what}: `, ''), mend: 'apt-get install chromium chromium-driver' };
  }
}

/** The drivers that are installed; and, where the lab has a browser that Paddock's own Appium serves, a server tried with what those ask for. */
async function findAppium(lab: Lab, installFolder: string, signal: AbortSignal): Promise<readonly Finding[]> {
  const names = lab.devices.map(({ webdriver }) => (webdriver === undefined || webdriver.url !== undefined ? null : webdriver.capabilities['appium:automationName']));
  const asked = [...new Set(names.filter((name) => typeof name === 'string'))];
  try {
    const drivers = await findAppiumDrivers({ installFolder, appiumHome: usualAppiumHome() });
    const findings = APPIUM_AUTOMATIONS.map((automation) => driverFinding(automation, drivers, installFolder));
    const android = drivers.some(({ automationName }) => automationName.toLowerCase() === 'uiautomator2') ? [await androidSdk()] : [];
    return [...findings, ...android, ...(asked.length === 0 ? [] : [await tryServer(asked, installFolder, signal)])];
  } catch (error) {
    if (!(error instanceof AppiumServerError)) throw error;
    return [{ what: 'Appium', state: asked.length === 0 ? 'absent' : 'broken', detail: error.reason, mend: error.mend }];
  }
}

function driverFinding(automation: string, drivers: readonly AppiumDriver[], installFolder: string): Finding {
  const what = `Appium ${automation}`;
  const driver = drivers.find(({ automationName }) => automationName.toLowerCase() === automation);
  if (driver !== undefined) return { what, state: 'ok', detail: `${driver.packageName} ${driver.version} in ${driver.folder}`, mend: null };
  return { what, state: 'absent', detail: `its driver is not installed; it is for ${FOR[automation] ?? automation}`, mend: driverInstallCommand(automation, drivers, installFolder) };
}

/** UiAutomator2 refuses every session without one of these variables, and takes adb from the folder's `platform-tools`. */
async function androidSdk(): Promise<Finding> {
  const what = 'Android SDK';
  const folder = process.env['ANDROID_HOME'] ?? process.env['ANDROID_SDK_ROOT'] ?? '';
  const mend = 'export ANDROID_HOME=/usr/lib/android-sdk      (Debian: apt-get install adb)';
  if (folder === '') return { what, state: 'absent', detail: 'neither ANDROID_HOME nor ANDROID_SDK_ROOT is set; UiAutomator2 needs one of them', mend };
  const adb = await findProgram([`${folder}/platform-tools/adb`]);
  return adb === null ? { what, state: 'absent', detail: `there is no platform-tools/adb in ${folder}`, mend } : { what, state: 'ok', detail: adb, mend: null };
}

async function tryServer(automationNames: readonly string[], installFolder: string, signal: AbortSignal): Promise<Finding> {
  try {
    await using server = await startAppium({ signal, installFolder, automationNames });
    return { what: 'Appium', state: 'ok', detail: `${server.version} starts with ${server.drivers.map((driver) => driver.automationName).join(', ')}`, mend: null };
  } catch (error) {
    if (!(error instanceof AppiumServerError)) throw error;
    return { what: 'Appium', state: 'broken', detail: error.reason, mend: error.mend };
  }
}
