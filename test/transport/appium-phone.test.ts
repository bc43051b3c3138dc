import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { phoneFacts, readPhoneState } from '../../src/device/appium-conditions.ts';
import { PhoneCommandError } from '../../src/transport/phone-commands.ts';
import { PhoneDoubles, type PhoneOfDouble } from './appium-double/phone-double.ts';

const APP = 'org.paddock.harness';

async function refusal(asked: Promise<unknown>): Promise<PhoneCommandError> {
  const outcome = await asked.then((value) => value, (error: unknown) => error);
  if (outcome instanceof PhoneCommandError) return outcome;
  throw new Error(`no PhoneCommandError but ${JSON.stringify(outcome)} ${String(outcome)}`);
}

describe('phones behind a real Appium server, by doubles of their drivers', () => {
  let doubles: PhoneDoubles;
  let android: PhoneOfDouble;
  let ios: PhoneOfDouble;

  beforeAll(async () => {
    doubles = await PhoneDoubles.start();
    [android, ios] = [await doubles.open('android'), await doubles.open('ios')];
  });
  afterAll(async () => {
    await doubles?.[Symbol.asyncDispose]();
  });

  test('an Android phone: battery, model, lock, networks, performance data', async () => {
    const { phone } = android;
    expect(await phone.battery()).toEqual({ percent: 29, celsius: null, charging: false });
    expect(phoneFacts(await phone.info())).toEqual({ model: 'Google Pixel 8', os: 'Android 14 (API 34)', emulated: false });
    expect(phoneFacts({ ...(await phone.info()), model: 'sdk_gphone64_x86_64' })).toMatchObject({ virtualization: 'Android Emulator', emulated: true });
    expect(JSON.stringify(await phone.info())).not.toContain('9b3e7a61d2c4f508');
    expect(await phone.networks()).toEqual({ wifi: true, mobileData: false, airplaneMode: false });
    expect(await phone.performanceKinds()).toContain('memoryinfo');
    expect(await phone.performance('cpuinfo', APP)).toEqual([{ user: 14.3, kernel: 28.2 }]);
    expect(await phone.performance('memoryinfo', APP)).toEqual([{ totalPrivateDirty: 18360, nativePrivateDirty: 8296, eglPrivateDirty: null, totalPss: 42588, totalRss: 98120 }]);
    expect(await phone.performance('networkinfo', APP)).toHaveLength(2);
    expect(await readPhoneState(phone)).toMatchObject({ conditions: { batteryPercent: 29, charging: false, screenOn: true }, locked: false, offline: false });
  });

  test('an iPhone: battery with its temperature, model, thermal state, lock', async () => {
    const { phone } = ios;
    expect(await phone.battery()).toEqual({ percent: 70, celsius: 30.59, charging: true });
    const info = await phone.info();
    expect(phoneFacts(info)).toEqual({ model: 'Apple iPhone15,2', os: 'iOS 18.2 (22C152)', virtualization: null, emulated: false });
    expect(JSON.stringify(info)).not.toMatch(/Ada|00008120/);
    expect(await readPhoneState(phone)).toEqual({ conditions: { batteryPercent: 70, batteryTemperatureC: 30.59, charging: true, thermalStatus: 3 }, locked: true, offline: null, absent: [] });
    expect(await refusal(phone.networks())).toMatchObject({ kind: 'unsupported', command: 'getConnectivity' });
    await phone.startTrace({ profile: 'Activity Monitor', maxMs: 10_000, of: 'app-in-front' });
    expect(await ios.lastCall('startPerfRecord')).toEqual([10_000, 'Activity Monitor', 'current']);
    expect(Buffer.from(await phone.stopTrace({ profile: 'Activity Monitor', maxBytes: 1000 })).toString()).toContain('a trace');
  });

  test('apps: each driver is asked by its own parameters', async () => {
    await android.phone.installApp('/tmp/harness.apk');
    expect((await android.lastCall('installApp'))[0]).toBe('/tmp/harness.apk');
    expect(await android.phone.isAppInstalled(APP)).toBe(true);
    expect(await android.phone.appState(APP)).toBe('foreground');
    expect(await android.phone.terminateApp(APP)).toBe(true);
    await android.phone.activateApp(APP);
    expect(await android.phone.removeApp(APP)).toBe(true);
    await ios.phone.installApp('/tmp/Harness.ipa');
    expect(await ios.phone.isAppInstalled(APP)).toBe(false);
    expect(await ios.phone.appState(APP)).toBe('not-running');
    expect(await ios.phone.removeApp(APP)).toBe(false);
    expect(await refusal(android.phone.installApp('https://example.org/evil.apk'))).toMatchObject({ kind: 'refused' });
    for (const id of ['', 'x', 'a.b; reboot', '../a.b', 'a.b/c', 'a..b']) expect(await refusal(ios.phone.isAppInstalled(id)), id).toMatchObject({ kind: 'refused' });
  });

  test('launching: extras of every type, quoted for the phone\'s shell; what did not start is told', async () => {
    await android.phone.launchApp({ platform: 'android', appId: APP, activity: '.MainActivity', extras: { socket: 'it\'s $(reboot); here', threads: 4, seed: 2 ** 40, share: 0.5, verbose: true } });
    const call = await android.lastCall('startActivity');
    expect(call.slice(0, 2)).toEqual([true, true]);
    expect(call).toContain(`${APP}/.MainActivity`);
    expect(call).toContainEqual([['s', 'socket', String.raw`'it'\''s $(reboot); here'`], ['i', 'threads', '4'], ['l', 'seed', '1099511627776'], ['f', 'share', '0.5'], ['z', 'verbose', 'true']]);
    await android.answer('startActivity', 'Starting: Intent { cmp=x/.Y }\nError type 3\nError: Activity class {x/x.Y} does not exist.\n');
    expect((await refusal(android.phone.launchApp({ platform: 'android', appId: APP, activity: '.Gone', extras: {} }))).message).toContain('Error type 3');
    for (const bad of [{ activity: 'a b', extras: {} }, { activity: '.A', extras: { 'a b': 1 } }, { activity: '.A', extras: { a: Number.NaN } }, { activity: '.A', extras: { a: 'x\0y' } }]) {
      expect(await refusal(android.phone.launchApp({ platform: 'android', appId: APP, ...bad }))).toMatchObject({ kind: 'refused' });
    }
    await ios.phone.launchApp({ platform: 'ios', appId: APP, arguments: ['--socket', 'a b'], environment: { OMP_NUM_THREADS: '1' } });
    expect(await ios.lastCall('launchApp')).toEqual([APP, ['--socket', 'a b'], { OMP_NUM_THREADS: '1' }]);
    expect(await ios.lastCall('terminateApp')).toEqual([APP]);
    expect(await refusal(ios.phone.launchApp({ platform: 'android', appId: APP, activity: '.A', extras: {} }))).toMatchObject({ kind: 'unsupported' });
  });

  test('files go into the app\'s container and come back the same', async () => {
    const content = randomBytes(3 * 1024 * 1024);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const file = { appId: APP, path: 'models/m-1.onnx' };
    for (const [double, remote] of [[android, `@${APP}/models/m-1.onnx`], [ios, `@${APP}:documents/models/m-1.onnx`]] as const) {
      await double.phone.pushFile(file, content);
      expect((await double.lastCall('pushFile'))[0]).toBe(remote);
      expect(Buffer.from(await double.phone.pullFile(file, { maxBytes: content.length, sha256 })).equals(content)).toBe(true);
      expect(await refusal(double.phone.pullFile(file, { maxBytes: 1000 }))).toMatchObject({ kind: 'answer', message: expect.stringContaining('more than 1000 bytes') });
      expect(await refusal(double.phone.pullFile(file, { maxBytes: content.length, sha256: 'ff' }))).toMatchObject({ kind: 'answer' });
      expect(await refusal(double.phone.pullFile({ appId: APP, path: 'none' }, { maxBytes: 10 }))).toMatchObject({ kind: 'refused', message: expect.stringContaining('does not exist') });
    }
    await android.answer('pullFile', Buffer.from('other').toString('base64'));
    expect(await refusal(android.phone.pushFile(file, content))).toMatchObject({ kind: 'answer', message: expect.stringContaining('holds other content') });
    await android.answer('pullFile', 'not base64!');
    expect(await refusal(android.phone.pullFile(file, { maxBytes: 100 }))).toMatchObject({ kind: 'answer', message: expect.stringContaining('no base64') });
    for (const path of ['', '/etc/passwd', '../x', 'a/../../x', 'a//b', './a', 'a;b', 'a b', 'a\'b', 'a/']) expect(await refusal(ios.phone.pullFile({ appId: APP, path }, { maxBytes: 1 })), path).toMatchObject({ kind: 'refused' });
  });

  test('answers that are not as documented: told apart from what is only absent', async () => {
    const double = await doubles.open('android');
    const { phone } = double;
    for (const [answer, battery] of [
      [{ level: -1, state: -1 }, { percent: null, celsius: null, charging: null }], [{}, { percent: null, celsius: null, charging: null }], [{ level: 1, state: 5, extra: 'ignored' }, { percent: 100, celsius: null, charging: false }],
      [{ level: 0.5, state: 99 }, { percent: 50, celsius: null, charging: null }],
    ] as const) {
      await double.answer('batteryInfo', answer);
      expect(await phone.battery()).toEqual(battery);
    }
    for (const answer of [{ level: 85, state: 2 }, { level: '0.5', state: 2 }, { level: -0.5, state: 2 }, { level: 0.5, state: 'charging' }, [], 'battery', 7]) {
      await double.answer('batteryInfo', answer);
      expect(await refusal(phone.battery()), JSON.stringify(answer)).toMatchObject({ kind: 'answer' });
    }
    await double.answer('batteryInfo', { level: 85, state: 2 });
    expect(await readPhoneState(phone)).toMatchObject({ conditions: { screenOn: true }, absent: [{ sensor: 'battery', reason: expect.stringContaining('`level` of its answer') }, { sensor: 'thermalStatus' }] });
    await double.answer('deviceInfo', { model: 'x'.repeat(5_000_000) });
    expect(await refusal(phone.info())).toMatchObject({ kind: 'answer' });
    await double.answer('deviceInfo', { manufacturer: null, apiVersion: null, model: 'Phone' });
    expect(phoneFacts(await phone.info())).toMatchObject({ model: 'Phone', os: 'Android' });
    await double.answer('isLocked', 'yes');
    expect(await refusal(phone.isLocked())).toMatchObject({ kind: 'answer' });
    await double.answer('getPerformanceData', [['user'], ['1', '2', 'x']]);
    expect(await phone.performance('cpuinfo', APP)).toEqual([{ user: 1 }]);
    for (const answer of [[], [[]], {}, [['a'], 'b'], [['a'], [{}]]]) {
      await double.answer('getPerformanceData', answer);
      expect(await refusal(phone.performance('cpuinfo', APP)), JSON.stringify(answer)).toMatchObject({ kind: 'answer' });
    }
    await double.answer('getConnectivity', { airplaneMode: true, wifi: false });
    expect((await readPhoneState(phone)).offline).toBe(true);
    await double.answer('getConnectivity', { airplaneMode: true, wifi: true });
    expect((await readPhoneState(phone)).offline).toBe(false);
    await double.answer('getConnectivity', {});
    expect((await readPhoneState(phone)).offline).toBe(null);
    await double.close();
  });

  test('commands that are refused, not allowed, not there, hung; a session that is gone', async () => {
    const double = await doubles.open('ios');
    const { phone } = double;
    await double.fail('startPerfRecord', 'UnknownError', 'Potentially insecure feature \'perf_record\' has not been enabled. Start the server with --allow-insecure');
    expect(await refusal(phone.startTrace({ profile: 'x', maxMs: 1, of: 'all' }))).toMatchObject({ kind: 'not-allowed' });
    await double.fail('batteryInfo', 'UnsupportedOperationError', 'Unsupported execute method');
    expect(await refusal(phone.battery())).toMatchObject({ kind: 'unsupported', command: 'batteryInfo' });
    await double.fail('removeApp', 'UnknownError', `first line\n${'x'.repeat(10_000)}`);
    const refused = await refusal(phone.removeApp(APP));
    expect(refused.kind).toBe('refused');
    expect(refused.message.length).toBeLessThan(800);
    expect((await readPhoneState(phone)).absent).toContainEqual({ sensor: 'battery', reason: expect.stringContaining('Unsupported execute method') });
    await double.close();
    expect(await refusal(phone.isLocked())).toMatchObject({ kind: 'lost' });
    await expect(readPhoneState(phone)).rejects.toMatchObject({ kind: 'lost' });
  });

  test('a command that hangs is given up in time', async () => {
    const double = await doubles.open('android', 1000);
    await double.hang('batteryInfo');
    expect(await refusal(double.phone.battery())).toMatchObject({ kind: 'timeout', message: 'android double: batteryInfo: no answer within 1 s' });
    await expect(readPhoneState(double.phone)).rejects.toMatchObject({ kind: 'timeout' });
  });
});
