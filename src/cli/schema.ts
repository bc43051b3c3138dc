import { DEFAULT_SUITE } from './default-suite.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { printable } from './terminal.ts';
import { profileJsonSchema } from '../device/profile-store.ts';
import { labJsonSchema } from './lab-file.ts';
import { suiteJsonSchema } from './suite-file.ts';

/** Kinds of files that users write, with their schemas. */
const SCHEMAS: Readonly<Record<string, () => unknown>> = { suite: suiteJsonSchema, profile: profileJsonSchema, lab: labJsonSchema };

/** `paddock schema [KIND]`: the JSON Schema of a kind of file, or an example suite. */
export async function schema(kind: string, options: { readonly example?: true }): Promise<ExitCode> {
  const make = Object.hasOwn(SCHEMAS, kind) ? SCHEMAS[kind] : undefined;
  if (make === undefined) throw new UsageError(`there is no kind of file ${printable(JSON.stringify(kind))}; known: ${Object.keys(SCHEMAS).join(', ')}`);
  if (options.example === true && kind !== 'suite') throw new UsageError(`there is an example of a suite only; profiles that come with Paddock are in its folder device-profiles`);
  process.stdout.write(options.example === true ? DEFAULT_SUITE : `${JSON.stringify(make(), null, 2)}\n`);
  return Promise.resolve(EXIT.ok);
}
