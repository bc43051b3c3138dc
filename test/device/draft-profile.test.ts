import { expect, test } from 'vitest';
import { draftProfile } from '../../src/device/draft-profile.ts';
import { LocalDevice } from '../../src/device/local.ts';
import { matchProfile } from '../../src/device/profile-match.ts';
import { readProfile } from '../../src/device/profile-store.ts';
import { openRemoteDevice } from '../../src/device/remote.ts';
import { Phone } from './phone.ts';
import { LAPTOP, Tree } from './tree.ts';

test('a phone\'s draft is a valid profile that recognises the phone, with what it answered and no guess of unit or sign', async () => {
  const cpu = (n: number, related: string, khz: number) => ({ [`sys/devices/system/cpu/cpu${n}/cpufreq/related_cpus`]: `${related}\n`, [`sys/devices/system/cpu/cpu${n}/cpufreq/cpuinfo_max_freq`]: `${khz}\n` });
  const phone = new Phone({ files: {
    ...cpu(0, '0 1 2 3', 1_704_000), ...cpu(4, '4 5 6 7', 2_367_000), ...cpu(8, '8', 2_914_000),
    'proc/cpuinfo': [0, 4, 8].map((n, i) => `processor\t: ${n}\nCPU implementer\t: 0x41\nCPU part\t: ${['0xd46', '0xd4d', '0xd4e'][i]}\n\n`).join(''),
    'sys/bus/iio/devices/iio:device0/energy_value': 't=1\nCH0(T=1)[S10M_VDD_TPU], 5\nCH2(T=1)[S2M_VDD_CPUCL2], 7\n', 'sys/class/power_supply/battery/current_now': '-412000\n',
  } });
  await using device = await openRemoteDevice(phone.transport, { id: 'a "phone"\n', profiles: [], root: phone.tree.path, signal: AbortSignal.timeout(240_000) });
  const text = draftProfile(device);
  const profile = readProfile(text, 'draft.yaml');
  expect(profile).toMatchObject({
    profile: 'google-pixel-8', recognise: [{ properties: { 'ro.product.device': ['shiba'] } }, { properties: { 'ro.board.platform': ['zuma'] } }],
    cpu: { clusters: [{ name: 'little', core: 'Cortex-A510', cpus: '0-3', maxMhz: 1704 }, { name: 'mid', core: 'Cortex-A715', cpus: '4-7' }, { name: 'prime', core: 'Cortex-X3', cpus: '8' }], use: ['prime'] },
    thermal: { zones: [{ type: ['BIG'], part: 'cpu' }, { type: ['vdroop1'], part: 'board' }] }, power: [{ kind: 'odpm', rails: ['S10M_VDD_TPU', 'S2M_VDD_CPUCL2'] }],
  });
  expect(text).toMatch(/# - \{ kind: battery, .*current_now said -412000: unit and sign are for you to find out/);
  expect(matchProfile([profile], device.hardware.evidence)?.profile.profile).toBe('google-pixel-8');
});

test('a machine without anything telling gets a draft, too', () => {
  const device = new LocalDevice({ root: new Tree(LAPTOP).path });
  expect(readProfile(draftProfile(device), 'draft.yaml')).toMatchObject({ recognise: [{ dmi: { sys_vendor: ['Example Inc.'], product_name: ['Book 13'] } }], power: [{ kind: 'rapl' }] });
  expect(readProfile(draftProfile(new LocalDevice({ root: new Tree().path })), 'draft.yaml').recognise).toHaveLength(1);
});
