import { encode } from 'fast-png';
import { expect, test } from 'vitest';
import type { StepRef } from '../../src/domain/quality.ts';
import type { Answer } from '../../src/quality/answer.ts';
import { ANSWER_STEPS } from '../../src/quality/answer/registry.ts';
import { PREPARE_STEPS } from '../../src/quality/prepare/registry.ts';
import type { ItemSource, Prepared } from '../../src/quality/prepared.ts';
import { bindSteps, type StepContext } from '../../src/quality/step.ts';
import { npyFile } from '../data/npy-file.ts';

const files: Readonly<Record<string, string>> = { 'abc.txt': 'a\nb\nc\n', 'words.txt': '[PAD]\nhello\n##s\nworld\n', 'pieces.txt': '▁he\nllo\n▁you\n' };
const context: StepContext = { readFile: (name) => Promise.resolve(Buffer.from(files[name] ?? '')) };

async function prepare(source: Partial<ItemSource>, ...steps: readonly StepRef[]): Promise<{ shape: readonly number[]; values: number[] }> {
  const run = await bindSteps(PREPARE_STEPS, steps, context);
  const result = run({ kind: 'item', source: { where: 'item 1', bytes: null, index: null, values: null, ...source } });
  if (result.kind !== 'grid') throw new Error('no numbers');
  return { shape: result.shape, values: [...result.values] };
}

async function answer(value: Answer, ...steps: readonly StepRef[]): Promise<Answer> {
  return (await bindSteps(ANSWER_STEPS, steps, context))(value);
}

const scores = (shape: readonly number[], values: readonly number[]): Answer => ({ kind: 'scores', shape, values: Float64Array.from(values) });
const png = (width: number, height: number, channels: number, data: readonly number[]): Uint8Array => encode({ width, height, channels, data: Uint8Array.from(data) });

test('png: colours in the order asked for, grey by BT.601, transparency on its background, 16 bits as 0 to 255', async () => {
  const bytes = png(2, 1, 3, [255, 0, 0, 10, 20, 30]);
  expect(await prepare({ bytes }, { step: 'png' })).toEqual({ shape: [1, 2, 3], values: [255, 0, 0, 10, 20, 30] });
  expect((await prepare({ bytes }, { step: 'png', colour: 'bgr' })).values).toEqual([0, 0, 255, 30, 20, 10]);
  expect((await prepare({ bytes }, { step: 'png', colour: 'grey' })).values[1]).toBeCloseTo(0.299 * 10 + 0.587 * 20 + 0.114 * 30, 9);
  expect((await prepare({ bytes: png(1, 1, 4, [100, 0, 0, 51]) }, { step: 'png', background: 200 })).values).toEqual([0.2 * 100 + 0.8 * 200, 160, 160]);
  const deep = encode({ width: 1, height: 1, channels: 1, depth: 16, data: Uint16Array.from([65535]) });
  expect((await prepare({ bytes: deep }, { step: 'png', colour: 'grey' })).values).toEqual([255]);
  await expect(prepare({ bytes: Buffer.from('no png') }, { step: 'png' })).rejects.toThrow(/item 1: the PNG can not be read/);
});

test('npy and raw: whole files, or one entry of many', async () => {
  const bytes = npyFile([2, 2], Float32Array.from([1, 2, 3, 4]));
  expect(await prepare({ bytes }, { step: 'npy' })).toEqual({ shape: [2, 2], values: [1, 2, 3, 4] });
  expect(await prepare({ bytes, index: 1 }, { step: 'npy' })).toEqual({ shape: [2], values: [3, 4] });
  await expect(prepare({ bytes, index: 2 }, { step: 'npy' })).rejects.toThrow(/beyond the 2 entries/);
  const raw = Uint8Array.from([1, 2, 3, 4, 5, 6]);
  expect((await prepare({ bytes: raw, index: 2 }, { step: 'raw', dtype: 'uint8', shape: [2] })).values).toEqual([5, 6]);
  await expect(prepare({ bytes: raw }, { step: 'raw', dtype: 'uint8', shape: [5] })).rejects.toThrow(/6 bytes; \[5\] of uint8 asks for 5/);
});

