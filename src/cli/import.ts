import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { LineSplitter, LineTooLong } from '../harness/lines.ts';
import { Importer, ImportError } from '../history/import-lines.ts';
import { openStore } from '../store/open-store.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { storePath } from './run-ref.ts';

/** The longest line: a launch of ten million latencies, of which each has at most 17 digits in a server's completions. */
const MAX_LINE_BYTES = 384 * 1024 * 1024;

/** `paddock import`: an export of another store, or of this one, into this one. */
export async function importStore(path: string, { db }: { readonly db?: string }, signal: AbortSignal): Promise<ExitCode> {
  const facts = await stat(path).catch((error: unknown) => { throw new UsageError(`${path} can not be read: ${error instanceof Error ? error.message : String(error)}`); });
  if (facts.isDirectory()) throw new UsageError(`${path} is a folder; name a file that \`paddock export\` wrote`);
  using store = openStore(storePath(db), { mode: 'write' });
  const importer = new Importer(store);
  const splitter = new LineSplitter(MAX_LINE_BYTES);
  const told = (): string => `${importer.imported.runs} runs and ${importer.imported.events} events taken in, ${importer.imported.known} runs were there already`;
  try {
    for await (const chunk of createReadStream(path, { signal }) as AsyncIterable<Buffer>) for (const line of splitter.push(chunk)) importer.take(line);
    const rest = splitter.end();
    if (rest !== null) importer.take(rest);
    importer.end();
  } catch (error) {
    if (error instanceof ImportError) throw new UsageError(`${path}:${error.line}: ${error.message}. ${told()}`);
    if (error instanceof LineTooLong) throw new UsageError(`${path}: ${error.message}, which no export has. ${told()}`);
    throw error;
  }
  process.stdout.write(`${told()}\n`);
  return EXIT.ok;
}
