import { expect, test } from 'vitest';
import { normal, seededRandom } from '../../src/domain/random.ts';
import { dequantize, quantizationOf, quantize, quantizeWeights, roundHalfEven } from '../../src/recipe/quantize.ts';

/** q = round((x − x_min)/(x_max − x_min) · (2^b − 1)), word for word, on a range whose ends are whole steps from zero. */
function byFormula(x: number, min: number, max: number, bits: number): number {
  const steps = 2 ** bits - 1;
  const exact = ((Math.min(max, Math.max(min, x)) - min) / (max - min)) * steps;
  const nearest = Math.round(exact);
  return Math.abs(exact - Math.trunc(exact)) === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

test.each([2, 3, 4, 7, 8])('asymmetric quantization to %i bits is the formula of the literature', (bits) => {
  const random = seededRandom(`asymmetric ${bits}`);
  for (let round = 0; round < 50; round++) {
    // A step that float32 holds exactly, so that both sides compute with the same one.
    const step = Math.fround(2 ** (Math.floor(random() * 8) - 6));
    const below = Math.floor(random() * 2 ** bits);
    const [min, max] = [-below * step, (2 ** bits - 1 - below) * step];
    const quantization = quantizationOf(min, max, bits, 'asymmetric');
    expect(quantization).toMatchObject({ scale: step, zeroPoint: below, low: 0, high: 2 ** bits - 1 });
    for (let i = 0; i < 100; i++) {
      const x = (max - min) * (1.4 * random() - 0.2) + min;
      expect(quantize(x, quantization)).toBe(byFormula(x, min, max, bits));
    }
    expect(dequantize(quantize(0, quantization), quantization)).toBe(0);
  }
});

test.each([2, 4, 8])('symmetric quantization to %i bits: the formula over [−max|x|, max|x|] without its least code', (bits) => {
  const random = seededRandom(`symmetric ${bits}`);
  const most = 2 ** (bits - 1) - 1;
  for (let round = 0; round < 50; round++) {
    const values = Float64Array.from({ length: 200 }, () => normal(random));
    const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    const { values: codes, scales } = quantizeWeights(values, [200], null, bits);
    const scale = Math.fround(largest / most);
    expect(scales).toEqual(Float32Array.of(scale));
    // (x − x_min)/(x_max − x_min) · (2m) − m with x_min = −m·s and x_max = m·s.
    for (const [i, value] of values.entries()) expect(codes[i]).toBe(Math.max(-most, Math.min(most, Math.round(((value + most * scale) / (2 * most * scale)) * 2 * most) - most)));
    for (const [i, value] of values.entries()) expect(Math.abs((codes[i] ?? 0) * scale - value)).toBeLessThanOrEqual(scale / 2 + 1e-7);
  }
});

test('each channel has its own scale, along any axis', () => {
  const dims = [2, 3, 4];
  const random = seededRandom('channels');
  const values = Float64Array.from({ length: 24 }, () => normal(random));
  for (const axis of [0, 1, 2]) {
    const { values: codes, scales } = quantizeWeights(values, dims, axis, 8);
    const strides = [12, 4, 1];
    expect(scales).toHaveLength(dims[axis] ?? 0);
    for (let channel = 0; channel < (dims[axis] ?? 0); channel++) {
      const members = [...values.keys()].filter((i) => Math.floor(i / (strides[axis] ?? 1)) % (dims[axis] ?? 1) === channel);
      const scale = Math.fround(Math.max(...members.map((i) => Math.abs(values[i] ?? 0))) / 127);
      expect(scales[channel]).toBe(scale);
      for (const i of members) expect(codes[i]).toBe(Math.round((values[i] ?? 0) / scale));
    }
  }
});

test('rounding is to even, and a range of nothing has a scale', () => {
  expect([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994, 3].map((x) => roundHalfEven(x) + 0)).toEqual([0, 2, 2, 0, -2, -2, 0, 3]);
  for (const scheme of ['symmetric', 'asymmetric'] as const) {
    const nothing = quantizationOf(0, 0, 8, scheme);
    expect(nothing.scale).toBeGreaterThan(0);
    expect(quantize(0, nothing)).toBe(nothing.zeroPoint);
  }
  expect(quantizationOf(2, 6, 8, 'asymmetric')).toMatchObject({ zeroPoint: 0, scale: Math.fround(6 / 255) });
  expect(quantizationOf(-6, -2, 8, 'asymmetric')).toMatchObject({ zeroPoint: 255 });
});
