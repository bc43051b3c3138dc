import { HarnessClient } from '../../src/harness/client.ts';
import { localTransport } from '../../src/transport/local.ts';
import { NO_MODEL, TRAINED_MODELS } from './models.ts';
import { describeConformance } from './suite.ts';
import { startUnderParent } from './under-parent.ts';

const silero = TRAINED_MODELS.at(-1) ?? NO_MODEL;

/** The conformance tests of a harness app that is a program of this machine: with ONNX Runtime, and with the null runtime. */
export function describeLocalProcess(name: string, argv: readonly string[]): void {
  const start = (...more: string[]) => () => HarnessClient.start(localTransport, [...argv, ...more], { signal: new AbortController().signal, helloTimeoutMs: 120_000 });

  describeConformance(`${name}, onnxruntime`, start(), {
    runtime: 'onnxruntime', delegate: 'cpu', models: TRAINED_MODELS, reads: 'models-and-inputs', placement: 'nodes',
    startUnderParent: () => startUnderParent(argv, { runtime: 'onnxruntime', model: silero.path, sample: [
      { name: 'input', dtype: 'float32', shape: [1, 512], data: Buffer.alloc(2048).toString('base64') },
      { name: 'state', dtype: 'float32', shape: [2, 1, 128], data: Buffer.alloc(1024).toString('base64') },
      { name: 'sr', dtype: 'int64', shape: [], data: Buffer.from(BigInt64Array.of(16_000n).buffer).toString('base64') },
    ] }),
  });

  describeConformance(`${name}, null`, start('null'), {
    runtime: 'null', delegate: 'cpu', models: [NO_MODEL], reads: 'nothing', placement: 'none',
    startUnderParent: () => startUnderParent([...argv, 'null'], { runtime: 'null', model: null, sample: [] }),
  });
}
