/**
 * `npm run bench:push [-- --quick]`: how fast a first push is against `adb push` and `scp` on the same files, interleaved, and what a second push sends. Needs the device
 * lab (root on Debian); it takes a board of its own for each. Boards are on this machine, so what is compared is the work of the programs, not a cable.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTransport } from '../../src/transport/open-transport.ts';
import type { Board } from '../lab/board.ts';
import { hostCommand } from '../lab/host-command.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { LAB_INSTALL, labNeeds } from '../lab/needs.ts';

const MIB = 2 ** 20;
const quick = process.argv.includes('--quick');
const SIZE = (quick ? 32 : 128) * MIB;
const ROUNDS = quick ? 3 : 9;
const TIMEOUT_MS = 300_000;
const never = new AbortController().signal;

interface Rival {
  readonly name: string;
  readonly goal: number;
  readonly kind: 'pixel' | 'rpi';
  readonly argv: (board: Board, from: string, to: string) => readonly string[];
}

const RIVALS: readonly Rival[] = [
  { name: 'adb push', goal: 0.95, kind: 'pixel', argv: ({ adbAddress: { serial, server } }, from, to) => ['adb', '-P', String(server.port), '-s', serial, 'push', from, to] },
  {
    name: 'scp', goal: 1, kind: 'rpi',
    argv: ({ sshAddress: { host, user, identityFile = '', knownHosts = '' } }, from, to) => ['scp', '-q', '-i', identityFile, '-o', `UserKnownHostsFile=${knownHosts}`, from, `${user}@${host}:${to}`],
  },
];

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function seconds(what: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await what();
  return (performance.now() - from) / 1000;
}

/** One rival on one board: rounds of both in alternating order, each on a file that the board has not seen. */
async function compare(lab: Lab, folder: string, { name, goal, kind, argv }: Rival): Promise<void> {
  await using board = await lab.spare({ kind });
  const ours: number[] = [];
  const sends: number[] = [];
  const theirs: number[] = [];
  const again: number[] = [];
  let sentAgain = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = randomBytes(SIZE);
    const path = join(folder, 'file.bin');
    await writeFile(path, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await using transport = await openTransport(board.address, { signal: never });
    const scratch = await transport.scratch(never);
    const rival = async (): Promise<void> => {
      theirs.push(await seconds(() => hostCommand(argv(board, path, `${scratch}/theirs`), { timeoutMs: TIMEOUT_MS })));
    };
    const own = async (): Promise<void> => {
      let sent = 0;
      const from = performance.now();
      ours.push(await seconds(() => transport.push(path, sha256, never, (at, total) => {
        if (at === total && sent === 0) sent = (performance.now() - from) / 1000;
      })));
      sends.push(sent);
    };
    if (round % 2 === 0) {
      await rival();
      await own();
    } else {
      await own();
      await rival();
    }
    await using second = await openTransport(board.address, { signal: never });
    again.push(await seconds(() => second.push(path, sha256, never)));
    sentAgain += second.sentBytes;
  }
  const rate = (times: readonly number[]): string => `${(SIZE / MIB / median(times)).toFixed(0)} MiB/s`;
  const ratio = median(theirs.map((time, i) => time / (ours[i] ?? Number.NaN)));
  console.log(`${name.padEnd(9)} ${rate(theirs).padStart(10)}   push, with its SHA-256 taken on the board ${rate(ours).padStart(10)} (until sent ${rate(sends)})   ratio of rates, median of ${ROUNDS} pairs: ${ratio.toFixed(3)} (goal ${goal})`);
  console.log(`${''.padEnd(9)} second push: ${sentAgain} bytes sent in ${ROUNDS} pushes, ${(median(again) * 1000).toFixed(0)} ms each`);
}

const missing = await labNeeds();
if (missing.length > 0) {
  console.error(`the lab needs ${missing.join(', ')}; ${LAB_INSTALL}`);
  process.exit(2);
}
const folder = await mkdtemp(join(tmpdir(), 'paddock-bench-push-'));
try {
  const lab = await startLab(['pixel']);
  console.log(`files of ${SIZE / MIB} MiB, ${ROUNDS} rounds`);
  for (const rival of RIVALS) await compare(lab, folder, rival);
} finally {
  await rm(folder, { recursive: true, force: true });
}
