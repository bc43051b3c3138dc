import { Option, type Command } from 'commander';
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
}
