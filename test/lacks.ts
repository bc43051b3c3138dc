/**
 * For `test.skipIf`: true when the machine lacks what a test needs, and then says so aloud, with the command that brings it.
 * In CI nothing may be skipped, so there it is an error.
 */
export function lacks(what: string, present: boolean, bring: string): boolean {
  if (present) return false;
  const message = `${what} is not on this machine; to have it: ${bring}`;
  if (process.env['CI'] === 'true') throw new Error(`in CI no test may be skipped: ${message}`);
  process.stderr.write(`\nSKIPPED: ${message}\n`);
  return true;
}