test('wav: 16-bit PCM, channels averaged, another rate refused', async () => {
  const data = Buffer.alloc(8);
  [16384, -16384, 32767, 32767].forEach((sample, i) => data.writeInt16LE(sample, 2 * i));
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.write('WAVEfmt ', 8, 'latin1');
  for (const [at, value] of [[16, 16], [24, 8000]] as const) header.writeUInt32LE(value, at);
  for (const [at, value] of [[20, 1], [22, 2], [34, 16]] as const) header.writeUInt16LE(value, at);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(8, 40);
  const bytes = Buffer.concat([header, data]);
  expect((await prepare({ bytes }, { step: 'wav', rate: 8000 })).values).toEqual([0, 32767 / 32768]);
  await expect(prepare({ bytes }, { step: 'wav', rate: 16000 })).rejects.toThrow(/8000 samples a second/);
});

test('values: from the item or a text file, padded and cut', async () => {
  expect(await prepare({ values: [5, 6, 7] }, { step: 'values' }, { step: 'pad-list', length: 5, value: 0 })).toEqual({ shape: [5], values: [5, 6, 7, 0, 0] });
  expect((await prepare({ bytes: Buffer.from('1, 2\n3') }, { step: 'values' }, { step: 'pad-list', length: 2, value: 0, longer: 'cut' })).values).toEqual([1, 2]);
  await expect(prepare({ values: [1, 2, 3] }, { step: 'values' }, { step: 'pad-list', length: 2, value: 0 })).rejects.toThrow(/got 3 numbers/);
  await expect(prepare({ bytes: Buffer.from('1 x') }, { step: 'values' })).rejects.toThrow(/entry 2 is not a number/);
});

test('resize: half-pixel centres for bilinear, the pixel at the left for nearest; the width kept by ratio', async () => {
  const row = { bytes: png(2, 1, 1, [0, 100]) };
  const grey: StepRef = { step: 'png', colour: 'grey' };
  // Centres of four pixels over two lie at −0.25, 0.25, 0.75, 1.25 of the old ones: clamped, ¼, ¾, clamped.
  expect((await prepare(row, grey, { step: 'resize', height: 1, width: 4, interpolation: 'bilinear' })).values).toEqual([0, 25, 75, 100]);
  expect((await prepare(row, grey, { step: 'resize', height: 1, width: 4, interpolation: 'nearest' })).values).toEqual([0, 0, 100, 100]);
  expect((await prepare(row, grey, { step: 'resize', height: 2, width: 'keep', interpolation: 'nearest' })).shape).toEqual([2, 4, 1]);
  expect((await prepare(row, grey, { step: 'resize', height: 2, width: 'keep', maxWidth: 3, interpolation: 'nearest' })).shape).toEqual([2, 3, 1]);
});

