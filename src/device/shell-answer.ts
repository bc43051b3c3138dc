import { TransportFault } from '../transport/transport-fault.ts';
import type { Transport } from '../transport/transport.ts';

/** A small script takes milliseconds; an emulated board under load took up to 10 s. */
const TIMEOUT_MS = 60_000;
/** More is no answer of ours. */
const MAX_BYTES = 64 * 1024;

/** Runs a POSIX shell script on a device and gives what it printed. `words` are data: `$1` and so on. Throws TransportFault (`timeout`, `garbage`), ExecError, the signal's reason. */
export async function shellAnswer(transport: Pick<Transport, 'exec' | 'name'>, script: string, words: readonly string[], signal: AbortSignal): Promise<string> {
  const late = AbortSignal.timeout(TIMEOUT_MS);
  const process = await transport.exec(['sh', '-c', script, 'sh', ...words], { signal: AbortSignal.any([signal, late]) });
  process.closeInput();
  const read = async (stream: AsyncIterable<Uint8Array>): Promise<string> => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of stream) {
      bytes += chunk.length;
      if (bytes <= MAX_BYTES) chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  };
  const [stdout, stderr, exit] = await Promise.all([read(process.stdout), read(process.stderr), process.exited]);
  signal.throwIfAborted();
  if (exit.lost !== undefined) throw exit.lost;
  if (late.aborted) throw new TransportFault('timeout', transport.name, `a small script did not end within ${TIMEOUT_MS / 1000} s`);
  if (exit.exitCode !== 0) throw new TransportFault('garbage', transport.name, `a small script ended with ${exit.exitCode ?? exit.signal ?? 'no exit code'}: ${`${stdout} ${stderr}`.trim().slice(0, 300)}`);
  return stdout;
}
