import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { PRESET_NAMES } from '../domain/preset.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { addNightCommands } from './night-commands.ts';
import { nodeFault } from './node-version.ts';
import { printable } from './terminal.ts';
import { thisWorkplace } from './workplace.ts';

const DB = new Option('--db <file>', 'the store (default: paddock-results/paddock.sqlite)');
const CONFIG = new Option('--config <file>', 'the lab\'s devices (default: the nearest paddock.yaml, from this folder upward)');
const JSON_OUT = new Option('--json', 'print JSON on stdout');

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('it must be a whole number, 0 or more.');
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('it must be a share between 0 and 1, as in 0.03.');
  return value;
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) throw new InvalidArgumentError('it must be a port, 0 to 65535.');
  return value;
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

const interruption = new AbortController();

/** Ctrl-C: the first ends the command cleanly, the second at once. */
function onInterrupt(): AbortSignal {
  const stop = (signal: NodeJS.Signals): void => {
    if (interruption.signal.aborted) process.exit(EXIT.interrupted);
    process.stderr.write(`\n${signal}: ending what is in progress (again to leave at once)\n`);
    interruption.abort(new Error(signal));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return interruption.signal;
}

function buildProgram(finish: (code: Promise<ExitCode>) => Promise<void>): Command {
  const program = new Command('paddock')
    .description('Benchmarks models on a device, and says how sure it is of each number.')
    .version(thisWorkplace().version)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text) })
    .addHelpText('after', `
Examples:
  paddock run                              measure trained models on this machine, and write a report
  paddock schema --example > suite.yaml    a suite to start from
  paddock plan suite.yaml                  what it would measure, and how long that takes
  paddock run suite.yaml --preset standard
  paddock run --resume latest              go on with an interrupted run
  paddock compare BASE HEAD --fail-on regressed
  paddock compare latest --base variant=fp32 --head variant=int8

Exit codes: 0 done, all valid; 1 done, but a case failed, was invalid or regressed under --fail-on;
2 wrong usage or configuration; 3 nothing to run on; 130 interrupted (resumable).`);
  const onDevice = (command: Command): Command => command
    .addOption(new Option('--device <id>', 'measure on this device only (an id, pool:NAME or profile:ID); may be repeated').argParser(collect).default([], 'the suite\'s'))
    .addOption(new Option('--case <key>', 'measure this case only; may be repeated (`paddock plan` lists the keys)').argParser(collect).default([], 'all'))
    .addOption(new Option('--preset <name>', 'how long and how exactly to measure').choices(PRESET_NAMES)).addOption(CONFIG);

  onDevice(program.command('run').argument('[suite.yaml]', 'what to measure; without it, trained models that come with the install'))
    .description('measure a suite and write its report')
    .option('--out <dir>', 'folder of the report files (default: paddock-results/RUN)')
    .option('--resume <run>', 'go on with an interrupted run (an id, or latest): exactly the missing launches, or the news that it had not told')
    .option('--seed <n>', 'seed of the order of launches and of arrivals (default: drawn, and recorded)', wholeNumber)
    .option('--budget <span>', 'the most time for the run, as 6h: cases of open changes come first, then those not measured for the longest (default: the suite\'s, or the preset\'s)')
    .option('--confirm <span>', 'spend up to this time (as 30min) on confirming what the run found, by A/B of old and new software')
    .addOption(new Option('--fail-on <what>', 'exit with 1 while a change for the worse is open: regressed (suspected or confirmed), or confirmed (by an A/B, or a case that broke)').choices(['regressed', 'confirmed']))
    .addOption(DB).addOption(JSON_OUT)
    .action((suite: string | undefined, options) => finish(import('./run.ts').then(({ run }) => run(suite, options, onInterrupt()))));

  onDevice(program.command('plan').argument('[suite.yaml]')).description('print the cases of a suite, what is skipped and why, and the time it takes').addOption(DB).addOption(JSON_OUT)
    .action((suite: string | undefined, options) => finish(import('./plan.ts').then(({ plan }) => plan(suite, options, onInterrupt()))));

  program.command('report').argument('<run>', 'a run\'s id, or latest').description('write the report files of a stored run again')
    .option('--format <list>', 'html, csv, md, json, junit, separated by commas (default: all)')
    .option('--out <dir>', 'folder of the files (default: paddock-results/RUN)').addOption(DB)
    .action((reference: string, options) => finish(import('./report.ts').then(({ report }) => report(reference, options))));

  program.command('compare').argument('<base>', 'a run: its id, latest, or a folder with results.json').argument('[head]', 'another run')
    .description('compare two runs case by case, or two sides inside one run')
    .option('--base <selector>', 'inside one run: the base side, as in variant=fp32 or threads=1,delegate=cpu')
    .option('--head <selector>', 'inside one run: the other side')
    .option('--fail-on <outcomes>', 'exit with 1 when one of these is found: regressed, improved, noisy, incomparable')
    .option('--materiality <share>', 'changes below this share are no changes (default: 0.03, or twice the noise between two runs)', share)
    .addOption(DB).addOption(JSON_OUT)
    .action((base: string, head: string | undefined, options) => finish(import('./compare.ts').then(({ compare }) => compare(base, head, options))));

  addNightCommands(program, finish, onInterrupt);

  program.command('publish').description('write the dashboard of all nights as plain files, which open from a folder or any static host')
    .option('--out <dir>', 'the site\'s folder (default: paddock-results/site)').addOption(DB).addOption(JSON_OUT)
    .action((options) => finish(import('./publish.ts').then(({ publish }) => publish(options, onInterrupt()))));

  program.command('serve').description('show the dashboard in a browser, live')
    .option('--host <address>', 'where to listen; any but this machine\'s own needs a token', '127.0.0.1')
    .addOption(new Option('--port <number>', 'where to listen; 0 takes a free one').argParser(port).default(7300))
    .option('--token <source>', 'what readers must show as password: env:NAME or file:PATH')
    .option('--out <dir>', 'where the site\'s files go (default: paddock-results/site)').addOption(DB)
    .action((options) => finish(import('./serve.ts').then(({ serve }) => serve(options, onInterrupt()))));

  program.command('variants').argument('<model.onnx>', 'the trained model').description('make variants of a model (fp16, int8, pruned …), each loaded and run once beside its parent')
    .option('--recipe <list>', 'recipes separated by commas, with settings as in prune:sparsity=0.5:scope=layer; may be repeated', collect, [])
    .option('--exec <command>', 'a variant by a program of your own: {input} and {output} stand for the files; may be repeated', collect, [])
    .requiredOption('--out <dir>', 'folder of the variants and their lineage')
    .option('--calibration <input=folder>', 'a folder of .npy files, one a sample, for this input; may be repeated', collect, [])
    .option('--shape <input=sizes>', 'sizes of an input that the model leaves open, as in x=1x3x48x320; may be repeated', collect, [])
    .option('--fill <input=values>', 'how to generate an input: zeros, ones, normal, uniform, a number, or LOW..HIGH for whole numbers; may be repeated', collect, [])
    .option('--samples <n>', 'how many samples to generate (default: 4)', wholeNumber).addOption(JSON_OUT)
    .action((model: string, options) => finish(import('./variants.ts').then(({ variants }) => variants(model, options, onInterrupt()))));

  program.command('detect').argument('<file.csv>', 'one row a series (name, then values), or one point a line under the header name,index,value or name,date,value')
    .description('find the changes of level in any table of series')
    .option('--fdr <share>', 'expected share of false ones among the series said to have changed (default: 0.005)', share)
    .option('--min-effect <share>', 'changes of level below this share are no changes (default: 0.01)', share)
    .option('--values-from <column>', 'the first column with values, where more than the name stands before them (default: 2)', wholeNumber)
    .addOption(JSON_OUT)
    .action((file: string, options) => finish(import('./detect.ts').then(({ detect }) => detect(file, options))));

  program.command('devices').description('list what can be reached: hardware, sensors, runtimes and delegates; and what is known and can not be used, with what to do')
    .option('--profile-template <id>', 'print a draft profile of this device instead, from what it answers')
    .option('--readmit <id>', 'take a device back that was set aside because it kept failing; may be repeated', collect, [])
    .option('--set-aside <id>', 'keep a device from being used, with --why; may be repeated', collect, [])
    .option('--why <text>', 'why the devices are set aside')
    .option('--until <date>', 'when they are tried again: a day as 2026-12-24, or a span as 30d (default: 7d)')
    .option('--accept-host-key <id>', 'take the ssh host key that this board shows as its own, and print its fingerprint; may be repeated', collect, [])
    .addOption(CONFIG).addOption(DB).addOption(JSON_OUT)
    .action(({ profileTemplate: id, ...options }) => finish(id === undefined
      ? import('./list-devices.ts').then(({ listDevices }) => listDevices(options, onInterrupt()))
      : import('./profile-template.ts').then(({ profileTemplate }) => profileTemplate(id, options, onInterrupt()))));

  program.command('doctor').description('say what is missing on this host and the command that installs it').addOption(CONFIG).addOption(JSON_OUT)
    .action((options) => finish(import('./doctor.ts').then(({ doctor }) => doctor(options, onInterrupt()))));

  program.command('parse').argument('[kind]', 'the kind of dump; without it, the kinds are listed').argument('[file]', 'the dump (default: standard input)')
    .description('print as JSON what Paddock reads in a device dump; a dump that can not be read is refused with the reason and exit code 1')
    .action((kind: string | undefined, file: string | undefined) => finish(import('./parse.ts').then(({ parse }) => parse(kind, file))));

  program.command('schema').argument('[kind]', 'suite, profile or lab', 'suite').description('print the JSON Schema of a kind of file, for editors').option('--example', 'print an example suite instead')
    .action((kind: string, options) => finish(import('./schema.ts').then(({ schema }) => schema(kind, options))));
  return program;
}

