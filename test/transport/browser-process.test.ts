import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { HarnessClient, HarnessHang } from '../../src/harness/client.ts';
import { BrowserProcess } from '../../src/transport/browser-process.ts';
import type { BrowserSession } from '../../src/transport/browser-session.ts';
import type { DeviceProcess, ProcessExit } from '../../src/transport/transport.ts';

/** A double of a page that stands still, as one behind a lock screen: it answers nothing, and ends when it is killed. */
function stillPage(): DeviceProcess {
  const exit = Promise.withResolvers<ProcessExit>();
  return {
    pid: null, stdout: new Readable({ read: () => undefined }), stderr: Readable.from([]), exited: exit.promise, write: () => Promise.resolve(), closeInput: () => undefined,
    kill: async () => { exit.resolve({ exitCode: null, signal: 'SIGKILL', killedFor: null }); await exit.promise; },
  };
}

/** What a start of the harness throws whose phone has this trouble (a double of its session). */
async function endOf(trouble: string | null): Promise<unknown> {
  const session = { phoneTrouble: () => Promise.resolve(trouble) } as unknown as BrowserSession;
  const process = new BrowserProcess(stillPage(), { device: 'phone', session, watchMemory: () => () => undefined, leave: () => Promise.resolve() });
  return HarnessClient.start({ exec: () => Promise.resolve(process) }, [], { signal: new AbortController().signal, helloTimeoutMs: 50 }).catch((error: unknown) => error);
}

test('a page that says no more on a phone that is locked was lost with it; on one that is not, it hangs', async () => {
  expect(await endOf('the phone is locked')).toMatchObject({ name: 'TransportFault', kind: 'lost', message: expect.stringContaining('the phone is locked') as string });
  expect(await endOf(null)).toBeInstanceOf(HarnessHang);
});
