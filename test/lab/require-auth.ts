import { open, readFile } from 'node:fs/promises';

/**
 * Makes a running Debian adbd ask for adb keys. Debian's build clears `auth_required` at its start; it is the only byte of the program's data that
 * the file has as 1 and the process as 0, and it is set again here.
 */
export async function requireAuth(pid: number, program: string): Promise<void> {
  const image = await readFile(program);
  const data = sectionOf(image, '.data');
  const base = await loadAddress(pid);
  const memory = await open(`/proc/${pid}/mem`, 'r+');
  try {
    const live = Buffer.alloc(data.size);
    await memory.read(live, 0, live.length, base + data.address);
    const cleared = [...live.keys()].filter((i) => live[i] === 0 && image[data.offset + i] === 1);
    const [at] = cleared;
    if (at === undefined || cleared.length > 1) throw new Error(`adbd's auth_required was not found: ${cleared.length} bytes could be it; this is another build of adbd`);
    await memory.write(Buffer.from([1]), 0, 1, base + data.address + at);
  } finally {
    await memory.close();
  }
}

async function loadAddress(pid: number): Promise<number> {
  const maps = await readFile(`/proc/${pid}/maps`, 'utf8');
  const starts = maps.split('\n').filter((line) => line.endsWith('/adbd')).map((line) => Number.parseInt(line, 16));
  if (starts.length === 0) throw new Error(`process ${pid} is no adbd`);
  return Math.min(...starts);
}

/** A section of a 64-bit little-endian ELF file (System V ABI, "Sections"). */
function sectionOf(image: Buffer, name: string): { address: number; offset: number; size: number } {
  const table = Number(image.readBigUInt64LE(0x28));
  const entrySize = image.readUInt16LE(0x3a);
  const count = image.readUInt16LE(0x3c);
  const header = (i: number): number => table + i * entrySize;
  const names = Number(image.readBigUInt64LE(header(image.readUInt16LE(0x3e)) + 0x18));
  for (let i = 0; i < count; i++) {
    const from = names + image.readUInt32LE(header(i));
    if (image.toString('latin1', from, image.indexOf(0, from)) !== name) continue;
    const [address, offset, size] = [0x10, 0x18, 0x20].map((field) => Number(image.readBigUInt64LE(header(i) + field)));
    return { address: address ?? 0, offset: offset ?? 0, size: size ?? 0 };
  }
  throw new Error(`no section ${name}`);
}
