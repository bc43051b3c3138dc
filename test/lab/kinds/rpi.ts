import { type BoardKind, cpuClock, governors, thermalZones } from './kind.ts';

/** Looks like a Raspberry Pi 5 under Linux, reached by ssh: one thermal zone, no sensor of power. */
export const rpi: BoardKind = {
  image: 'amd64',
  reach: 'ssh',
  tools: 'coreutils',
  auth: 'open',
  model: 'Raspberry Pi 5 Model B Rev 1.0',

  fixed: (serial) => ({
    'sys/firmware/devicetree/base/model': 'Raspberry Pi 5 Model B Rev 1.0\0',
    'sys/firmware/devicetree/base/compatible': 'raspberrypi,5-model-b\0brcm,bcm2712\0',
    'sys/firmware/devicetree/base/serial-number': `${serial}\0`,
    ...governors(2, 'conservative ondemand userspace powersave performance schedutil', 'ondemand'),
  }),

  changing: (state) => ({
    ...thermalZones([['cpu-thermal', state.socC]]),
    ...cpuClock(2, 2_400_000, state),
    // Capped and throttled, now and since boot, while it is held back.
    'lab/vcgencmd/get_throttled.txt': `throttled=${state.throttling >= 3 ? '0x60006' : '0x0'}\n`,
  }),
};