/** Errors whose message says what the user can do; by name, so that their code is loaded only by commands that need it. */
const USERS_TO_MEND: ReadonlySet<string> = new Set(['StoreError', 'TransportFault', 'HostKeyFault', 'RunClaimedError', 'LeaseError', 'MachineLeaseError', 'ReportWriteError', 'RunSpecError', 'CacheError', 'ProfileError', 'SiteError', 'HttpServerError']);

function complain(message: string): void {
  process.stderr.write(`error: ${message.split('\n').map(printable).join('\n')}\n`);
}

/** What an error leaves: a clear line for what the user can put right, a stack for a fault of Paddock's own. */
function explain(error: unknown): ExitCode {
  if (error instanceof UsageError) {
    complain(error.message);
    return error.exitCode;
  }
  const name = error instanceof Error ? error.name : '';
  if (interruption.signal.aborted && (error === interruption.signal.reason || name === 'AbortError')) {
    process.stderr.write('interrupted before anything was measured\n');
    return EXIT.interrupted;
  }
  if (error instanceof Error && USERS_TO_MEND.has(name)) {
    complain(error.message);
    return EXIT.usage;
  }
  process.stderr.write(`error: this is a fault of Paddock's own; please report it with the lines below\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT.internal;
}

/** Runs one command line and gives its exit code. */
async function main(argv: readonly string[]): Promise<ExitCode> {
  const fault = nodeFault(process.versions.node);
  if (fault !== null) {
    complain(fault);
    return EXIT.usage;
  }
  let code: ExitCode = EXIT.ok;
  const program = buildProgram(async (outcome) => { code = await outcome; });
  if (argv.length <= 2) {
    program.outputHelp();
    return EXIT.usage;
  }
  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return explain(error);
  }
}

// A reader that has seen enough (`| head`) takes nothing from the work, nor from its exit code.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => { if (error.code !== 'EPIPE') throw error; });
}
process.exitCode = await main(process.argv);
