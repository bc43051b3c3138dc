/** `node test/data/train-digits.ts`: trains the digit classifier anew and writes test/fixtures/onnx/digits.onnx, the same bytes each time. x [1, 1, 28, 28], 0 to 1 -> scores [1, 10]. */
import { writeFileSync } from 'node:fs';
import { writeModel } from '../../src/onnx/model.ts';
import { floatTensor } from '../../src/onnx/tensor.ts';
import { graph, model, value } from '../fixtures/onnx/build.ts';
import { CLASSES, FEATURES, FIRST, SECOND, trainDigits } from './digit-network.ts';
import { digitsIn } from './digits.ts';

export const DIGIT_MODEL = new URL('../fixtures/onnx/digits.onnx', import.meta.url).pathname;

export function trainedDigitModel(): Uint8Array {
  const { first, second, scores, bias } = trainDigits(digitsIn('training'), 'digit classifier');
  return writeModel(model(graph({
    name: 'digits', inputs: [value('x', ['N', 1, 28, 28])], outputs: [value('scores', ['N', 10])],
    weights: [
      floatTensor('first.kernel', [FIRST.outputs, FIRST.inputs, FIRST.kernel, FIRST.kernel], first.kernel.values), floatTensor('first.bias', [FIRST.outputs], first.bias.values),
      floatTensor('second.kernel', [SECOND.outputs, SECOND.inputs, SECOND.kernel, SECOND.kernel], second.kernel.values), floatTensor('second.bias', [SECOND.outputs], second.bias.values),
      floatTensor('scores.weight', [FEATURES, CLASSES], scores.values), floatTensor('scores.bias', [CLASSES], bias.values),
    ],
    nodes: [
      { opType: 'Conv', input: ['x', 'first.kernel', 'first.bias'], output: ['c1'], name: 'first', attributes: { strides: [2n, 2n] } }, { opType: 'Relu', input: ['c1'], output: ['r1'] },
      { opType: 'Conv', input: ['r1', 'second.kernel', 'second.bias'], output: ['c2'], name: 'second', attributes: { strides: [2n, 2n] } }, { opType: 'Relu', input: ['c2'], output: ['r2'] },
      { opType: 'Flatten', input: ['r2'], output: ['f'] }, { opType: 'Gemm', input: ['f', 'scores.weight', 'scores.bias'], output: ['scores'], name: 'scores' },
    ],
  })));
}

if (import.meta.main) writeFileSync(DIGIT_MODEL, trainedDigitModel());
