import { writeModel } from '../../src/onnx/model.ts';
import { drawn, graph, model, value } from '../fixtures/onnx/build.ts';

const SIZE = 192;
const ROWS = 48;

/** A model of so many matrix products one after the other: its time goes with their number. Generated weights, others for another seed. */
export function chainModel(products: number, seed = 'w'): Uint8Array {
  const nodes = Array.from({ length: products }, (_, i) => [
    { opType: 'MatMul', input: [i === 0 ? 'x' : `t${i - 1}`, 'w'], output: [`m${i}`] },
    { opType: 'Tanh', input: [`m${i}`], output: [i === products - 1 ? 'y' : `t${i}`] },
  ]).flat();
  return writeModel(model(graph({ inputs: [value('x', [ROWS, SIZE])], outputs: [value('y', [ROWS, SIZE])], weights: [{ ...drawn(seed, [SIZE, SIZE], 0.08), name: 'w' }], nodes })));
}
