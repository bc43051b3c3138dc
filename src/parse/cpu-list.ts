/** The number of CPUs in a list such as `0-3,6,8-9` (cpuset(7), "List format"); null for anything else. An empty list has none. */
export function countCpuList(text: string): number | null {
  const trimmed = text.trim();
  if (trimmed === '') return 0;
  let count = 0;
  for (const range of trimmed.split(',')) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
    if (first === undefined || last === undefined || Number(last) < Number(first)) return null;
    count += Number(last) - Number(first) + 1;
  }
  return count;
}

/** The CPUs of such a list, ascending; none for anything else. */
export function expandCpuList(text: string): readonly number[] {
  if ((countCpuList(text) ?? 0) === 0) return [];
  return text.trim().split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  }).sort((a, b) => a - b);
}

/** The list of such CPUs, ascending, neighbours as a range: [0, 1, 2, 6] -> `0-2,6`. */
export function cpuList(cpus: readonly number[]): string {
  const ranges: { readonly first: number; last: number }[] = [];
  for (const cpu of cpus.toSorted((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range !== undefined && cpu <= range.last + 1) range.last = cpu;
    else ranges.push({ first: cpu, last: cpu });
  }
  return ranges.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)).join();
}
