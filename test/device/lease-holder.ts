// Holds the lease of a device again and again: node lease-holder.ts FOLDER DEVICE NAME HOLD_MS TIMES LOG [GO]. With GO, a path, it says in the file NAME beside it that it is there, and begins once GO is there.
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireLease } from '../../src/device/lease.ts';

const [folder = '', device = '', owner = '', holdMs = '', times = '', log = '', go = ''] = process.argv.slice(2);
if (go !== '') {
  writeFileSync(join(dirname(go), owner), '');
  while (!existsSync(go)) await sleep(5);
}
for (let i = 0; i < Number(times); i++) {
  await using _lease = await acquireLease(device, { owner, folder, signal: AbortSignal.timeout(240_000), onWait: () => undefined });
  appendFileSync(log, `${owner} in\n`);
  await sleep(Number(holdMs));
  appendFileSync(log, `${owner} out\n`);
}
