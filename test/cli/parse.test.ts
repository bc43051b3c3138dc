import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MAX_DUMP_BYTES } from '../../src/cli/parse.ts';
import { DUMP_KINDS } from '../../src/parse/registry.ts';

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname;
const BATTERY = 'Current Battery Service state:\n  status: 2\n  level: 63\n  scale: 100\n  voltage: 4012\n  temperature: 287\n  current now: 347\n';
let folder = '';
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'paddock parse ')); });
afterAll(() => { rmSync(folder, { recursive: true }); });

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function paddock(args: readonly string[], input: string | Uint8Array = ''): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [MAIN, 'parse', ...args], { stdio: 'pipe', timeout: 240_000, killSignal: 'SIGKILL' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
  // A refused input is not read to its end.
  child.stdin.on('error', () => undefined).end(input);
  const code = await new Promise<number | null>((done, fail) => { child.once('error', fail).once('close', done); });
  return { code, stdout, stderr };
}

const READ = {
  kind: 'dumpsys-battery', status: 'charging', voltageMv: 4012, temperatureC: 28.7, currentNow: { raw: 347, unit: 'unknown', sign: 'unknown' }, levelPercent: 63,
  warnings: [expect.stringContaining('a device profile decides')],
};

test('without a kind, the kinds are listed', async () => {
  const { code, stdout } = await paddock([]);
  expect(code).toBe(0);
  for (const { kind, summary } of DUMP_KINDS) expect(stdout).toContain(`${kind} `.concat(' '.repeat(22 - kind.length), ' ', summary));
});

test('a file, standard input, `-`, and UTF-16 from a Windows shell give the same JSON', async () => {
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(BATTERY.replaceAll('\n', '\r\n'), 'utf16le')]);
  const outcomes = await Promise.all([
    paddock(['dumpsys-battery', file('a dump; $(x).txt', BATTERY)]), paddock(['dumpsys-battery'], BATTERY), paddock(['dumpsys-battery', '-'], BATTERY), paddock(['dumpsys-battery', file('utf16.txt', utf16)]),
  ]);
  for (const { code, stdout, stderr } of outcomes) {
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(READ);
  }
});

test('a dump that is none is refused with a reason, exit 1 and no output', async () => {
  const path = file('no.txt', 'Can\'t find service: battery\n\u001b[2J');
  expect(await paddock(['dumpsys-battery', path])).toEqual({ code: 1, stdout: '', stderr: `refused: ${path} can not be read as dumpsys-battery: it has no readable status, level, voltage or temperature line of \`dumpsys battery\`\n` });
  expect(await paddock(['gpu-busy'], '')).toMatchObject({ code: 1, stdout: '', stderr: 'refused: standard input can not be read as gpu-busy: it is empty\n' });
});

test('an unknown kind, a missing file, a folder and too much input are wrong usage, exit 2', async () => {
  const [kind, missing, directory, tooMuch] = await Promise.all([
    paddock(['batery', 'x']), paddock(['getprop', join(folder, 'missing')]), paddock(['getprop', folder]), paddock(['getprop'], Buffer.alloc(MAX_DUMP_BYTES + 1, 'a\n')),
  ]);
  for (const outcome of [kind, missing, directory, tooMuch]) expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(kind.stderr).toContain('known: adb-devices');
  expect(missing.stderr).toContain('there is no file');
  expect(directory.stderr).toContain('is a folder');
  expect(tooMuch.stderr).toContain('more than 16 MiB');
});

test('a file of /proc, whose size says 0, is read', async () => {
  const { code, stdout } = await paddock(['proc-meminfo', '/proc/meminfo']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'proc-meminfo', totalMiB: expect.any(Number) as number });
});
