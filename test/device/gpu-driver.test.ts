import { expect, test } from 'vitest';
import { gpuDriver } from '../../src/device/gpu-driver.ts';
import { SystemRoot } from '../../src/device/system-root.ts';
import { environmentChanges } from '../../src/domain/environment.ts';
import { Tree } from './tree.ts';

test('the GPU\'s driver is what Android or the driver\'s own module says; a device that tells none has none', () => {
  const bare = new SystemRoot(new Tree().path);
  expect(gpuDriver(bare, 'GLES: Qualcomm, Adreno (TM) 750, OpenGL ES 3.2 V@0762.10 (GIT@1394a2c7a8) (Date:02/23/24)')).toBe('Qualcomm Adreno (TM) 750, V@0762.10 (GIT@1394a2c7a8) (Date:02/23/24)');
  expect(gpuDriver(bare, 'Can\'t find service: SurfaceFlinger')).toBeNull();
  expect(gpuDriver(new SystemRoot(new Tree({ 'sys/module/nvidia/version': '550.54.15\n' }).path), '')).toBe('nvidia 550.54.15');
});

test('another driver is a change of the device between two nights', () => {
  expect(environmentChanges({ os: 'a', driver: 'nvidia 550.54.15' }, { os: 'a', driver: 'nvidia 560.1' })).toEqual([{ field: 'driver', from: 'nvidia 550.54.15', to: 'nvidia 560.1' }]);
});
