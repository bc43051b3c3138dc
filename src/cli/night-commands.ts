import { Option, type Command } from 'commander';
import { PRESET_NAMES } from '../domain/preset.ts';
import type { ExitCode } from './exit.ts';

const DB = new Option('--db <file>', 'the store (default: paddock-results/paddock.sqlite)');
const JSON_OUT = new Option('--json', 'print JSON on stdout');

/** The commands over many runs: series, changes and what becomes of them. */
export function addNightCommands(program: Command, finish: (code: Promise<ExitCode>) => Promise<void>, onInterrupt: () => AbortSignal): void {
  program.command('history').argument('<case>', 'a case\'s key, or a part of one that no other has').description('show a case\'s metrics, night after night')
    .option('--metric <name>', 'the metric (default: latency_p50, or sps)')
    .option('--since <when>', 'only nights since a date, or for a span as 30d (default: all)').addOption(DB).addOption(JSON_OUT)
    .action((reference: string, options) => finish(import('./history.ts').then(({ history }) => history(reference, options))));

  program.command('changes').description('list what changed from night to night, and what became of it')
    .option('--since <when>', 'noticed since a date, or for a span', '30d')
    .option('--open', 'only what somebody should look at: suspected and confirmed').addOption(DB).addOption(JSON_OUT)
    .action((options) => finish(import('./changes.ts').then(({ changes }) => changes(options))));

  program.command('ack').argument('<event...>', 'ids as `paddock changes` lists them').description('acknowledge changes: by whom, why, until when')
    .requiredOption('--why <text>', 'the reason, for who reads it later')
    .option('--by <name>', 'who (default: this user)')
    .option('--until <when>', 'a day, or a span from now as 30d, after which an event that is not fixed is told again (default: for good)').addOption(DB)
    .action((ids: string[], options) => finish(import('./ack.ts').then(({ ack }) => ack(ids, options))));

  program.command('confirm').argument('[event...]', 'ids as `paddock changes` lists them (default: every open one that was never tried)')
    .description('confirm or refute changes: the software of the last good and the first bad night, side by side on the device')
    .option('--budget <span>', 'the most time for all of them', '30min').addOption(DB).addOption(JSON_OUT)
    .action((ids: string[], options) => finish(import('./confirm.ts').then(({ confirm }) => confirm(ids, options, onInterrupt()))));

  program.command('check').argument('[suite.yaml]', 'measure --base and --head, two of its runtimes, side by side; without it they are runs')
    .description('say what another driver, OS build, runtime or library makes of the same cases: placement, outputs, quality, speed')
    .requiredOption('--base <id>', 'what it was: a runtime of the suite, or a run (its id, latest, a folder with results.json)')
    .requiredOption('--head <id>', 'what it is now')
    .addOption(new Option('--device <id>', 'measure on this device only; may be repeated').argParser((value: string, earlier: readonly string[]) => [...earlier, value]).default([], 'the suite\'s'))
    .addOption(new Option('--preset <name>', 'how long and how exactly to measure').choices(PRESET_NAMES))
    .option('--config <file>', 'the lab\'s file (default: the nearest paddock.yaml)').addOption(DB).addOption(JSON_OUT)
    .action((suite: string | undefined, options) => finish(import('./check.ts').then(({ check }) => check(suite, options, onInterrupt()))));

  program.command('export').description('write what the store holds for other programs, or for another store')
    .addOption(new Option('--format <name>', 'jsonl: everything but launches (see --with), for `paddock import`; csv: every point of every series; openmetrics: the latest night, for Prometheus').choices(['jsonl', 'csv', 'openmetrics']).default('jsonl'))
    .option('--since <when>', 'only nights since a date, or for a span as 30d (default: all)')
    .option('--with <what>', 'with jsonl: `launches`, each as it was recorded; `launches,samples`, with every latency that is still kept')
    .option('--out <file>', 'write there (default: standard output)').addOption(DB)
    .action((options) => finish(import('./export.ts').then(({ exportStore }) => exportStore(options))));

  program.command('import').argument('<file.jsonl>', 'what `paddock export` wrote').description('take runs of another store into this one; what is there already stays as it is').addOption(DB)
    .action((file: string, options) => finish(import('./import.ts').then(({ importStore }) => importStore(file, options, onInterrupt()))));

  program.command('gc').description('let raw samples and kept files go; every result and series stays')
    .option('--keep-samples <span>', 'raw samples of launches younger than this stay', '90d')
    .option('--keep-files <span>', 'model files and harness apps of nights younger than this stay', '90d')
    .option('--max-files <size>', 'the most that kept files may take, as 20GiB', '20GiB')
    .option('--dry-run', 'say what would go').option('--compact', 'give the space back to the disk; other programs wait meanwhile').addOption(DB)
    .action((options) => finish(import('./gc.ts').then(({ gc }) => gc(options, onInterrupt()))));

  const store = program.command('store').description('check or back up the store');
  store.command('check').description('whether the file is whole: pages, indexes, references').addOption(DB)
    .action((options) => finish(import('./store.ts').then(({ checkStore }) => checkStore(options))));
  store.command('backup').argument('<file>', 'the copy').description('copy the store, also while a run is writing').addOption(DB)
    .action((file: string, options) => finish(import('./store.ts').then(({ backupStore }) => backupStore(file, options))));
}
