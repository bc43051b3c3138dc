import { spawn } from 'node:child_process';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { AdbLink } from '../../src/transport/adb-link.ts';
import { AdbServer, type AdbSighting } from '../../src/transport/adb-server.ts';
import type { Link } from '../../src/transport/channel.ts';
import { AnotherDevice, DeviceRebooted } from '../../src/transport/identity.ts';
import { openTransport } from '../../src/transport/open-transport.ts';
import { Session } from '../../src/transport/session.ts';
import { adbPublicKey, askAdb, endAdb, startAdb } from '../lab/adb-process.ts';
import type { Board } from '../lab/board.ts';
import { lacksLab } from '../lab/needs.ts';
import { labWithFiles } from './lab-files.ts';
import { faultOf, never, run, textOf } from './reading.ts';

/** A server that says what it is told to, where a real one can't be made to: a double for garbage and silence. */
async function doubleServer(answer: (socket: Socket) => void): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    answer(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

async function until(what: () => Promise<boolean>, ms: number): Promise<boolean> {
  for (let waited = 0; waited < ms; waited += 100) {
    if (await what()) return true;
    await sleep(100);
  }
  return false;
}

describe.skipIf(lacksLab)('adb faults', () => {
  const here = labWithFiles(['pixel']);

  const running = async (board: Board, word: string): Promise<boolean> => (await board.processes()).some(({ command }) => command.includes(word));
  const at = (port: number, serial = 'x'): Parameters<typeof openTransport>[0] => ({ kind: 'adb', serial, server: { host: '127.0.0.1', port } });

  test('no server, no such device, a device that does not answer: each by its name, and nothing is started', async () => {
    const { server, port } = await doubleServer(() => {});
    await new Promise((resolve) => {
      server.close(resolve);
    });
    expect(await faultOf(openTransport(at(port), { signal: never }))).toBe('server');
    expect(await faultOf(new AdbServer({ host: '127.0.0.1', port }).list(never))).toBe('server');
    await expect(askAdb(port, 'host:version')).rejects.toThrow();
    expect(await faultOf(openTransport(at(here.lab.adb.port, 'no such "serial" $(id)'), { signal: never }))).toBe('gone');

    const silent = await doubleServer(() => {});
    const adb = new AdbServer(here.lab.adb);
    const hostPort = `127.0.0.1:${silent.port}`;
    // The server waits long for a board that is silent; that it lists it as offline is what counts.
    const connecting = adb.connect(hostPort, AbortSignal.timeout(3000)).catch(() => {});
    expect(await until(async () => (await adb.list(never)).some(({ serial, state }) => serial === hostPort && (state === 'offline' || state === 'connecting')), 120_000)).toBe(true);
    await connecting;
    // It gives a board up that stays silent for long: then it is told of it again.
    await expect.poll(async () => {
      const again = adb.connect(hostPort, AbortSignal.timeout(3000)).catch(() => {});
      const fault = await faultOf(openTransport(at(here.lab.adb.port, hostPort), { signal: never }));
      await again;
      return fault;
    }).toBe('offline');
    await adb.disconnect(hostPort, never);
    silent.server.close();
  });

  test('what answers garbage is called that', async () => {
    const noise = await doubleServer((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await faultOf(openTransport(at(noise.port), { signal: never }))).toBe('garbage');
    expect(await faultOf(new AdbServer({ host: '127.0.0.1', port: noise.port }).list(never))).toBe('garbage');
    noise.server.close();
    // Says yes to everything, and then what no shell would say.
    const yes = await doubleServer((socket) => {
      socket.on('data', (data) => {
        const text = data.toString('latin1');
        if (text.includes('host:version')) socket.end('OKAY00040029');
        else if (text.includes('host:tport')) socket.write(Buffer.concat([Buffer.from('OKAY'), Buffer.alloc(8, 1)]));
        else if (text.includes('host:features')) socket.end('OKAY000cshell_v2,cmd');
        else if (text.includes('shell,v2')) socket.end(Buffer.concat([Buffer.from('OKAY'), Buffer.from([1, 6, 0, 0, 0]), Buffer.from('login:'), Buffer.from([3, 1, 0, 0, 0, 0])]));
      });
    });
    expect(await faultOf(openTransport(at(yes.port), { signal: never }))).toBe('garbage');
    yes.server.close();
  });

  test('an aborted request ends at once, whatever the server does', async () => {
    const silent = await doubleServer(() => {});
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error('enough')), 200);
    await expect(openTransport(at(silent.port), { signal: abort.signal })).rejects.toThrow('enough');
    silent.server.close();
  });

  // Of a channel of adb's, what nobody reads of one stream holds up the other: two pieces are enough.
  test('a device whose shell complains while the session begins is opened all the same', async () => {
    await using board = await here.lab.spare({ kind: 'pixel' });
    if (board.address.kind !== 'adb') throw new Error('a phone is behind adb');
    const link = new AdbLink(board.address);
    const complaining: Link = {
      name: link.name, fallbackId: link.fallbackId, open: (line, signal) => link.open(`for i in 1 2 3; do echo complaint >&2; sleep 0.2; done; ${line}`, signal), send: link.send.bind(link), fetch: link.fetch.bind(link), connect: link.connect.bind(link), close: link.close.bind(link),
    };
    const session = await Session.open(complaining, undefined, never);
    expect(session.identity.bootId).not.toBeNull();
    await session.close();
  });

  test('unauthorized, then authorized', async () => {
    await using board = await here.lab.spare({ kind: 'locked' });
    expect(await faultOf(openTransport(board.address, { signal: never }))).toBe('unauthorized');
    expect((await new AdbServer(here.lab.adb).list(never)).find(({ serial }) => serial === board.adbAddress.serial)).toMatchObject({ state: 'unauthorized' });
    await board.authorize(await adbPublicKey(`${here.lab.folder}/adb`));
    const adb = new AdbServer(here.lab.adb);
    const { serial } = board.adbAddress;
    // A server that is still letting the old connection go says "already connected", and then is not: asked again, it connects.
    await expect.poll(async () => {
      await adb.disconnect(serial, never);
      await adb.connect(serial, never).catch(() => {});
      return (await adb.list(never)).find((each) => each.serial === serial)?.state;
    }).toBe('device');
    await using transport = await openTransport(board.address, { signal: never });
    expect((await transport.identify(never)).id).toBe(`serial:${board.serial}`);
  });

  test('cable out in the middle of a program: it is told as lost, ended on the device, and the transport goes on when the cable is back', async () => {
    await using board = await here.lab.spare({ kind: 'pixel' });
    await using transport = await openTransport(board.address, { signal: never });
    const child = await transport.exec(['sh', '-c', 'sleep 8101 & sleep 8101'], { signal: never });
    await board.cut();
    const exit = await child.exited;
    expect(exit).toMatchObject({ exitCode: null, lost: { kind: 'lost' } });
    expect(await until(async () => !(await running(board, 'sleep 8101')), 120_000)).toBe(true);
    await board.mend();
    await board.connect();
    expect((await run(transport, ['echo', 'back'])).out).toBe('back\n');
  });

  test('cable out in the middle of a push: half a file is never left, and the next push works', async () => {
    await using board = await here.lab.spare({ kind: 'galaxy' });
    await using transport = await openTransport(board.address, { signal: never });
    const file = await here.files.random('large', 64 * 2 ** 20);
    const pushing = transport.push(file.path, file.sha256, never, (bytes) => {
      // As when USB is pulled: the server forgets the device.
      if (bytes > 2 ** 20) void askAdb(here.lab.adb.port, `host:disconnect:${board.adbAddress.serial}`).catch(() => {});
    });
    expect(['lost', 'gone', 'offline']).toContain(await faultOf(pushing));
    await board.connect();
    const root = (await transport.scratch(never)).replace(/\/session\/.*/, '');
    expect((await run(transport, ['ls', `${root}/store`])).out).toBe('');
    expect(await until(async () => (await run(transport, ['sh', '-c', `ls ${root}/session/*/part`])).out.trim() === '', 120_000)).toBe(true);
    const path = await transport.push(file.path, file.sha256, never);
    expect((await run(transport, ['sha256sum', path])).out).toContain(file.sha256);
  });

  test('adb server killed and back: what ran is told as lost and ended; the transport and the tracker go on', async () => {
    const folder = `${here.lab.folder}/adb-faults`;
    const own = await startAdb(folder);
    await using board = await here.lab.spare({ kind: 'pixel', adbPort: own.port });
    await using transport = await openTransport(board.address, { signal: never });
    const stop = new AbortController();
    const seen: AdbSighting[] = [];
    const tracking = (async () => {
      for await (const sighting of new AdbServer({ host: '127.0.0.1', port: own.port }).track(stop.signal)) seen.push(sighting);
    })();
    const states = (): string => seen.map((each) => ('fault' in each ? each.fault.kind : each.devices.map(({ state, model }) => `${state} ${model}`).join('+'))).join(', ');
    expect(await until(async () => states().endsWith('device Pixel_8'), 120_000)).toBe(true);
    const child = await transport.exec(['sleep', '8102'], { signal: never });
    await endAdb(own);
    expect(await child.exited).toMatchObject({ lost: { kind: 'lost' } });
    expect(await until(async () => !(await running(board, 'sleep 8102')), 120_000)).toBe(true);
    // A connection that it had taken and not yet answered breaks with it.
    await expect.poll(() => faultOf(transport.exec(['true'], { signal: never }))).toBe('server');
    expect(await until(async () => states().endsWith('server'), 120_000)).toBe(true);
    const again = await startAdb(folder, own.port);
    await board.connect();
    expect((await run(transport, ['echo', 'back'])).out).toBe('back\n');
    expect(await until(async () => states().endsWith('device Pixel_8'), 120_000)).toBe(true);
    stop.abort();
    await tracking;
    await transport.close();
    await endAdb(again);
  });

  test('a reboot, and another board at the same address, are told apart, and nothing runs on either unnoticed', async () => {
    await using board = await here.lab.spare({ kind: 'pixel' });
    await using transport = await openTransport(board.address, { signal: never });
    const child = await transport.exec(['sleep', '8103'], { signal: never });
    await board.restart();
    expect(await child.exited).toMatchObject({ lost: { kind: 'lost' } });
    await expect(transport.exec(['true'], { signal: never })).rejects.toBeInstanceOf(DeviceRebooted);
    await expect(transport.identify(never)).rejects.toBeInstanceOf(DeviceRebooted);
    await using second = await openTransport(board.address, { signal: never });
    await board.restart({ serial: 'ANOTHER-UNIT' });
    await expect(second.identify(never)).rejects.toBeInstanceOf(AnotherDevice);
    expect(await faultOf(second.exec(['true'], { signal: never }))).toBe('another-device');
    await using third = await openTransport(board.address, { signal: never });
    expect((await third.identify(never)).id).toBe('serial:ANOTHER-UNIT');
  });

  test('an orchestrator that is killed leaves nothing running', async () => {
    await using board = await here.lab.spare({ kind: 'pixel' });
    const code = `
      import { openTransport } from ${JSON.stringify(new URL('../../src/transport/open-transport.ts', import.meta.url).pathname)};
      const transport = await openTransport(${JSON.stringify(board.address)}, { signal: new AbortController().signal });
      const child = await transport.exec(['sh', '-c', 'echo up; sleep 8104 & sleep 8104'], { signal: new AbortController().signal });
      for await (const chunk of child.stdout) process.stdout.write(chunk);`;
    const orchestrator = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => {
      orchestrator.stdout.once('data', resolve);
    });
    orchestrator.kill('SIGKILL');
    expect(await until(async () => !(await running(board, '8104')), 120_000)).toBe(true);
    await using transport = await openTransport(board.address, { signal: never });
    const root = (await transport.scratch(never)).replace(/\/session\/.*/, '');
    await expect.poll(async () => (await run(transport, ['ls', `${root}/session`])).out.trim().split('\n')).toHaveLength(1);
  });

  test('no secret and no shell text of ours in what the farm prints', async () => {
    const text = await openTransport(at(here.lab.adb.port, 'nobody'), { signal: never }).then(() => '', (error: unknown) => String(error));
    expect(text).toMatch(/^TransportFault: adb nobody: it is not at this adb server/);
    expect(text.length).toBeLessThan(300);
  });

  test('stderr of a program that never reads its input comes whole', async () => {
    await using transport = await openTransport(here.lab.board('pixel').address, { signal: never });
    const child = await transport.exec(['sh', '-c', 'i=0; while [ $i -lt 2000 ]; do echo "line $i" >&2; i=$((i+1)); done'], { signal: never });
    const err = await textOf(child.stderr);
    expect(err.split('\n')).toHaveLength(2001);
    expect(err.endsWith('line 1999\n')).toBe(true);
  });
});
