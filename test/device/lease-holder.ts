// Holds the lease of a device again and again: node lease-holder.ts FOLDER DEVICE NAME HOLD_MS TIMES LOG
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireLease } from '../../src/device/lease.ts';

const [folder = '', device = '', owner = '', holdMs = '', times = '', log = ''] = process.argv.slice(2);
for (let i = 0; i < Number(times); i++) {
  await using _lease = await acquireLease(device, { owner, folder, signal: AbortSignal.timeout(240_000), onWait: () => undefined });
  appendFileSync(log, `${owner} in\n`);
  await sleep(Number(holdMs));
  appendFileSync(log, `${owner} out\n`);
}
