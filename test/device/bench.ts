// What sampling costs on this machine: node test/device/bench.ts
import { readFile } from 'node:fs/promises';
import { LocalDevice } from '../../src/device/local.ts';

const SAMPLES = 2000;
const FILES = ['/proc/stat', '/proc/loadavg', '/proc/pressure/cpu', '/proc/meminfo'];

async function cpuUs(work: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < SAMPLES / 4; i++) await work();
  const before = process.cpuUsage();
  for (let i = 0; i < SAMPLES; i++) await work();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / SAMPLES;
}

const device = new LocalDevice();
const sampleUs = await cpuUs(() => device.sampleConditions());
console.log(`one sample (synchronous reads): ${sampleUs.toFixed(0)} µs of CPU, ${(sampleUs / 1e4).toFixed(4)} % of a core at one a second`);
console.log(`reading the same files asynchronously: ${(await cpuUs(() => Promise.all(FILES.map((file) => readFile(file, 'utf8'))))).toFixed(0)} µs`);
