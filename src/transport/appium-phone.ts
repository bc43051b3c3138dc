import { isAbsolute } from 'node:path';
import * as z from 'zod';
import {
  androidBatterySchema, androidInfoSchema, appStateSchema, type AppState, iosBatterySchema, iosInfoSchema, networksSchema, performanceSchema, type PerformanceRow, type PhoneBattery, type PhoneInfo, type PhoneNetworks, type PhonePlatform,
} from './phone-answers.ts';
import { PhoneCommands, type SendScript } from './phone-commands.ts';
import { askBase64, checkAppId, type PhoneFile, pullPhoneFile, pushPhoneFile } from './phone-file.ts';
import { activityRefusal, type AppLaunch, startActivityArgs } from './phone-launch.ts';

const INSTALL_MS = 300_000;
const LAUNCH_MS = 60_000;
/** UiAutomator2 gives an app half a second to end, which a busy phone does not keep. */
const TERMINATE_MS = 5000;
/** XCUITest's own bound for a recorder to write its trace is 3 min. */
const TRACE_MS = 240_000;

export const PERFORMANCE_KINDS = ['cpuinfo', 'memoryinfo', 'batteryinfo', 'networkinfo'] as const;
export type PerformanceKind = (typeof PERFORMANCE_KINDS)[number];

export interface PhoneSession {
  /** For messages. */
  readonly device: string;
  readonly platform: PhonePlatform;
  readonly send: SendScript;
  /** How long a command that does nothing lengthy may take; left out, 20 s. */
  readonly answerMs?: number;
}

/**
 * A phone in a session of Appium's UiAutomator2 driver (8.7) or XCUITest driver (12.13), by the `mobile:` commands that both document; they work beside a page in Chrome or Safari.
 * Each asks the phone for some of its time, `isLocked` on Android for two dumpsys calls: never while something is timed. Everything throws PhoneCommandError.
 */
export class AppiumPhone {
  readonly platform: PhonePlatform;
  readonly #commands: PhoneCommands;

  constructor({ device, platform, send, answerMs }: PhoneSession) {
    this.platform = platform;
    this.#commands = new PhoneCommands(device, send, answerMs);
  }

  async battery(): Promise<PhoneBattery> {
    return this.#commands.ask('batteryInfo', {}, this.platform === 'android' ? androidBatterySchema : iosBatterySchema);
  }

  async info(): Promise<PhoneInfo> {
    return this.#commands.ask('deviceInfo', {}, this.platform === 'android' ? androidInfoSchema : iosInfoSchema);
  }

  /** Whether its screen is off, dozing, or shows the lock screen. */
  async isLocked(): Promise<boolean> {
    return this.#commands.ask('isLocked', {}, z.boolean());
  }

  /** Android only. */
  async networks(): Promise<PhoneNetworks> {
    this.#only('android', 'getConnectivity');
    return this.#commands.ask('getConnectivity', {}, networksSchema);
  }

  /** Android only: what `dumpsys` tells of an app (cpuinfo in percent, memoryinfo in KiB) or of the phone (batteryinfo in percent, networkinfo in bytes and packets). */
  async performance(kind: PerformanceKind, appId: string): Promise<readonly PerformanceRow[]> {
    this.#only('android', 'getPerformanceData');
    return this.#commands.ask('getPerformanceData', { packageName: checkAppId(this.#commands, 'getPerformanceData', appId), dataType: kind }, performanceSchema);
  }

  /** Android only: the kinds that this driver's version offers. */
  async performanceKinds(): Promise<readonly string[]> {
    this.#only('android', 'getPerformanceDataTypes');
    return this.#commands.ask('getPerformanceDataTypes', {}, z.array(z.string().max(100)).max(100));
  }

  /** iOS only, with Xcode where the Appium server runs: starts Instruments on the app in front, or on all processes. */
  async startTrace({ profile, maxMs, of }: { readonly profile: string; readonly maxMs: number; readonly of: 'app-in-front' | 'all' }): Promise<void> {
    this.#only('ios', 'startPerfRecord');
    await this.#commands.ask('startPerfRecord', { profileName: profile, timeout: maxMs, ...(of === 'app-in-front' ? { pid: 'current' } : {}) }, z.unknown(), { timeoutMs: TRACE_MS });
  }

