import { readdirSync, readFileSync } from 'node:fs';

interface Running {
  readonly pid: number;
  readonly parent: number;
}

/** Every process of this machine with its parent; none where there is no /proc. */
function allProcesses(): Running[] {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  return names.filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    const stat = readText(`/proc/${name}/stat`);
    // The program's name may hold blanks and brackets: what follows is read from its last bracket on (proc_pid_stat(5)).
    const parent = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
    return parent === undefined ? [] : [{ pid: Number(name), parent: Number(parent) }];
  });
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Gone meanwhile.
    return null;
  }
}

/** Chromium's name of a thread that is a page's worker, as much as the system keeps of it. */
const WORKER_THREAD = 'DedicatedWorker';

/** Those of a Chromium's pages in which a worker runs: the harness's is one, pages that were left, and a process that waits for the next page, are none. Empty where there is no /proc. */
export function workerPids(browserPid: number): readonly number[] {
  return rendererPids(browserPid).filter((pid) => threadNames(pid).some((name) => name.startsWith(WORKER_THREAD)));
}

function threadNames(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => readText(`/proc/${pid}/task/${thread}/comm`) ?? '');
  } catch {
    // Gone meanwhile.
    return [];
  }
}

/** The processes that a Chromium of this machine runs its pages in. Empty where there is no /proc. */
export function rendererPids(browserPid: number): readonly number[] {
  const all = allProcesses();
  const below = new Set([browserPid]);
  for (let before = 0; before !== below.size;) {
    before = below.size;
    for (const { pid, parent } of all) if (below.has(parent)) below.add(pid);
  }
  below.delete(browserPid);
  return [...below].filter((pid) => readText(`/proc/${pid}/cmdline`)?.includes('--type=renderer') === true);
}
