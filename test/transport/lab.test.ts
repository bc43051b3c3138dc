import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { askAdb } from '../lab/adb-process.ts';
import { hostCommand } from '../lab/host-command.ts';
import type { Lab } from '../lab/lab.ts';
import { lacksLab } from '../lab/needs.ts';
import { LAB_HOOK_MS, useLab } from '../lab/use-lab.ts';

describe.skipIf(lacksLab)('the device lab', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await useLab([]);
  }, LAB_HOOK_MS);

  const shell = (serial: string, command: string): Promise<string> => hostCommand(['adb', '-P', String(lab.adb.port), '-s', serial, 'shell', command]);

  test('a phone says what it feels, and a test can say it', async () => {
    await using board = await lab.spare({ kind: 'galaxy' });
    const { serial } = board.adbAddress;
    expect(await shell(serial, 'getprop ro.product.model; getprop ro.serialno')).toBe(`SM-G960F\n${board.serial}\n`);
    await board.set({ skinC: 46.5, batteryLevel: 7, charger: 'none' });
    expect(await shell(serial, 'dumpsys battery')).toContain('  level: 7\n');
    expect(await shell(serial, 'dumpsys thermalservice')).toContain('Temperature{mValue=46.5, mType=3, mName=SKIN, mStatus=3}');
    expect(Number(await shell(serial, 'cat /sys/class/power_supply/battery/current_now'))).toBeLessThan(0);
  });

  test('off and on again is another boot; a cut cable is silence', async () => {
    await using board = await lab.spare({ kind: 'pixel' });
    const { serial } = board.adbAddress;
    const boot = await shell(serial, 'cat /proc/sys/kernel/random/boot_id; echo kept > /data/local/tmp/file');
    await board.restart();
    expect(await shell(serial, 'cat /proc/sys/kernel/random/boot_id')).not.toBe(boot);
    expect(await shell(serial, 'cat /data/local/tmp/file')).toBe('kept\n');
    await board.cut();
    await expect(hostCommand(['adb', '-P', String(lab.adb.port), '-s', serial, 'shell', 'true'], { timeoutMs: 1000 })).rejects.toThrow();
    await board.mend();
  });

  test('a board that is removed leaves nothing', async () => {
    const board = await lab.spare({ kind: 'pixel' });
    const pid = await board.pid();
    await board.remove();
    // What has ended and was not yet waited for has no words any more.
    expect(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).toBe('');
    expect(await hostCommand(['ip', 'addr'])).not.toContain(`${board.ip.replace(/2$/, '1')}/30`);
    await expect.poll(() => askAdb(lab.adb.port, 'host:devices')).not.toContain(board.ip);
  });
});
