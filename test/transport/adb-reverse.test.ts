import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reversePort } from '../../src/transport/adb-reverse.ts';
import { openTransport } from '../../src/transport/open-transport.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { hostCommand } from '../lab/host-command.ts';
import type { Lab } from '../lab/lab.ts';
import { lacksLab } from '../lab/needs.ts';
import { LAB_HOOK_MS, useLab } from '../lab/use-lab.ts';
import { faultOf, never, run } from './reading.ts';

describe.skipIf(lacksLab)('a port of a device that leads to this machine', () => {
  let lab: Lab;
  let server: Server;
  let hostPort: number;

  beforeAll(async () => {
    lab = await useLab(['pixel']);
    server = createServer((_, response) => response.end('this machine'));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    hostPort = (server.address() as AddressInfo).port;
  }, LAB_HOOK_MS);

  afterAll(() => server?.close());

  const asks = async (transport: Transport, port: number): Promise<string> => (await run(transport, ['bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${port} && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3`])).out;
  const listed = async (serial: string): Promise<string> => hostCommand(['adb', '-P', String(lab.adb.port), '-s', serial, 'reverse', '--list']);

  test('a program on the device reaches it, at a port that is asked for and at one that the device chooses; afterwards it is closed', async () => {
    await using board = await lab.spare({ kind: 'pixel' });
    await using transport = await openTransport(board.address, { signal: never });
    {
      await using fixed = await reversePort(board.adbAddress, 8123, hostPort, never);
      await using chosen = await reversePort(board.adbAddress, 0, hostPort, never);
      expect(fixed.devicePort).toBe(8123);
      expect(chosen.devicePort).toBeGreaterThan(0);
      expect(await asks(transport, 8123)).toContain('this machine');
      expect(await asks(transport, chosen.devicePort)).toContain('this machine');
      expect(await listed(board.adbAddress.serial)).toContain(`tcp:8123 tcp:${hostPort}`);
    }
    expect(await asks(transport, 8123)).toBe('');
    expect((await listed(board.adbAddress.serial)).trim()).toBe('');
  });

  test('a port that leads elsewhere stays with who has it; one that leads here already is used and left', async () => {
    await using board = await lab.spare({ kind: 'pixel' });
    await using transport = await openTransport(board.address, { signal: never });
    const { serial } = board.adbAddress;
    const adb = async (...words: readonly string[]): Promise<string> => hostCommand(['adb', '-P', String(lab.adb.port), '-s', serial, 'reverse', ...words]);
    await adb('tcp:8130', 'tcp:1');
    await adb('tcp:8131', `tcp:${hostPort}`);
    const before = await listed(serial);
    await expect(reversePort(board.adbAddress, 8130, hostPort, never)).rejects.toThrow('leads to tcp:1 already');
    {
      await using open = await reversePort(board.adbAddress, 8131, hostPort, never);
      expect(await asks(transport, open.devicePort)).toContain('this machine');
    }
    expect(await listed(serial)).toBe(before);
  });

  test('one that can not be opened, or would lead to another machine, is refused; a device that went has closed its own', async () => {
    await using board = await lab.spare({ kind: 'pixel' });
    // adbd itself is there.
    expect(await faultOf(reversePort(board.adbAddress, 5555, hostPort, never))).toBe('refused');
    expect(await faultOf(reversePort({ ...board.adbAddress, server: { host: 'lab-2.invalid', port: 5037 } }, 8124, hostPort, never))).toBe('refused');
    expect(await faultOf(reversePort({ ...board.adbAddress, serial: 'nobody' }, 8124, hostPort, never))).toBe('gone');
    await expect(reversePort(board.adbAddress, 8124, hostPort, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    const open = await reversePort(board.adbAddress, 8124, hostPort, never);
    await board.stop();
    await open[Symbol.asyncDispose]();
  });
});
