// What the reading process takes on this machine: node test/device/reader-bench.ts [SECONDS]
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeviceFiles } from '../../src/device/device-files.ts';
import { PHONE_FILES, through } from './phone.ts';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** USER_HZ, the unit of utime and stime in /proc/PID/stat (proc(5)). */
const TICKS_PER_S = 100;
const seconds = Number(process.argv[2] ?? 10);

function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /, '').split(' ');
  // utime, stime, and those of children that ended.
  return [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0) / TICKS_PER_S;
}

const root = mkdtempSync(join(tmpdir(), 'paddock-bench-'));
for (const [path, text] of Object.entries(PHONE_FILES)) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
// As many zones, clocks and lines as a phone has.
const zones = Array.from({ length: 30 }, (_, i) => `sys/class/thermal/thermal_zone${i}/temp`);
for (const zone of zones) {
  mkdirSync(dirname(join(root, zone)), { recursive: true });
  writeFileSync(join(root, zone), '41000\n');
}
const files = ['proc/stat', 'proc/meminfo', 'proc/loadavg', ...zones, 'sys/class/thermal/cooling_device0/cur_state', 'sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq', 'sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq', 'sys/class/power_supply/battery/uevent'];
try {
  for (const shell of [['dash'], ['mksh'], ['busybox', 'sh']]) {
    await using reader = new DeviceFiles(through(shell, null), root);
    await reader.watch('conditions', files);
    const pid = reader.pid ?? 0;
    // As fast as it answers, to see a share of a core at all; then for one a second.
    const ticks = seconds * 100;
    const before = cpuSeconds(pid);
    for (let i = 0; i < ticks; i++) await reader.tick('conditions');
    await sleep(50);
    const perTickMs = ((cpuSeconds(pid) - before) / ticks) * 1000;
    console.log(`${shell.join(' ')}: ${files.length} files in ${perTickMs.toFixed(2)} ms of CPU: ${(perTickMs / 10).toFixed(3)} % of a core at one reading a second`);
  }
} finally {
  rmSync(root, { recursive: true });
}
