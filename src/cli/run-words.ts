import { shellWord } from '../domain/shell-word.ts';
import type { RunSpec } from '../farm/run-spec.ts';
import { calledAs } from './called-as.ts';

/** Where a run keeps what it makes, as the command line said it. */
export interface RunPlaces {
  readonly db?: string;
  readonly out?: string;
  readonly config?: string;
}

function repeated(name: string, values: readonly (string | undefined)[]): string[] {
  return values.flatMap((value) => (value === undefined ? [] : [name, value]));
}

/** The words that started a run, for a POSIX shell: with what was chosen where nothing was said. */
export function runCommand(suitePath: string | undefined, { device, case: cases, db, out, config }: RunPlaces & { readonly device: readonly string[]; readonly case: readonly string[] }, { preset, seed }: RunSpec): string {
  const words = [
    ...(suitePath === undefined ? [] : [suitePath]), ...repeated('--device', device), ...repeated('--case', cases), '--preset', preset, '--seed', String(seed),
    ...repeated('--config', [config]), ...repeated('--db', [db]), ...repeated('--out', [out]),
  ];
  return ['paddock run', ...words.map(shellWord)].join(' ');
}

/** The words that go on with a run, for a POSIX shell. */
export function resumeCommand(runId: string, { db, out }: RunPlaces): string {
  return [calledAs(), 'run', '--resume', runId, ...repeated('--db', [db]).map(shellWord), ...repeated('--out', [out]).map(shellWord)].join(' ');
}
