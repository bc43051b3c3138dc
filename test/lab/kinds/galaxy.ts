import { batteryService, type BoardKind, cpuClock, governors, thermalService, thermalZones } from './kind.ts';
import { phoneFiles } from './phone.ts';

/** Looks like a Galaxy S9: busybox, a battery gauge in mA (positive while it charges), no rails. */
export const galaxy: BoardKind = {
  image: 'amd64',
  reach: 'adb',
  tools: 'busybox',
  auth: 'open',
  model: 'SM-G960F',

  fixed: (serial) => ({
    ...phoneFiles({ getprop: 'getprop-galaxy-s9.txt', serial, wakefulness: 'Asleep', gles: 'GLES: ARM, Mali-G57, OpenGL ES 3.2 v1.r40p0-01eac0.b0251c048237dcd59e6be15fba11a31a' }),
    ...governors(2, 'interactive conservative powersave performance', 'interactive'),
  }),

  changing: (state) => ({
    'lab/dumpsys/battery.txt': batteryService(state, ['  batteryMiscEvent: 0', '  batteryCurrentEvent: 0', `  current now: ${Math.round(-state.currentUa / 1000)}`, '  BatteryInfoBackUp', '  mSavedBatteryMaxTemp: 782', '  voltage: 3999']),
    'lab/dumpsys/thermalservice.txt': thermalService(
      state.throttling,
      [['AP', 0, state.socC], ['BAT', 2, state.skinC - 3], ['PA', 5, state.skinC], ['SKIN', 3, state.skinC], ['SUBBAT', 2, 0], ['USB', 4, state.skinC - 2]],
      '\tTemperature{mValue=55.0, mType=0, mName=AP, mStatus=0}',
    ),
    ...thermalZones([['BIG', state.socC], ['LITTLE', state.socC - 4], ['G3D', state.socC - 6], ['ISP', state.socC - 8]]),
    ...cpuClock(2, 2_704_000, state),
    'sys/class/power_supply/battery/status': state.charger === 'usb' ? 'Charging\n' : 'Discharging\n',
    'sys/class/power_supply/battery/capacity': `${state.batteryLevel}\n`,
    'sys/class/power_supply/battery/voltage_now': `${state.voltageUv}\n`,
    'sys/class/power_supply/battery/current_now': `${Math.round(-state.currentUa / 1000)}\n`,
    'sys/class/power_supply/battery/temp': `${Math.round((state.skinC - 3) * 10)}\n`,
  }),
};
