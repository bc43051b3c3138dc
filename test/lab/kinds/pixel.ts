import { batteryService, type BoardKind, cpuClock, governors, thermalService, thermalZones } from './kind.ts';
import { phoneFiles } from './phone.ts';

/** Looks like a Pixel 8: Android's shell and tools, battery gauge in µA (negative while it drains), ODPM rails. */
export const pixel: BoardKind = {
  image: 'amd64',
  reach: 'adb',
  tools: 'toybox',
  auth: 'open',
  model: 'Pixel 8',

  fixed: (serial) => ({
    ...phoneFiles({ getprop: 'getprop-pixel-8.txt', serial, wakefulness: 'Awake', gles: null }),
    'sys/class/power_supply/usb/type': 'USB\n',
    'sys/bus/iio/devices/iio:device0/name': 's2mpg14-odpm\n',
    'sys/class/thermal/cooling_device0/type': 'thermal-cpufreq-0\n',
    'sys/class/thermal/cooling_device0/max_state': '9\n',
    ...governors(2, 'sched_pixel conservative powersave performance schedutil', 'sched_pixel'),
  }),

  changing: (state) => ({
    'lab/dumpsys/battery.txt': batteryService(state, ['  Charging state: 0', '  Charging policy: 1', '  Capacity level: 3']),
    'lab/dumpsys/thermalservice.txt': thermalService(
      state.throttling,
      [['BIG', 0, state.socC], ['MID', 0, state.socC - 3], ['G3D', 1, state.socC - 6], ['TPU', 9, state.socC - 7], ['battery', 2, state.skinC - 2], ['VIRTUAL-SKIN', 3, state.skinC], ['vdroop1', 6, 1050], ['soc', 8, state.batteryLevel]],
      '\tTemperature{mValue=61.0, mType=0, mName=BIG, mStatus=0}',
    ),
    ...thermalZones([['BIG', state.socC], ['MID', state.socC - 3], ['LITTLE', state.socC - 5], ['G3D', state.socC - 6], ['TPU', state.socC - 7], ['battery', state.skinC - 2], ['VIRTUAL-SKIN', state.skinC]]),
    ...cpuClock(2, 2_914_000, state),
    'sys/class/thermal/cooling_device0/cur_state': `${state.throttling}\n`,
    'sys/class/power_supply/battery/status': state.charger === 'usb' ? 'Charging\n' : 'Discharging\n',
    'sys/class/power_supply/battery/capacity': `${state.batteryLevel}\n`,
    'sys/class/power_supply/battery/voltage_now': `${state.voltageUv}\n`,
    'sys/class/power_supply/battery/current_now': `${-state.currentUa}\n`,
    'sys/class/power_supply/battery/temp': `${Math.round((state.skinC - 2) * 10)}\n`,
    'sys/class/power_supply/usb/online': state.charger === 'usb' ? '1\n' : '0\n',
    'sys/bus/iio/devices/iio:device0/energy_value': [
      `t=${state.upMs}`, `CH0(T=${state.upMs})[S10M_VDD_TPU], 5578756`, `CH1(T=${state.upMs})[VSYS_PWR_MODEM], 29110940`, `CH2(T=${state.upMs})[S2M_VDD_CPUCL2], ${Math.round(state.cpuUj * 0.6)}`,
      `CH3(T=${state.upMs})[S3M_VDD_CPUCL1], ${Math.round(state.cpuUj * 0.3)}`, `CH4(T=${state.upMs})[S4M_VDD_CPUCL0], ${Math.round(state.cpuUj * 0.1)}`, `CH5(T=${state.upMs})[S5M_VDD_INT], ${state.boardUj - state.cpuUj}`, '',
    ].join('\n'),
  }),
};
