import { createHash } from 'node:crypto';
import { copyFile, lstat, mkdir, mkdtemp, readFile, realpath, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import * as z from 'zod';
import { sha256OfFile } from '../harness/model-file.ts';
import { MAX_MODEL_BYTES } from '../onnx/model.ts';
import { ExecError, type DeviceProcess } from '../transport/transport.ts';
import { untilQuiet } from '../transport/until-quiet.ts';
import { splitCommand } from './command-words.ts';
import { changedFiles, filesIn } from './folder-watch.ts';
import { redact } from './redact.ts';
import type { Recipe, RecipeContext } from './recipe.ts';
import { RecipeError } from './recipe-error.ts';

/** What is kept of a command's last words. */
const TAIL_CHARACTERS = 4000;
const LAST_LINES = 5;

const parameters = z.strictObject({
  command: z.union([z.string().min(1), z.array(z.string()).min(1)]).describe('a program with its arguments; {input} and {output} stand for the model\'s file and the one to write'),
  timeoutSeconds: z.number().positive().max(86_400).default(600),
});
type Parameters = z.output<typeof parameters>;

function wordsOf({ command }: Parameters): string[] {
  const words = typeof command === 'string' ? splitCommand(command) : [...command];
  for (const place of ['{input}', '{output}']) if (!words.some((word) => word.includes(place))) throw new RecipeError('parameters', `recipe exec: the command has no ${place}: ${redact(words.join(' '), process.env)}`);
  return words;
}

/** Words that name files beside the suite (or in the current folder) are made absolute, since the command runs elsewhere. */
async function settled(words: readonly string[], baseFolder: string): Promise<string[]> {
  return Promise.all(words.map(async (word) => {
    if (word.includes('{') || word.startsWith('-')) return word;
    const path = resolve(baseFolder, word);
    const facts = await stat(path).catch(() => null);
    return facts?.isFile() === true && word !== path ? path : word;
  }));
}

/** The end of what a stream says, how much that was, and when it ended. */
class Tail {
  text = '';
  bytes = 0;
  readonly ended: Promise<void>;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.ended = this.#read(stream).catch(() => { /* A broken pipe ends the text; how the command ended says the rest. */ });
  }

  async #read(stream: AsyncIterable<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      this.bytes += chunk.length;
      this.text = (this.text + decoder.decode(chunk, { stream: true })).slice(-TAIL_CHARACTERS);
    }
  }
}

/** Runs the command in its folder to its end, or to its time's. */
async function runToEnd(words: readonly string[], folder: string, { timeoutSeconds }: Parameters, { workbench, signal }: RecipeContext): Promise<void> {
  const timeout = AbortSignal.timeout(Math.round(timeoutSeconds * 1000));
  const name = words[0] ?? '';
  let child: DeviceProcess;
  try {
    child = await workbench.device.transport.exec(words, { signal: AbortSignal.any([signal, timeout]), cwd: folder, env: { TMPDIR: join(folder, 'tmp') } });
  } catch (error) {
    if (!(error instanceof ExecError)) throw error;
    throw new RecipeError('command', `recipe exec: ${error.message}`, { cause: error });
  }
  child.closeInput();
  const [stdout, stderr] = [new Tail(child.stdout), new Tail(child.stderr)];
  const exit = await child.exited;
  await untilQuiet(Promise.all([stdout.ended, stderr.ended]), () => stdout.bytes + stderr.bytes);
  signal.throwIfAborted();
  // Cut after hiding: a secret cut in two would not be known.
  const lines = redact(`${stdout.text}\n${stderr.text}`.trim(), process.env).split('\n').slice(-LAST_LINES).join(' | ');
  const last = lines === '' ? 'it printed nothing' : `its last words: ${lines}`;
  if (exit.killedFor === 'abort') throw new RecipeError('command', `recipe exec: ${name} did not end within ${timeoutSeconds} s and was ended with all it started; ${last}`);
  if (exit.exitCode !== 0) throw new RecipeError('command', `recipe exec: ${name} ended with ${exit.exitCode === null ? `signal ${exit.signal ?? '?'}` : `code ${exit.exitCode}`}; ${last}`);
}

async function readOutput(output: string, folder: string): Promise<Uint8Array> {
  const facts = await lstat(output).catch(() => null);
  if (facts === null) throw new RecipeError('output', 'recipe exec: the command ended well but wrote no {output}');
  const inside = relative(await realpath(folder), await realpath(output).catch(() => '/'));
  if (!facts.isFile() || inside.startsWith('..')) throw new RecipeError('output', 'recipe exec: {output} is not a plain file in the command\'s folder');
  if (facts.size === 0) throw new RecipeError('output', 'recipe exec: the command wrote an empty {output}');
  if (facts.size > MAX_MODEL_BYTES) throw new RecipeError('output', `recipe exec: {output} has ${facts.size} bytes; one ONNX file must stay under 2 GiB`);
  return readFile(output);
}

export const exec: Recipe<Parameters> = {
  id: 'exec',
  revision: 1,
  summary: 'makes a variant by a program of your own (Olive, Neural Compressor, a training script …)',
  expectation: 'what your program makes of it; only a measurement tells',
  parameters,
  calibrated: () => false,
  /** The program's own files belong to what makes the variant. */
  fingerprint: async (settings, baseFolder) => {
    const hash = createHash('sha256');
    for (const word of await settled(wordsOf(settings), baseFolder)) {
      hash.update(`${word}\0`);
      if ((await stat(word).catch(() => null))?.isFile() === true) hash.update(await sha256OfFile(word));
    }
    return hash.digest('hex');
  },
  disclosed: (settings) => ({ ...settings, command: wordsOf(settings).map((word) => redact(word, process.env)) }),
  apply: async (parent, settings, context) => {
    const words = await settled(wordsOf(settings), context.baseFolder);
    const folder = await mkdtemp(join(await context.workbench.folder(), 'exec-'));
    try {
      await mkdir(join(folder, 'tmp'));
      const [input, output] = [join(folder, 'input.onnx'), join(folder, 'output.onnx')];
      await copyFile(parent.path, input);
      const watched = [...new Set([dirname(parent.path), process.cwd(), context.baseFolder])];
      const before = await Promise.all(watched.map(filesIn));
      await runToEnd(words.map((word) => word.replaceAll('{input}', input).replaceAll('{output}', output)), folder, settings, context);
      const after = await Promise.all(watched.map(filesIn));
      const changed = watched.flatMap((_, i) => changedFiles(before[i] ?? new Map(), after[i] ?? new Map()));
      if (changed.length > 0) throw new RecipeError('output', `recipe exec: while the command ran, files outside its own folder changed: ${[...new Set(changed)].slice(0, 5).join(', ')}; it must write only {output} and what stands beside it`);
      return { bytes: await readOutput(output, folder), report: { converted: {}, kept: [], notes: ['made by a program of your own; what it did to operators is not known'] } };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
