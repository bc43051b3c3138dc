/**
 * `npm run bench:push [-- --quick]`: how fast a first push is against `adb push` and `scp` on the same files, and what a second push sends. Needs the device lab (root on
 * Debian); it takes a board of its own for each. The ways take turns in random order, each on a file that the board has not seen; ratios are of rates in the same round, with
 * the interval of `pairedDifference`. Boards are on this machine: they share its processors with the programs that send, where a phone has its own, so what the check of the
 * content takes there shows here as time. Hence two more rows: the rival with the same check after it, and the sending alone, without any. What the machine's processors did
 * in each way stands beside them.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom, shuffled } from '../../src/domain/random.ts';
import { pairedDifference } from '../../src/stats/paired-difference.ts';
import { median } from '../../src/stats/summary.ts';
import { AdbLink } from '../../src/transport/adb-link.ts';
import { openTransport } from '../../src/transport/open-transport.ts';
import { SshLink } from '../../src/transport/ssh-link.ts';
import type { Board } from '../lab/board.ts';
import { hostCommand } from '../lab/host-command.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { LAB_INSTALL, labNeeds } from '../lab/needs.ts';

const MIB = 2 ** 20;
const quick = process.argv.includes('--quick');
const SIZE = (quick ? 32 : 128) * MIB;
const ROUNDS = quick ? 3 : 12;
const TIMEOUT_MS = 300_000;
const ALPHA = 0.05;
const never = new AbortController().signal;
const random = seededRandom('bench:push');

interface Rival {
  readonly name: string;
  readonly goal: number;
  readonly kind: 'pixel' | 'rpi';
  readonly argv: (board: Board, from: string, to: string) => readonly string[];
  readonly shell: (board: Board, command: string) => readonly string[];
}

const adb = ({ adbAddress: { serial, server } }: Board): readonly string[] => ['adb', '-P', String(server.port), '-s', serial];
const sshOptions = ({ sshAddress: { identityFile = '', knownHosts = '' } }: Board): readonly string[] => ['-q', '-i', identityFile, '-o', `UserKnownHostsFile=${knownHosts}`];
const login = ({ sshAddress: { host, user } }: Board): string => `${user}@${host}`;

const RIVALS: readonly Rival[] = [
  { name: 'adb push', goal: 0.95, kind: 'pixel', argv: (board, from, to) => [...adb(board), 'push', from, to], shell: (board, command) => [...adb(board), 'shell', command] },
  { name: 'scp', goal: 1, kind: 'rpi', argv: (board, from, to) => ['scp', ...sshOptions(board), from, `${login(board)}:${to}`], shell: (board, command) => ['ssh', ...sshOptions(board), login(board), command] },
];

/** One way to bring a file to the board: how long each time, and how long this machine's processors were busy with it. */
class Way {
  readonly seconds: number[] = [];
  readonly busySeconds: number[] = [];

  async time(what: () => Promise<unknown>): Promise<void> {
    const busyBefore = busySeconds();
    const from = performance.now();
    await what();
    this.seconds.push((performance.now() - from) / 1000);
    this.busySeconds.push(busySeconds() - busyBefore);
  }

  row(name: string): string {
    const seconds = median(this.seconds);
    return `  ${name.padEnd(28)} ${(SIZE / MIB / seconds).toFixed(0).padStart(5)} MiB/s   ${(seconds * 1000).toFixed(0).padStart(5)} ms, processors busy for ${(median(this.busySeconds) * 1000).toFixed(0)} of ${(seconds * availableParallelism() * 1000).toFixed(0)} ms`;
  }

  /** Of this way's rate over another's, round by round. */
  against(other: Way): string {
    const { estimate, low, high } = pairedDifference(this.seconds.map((time, i) => Math.log((other.seconds[i] ?? Number.NaN) / time)), ALPHA);
    return `${Math.exp(estimate).toFixed(3)} (${Math.exp(low ?? Number.NaN).toFixed(3)} to ${Math.exp(high ?? Number.NaN).toFixed(3)})`;
  }
}

/** User, nice, system, irq and softirq of all processors (proc_stat(5)), in the hundredths of a second that Linux counts in. */
function busySeconds(): number {
  const [, user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'latin1').split('\n', 1).join('').split(/\s+/).map(Number);
  return [user, nice, system, irq, softirq].reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0) / 100;
}

async function compare(lab: Lab, folder: string, { name, goal, kind, argv, shell }: Rival): Promise<void> {
  await using board = await lab.spare({ kind });
  const link = kind === 'pixel' ? new AdbLink(board.adbAddress) : new SshLink(board.sshAddress);
  const [plain, checked, own, alone] = [new Way(), new Way(), new Way(), new Way()];
  const again: number[] = [];
  let sentAgain = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = randomBytes(SIZE);
    const path = join(folder, 'file.bin');
    await writeFile(path, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await using transport = await openTransport(board.address, { signal: never });
    const scratch = await transport.scratch(never);
    const turns: readonly (() => Promise<void>)[] = [
      () => plain.time(() => hostCommand(argv(board, path, `${scratch}/plain`), { timeoutMs: TIMEOUT_MS })),
      () => checked.time(async () => {
        await hostCommand(argv(board, path, `${scratch}/checked`), { timeoutMs: TIMEOUT_MS });
        const said = await hostCommand(shell(board, `sha256sum ${scratch}/checked`), { timeoutMs: TIMEOUT_MS });
        if (!said.startsWith(sha256)) throw new Error(`the board says ${JSON.stringify(said)}, not ${sha256}`);
      }),
      () => own.time(() => transport.push(path, sha256, never)),
      () => alone.time(() => link.send(path, `${scratch}/alone`, { signal: never, mode: 0o644, totalBytes: SIZE, onProgress: () => {} })),
    ];
    for (const turn of shuffled(turns, random)) await turn();
    await hostCommand(shell(board, `rm -f ${scratch}/plain ${scratch}/checked ${scratch}/alone`), { timeoutMs: TIMEOUT_MS });
    await using second = await openTransport(board.address, { signal: never });
    const from = performance.now();
    await second.push(path, sha256, never);
    again.push(performance.now() - from);
    sentAgain += second.sentBytes;
  }
  await link.close();
  console.log(`${name}: rates as ratios of rounds, 95 % interval`);
  console.log([plain.row(name), checked.row(`${name}, then sha256sum there`), own.row('push, with its check'), alone.row('sending alone, no check')].join('\n'));
  console.log(`  push over ${name}: ${own.against(plain)}, goal ${goal}; over ${name} with the same check: ${own.against(checked)}; sending alone over ${name}: ${alone.against(plain)}`);
  console.log(`  second push: ${sentAgain} bytes sent in ${ROUNDS} pushes, ${median(again).toFixed(0)} ms each\n`);
}

const missing = await labNeeds();
if (missing.length > 0) {
  console.error(`the lab needs ${missing.join(', ')}; ${LAB_INSTALL}`);
  process.exit(2);
}
const folder = await mkdtemp(join(tmpdir(), 'paddock-bench-push-'));
try {
  const lab = await startLab(['pixel']);
  console.log(`files of ${SIZE / MIB} MiB, ${ROUNDS} rounds\n`);
  for (const rival of RIVALS) await compare(lab, folder, rival);
} finally {
  await rm(folder, { recursive: true, force: true });
}
