import { encode } from 'fast-png';
import { expect, test } from 'vitest';
import { PREPARE_STEPS } from '../../src/quality/prepare/registry.ts';
import { isSameItem, sketchOf } from '../../src/quality/sketch.ts';
import { bindSteps } from '../../src/quality/step.ts';
import { HEIGHT, recognizerInput, textImages } from '../data/text-images.ts';

test('a picture is known again though another program prepared it, and never taken for another one', async () => {
  const images = textImages('test', 60, 'sketch');
  const prepare = await bindSteps(PREPARE_STEPS, [{ step: 'png', colour: 'bgr' }, { step: 'pad', width: 320, value: 127.5 }, { step: 'normalise', mean: 127.5, deviation: 127.5 }, { step: 'layout', order: 'nchw' }], { readFile: () => Promise.reject(new Error('no file')) });
  const bySteps = images.map(({ rgb, width }) => {
    const prepared = prepare({ kind: 'item', source: { where: 'item', bytes: encode({ width, height: HEIGHT, data: rgb, channels: 3 }), index: null, values: null } });
    if (prepared.kind !== 'grid') throw new Error('no numbers');
    return sketchOf(prepared.values);
  });
  // In float32 from another formula: the last digits differ.
  const otherwise = images.map((image) => sketchOf(Float64Array.from(recognizerInput(image, 320))));
  const alike = bySteps.flatMap((a, i) => otherwise.flatMap((b, j) => (isSameItem(a, b) ? [[i, j]] : [])));
  expect(alike).toEqual(images.map((_, i) => [i, i]));
});
