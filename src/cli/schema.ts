import { DEFAULT_SUITE } from './default-suite.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { suiteJsonSchema } from './suite-file.ts';

/** `paddock schema`: the JSON Schema of suite files, or an example suite. */
export async function schema(options: { readonly example?: true }): Promise<ExitCode> {
  process.stdout.write(options.example === true ? DEFAULT_SUITE : `${JSON.stringify(suiteJsonSchema(), null, 2)}\n`);
  return Promise.resolve(EXIT.ok);
}
