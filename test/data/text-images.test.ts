import { expect, test } from 'vitest';
import { parseNpy } from '../../src/parse/npy.ts';
import { npyFile } from './npy-file.ts';
import { recognizerInput, textImages } from './text-images.ts';

test('a seed draws the same pictures; another seed or use other ones; no text is in both uses', () => {
  const [a, again, other] = [textImages('test', 60, 'a'), textImages('test', 60, 'a'), textImages('test', 60, 'b')];
  expect(again).toEqual(a);
  expect(other.map(({ text }) => text)).not.toEqual(a.map(({ text }) => text));
  expect(new Set(a.map(({ text }) => text)).size).toBe(60);
  const forTests = new Set([...a, ...other].map(({ text }) => text));
  for (const { text } of textImages('calibration', 60, 'a')) expect(forTests.has(text)).toBe(false);
});

test('a picture becomes three planes 48 high on grey, and a .npy file of it is read as it is', () => {
  const [image] = textImages('test', 1, 'planes');
  if (image === undefined) throw new Error('no picture');
  const input = recognizerInput(image, 320);
  expect(input).toHaveLength(3 * 48 * 320);
  expect(input[0]).toBeCloseTo(((image.rgb[2] ?? 0) / 255 - 0.5) / 0.5, 6);
  expect([...input.subarray(image.width, 320)].every((value) => value === 0)).toBe(true);
  const read = parseNpy(npyFile([1, 3, 48, 320], input));
  expect(read.shape).toEqual([1, 3, 48, 320]);
  expect(Buffer.compare(Buffer.from(read.bytes), Buffer.from(input.buffer))).toBe(0);
});
