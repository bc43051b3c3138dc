import { localTransport } from '../transport/local.ts';
import { ExecError } from '../transport/transport.ts';

/** Switching a port off and on takes seconds. */
const TIMEOUT_MS = 60_000;
/** Of what it printed; it is shown, never read. */
const MAX_CHARS = 200;

/** Runs a lab's recovery command on this host and says in words how it ended. Its failure is no fault of the run's. Throws the signal's reason. */
export async function runRecovery(argv: readonly string[], deviceId: string, signal: AbortSignal): Promise<string> {
  const late = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const process = await localTransport.exec(argv, { signal: AbortSignal.any([signal, late]), env: { PADDOCK_DEVICE: deviceId } });
    process.closeInput();
    const [said, exit] = await Promise.all([lastWords(process.stderr), process.exited, lastWords(process.stdout)]);
    signal.throwIfAborted();
    if (late.aborted) return `its recovery command did not end within ${TIMEOUT_MS / 1000} s`;
    return exit.exitCode === 0 ? 'its recovery command was run' : `its recovery command ended with ${exit.exitCode ?? exit.signal ?? 'no exit code'}${said === '' ? '' : ` (${said})`}`;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ExecError)) throw error;
    return `its recovery command could not be started: ${error.message}`;
  }
}

async function lastWords(stream: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text = (text + Buffer.from(chunk).toString('latin1')).slice(-MAX_CHARS);
  return text.trim();
}
