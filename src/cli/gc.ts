import { tidy } from '../history/retention.ts';
import { NUMBER_FORMAT } from '../report/number.ts';
import { KeptFiles } from '../store/kept-files.ts';
import { openStore } from '../store/open-store.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { storePath } from './run-ref.ts';
import { durationMs } from './since.ts';

export interface GcOptions {
  readonly keepSamples: string;
  readonly keepFiles: string;
  readonly maxFiles: string;
  readonly dryRun?: true;
  readonly compact?: true;
  readonly db?: string;
}

/** `20GiB`, `500MiB` -> bytes. Throws UsageError. */
function sizeBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(MiB|GiB)$/.exec(text);
  if (match === null) throw new UsageError(`"${text}" is no size; write it as 500MiB or 20GiB`);
  return Number(match[1]) * (match[2] === 'GiB' ? 1024 ** 3 : 1024 ** 2);
}

/** `paddock gc`: lets raw samples and kept files go, and keeps every result. */
export async function gc(options: GcOptions, signal: AbortSignal): Promise<ExitCode> {
  const rules = { samplesMs: durationMs(options.keepSamples), filesMs: durationMs(options.keepFiles), filesBytes: sizeBytes(options.maxFiles) };
  using store = openStore(storePath(options.db), { mode: 'write' });
  const mode = options.dryRun === true ? 'tell' : 'do';
  const { launches, sampleBytes, files, fileBytes } = await tidy({ store, kept: new KeptFiles(store.path), rules, mode, now: new Date(), signal });
  if (mode === 'do' && options.compact === true) store.compact();
  const mib = (bytes: number): string => `${NUMBER_FORMAT.plain(bytes / 1024 ** 2, 3)} MiB`;
  process.stdout.write(`${mode === 'tell' ? 'would go' : 'gone'}: raw samples of ${launches} launches (${mib(sampleBytes)}), ${files} kept files and harness apps (${mib(fileBytes)}); every result stays\n`);
  if (mode === 'do' && options.compact === undefined && sampleBytes > 0) process.stdout.write('the store uses the space again for what comes; --compact gives it back to the disk\n');
  return EXIT.ok;
}
