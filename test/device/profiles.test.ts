import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { coresOf } from '../../src/device/cores.ts';
import { hardwareEvidence } from '../../src/device/hardware-evidence.ts';
import { matchProfile, profileFacts, type HardwareEvidence } from '../../src/device/profile-match.ts';
import { loadProfiles, ProfileError, readProfile } from '../../src/device/profile-store.ts';
import { SystemRoot } from '../../src/device/system-root.ts';
import { hardwareWords, lackingDelegates } from '../../src/report/hardware-words.ts';
import { getprop } from '../../src/parse/getprop.ts';
import { LAPTOP, Tree } from './tree.ts';

const OWN = new URL('../../device-profiles', import.meta.url).pathname;
const PIXEL = readFileSync(new URL('../fixtures/dumps/getprop/pixel-8.txt', import.meta.url), 'utf8');

const evidence = (parts: Partial<HardwareEvidence>): HardwareEvidence => ({ system: 'linux', arch: 'arm64', properties: new Map(), deviceTreeModel: null, compatible: [], dmi: {}, cpuParts: new Set(), ...parts });
const android = (properties: Readonly<Record<string, string>>): HardwareEvidence => evidence({ system: 'android', properties: new Map(Object.entries(properties)) });

function folder(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'paddock-profiles-'));
  onTestFinished(() => { rmSync(path, { recursive: true, force: true }); });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

const BOARD = (id: string, extra = ''): string => `profile: ${id}\ntitle: A board\nrecognise:\n  - deviceTreeModel: Example*\nsources: [its manual]\n${extra}`;

test('every profile that comes with Paddock is valid, and each fact has a source', async () => {
  const profiles = await loadProfiles([OWN]);
  expect(profiles.map(({ profile }) => profile)).toEqual(expect.arrayContaining([
    'pixel-8', 'galaxy-s24-exynos', 'galaxy-s24-snapdragon', 'mediatek-dimensity-9300', 'raspberry-pi-5', 'raspberry-pi-3', 'jetson-orin-nano', 'jetson-orin-nx-16gb', 'jetson-agx-orin', 'generic-android', 'generic-arm64-linux', 'x86-64-linux',
  ]));
});

test.each([
  ['a Pixel 8, by what it prints', evidence({ system: 'android', properties: getprop(PIXEL) }), 'pixel-8'],
  ['a Galaxy S24 with Exynos', android({ 'ro.hardware': 's5e9945', 'ro.soc.model': 's5e9945' }), 'galaxy-s24-exynos'],
  ['a Galaxy S24 with Snapdragon', android({ 'ro.soc.model': 'SM8650', 'ro.board.platform': 'pineapple' }), 'galaxy-s24-snapdragon'],
  ['a phone with a MediaTek chip', android({ 'ro.board.platform': 'mt6989' }), 'mediatek-dimensity-9300'],
  ['an unknown phone', android({ 'ro.soc.model': 'X1' }), 'generic-android'],
  ['a Raspberry Pi 5', evidence({ deviceTreeModel: 'Raspberry Pi 5 Model B Rev 1.0', compatible: ['raspberrypi,5-model-b', 'brcm,bcm2712'] }), 'raspberry-pi-5'],
  ['a Raspberry Pi 3 B', evidence({ deviceTreeModel: 'Raspberry Pi 3 Model B Rev 1.2', compatible: ['raspberrypi,3-model-b', 'brcm,bcm2837'] }), 'raspberry-pi-3'],
  ['a Raspberry Pi 3 B+, which slows down at 60 °C', evidence({ deviceTreeModel: 'Raspberry Pi 3 Model B Plus Rev 1.3', compatible: ['raspberrypi,3-model-b-plus', 'brcm,bcm2837'] }), 'raspberry-pi-3-plus'],
  ['a Jetson Orin NX with eight cores', evidence({ compatible: ['nvidia,p3768-0000+p3767-0000', 'nvidia,p3767-0000', 'nvidia,tegra234'] }), 'jetson-orin-nx-16gb'],
  ['a Jetson Orin NX with eight that JetPack calls a Nano', evidence({ deviceTreeModel: 'NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super', compatible: ['nvidia,p3768-0000+p3767-0000-super', 'nvidia,p3767-0000', 'nvidia,tegra234'] }), 'jetson-orin-nx-16gb'],
  ['a Jetson Orin NX with six', evidence({ compatible: ['nvidia,p3768-0000+p3767-0001', 'nvidia,p3767-0001', 'nvidia,tegra234'] }), 'jetson-orin-nano'],
  ['a Jetson Orin Nano', evidence({ compatible: ['nvidia,p3768-0000+p3767-0005-super', 'nvidia,p3767-0005', 'nvidia,tegra234'] }), 'jetson-orin-nano'],
  ['a Jetson AGX Orin', evidence({ compatible: ['nvidia,p3737-0000+p3701-0005', 'nvidia,p3701-0005', 'nvidia,tegra234'] }), 'jetson-agx-orin'],
  ['an unknown board', evidence({ deviceTreeModel: 'Example Board 5' }), 'generic-arm64-linux'],
  ['a PC', evidence({ arch: 'x64' }), 'x86-64-linux'],
  ['something else', evidence({ system: 'other', arch: 'arm64' }), 'generic'],
])('%s gets its profile', async (_, seen, id) => {
  expect(matchProfile(await loadProfiles([OWN]), seen)?.profile.profile).toBe(id);
});

