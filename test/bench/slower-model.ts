import { InferenceSession, Tensor } from 'onnxruntime-node';
import { NewNames } from '../../src/onnx/graph.ts';
import { readModel, writeModel } from '../../src/onnx/model.ts';
import { makeNode } from '../../src/onnx/node.ts';

/** The same function with a chain of `Max(x, x)` before its first input's users: exact, and nothing that ONNX Runtime's optimiser knows to be redundant. */
export function withRedundantNodes(bytes: Uint8Array, nodes: number): Uint8Array {
  const model = readModel(bytes);
  const { graph } = model;
  const weights = new Set(graph.initializer.map(({ name }) => name));
  const input = graph.input.find(({ name }) => !weights.has(name))?.name;
  if (input === undefined) throw new Error('the model has no input');
  const names = new NewNames(graph);
  const chain: string[] = [input];
  for (let i = 0; i < nodes; i++) chain.push(names.make(`redundant${i}`));
  const last = chain.at(-1) ?? input;
  for (const node of graph.node) node.input = node.input.map((name) => (name === input ? last : name));
  graph.node = [...chain.slice(1).map((name, i) => makeNode({ opType: 'Max', input: [chain[i] ?? input, chain[i] ?? input], output: [name] })), ...graph.node];
  return writeModel(model);
}

export interface TimedInput {
  readonly name: string;
  readonly shape: readonly number[];
}

const ROUNDS = 400;
const WARM_UP = 50;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Time of each model over that of the first, medians of inferences that take turns in this process: rough, but both see the same neighbours. */
export async function ratios(models: readonly Uint8Array[], { name, shape }: TimedInput): Promise<readonly number[]> {
  const data = Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, i) => Math.sin(i));
  const feeds = { [name]: new Tensor('float32', data, [...shape]) };
  const sessions = await Promise.all(models.map((bytes) => InferenceSession.create(Buffer.from(bytes), { intraOpNumThreads: 1, graphOptimizationLevel: 'all' })));
  const times: number[][] = models.map(() => []);
  for (let round = 0; round < ROUNDS + WARM_UP; round++) {
    for (const [i, session] of sessions.entries()) {
      const startedMs = performance.now();
      await session.run(feeds);
      if (round >= WARM_UP) times[i]?.push(performance.now() - startedMs);
    }
  }
  await Promise.all(sessions.map((session) => session.release()));
  const base = median(times[0] ?? []);
  return times.map((list) => median(list) / base);
}

/** The model with as many redundant nodes as make it slower by about `share`, and by how much it was then, timed here. */
export async function slowerModel(bytes: Uint8Array, share: number, input: TimedInput): Promise<{ readonly bytes: Uint8Array; readonly nodes: number; readonly ratio: number }> {
  const trial = 40;
  const [, cost = 1] = await ratios([bytes, withRedundantNodes(bytes, trial)], input);
  const nodes = Math.max(1, Math.round((share * trial) / Math.max(cost - 1, 1e-3)));
  const slower = withRedundantNodes(bytes, nodes);
  const [, ratio = Number.NaN] = await ratios([bytes, slower], input);
  return { bytes: slower, nodes, ratio };
}
