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

/** A double for adb servers at ports, as no real one lists a serial of one's choice; notes what each is told to connect. */
function servers(listed: Readonly<Record<number, readonly string[]>>, connected: string[] = []): Reach {
  return { adbServer: ({ port }: { port: number }) => ({
    list: () => Promise.resolve((listed[port] ?? []).map((serial) => ({ serial, state: serial.startsWith('OFF') ? 'offline' : 'device' }))),
    connect: (hostPort: string) => { connected.push(`${port} ${hostPort}`); return Promise.resolve(); },
  }) } as unknown as Reach;
}

const found = async (yaml: object, reach: Reach): Promise<{ readonly places: readonly string[]; readonly warnings: readonly string[] }> => {
  const { places, warnings } = await findPlaces(labSchema.parse(yaml), reach, signal);
  return { warnings, places: places.map(({ id, address, fault }) => `${id} ${address.kind === 'adb' ? address.server.port : ''} ${fault?.kind ?? 'ok'}`) };
};

test('one serial at two adb servers: two devices where paddock.yaml gives the server of each, else one, and the other is told', async () => {
  const reach = servers({ 1: ['emulator-5554'], 2: ['emulator-5554', 'B'] });
  const both = { devices: [{ id: 'a', adb: { serial: 'emulator-5554', server: { port: 1 } } }, { id: 'b', adb: { serial: 'emulator-5554', server: { port: 2 } } }] };
  expect(await found({ adb: [], ...both }, reach)).toEqual({ places: ['a 1 ok', 'b 2 ok', 'B 2 ok'], warnings: [] });
  const one = await found({ adb: [{ port: 1 }, { port: 2 }] }, reach);
  expect(one.places).toEqual(['emulator-5554 1 ok', 'B 2 ok']);
  expect(one.warnings.join()).toMatch(/emulator-5554 is listed by more than one adb server: the one at 127\.0\.0\.1:1 is taken, and 127\.0\.0\.1:2 left out; .*`server` of each/);
  // One that can't be used is no reason to leave out the one that can.
  expect((await found({ adb: [{ port: 1 }, { port: 2 }], devices: [{ id: 'x', adb: { serial: 'S' } }] }, { adbServer: ({ port }: { port: number }) => ({ list: () => Promise.resolve([{ serial: 'S', state: port === 1 ? 'offline' : 'device' }]) }) } as unknown as Reach)).places).toEqual(['x 2 ok']);
  expect(() => labSchema.parse({ devices: [{ id: 'a', adb: { serial: 'S' } }, { id: 'b', adb: { serial: 'S', server: { port: 2 } } }] })).toThrow(/adb S is there twice; .*`server` of each/);
});

test('a device on the network is connected to one adb server: its own, else the first', async () => {
  const connected: string[] = [];
  const devices = [{ id: 'a', adb: { serial: '10.0.0.1:5555', connect: '10.0.0.1:5555', server: { port: 2 } } }, { id: 'b', adb: { serial: '10.0.0.2:5555', connect: '10.0.0.2:5555' } }];
  const listed = { 1: ['10.0.0.2:5555'], 2: [] as string[] };
  expect((await found({ adb: [{ port: 1 }, { port: 2 }], devices }, servers(listed, connected))).places).toEqual(['b 1 ok', 'a 2 gone']);
  expect(connected).toEqual(['2 10.0.0.1:5555']);
});

test('doctor asks the adb server that ANDROID_ADB_SERVER_PORT names', async () => {
  vi.resetModules();
  vi.stubEnv('ANDROID_ADB_SERVER_PORT', '1');
  const { findReach } = await import('../../src/cli/doctor-reach.ts');
  expect(await findReach(labSchema.parse({}), signal)).toEqual([{ what: 'adb server 127.0.0.1:1', state: 'absent', detail: expect.stringContaining('none answers'), mend: 'adb -P 1 start-server' }]);
});
