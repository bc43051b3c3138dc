import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A tree of files that stands for a machine's `/`, gone when the test ends. */
export class Tree {
  readonly path: string;

  constructor(files: Readonly<Record<string, string>> = {}) {
    this.path = mkdtempSync(join(tmpdir(), 'paddock-tree-'));
    onTestFinished(() => { rmSync(this.path, { recursive: true, force: true }); });
    this.write(files);
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.path, path);
      mkdirSync(dirname(file), { recursive: true });
      // A reader sees the old or the new content, as with a kernel's files.
      writeFileSync(`${file}.part`, text);
      renameSync(`${file}.part`, file);
    }
  }

  chmod(path: string, mode: number): void {
    chmodSync(join(this.path, path), mode);
  }
}

const CPU = (index: number, extra: string): string => `processor\t: ${index}\nmodel name\t: Example CPU 9000\nflags\t\t: fpu vme${extra}\n\n`;

/** A laptop with everything: two clock domains, thermal zones, throttle counts, RAPL. */
export const LAPTOP: Readonly<Record<string, string>> = {
  'etc/os-release': 'PRETTY_NAME="Example Linux 5"\n',
  'proc/sys/kernel/osrelease': '6.9.1\n',
  'proc/cpuinfo': CPU(0, '') + CPU(1, ''),
  'proc/meminfo': 'MemTotal: 16384000 kB\nMemAvailable: 8192000 kB\n',
  'proc/loadavg': '0.50 0.40 0.30 1/100 999\n',
  'proc/stat': 'cpu  1000 0 500 8000 0 0 0 0 0 0\n',
  'proc/pressure/cpu': 'some avg10=3.00 avg60=0.00 avg300=0.00 total=1000000\n',
  'sys/class/dmi/id/sys_vendor': 'Example Inc.\n',
  'sys/class/dmi/id/product_name': 'Book 13\n',
  'sys/class/thermal/thermal_zone0/type': 'acpitz\n',
  'sys/class/thermal/thermal_zone0/temp': '47000\n',
  'sys/class/thermal/thermal_zone1/type': 'x86_pkg_temp\n',
  'sys/class/thermal/thermal_zone1/temp': '61000\n',
  'sys/class/thermal/thermal_zone2/type': 'iwlwifi_1\n',
  'sys/class/thermal/thermal_zone2/temp': '-256000\n',
  'sys/class/thermal/cooling_device0/type': 'Processor\n',
  'sys/class/thermal/cooling_device0/cur_state': '0\n',
  'sys/class/thermal/cooling_device1/type': 'Fan\n',
  'sys/class/thermal/cooling_device1/cur_state': '3\n',
  'sys/devices/system/cpu/intel_pstate/no_turbo': '0\n',
  ...Object.fromEntries([0, 1].flatMap((cpu) => Object.entries({
    'cpufreq/cpuinfo_max_freq': '4000000', 'cpufreq/scaling_max_freq': '3000000', 'cpufreq/scaling_cur_freq': cpu === 0 ? '3000000' : '2000000', 'cpufreq/scaling_governor': 'powersave',
    'cpufreq/related_cpus': String(cpu), 'thermal_throttle/core_throttle_count': String(3 + cpu),
  }).map(([file, text]) => [`sys/devices/system/cpu/cpu${cpu}/${file}`, `${text}\n`]))),
  'sys/class/powercap/intel-rapl:0/name': 'package-0\n',
  'sys/class/powercap/intel-rapl:0/energy_uj': '1000000\n',
  'sys/class/powercap/intel-rapl:0/max_energy_range_uj': '262143328850\n',
  'sys/class/powercap/intel-rapl:0:0/name': 'core\n',
  'sys/class/powercap/intel-rapl:0:0/energy_uj': '500000\n',
  'sys/class/powercap/intel-rapl:1/name': 'psys\n',
  'sys/class/powercap/intel-rapl:1/energy_uj': '9000000\n',
};
