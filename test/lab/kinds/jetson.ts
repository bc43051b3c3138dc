import { type BoardKind, cpuClock, governors, thermalZones } from './kind.ts';

/** Looks like a Jetson Orin Nano, an arm64 system under an emulator: INA3221 rails, a constant PMIC zone. */
export const jetson: BoardKind = {
  image: 'arm64',
  reach: 'adb',
  tools: 'coreutils',
  auth: 'open',
  model: 'Jetson Orin Nano',

  fixed: (serial) => ({
    'sys/firmware/devicetree/base/model': 'NVIDIA Jetson Orin Nano Developer Kit\0',
    'sys/firmware/devicetree/base/compatible': 'nvidia,p3768-0000+p3767-0005\0nvidia,p3767-0005\0nvidia,tegra234\0',
    'sys/firmware/devicetree/base/serial-number': `${serial}\0`,
    'sys/class/hwmon/hwmon0/name': 'ina3221\n',
    'sys/class/hwmon/hwmon0/in1_label': 'VDD_IN\n',
    'sys/class/hwmon/hwmon0/in2_label': 'VDD_CPU_GPU_CV\n',
    ...governors(2, 'conservative ondemand userspace powersave performance schedutil', 'schedutil'),
  }),

  changing: (state) => ({
    ...thermalZones([['cpu-thermal', state.socC], ['gpu-thermal', state.socC - 4], ['tj-thermal', state.socC], ['PMIC-Die', 100]]),
    ...cpuClock(2, 1_510_400, state),
    'sys/class/hwmon/hwmon0/in1_input': '5000\n',
    'sys/class/hwmon/hwmon0/curr1_input': `${Math.round(state.boardUw / 5000)}\n`,
    'sys/class/hwmon/hwmon0/in2_input': '5000\n',
    'sys/class/hwmon/hwmon0/curr2_input': `${Math.round(state.cpuUw / 5000)}\n`,
  }),
};
