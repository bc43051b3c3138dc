/** The one-minute load average of /proc/loadavg (proc_loadavg(5)), null when the text is something else. */
export function parseLoad1(text: string): number | null {
  const field = /^(\d+(?:\.\d+)?) \d/.exec(text.trim())?.[1];
  return field === undefined ? null : Number(field);
}
