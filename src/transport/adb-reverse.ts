import { isIP } from 'node:net';
import { AdbReverseError } from '@yume-chan/adb';
import type { AdbAddress } from '../domain/transport-address.ts';
import { adbClient } from './adb-client.ts';
import { adbFault } from './adb-fault.ts';
import { TransportFault } from './transport-fault.ts';

const ANSWER_MS = 15_000;

/** A port of a device behind which a port of this machine answers, as long as it is not disposed of. */
export interface ReversedPort extends AsyncDisposable {
  readonly devicePort: number;
}

/**
 * What `adb reverse --no-rebind tcp:DEVICE tcp:HOST` does: programs on the device that connect to its port `devicePort` reach `hostPort` of this machine. With `devicePort` 0 the device chooses one that is
 * free. Disposing of it closes the port; a device that is gone has closed it. A port that leads to `hostPort` already is used, and left as it was found: another program's, or that of a Paddock which was
 * killed, as a device keeps these until it is unplugged. Throws TransportFault (`refused` when the port leads elsewhere or can't be opened there, or the device's adb server is on another host, whose ports
 * these would be), or the signal's reason.
 */
export async function reversePort({ serial, server }: AdbAddress, devicePort: number, hostPort: number, signal: AbortSignal): Promise<ReversedPort> {
  const device = `adb ${serial}`;
  if (server.host !== 'localhost' && !(isIP(server.host) === 4 && server.host.startsWith('127.'))) {
    throw new TransportFault('refused', device, `its adb server is on ${server.host}, so it can't reach a port of this machine; run Paddock there, or plug the device in here`);
  }
  const asked = async <T>(signals: readonly AbortSignal[], what: (reverse: ReturnType<typeof adbClient>['reverse']) => Promise<T>): Promise<T> => {
    const life = new AbortController();
    const timer = setTimeout(() => life.abort(new TransportFault('timeout', device, `it did not answer within ${ANSWER_MS / 1000} s`)), ANSWER_MS);
    const either = AbortSignal.any([...signals, life.signal]);
    try {
      either.throwIfAborted();
      return await what(adbClient({ server, device, signal: either }, serial, []).reverse);
    } catch (error) {
      if (either.aborted) throw either.reason;
      throw error instanceof AdbReverseError ? new TransportFault('refused', device, `port ${devicePort} of the device can't be led to port ${hostPort} of this machine (adb says ${JSON.stringify(error.message)})`, error) : adbFault(error, device);
    } finally {
      clearTimeout(timer);
      life.abort(new Error('answered'));
    }
  };
  const there = `tcp:${devicePort}`;
  const here = `tcp:${hostPort}`;
  if (devicePort !== 0) {
    const held = (await asked([signal], (reverse) => reverse.list())).find(({ localName }) => localName === there);
    if (held?.remoteName === here) return { devicePort, [Symbol.asyncDispose]: async () => {} };
    if (held !== undefined) throw new TransportFault('refused', device, `its port ${devicePort} leads to ${held.remoteName} already; name another one, or free it: adb -s ${serial} reverse --remove ${there}`);
    // Somebody may be quicker.
    await asked([signal], (reverse) => reverse.addExternal(`norebind:${there}`, here));
  }
  const opened = devicePort === 0 ? await asked([signal], (reverse) => reverse.addExternal(there, here)) : there;
  const port = Number(opened.slice('tcp:'.length));
  if (port === 0) throw new TransportFault('refused', device, 'its adb does not tell which port it chose (Android 8 or later does); name one');
  return {
    devicePort: port,
    [Symbol.asyncDispose]: async () => {
      await asked([], (reverse) => reverse.remove(opened)).catch((error: unknown) => {
        // A port that is closed already, or a device that went and took it along, is what was asked for.
        if (!(error instanceof TransportFault)) throw error;
      });
    },
  };
}
