import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { DUMP_KINDS, readDump } from '../parse/registry.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { printable, table } from './terminal.ts';

/** No dump of the known kinds is larger; a log of days can be cut. */
export const MAX_DUMP_BYTES = 16 * 1024 * 1024;

/** `paddock parse KIND [FILE]`: what Paddock reads in a device dump, as JSON; without KIND, the kinds. A refused dump gives its reason on stderr and exit 1. */
export async function parse(kindName: string | undefined, file: string | undefined): Promise<ExitCode> {
  if (kindName === undefined) {
    process.stdout.write(`${table(['kind', 'what it reads'], DUMP_KINDS.map(({ kind, summary }) => [kind, summary]), new Set())}\n`);
    return EXIT.ok;
  }
  const kind = DUMP_KINDS.find((known) => known.kind === kindName);
  if (kind === undefined) throw new UsageError(`there is no kind ${printable(JSON.stringify(kindName))}; known: ${DUMP_KINDS.map((known) => known.kind).join(' ')}`);
  const source = file === undefined || file === '-' ? 'standard input' : file;
  const text = decodeDump(file === undefined || file === '-' ? await readStdin() : await readFileBounded(file));
  const outcome = readDump(kind, text);
  if (!outcome.ok) {
    process.stderr.write(`refused: ${printable(source)} can not be read as ${kind.kind}: ${printable(outcome.reason)}\n`);
    return EXIT.notAllValid;
  }
  await new Promise<void>((done, fail) => {
    process.stdout.write(`${JSON.stringify({ kind: kind.kind, ...outcome.value, warnings: outcome.warnings }, null, 2)}\n`, (error) => (error === null || error === undefined ? done() : fail(error)));
  });
  return EXIT.ok;
}

/** UTF-8, or UTF-16 with a byte order mark, which is what `adb shell … > file` writes in Windows PowerShell. */
function decodeDump(bytes: Uint8Array): string {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null;
  return new TextDecoder(utf16 ?? 'utf-8').decode(bytes);
}

function readStdin(): Promise<Uint8Array> {
  if (process.stdin.isTTY) process.stderr.write('reading standard input; end it with Ctrl-D\n');
  return readBounded(process.stdin, 'standard input');
}

async function readFileBounded(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path, 'r');
    if ((await file.stat()).isDirectory()) throw new UsageError(`${path} is a folder; name the file of a dump`);
    return await readBounded(file.createReadStream(), path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(code === 'ENOENT' ? `there is no file ${path}` : `${path} can not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Reads a stream up to the bound, whatever its size says (files of /proc say 0). */
async function readBounded(stream: Readable, name: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of stream as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > MAX_DUMP_BYTES) throw new UsageError(`${name} has more than ${MAX_DUMP_BYTES / 1024 / 1024} MiB, which no device dump has; cut out the part in question`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