  /** iOS only: ends the trace of this profile. Gives a zip archive with a `.trace` in it. */
  async stopTrace({ profile, maxBytes }: { readonly profile: string; readonly maxBytes: number }): Promise<Uint8Array> {
    this.#only('ios', 'stopPerfRecord');
    return askBase64(this.#commands, 'stopPerfRecord', { profileName: profile }, { maxBytes, timeoutMs: TRACE_MS });
  }

  /** `path`: absolute, on the machine of the Appium server; an address would be downloaded by it and is refused. An older version is replaced. */
  async installApp(path: string): Promise<void> {
    if (!isAbsolute(path)) throw this.#commands.fault('refused', 'installApp', `${JSON.stringify(path.slice(0, 200))} is not the absolute path of a file`);
    const args = this.platform === 'android' ? { appPath: path, timeout: INSTALL_MS, replace: true, grantPermissions: true } : { app: path, timeoutMs: INSTALL_MS };
    await this.#commands.ask('installApp', args, z.unknown(), { timeoutMs: INSTALL_MS + LAUNCH_MS });
  }

  /** Whether something was removed. */
  async removeApp(appId: string): Promise<boolean> {
    return this.#commands.ask('removeApp', this.#app('removeApp', appId), z.boolean(), { timeoutMs: LAUNCH_MS });
  }

  async isAppInstalled(appId: string): Promise<boolean> {
    return this.#commands.ask('isAppInstalled', this.#app('isAppInstalled', appId), z.boolean());
  }

  /** `absent` is also what iOS says when it does not know. */
  async appState(appId: string): Promise<AppState> {
    return this.#commands.ask('queryAppState', this.#app('queryAppState', appId), appStateSchema);
  }

  /** Brings it to the front. */
  async activateApp(appId: string): Promise<void> {
    await this.#commands.ask('activateApp', this.#app('activateApp', appId), z.unknown(), { timeoutMs: LAUNCH_MS });
  }

  /** Whether it ran before. */
  async terminateApp(appId: string): Promise<boolean> {
    const args = this.#app('terminateApp', appId);
    return this.#commands.ask('terminateApp', this.platform === 'android' ? { ...args, timeout: TERMINATE_MS } : args, z.boolean(), { timeoutMs: LAUNCH_MS });
  }

  /** Starts it anew with these arguments: a running one would not get them. */
  async launchApp(launch: AppLaunch): Promise<void> {
    if (launch.platform === 'android') {
      this.#only('android', 'startActivity');
      const refusal = activityRefusal(await this.#commands.ask('startActivity', startActivityArgs(this.#commands, launch), z.string().max(100_000), { timeoutMs: LAUNCH_MS }));
      if (refusal !== null) throw this.#commands.fault('refused', 'startActivity', refusal.slice(0, 600));
      return;
    }
    this.#only('ios', 'launchApp');
    const app = this.#app('launchApp', launch.appId);
    await this.terminateApp(launch.appId);
    await this.#commands.ask('launchApp', { ...app, arguments: launch.arguments, environment: launch.environment }, z.unknown(), { timeoutMs: LAUNCH_MS });
  }

  /** Into the app's own container, verified by reading it back. */
  async pushFile(file: PhoneFile, content: Uint8Array): Promise<void> {
    await pushPhoneFile(this.#commands, this.platform, file, content);
  }

  /** From the app's own container. `sha256` (hex): what it must have. */
  async pullFile(file: PhoneFile, bounds: { readonly maxBytes: number; readonly sha256?: string }): Promise<Uint8Array> {
    return pullPhoneFile(this.#commands, this.platform, file, bounds);
  }

  #app(command: string, appId: string): Readonly<Record<string, unknown>> {
    const id = checkAppId(this.#commands, command, appId);
    return this.platform === 'android' ? { appId: id } : { bundleId: id };
  }

  #only(platform: PhonePlatform, command: string): void {
    if (this.platform !== platform) throw this.#commands.fault('unsupported', command, `only ${platform === 'android' ? 'Android\'s UiAutomator2' : 'iOS\'s XCUITest'} driver has this command`);
  }
}
