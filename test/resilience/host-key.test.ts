import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { hostCommand } from '../lab/host-command.ts';
import type { Lab } from '../lab/lab.ts';
import { lacksLab } from '../lab/needs.ts';
import { LAB_HOOK_MS, useLab } from '../lab/use-lab.ts';
import { LabDesk, lacksNative } from './lab-desk.ts';


describe.skipIf(lacksLab || lacksNative)('the host key of a board behind ssh', () => {
  let lab: Lab;
  beforeAll(async () => { lab = await useLab([]); }, LAB_HOOK_MS);

  test('one that nobody knows is refused with what to do; accepted, the board is measured; another one in its place is refused, and not accepted', async () => {
    await using board = await lab.spare({ kind: 'rpi' });
    const keys = mkdtempSync(join(tmpdir(), 'paddock-keys-'));
    try {
      const knownHosts = join(keys, 'known_hosts');
      using desk = new LabDesk({ boards: { board }, devices: ['board'], launches: 1, seconds: 0.3, knownHosts });
      const fingerprint = async (): Promise<string> => (await hostCommand(['ssh-keygen', '-lf', join(board.folder, 'lab/host_key.pub')])).split(' ')[1] ?? '';
      const first = await fingerprint();

      const unknown = await desk.start('run', 'suite.yaml').ended;
      expect(unknown.code, unknown.stderr).toBe(3);
      expect(unknown.stderr).toContain(first);
      expect(unknown.stderr).toContain('paddock devices --accept-host-key');
      expect(existsSync(knownHosts)).toBe(false);
      expect((await desk.start('devices').ended).stdout).toMatch(/board +host-key-unknown/);

      const accepted = await desk.start('devices', '--accept-host-key', 'board').ended;
      expect(accepted.code, accepted.stderr).toBe(0);
      expect(accepted.stderr).toContain(`accepted ssh-ed25519 ${first} of ${board.ip}:22`);
      expect(accepted.stdout).toMatch(/board +ok/);
      const run = await desk.start('run', 'suite.yaml').ended;
      expect(run.code, run.stderr).toBe(0);

      await hostCommand(['rm', join(board.folder, 'lab/host_key'), join(board.folder, 'lab/host_key.pub')]);
      await hostCommand(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', join(board.folder, 'lab/host_key')]);
      await board.restart();
      const second = await fingerprint();
      const changed = await desk.start('run', 'suite.yaml').ended;
      expect(changed.code, changed.stderr).toBe(3);
      expect(changed.stderr).toContain(second);
      expect(changed.stderr).toMatch(/CHANGED.*another machine answers/);
      const known = readFileSync(knownHosts, 'utf8');
      expect(await desk.start('devices', '--accept-host-key', 'board').ended).toMatchObject({ code: 2, stderr: expect.stringContaining('CHANGED') });
      expect(readFileSync(knownHosts, 'utf8')).toBe(known);
    } finally {
      rmSync(keys, { recursive: true, force: true });
    }
  });
});
