import type { BoardFiles } from './kind.ts';
import { properties, recorded } from './recorded.ts';

interface Phone {
  /** File of the properties that were recorded of such a phone. */
  readonly getprop: string;
  readonly serial: string;
  /** Line of SurfaceFlinger that names GPU and driver, as recorded of some phone; null where it tells none. */
  readonly gles: string | null;
  readonly wakefulness: 'Asleep' | 'Awake';
}

/** What never changes of any phone: Android's properties, services that answer as recorded, a battery. */
export function phoneFiles({ getprop, serial, wakefulness, gles }: Phone): BoardFiles {
  return {
    'lab/properties.txt': properties(getprop, { 'ro.serialno': serial, 'ro.boot.serialno': serial, 'sys.boot_completed': '1' }),
    'lab/dumpsys/meminfo.txt': recorded('meminfo.txt'),
    ...(gles === null ? {} : { 'lab/dumpsys/SurfaceFlinger.txt': `Build configuration: [sf]\n${gles}\n` }),
    'lab/dumpsys/power.txt': `POWER MANAGER (dumpsys power)\n\nPower Manager State:\n  mWakefulness=${wakefulness}\n\nBattery saver state machine:\n  Enabled=false\n  mSettingBatterySaverEnabled=false\n  mSettingBatterySaverEnabledSticky=false\n`,
    'sys/class/power_supply/battery/type': 'Battery\n',
    'sys/class/power_supply/battery/present': '1\n',
  };
}
