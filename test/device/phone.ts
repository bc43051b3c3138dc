import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { localTransport } from '../../src/transport/local.ts';
import type { ExecOptions, Transport } from '../../src/transport/transport.ts';
import { Tree } from './tree.ts';

const FIXTURES = new URL('../fixtures/dumps/', import.meta.url).pathname;

export function recorded(name: string): string {
  return readFileSync(join(FIXTURES, name), 'utf8');
}

/** A program on the double's PATH that prints a text; `uname` says another machine. */
const says = (text: string): string => `#!/bin/sh\ncat <<'PADDOCK_END'\n${text.trimEnd()}\nPADDOCK_END\n`;

/** What a phone's tree holds beside what a machine's has. */
export const PHONE_FILES: Readonly<Record<string, string>> = {
  'proc/uptime': '5000.00 1.00\n',
  'proc/cpuinfo': 'processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd4e\n\nprocessor\t: 1\nCPU implementer\t: 0x41\nCPU part\t: 0xd4d\n',
  'proc/meminfo': 'MemTotal: 8192000 kB\nMemFree: 1 kB\nMemAvailable: 4096000 kB\n',
  'proc/stat': 'cpu  1000 0 500 8000 0 0 0 0 0 0\nintr 5 5\n',
  'proc/loadavg': '1.50 1.40 1.30 1/100 999\n',
  'proc/sys/kernel/osrelease': '5.15.110-android14-11\n',
  'sys/devices/system/cpu/online': '0-8\n',
  'sys/devices/system/cpu/modalias': 'cpu:type:aarch64:feature:,0000\n',
  'sys/class/thermal/thermal_zone0/type': 'BIG\n',
  'sys/class/thermal/thermal_zone0/temp': '41000\n',
  'sys/class/thermal/thermal_zone1/type': 'vdroop1\n',
  'sys/class/thermal/thermal_zone1/temp': '140000\n',
  'sys/class/thermal/cooling_device0/type': 'thermal-cpufreq-0\n',
  'sys/class/thermal/cooling_device0/cur_state': '0\n',
  'sys/class/power_supply/battery/uevent': 'POWER_SUPPLY_NAME=battery\nPOWER_SUPPLY_TYPE=Battery\nPOWER_SUPPLY_STATUS=Discharging\nPOWER_SUPPLY_PRESENT=1\nPOWER_SUPPLY_CAPACITY=83\nPOWER_SUPPLY_TEMP=284\n',
  'sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq': '2914000\n',
  'sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq': '2914000\n',
  'sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq': '1457000\n',
  'sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'sched_pixel\n',
  'sys/devices/system/cpu/cpu0/cpufreq/related_cpus': '0\n',
};

const THERMAL = `IsStatusOverride: false
Thermal Status: 1
Cached temperatures:
\tTemperature{mValue=90.0, mType=0, mName=BIG, mStatus=4}
HAL Ready: true
Current temperatures from HAL:
\tTemperature{mValue=8900.0, mType=7, mName=soft_ocp_gpu, mStatus=0}
\tTemperature{mValue=42.5, mType=0, mName=BIG, mStatus=0}
\tTemperature{mValue=36.25, mType=3, mName=VIRTUAL-SKIN, mStatus=1}
\tTemperature{mValue=60.0, mType=-1, mName=USB2-MINUS-USB, mStatus=0}
`;

/** `settings get|put|delete`, kept in files. */
const SETTINGS = `#!/bin/sh
folder="\${0%/bin/settings}/data/$2"; mkdir -p "$folder"
case $1 in
  get) if [ -f "$folder/$3" ]; then cat "$folder/$3"; else echo null; fi ;;
  put) printf '%s\\n' "$4" > "$folder/$3" ;;
  delete) rm -f "$folder/$3"; echo 'Deleted 1 rows' ;;
esac
`;

/** The two commands of \`cmd\` that settings use. */
const CMD = `#!/bin/sh
data="\${0%/bin/cmd}/data"; mkdir -p "$data"
case "$1 $2" in
  'power set-fixed-performance-mode-enabled') echo "$3" > "$data/fixed" ;;
  'connectivity airplane-mode')
    case $3 in enable) echo enabled > "$data/airplane" ;; disable) echo disabled > "$data/airplane" ;; '') if [ -f "$data/airplane" ]; then cat "$data/airplane"; else echo disabled; fi ;; esac ;;
  *) echo "cmd: Can't find service: $1" >&2; exit 20 ;;
esac
`;

export interface PhoneOptions {
  readonly files?: Readonly<Record<string, string>>;
  /** Programs by name: what they print. */
  readonly programs?: Readonly<Record<string, string>>;
  /** What runs the reader: `dash`, `mksh`, `busybox sh` … */
  readonly shell?: readonly string[];
}

/** A tree that looks like a phone, and a transport to it: this machine's own, with the phone's programs before others. A double for what the lab can't be: every file under the test's hand. */
export class Phone {
  readonly tree: Tree;
  readonly transport: Transport;

  constructor({ files = {}, programs = {}, shell = ['sh'] }: PhoneOptions = {}) {
    this.tree = new Tree({ ...PHONE_FILES, ...files });
    const bin = join(this.tree.path, 'bin');
    const all = { getprop: recorded('getprop/pixel-8.txt'), uname: '', 'dumpsys-thermalservice': THERMAL, 'dumpsys-power': 'Power Manager State:\n  mWakefulness=Awake\n\nBattery saver state machine:\n  Enabled=false\n  mSettingBatterySaverEnabled=false\n  mSettingBatterySaverEnabledSticky=true\n', ...programs };
    this.tree.write({
      'bin/getprop': says(all.getprop),
      'bin/uname': '#!/bin/sh\ncase $1 in -m) echo aarch64;; *) echo Linux 5.15.110-android14-11;; esac\n',
      'bin/dumpsys': '#!/bin/sh\nif [ -f "${0%/bin/dumpsys}/dumps/$1" ]; then cat "${0%/bin/dumpsys}/dumps/$1"; else echo "Can\'t find service: $1" >&2; exit 1; fi\n',
      ...Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith('dumpsys-')).map(([name, text]) => [`dumps/${name.slice('dumpsys-'.length)}`, text])),
    });
    this.tree.write({ 'bin/settings': SETTINGS, 'bin/cmd': CMD });
    for (const name of ['getprop', 'uname', 'dumpsys', 'settings', 'cmd']) chmodSync(join(bin, name), 0o755);
    this.transport = through(shell, bin);
  }
}

/** The local transport with another shell and more on its PATH. */
export function through(shell: readonly string[], bin: string | null): Transport {
  return {
    ...localTransport, name: 'adb DOUBLE',
    get sentBytes() { return localTransport.sentBytes; },
    exec: (argv: readonly string[], options: ExecOptions) => localTransport.exec(argv[0] === 'sh' ? [...shell, ...argv.slice(1)] : argv, bin === null ? options : { ...options, env: { ...options.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` } }),
  };
}
