import { QualityError } from '../quality-error.ts';
import type { StepContext } from '../step.ts';

/** The lines of a dictionary or vocabulary, in order; an empty last line is none. Throws QualityError. */
export async function linesOf(source: string, step: string, context: StepContext): Promise<readonly string[]> {
  const lines = Buffer.from(await context.readFile(source)).toString('utf8').replace(/^\ufeff/, '').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) throw new QualityError('step', `step ${step}: ${source} has no lines; it holds one entry a line`);
  return lines;
}
