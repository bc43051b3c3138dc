import { ABIS, type Abi } from '../domain/abi.ts';
import type { DeviceProcess, Transport } from '../transport/transport.ts';
import { HarnessMissing } from './harness-missing.ts';

/** `uname -m` (Linux: arch/ARCH/Makefile, UTS_MACHINE). */
const MACHINES: Readonly<Record<string, 'x64' | 'arm64'>> = { x86_64: 'x64', amd64: 'x64', aarch64: 'arm64', arm64: 'arm64' };
/** Android's dynamic linker: what has it runs programs of bionic. A board that merely answers `getprop` does not have it. */
const BIONIC_LINKER = '/system/bin/linker64';
const MAX_BYTES = 4096;
const ASK_MS = 30_000;

/** This machine's; null where Paddock brings nothing native for it. */
export function abiHere(): Abi | null {
  return ABIS.find((abi) => abi === `${process.platform}-${process.arch}`) ?? null;
}

/** Asks a device. Throws HarnessMissing for a processor that no harness app is made for, ExecError, TransportFault. */
export async function askAbi(transport: Pick<Transport, 'exec' | 'name'>, signal: AbortSignal): Promise<Abi> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]);
  const machine = (await answerOf(await transport.exec(['uname', '-m'], { signal: bounded }))).text.trim();
  const linker = await answerOf(await transport.exec(['ls', BIONIC_LINKER], { signal: bounded }));
  const arch = Object.hasOwn(MACHINES, machine) ? MACHINES[machine] : undefined;
  if (arch === undefined) throw new HarnessMissing(`${transport.name} has the processor ${JSON.stringify(machine.slice(0, 60))}; there are harness apps for ${Object.keys(MACHINES).join(', ')}`);
  return `${linker.exitCode === 0 ? 'android' : 'linux'}-${arch}`;
}

async function answerOf(process: DeviceProcess): Promise<{ readonly exitCode: number | null; readonly text: string }> {
  const read = async (stream: AsyncIterable<Uint8Array>): Promise<string> => {
    let text = '';
    for await (const chunk of stream) if (text.length < MAX_BYTES) text += Buffer.from(chunk).toString('utf8').slice(0, MAX_BYTES);
    return text;
  };
  const [text] = await Promise.all([read(process.stdout), read(process.stderr)]);
  return { text, exitCode: (await process.exited).exitCode };
}
