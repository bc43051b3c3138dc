import { afterEach, expect, test, vi } from 'vitest';
import { adviceFor } from '../../src/device/advice.ts';
import { findPlaces } from '../../src/device/places.ts';
import { labSchema } from '../../src/domain/lab.ts';
import type { Reach } from '../../src/device/reach.ts';

const { signal } = new AbortController();
afterEach(() => { vi.unstubAllEnvs(); vi.resetModules(); });

test.each([
  ['recovery', 'adb reboot'], ['sideload', 'adb reboot'], ['rescue', 'adb reboot'], ['bootloader', 'fastboot reboot'], ['unauthorized', 'unlock its screen'], ['offline', 'plug it in again'], ['host', 'plug it in again'], ['constructor', 'plug it in again'],
])('a phone whose state is %s is told with what to do about it', async (state, advice) => {
  // A double for an adb server: no board of the lab can be in its boot loader.
  const reach = { adbServer: () => ({ list: () => Promise.resolve([{ serial: 'SERIAL1', state }]) }) } as unknown as Reach;
  const [place] = (await findPlaces(labSchema.parse({}), reach, signal)).places;
  expect(place?.fault?.message).toBe(`adb says: ${state}`);
  expect(place?.fault === null || place === undefined ? '' : adviceFor(place.fault.kind)).toContain(advice);
});

test('doctor asks the adb server that ANDROID_ADB_SERVER_PORT names', async () => {
  vi.resetModules();
  vi.stubEnv('ANDROID_ADB_SERVER_PORT', '1');
  const { findReach } = await import('../../src/cli/doctor-reach.ts');
  expect(await findReach(labSchema.parse({}), signal)).toEqual([{ what: 'adb server 127.0.0.1:1', state: 'absent', detail: expect.stringContaining('none answers'), mend: 'adb -P 1 start-server' }]);
});
