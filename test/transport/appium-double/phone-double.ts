import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { remote } from 'webdriverio';
import { AppiumPhone } from '../../../src/transport/appium-phone.ts';
import { type AppiumServer, startAppium } from '../../../src/transport/appium-server.ts';
import type { PhonePlatform } from '../../../src/transport/phone-answers.ts';
import { never } from '../reading.ts';

const KINDS = {
  android: { driverName: 'androiddouble', automationName: 'UiAutomator2', platformNames: ['Android'], mainClass: 'AndroidDouble' as 'AndroidDouble' | 'ChromeDouble' },
  ios: { driverName: 'iosdouble', automationName: 'XCUITest', platformNames: ['iOS'], mainClass: 'IosDouble' },
} as const;

type DoubleKind = (typeof KINDS)[keyof typeof KINDS];

/** Chrome of an Android phone, whose pages run in this machine's Chromium. */
export const CHROME_PHONE: DoubleKind = { ...KINDS.android, mainClass: 'ChromeDouble' };

/** Puts a double into an APPIUM_HOME, as an npm package like the drivers'. */
export async function installDouble(home: string, appium: DoubleKind): Promise<void> {
  const name = `appium-${appium.driverName}-driver`;
  const folder = join(home, 'node_modules', name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name, version: '1.0.0', type: 'module', main: 'index.js', appium, peerDependencies: { appium: '^3.0.0' } }));
  await writeFile(join(folder, 'index.js'), `export * from ${JSON.stringify(join(import.meta.dirname, 'driver.ts'))};\n`);
}

/** The real Appium server with the doubles of both phone drivers in an APPIUM_HOME of their own. */
export class PhoneDoubles implements AsyncDisposable {
  readonly #server: AppiumServer;
  readonly #home: string;

  private constructor(server: AppiumServer, home: string) {
    this.#server = server;
    this.#home = home;
  }

  static async start(): Promise<PhoneDoubles> {
    const home = await mkdtemp(join(tmpdir(), 'paddock-double-'));
    for (const kind of ['android', 'ios'] as const) await installDouble(home, KINDS[kind]);
    return new PhoneDoubles(await startAppium({ signal: never, installFolder: process.cwd(), automationNames: ['UiAutomator2', 'XCUITest'], appiumHome: { kind: 'named', folder: home } }), home);
  }

  async open(platform: PhonePlatform, answerMs = 120_000): Promise<PhoneOfDouble> {
    const { automationName, platformNames: [platformName] } = KINDS[platform];
    const client = await remote({
      hostname: this.#server.host, port: this.#server.port, path: '/', logLevel: 'silent', connectionRetryCount: 0, connectionRetryTimeout: 240_000,
      capabilities: { platformName, 'appium:automationName': automationName, 'appium:newCommandTimeout': 0, 'wdio:enforceWebDriverClassic': true },
    });
    return new PhoneOfDouble(client, platform, answerMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    await rm(this.#home, { recursive: true, force: true });
  }
}

/** A session with one double, and the means to make it misbehave. */
export class PhoneOfDouble {
  readonly phone: AppiumPhone;
  readonly #client: WebdriverIO.Browser;

  constructor(client: WebdriverIO.Browser, platform: PhonePlatform, answerMs: number) {
    this.#client = client;
    this.phone = new AppiumPhone({ device: `${platform} double`, platform, answerMs, send: (script, args) => client.executeScript(script, [args]) });
  }

  async answer(name: string, answer: unknown): Promise<void> {
    await this.#client.executeScript('double: answer', [{ name, answer }]);
  }

  async fail(name: string, error: string, message: string): Promise<void> {
    await this.#client.executeScript('double: fail', [{ name, error, message }]);
  }

  async hang(name: string): Promise<void> {
    await this.#client.executeScript('double: hang', [{ name }]);
  }

  /** The arguments of the last call of a command, in the driver's order. */
  async lastCall(name: string): Promise<readonly unknown[]> {
    const calls = await this.#client.executeScript('double: calls', []) as readonly { readonly name: string; readonly args: readonly unknown[] }[];
    return calls.findLast((each) => each.name === name)?.args ?? [];
  }

  async close(): Promise<void> {
    await this.#client.deleteSession();
  }
}
