import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const start = promisify(execFile);

/** No command of the lab takes longer, but the first one that fetches packages. */
const TIMEOUT_MS = 180_000;

/** Runs a program of this machine and gives its stdout. Throws with its stderr when it fails. */
export async function hostCommand(argv: readonly string[], options: { readonly timeoutMs?: number; readonly env?: NodeJS.ProcessEnv } = {}): Promise<string> {
  const [program = '', ...rest] = argv;
  const { stdout } = await start(program, rest, { timeout: options.timeoutMs ?? TIMEOUT_MS, maxBuffer: 1 << 24, env: options.env ?? process.env });
  return stdout;
}

/** Whether a program is on the PATH. */
export async function hasProgram(name: string): Promise<boolean> {
  for (const folder of (process.env['PATH'] ?? '').split(':')) {
    if (await access(join(folder, name), constants.X_OK).then(() => true, () => false)) return true;
  }
  return false;
}
