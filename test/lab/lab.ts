import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type AdbProcess, askAdb, endAdb, isAdbThere, startAdb } from './adb-process.ts';
import { Board, type BoardOptions } from './board.ts';
import { KIND_NAMES, type KindName } from './kinds/registry.ts';
import { locked } from './lock.ts';
import { writeBoardFiles } from './sys-tree.ts';

/** Where a lab keeps its state: `.lab` of the checkout. */
export const LAB_FOLDER = resolve(import.meta.dirname, '../../.lab');

/** A lab that is up. */
export interface Lab {
  readonly folder: string;
  /** Its own adb server. */
  readonly adb: { readonly host: string; readonly port: number };
  /** Those that are up. */
  readonly boards: ReadonlyMap<KindName, Board>;
  /** One of them. Throws when it is not up. */
  board(name: KindName): Board;
  /** Another board of a kind, of the caller's own, which it may cut, restart and fill; leaving its scope removes it. */
  spare(options: Omit<BoardOptions, 'adbPort'> & { readonly adbPort?: number }): Promise<Board>;
}

interface LabRecord {
  readonly adb: AdbProcess;
  readonly weatherPid: number;
}

/** Brings up these boards, those that are up already included. Can be called as often as one likes, from several processes. */
export async function startLab(names: readonly KindName[] = KIND_NAMES, folder: string = LAB_FOLDER): Promise<Lab> {
  await mkdir(join(folder, 'boards'), { recursive: true });
  await locked(join(folder, 'lock'), async () => {
    const record = await runningRecord(folder);
    for (const name of names) {
      const place = join(folder, 'boards', name);
      const board = existsSync(join(place, 'board.json')) ? await Board.at(place) : await freshBoard(place, { kind: name, adbPort: record.adb.port });
      if (board.adbAddress.server.port !== record.adb.port) throw new Error(`board ${name} belongs to an adb server that is gone; run \`npm run lab down\` first`);
      await board.start();
    }
  });
  return openLab(folder);
}

/** A lab that was started. Throws when there is none. */
export async function openLab(folder: string = LAB_FOLDER): Promise<Lab> {
  const record = await readRecord(folder);
  if (record === null) throw new Error(`no lab is up in ${folder}; bring it up with \`npm run lab up\``);
  const boards = new Map<KindName, Board>();
  for (const name of KIND_NAMES) {
    const place = join(folder, 'boards', name);
    if (existsSync(join(place, 'board.json'))) boards.set(name, await Board.at(place));
  }
  return {
    folder,
    adb: { host: '127.0.0.1', port: record.adb.port },
    boards,
    board: (name) => {
      const board = boards.get(name);
      if (board === undefined) throw new Error(`board ${name} is not up`);
      return board;
    },
    spare: async (options) => {
      const { adb } = await locked(join(folder, 'lock'), () => runningRecord(folder));
      const board = await freshBoard(join(folder, 'boards', `spare-${process.pid}-${++spares}`), { adbPort: adb.port, ...options });
      try {
        await board.start();
      } catch (error) {
        await board.remove();
        throw error;
      }
      return board;
    },
  };
}

let spares = 0;

/** Takes down whatever of the lab is up; nothing of it is left but the packages in the user's cache. */
export async function stopLab(folder: string = LAB_FOLDER): Promise<void> {
  if (!existsSync(folder)) return;
  await locked(join(folder, 'lock'), async () => {
    for (const name of await readdir(join(folder, 'boards')).catch(() => [])) {
      const place = join(folder, 'boards', name);
      if (existsSync(join(place, 'board.json'))) await (await Board.at(place)).remove();
    }
    const record = await readRecord(folder);
    if (record !== null) {
      await askAdb(record.adb.port, 'host:kill').catch(() => {});
      await endAdb(record.adb);
      await endWeather(record.weatherPid, folder);
    }
    await rm(join(folder, 'boards'), { recursive: true, force: true });
  });
  await rm(folder, { recursive: true, force: true });
}

/** A folder that a crash left half made is made again. */
async function freshBoard(place: string, options: BoardOptions): Promise<Board> {
  await rm(place, { recursive: true, force: true });
  return Board.make(place, options);
}

async function runningRecord(folder: string): Promise<LabRecord> {
  const known = await readRecord(folder);
  if (known !== null) {
    const answers = await askAdb(known.adb.port, 'host:version').then(() => true, () => false);
    const weather = await hasWeather(known.weatherPid, folder);
    if (answers && weather) return known;
    if (answers) {
      const record: LabRecord = { ...known, weatherPid: await startWeather(folder) };
      await writeBoardFiles(folder, { 'lab.json': JSON.stringify(record) }, 'all');
      return record;
    }
    // Whoever reads why a test failed must see this: what ran over that server has lost its boards.
    const log = await readFile(join(folder, 'adb/log'), 'utf8').catch(() => '');
    console.error(`the lab's adb server (process ${known.adb.pid}, ${(await isAdbThere(known.adb)) ? 'there' : 'gone'}; its weather ${weather ? 'there' : 'gone'}) does not answer and is started again. Its log ends:\n${log.slice(-2000)}`);
    await endAdb(known.adb);
    await endWeather(known.weatherPid, folder);
  }
  const adb = await startAdb(join(folder, 'adb'), known?.adb.port);
  const record: LabRecord = { adb, weatherPid: await startWeather(folder) };
  await writeBoardFiles(folder, { 'lab.json': JSON.stringify(record) }, 'all');
  return record;
}

async function startWeather(folder: string): Promise<number> {
  const log = await open(join(folder, 'weather.log'), 'a');
  const weather = spawn(process.execPath, [join(import.meta.dirname, 'weather.ts'), folder], { detached: true, stdio: ['ignore', log.fd, log.fd] });
  weather.unref();
  await log.close();
  return weather.pid ?? -1;
}

async function readRecord(folder: string): Promise<LabRecord | null> {
  const text = await readFile(join(folder, 'lab.json'), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as LabRecord);
}

/** Of this lab: others on this machine have theirs, and numbers come round. */
async function hasWeather(pid: number, folder: string): Promise<boolean> {
  const words = pid > 1 ? (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0') : [];
  return words.some((word) => word.endsWith('weather.ts')) && words.includes(folder);
}

async function endWeather(pid: number, folder: string): Promise<void> {
  if (await hasWeather(pid, folder)) process.kill(pid, 'SIGKILL');
}
