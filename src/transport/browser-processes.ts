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