test('pad, crop, grey, normalise, layout, reshape', async () => {
  const bytes = png(2, 2, 3, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const image: StepRef = { step: 'png' };
  expect((await prepare({ bytes }, image, { step: 'pad', width: 3, value: 0 })).values).toEqual([1, 2, 3, 4, 5, 6, 0, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0, 0]);
  await expect(prepare({ bytes }, image, { step: 'pad', width: 1, value: 0 })).rejects.toThrow(/which is larger/);
  expect((await prepare({ bytes }, image, { step: 'crop', height: 1, width: 1 })).values).toEqual([1, 2, 3]);
  expect((await prepare({ bytes }, image, { step: 'grey' })).shape).toEqual([2, 2, 1]);
  expect((await prepare({ bytes }, image, { step: 'normalise', mean: [1, 2, 3], deviation: 3 })).values).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
  await expect(prepare({ bytes }, image, { step: 'normalise', mean: [1, 2], deviation: 3 })).rejects.toThrow(/2 numbers for 3 channels/);
  expect(await prepare({ bytes }, image, { step: 'layout', order: 'nchw' })).toEqual({ shape: [1, 3, 2, 2], values: [1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12] });
  expect((await prepare({ bytes }, image, { step: 'layout', order: 'nhwc' })).shape).toEqual([1, 2, 2, 3]);
  expect((await prepare({ bytes }, image, { step: 'reshape', shape: [1, -1] })).shape).toEqual([1, 12]);
  await expect(prepare({ bytes }, image, { step: 'reshape', shape: [5, -1] })).rejects.toThrow(/12 numbers/);
});

test('trim takes spaces at the ends only, and needs a text', async () => {
  expect(await answer({ kind: 'text', text: '  two words ' }, { step: 'trim' })).toEqual({ kind: 'text', text: 'two words' });
  await expect(answer({ kind: 'tokens', tokens: [1] }, { step: 'trim' })).rejects.toThrow(/needs a text.*gives tokens/);
});

test('ctc-decode: repeats once, blanks between equal characters kept apart; another dictionary is refused', async () => {
  // Classes: blank, a, b, c. Places: a a blank a b.
  const places = [[0, 1, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]].flat();
  expect(await answer(scores([1, 5, 4], places), { step: 'ctc-decode', dictionary: 'abc.txt', blank: 'first' })).toEqual({ kind: 'text', text: 'aab' });
  // Blank last: classes a, b, c, blank. The same scores: b b a b c.
  expect(await answer(scores([5, 4], places), { step: 'ctc-decode', dictionary: 'abc.txt', blank: 'last' })).toEqual({ kind: 'text', text: 'babc' });
  expect(await answer(scores([1, 1, 5], [0, 0, 0, 0, 1]), { step: 'ctc-decode', dictionary: 'abc.txt', blank: 'first', space: 'last' })).toEqual({ kind: 'text', text: ' ' });
  await expect(answer(scores([1, 1, 9], [0, 0, 0, 0, 1, 0, 0, 0, 0]), { step: 'ctc-decode', dictionary: 'abc.txt', blank: 'first' })).rejects.toThrow(/3 characters, with the blank 4 classes, and the model answers 9/);
});

test('softmax, argmax, top-k, threshold, output', async () => {
  const soft = await answer(scores([1, 2], [Math.log(3) + 1000, 1000]), { step: 'softmax' });
  expect(soft.kind === 'scores' ? [...soft.values] : []).toEqual([expect.closeTo(0.75, 9), expect.closeTo(0.25, 9)]);
  expect(await answer(scores([1, 2, 3], [1, 3, 2, 9, 8, 7]), { step: 'argmax' })).toEqual({ kind: 'tokens', tokens: [1, 0] });
  expect(await answer(scores([1, 4], [1, 3, 3, 9]), { step: 'top-k', k: 3 })).toEqual({ kind: 'classes', ranked: [3, 1, 2] });
  expect(await answer(scores([1, 2], [0.4, 0.6]), { step: 'threshold', at: 0.5, index: 1 })).toEqual({ kind: 'tokens', tokens: [1] });
  const tensor = (name: string) => ({ name, dtype: 'float32', shape: [1, 1], bytes: new Uint8Array(Float32Array.from([2]).buffer) }) as const;
  const outputs: Answer = { kind: 'outputs', tensors: [tensor('a'), tensor('b')] };
  await expect(answer(outputs, { step: 'argmax' })).rejects.toThrow(/2 outputs \(a, b\)/);
  await expect(answer(outputs, { step: 'output', name: 'c' })).rejects.toThrow(/no output "c"; it has: a, b/);
  expect(await answer(outputs, { step: 'output', name: 'b' }, { step: 'argmax' })).toEqual({ kind: 'tokens', tokens: [0] });
});

test('detokenise: words, WordPiece and SentencePiece; what is no text is skipped', async () => {
  const tokens: Answer = { kind: 'tokens', tokens: [1, 2, 3, 0, 1] };
  expect(await answer(tokens, { step: 'detokenise', vocabulary: 'words.txt', pieces: 'wordpiece', end: 0 })).toEqual({ kind: 'text', text: 'hellos world' });
  expect(await answer(tokens, { step: 'detokenise', vocabulary: 'words.txt', pieces: 'words', skip: [0, 2] })).toEqual({ kind: 'text', text: 'hello world hello' });
  expect(await answer({ kind: 'tokens', tokens: [0, 1, 2] }, { step: 'detokenise', vocabulary: 'pieces.txt', pieces: 'sentencepiece' })).toEqual({ kind: 'text', text: 'hello you' });
  await expect(answer({ kind: 'tokens', tokens: [9] }, { step: 'detokenise', vocabulary: 'words.txt', pieces: 'words' })).rejects.toThrow(/another model's vocabulary/);
});

test('a step that is not there, or that stands in the wrong place, is told', async () => {
  await expect(prepare({}, { step: 'rotate' })).rejects.toThrow(/there is no step "rotate" here; there are: png, /);
  await expect(prepare({ bytes: png(1, 1, 1, [0]) }, { step: 'resize', height: 1, width: 1, interpolation: 'nearest' })).rejects.toThrow(/stands before it/);
  const run = await bindSteps<Prepared>(PREPARE_STEPS, [{ step: 'png' }], context);
  expect(() => run({ kind: 'grid', shape: [1], values: new Float64Array(1) })).toThrow(/stands first/);
});
