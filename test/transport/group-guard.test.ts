import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GUARD } from '../../src/transport/group-guard.ts';
import { lacks } from '../lacks.ts';

/** In a space of process numbers of its own, so that the next number can be laid down: says whether what has the number in the end still runs when the guard is through. */
const NUMBERS = String.raw`
setsid sleep 600 & first=$!
mkfifo "$1/held"
sh -c "$GUARD" guard "$first" "$1/folder" <"$1/held" & guard=$!
exec 3>"$1/held"
until grep -q cat /proc/[0-9]*/comm; do sleep 0.02; done
if [ "$2" = another ]; then
  kill -KILL "$first"
  wait "$first"
  echo $((first - 1)) >/proc/sys/kernel/ns_last_pid
  setsid sleep 601 3>&- & again=$!
  [ "$again" = "$first" ] || { echo "got $again for $first"; exit 1; }
fi
exec 3>&-
wait "$guard"
if kill -0 "$first" 2>/dev/null; then echo there; else echo gone; fi
`;

const inOwnNumbers = (...words: readonly string[]): ReturnType<typeof spawnSync> => spawnSync('unshare', ['-p', '-f', '--mount-proc', '--kill-child', 'bash', ...words], { encoding: 'utf8', timeout: 240_000, killSignal: 'SIGKILL', env: { ...process.env, GUARD } });

test.skipIf(lacks('process numbers of its own', inOwnNumbers('-c', 'true').status === 0, 'run the tests as root on Linux')).each([
  ['the process that it was made for', 'first', 'gone'], ['another one that has its number by now, which it leaves alone', 'another', 'there'],
])('the guard of a group, whose holder is gone, meets %s', (_, which, fate) => {
  const folder = mkdtempSync(join(tmpdir(), 'paddock-guard-'));
  mkdirSync(join(folder, 'folder'));
  const { stdout, stderr } = inOwnNumbers('-c', NUMBERS, 'numbers', folder, which);
  expect(String(stdout), String(stderr)).toBe(`${fate}\n`);
  expect(existsSync(join(folder, 'folder'))).toBe(false);
  rmSync(folder, { recursive: true });
});
