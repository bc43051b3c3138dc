/** Lets time pass for the boards of a lab: each tick they heat by this machine's load. usage: node weather.ts LABFOLDER; ends when the folder is gone. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Board, OWN_WEATHER } from './board.ts';

const TICK_MS = 1000;
const boards = join(process.argv[2] ?? '', 'boards');

/** Busy and all jiffies so far (proc(5), /proc/stat: user nice system idle iowait …). */
async function jiffies(): Promise<{ readonly busy: number; readonly all: number }> {
  const counts = (await readFile('/proc/stat', 'utf8')).split('\n', 1).join('').split(' ').slice(2, 10).map(Number);
  const all = counts.reduce((sum, each) => sum + each, 0);
  return { busy: all - (counts[3] ?? 0) - (counts[4] ?? 0), all };
}

let before = await jiffies();
while (existsSync(boards)) {
  await sleep(TICK_MS);
  const now = await jiffies();
  const load = now.all > before.all ? (now.busy - before.busy) / (now.all - before.all) : 0;
  before = now;
  for (const name of await readdir(boards).catch(() => [])) {
    if (!existsSync(join(boards, name, 'board.json')) || existsSync(join(boards, name, OWN_WEATHER))) continue;
    // A board may go between the look and the step.
    await Board.at(join(boards, name)).then((board) => board.advance(load, TICK_MS / 1000)).catch((error: unknown) => {
      if (existsSync(join(boards, name, 'board.json'))) console.error(name, error);
    });
  }
}