test('a profile of the user replaces the one of the same id, and wins over a generic one', async () => {
  const users = folder({ 'a.yaml': BOARD('example-board'), 'b.yml': 'profile: generic-arm64-linux\ntitle: Mine\nrecognise:\n  - arch: arm64\nsources: [me]\n' });
  const profiles = await loadProfiles([OWN, users]);
  const match = matchProfile(profiles, evidence({ deviceTreeModel: 'EXAMPLE board 5' }));
  expect(match?.profile.profile).toBe('example-board');
  expect(match?.by).toBe('device tree EXAMPLE board 5');
  expect(profiles.filter(({ profile }) => profile === 'generic-arm64-linux').map(({ title }) => title)).toEqual(['Mine']);
  expect(await loadProfiles([join(users, 'not there')])).toEqual([]);
});

test('a fault is told with file, line, column and key', async () => {
  const broken = folder({ 'x.yaml': BOARD('x', 'cpu:\n  clusters:\n    - { name: big, core: Cortex-A76, cpus: 0-3 }\n  use: [huge]\n'), });
  await expect(loadProfiles([broken])).rejects.toThrow(/x\.yaml:9:9 {2}cpu\.use\[0\]: no cluster has the name "huge"; there are: big/);
  expect(() => readProfile(BOARD('y', 'powr: []\n'), 'y.yaml')).toThrow(/y\.yaml:6:1 {2}powr: unknown key `powr`; did you mean `power`\?/);
  expect(() => readProfile('profile: z\n', 'z.yaml')).toThrow(ProfileError);
  await expect(loadProfiles([folder({ 'a.yaml': BOARD('same'), 'b.yaml': BOARD('same') })])).rejects.toThrow(/b\.yaml:1:1 {2}profile: the id "same" is in a\.yaml too/);
});

test('what a profile says of the hardware is told, what a harness there lacks of it too, and its recommended cores have a name', async () => {
  const profiles = await loadProfiles([OWN]);
  const profile = profiles.find((each) => each.profile === 'pixel-8');
  if (profile === undefined) throw new Error('there is no pixel-8');
  const { hardware } = profileFacts({ profile, by: 'test' });
  if (hardware === undefined) throw new Error('nothing is described');
  const words = hardwareWords(hardware).map(([name, text]) => `${name}: ${text}`).join('\n');
  expect(words).toMatch(/chip: Google Tensor G3\nclusters: little: Cortex-A510, cores 0-3, 1704 MHz; mid: .*; prime: Cortex-X3, cores 8, 2914 MHz \(recommended\)\nGPU: Mali-G715\nNPU: Google TPU .*\nzones: skin: VIRTUAL-SKIN; [^]*quirk: Nine cores.*https/);
  expect(lackingDelegates(hardware, [{ name: 'onnxruntime', delegates: [{ name: 'cpu' }, { name: 'xnnpack' }] }])).toBe('onnxruntime: nnapi, webgpu');
  expect(lackingDelegates(hardware, [{ name: 'null', delegates: [] }])).toBeNull();
  expect(coresOf('recommended', profile)).toEqual([8]);
  expect(() => coresOf('recommended', null)).toThrow('name cores by number');
  expect(profileFacts({ profile: { ...profile, generic: 'unknown' }, by: 'test' }).hardware).toBeUndefined();
});

test('evidence comes from the device tree, DMI and the cores', () => {
  const tree = new Tree({ ...LAPTOP, 'sys/firmware/devicetree/base/model': 'Example Board 5\0', 'sys/firmware/devicetree/base/compatible': 'example,5\0example,chip\0', 'proc/cpuinfo': 'processor : 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0b\n' });
  expect(hardwareEvidence(new SystemRoot(tree.path), { arch: 'arm64', properties: new Map() })).toEqual({
    system: 'linux', arch: 'arm64', properties: new Map(), deviceTreeModel: 'Example Board 5', compatible: ['example,5', 'example,chip'],
    dmi: { sys_vendor: 'Example Inc.', product_name: 'Book 13' }, cpuParts: new Set(['0x41:0xd0b', 'Cortex-A76']),
  });
});
