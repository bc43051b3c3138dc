/**
 * A small convolutional network for digits, trained in plain arithmetic so that a seed gives the same weights to the last bit:
 * Conv 5 × 5 (8, stride 2) → ReLU → Conv 3 × 3 (16, stride 2) → ReLU → 10 scores.
 */
import { normal, seededRandom, shuffled, type Random } from '../../src/domain/random.ts';
import { SIDE, type Digit } from './digits.ts';

interface ConvShape { readonly inputs: number; readonly outputs: number; readonly kernel: number; readonly stride: number; readonly from: number; readonly to: number }
export const FIRST: ConvShape = { inputs: 1, outputs: 8, kernel: 5, stride: 2, from: SIDE, to: 12 };
export const SECOND: ConvShape = { inputs: 8, outputs: 16, kernel: 3, stride: 2, from: 12, to: 5 };
export const CLASSES = 10;
export const FEATURES = SECOND.outputs * SECOND.to * SECOND.to;

/** One array of weights with its gradient and its momentum. */
class Weights {
  readonly values: Float64Array;
  readonly gradient: Float64Array;
  readonly #velocity: Float64Array;

  constructor(size: number, deviation: number, random: Random) {
    this.values = Float64Array.from({ length: size }, () => deviation * normal(random));
    this.gradient = new Float64Array(size);
    this.#velocity = new Float64Array(size);
  }

  /** Gradient descent with momentum (Polyak 1964); the gradient starts anew. */
  step(rate: number, momentum: number): void {
    const { values, gradient } = this;
    const velocity = this.#velocity;
    for (let i = 0; i < values.length; i++) {
      velocity[i] = momentum * (velocity[i] ?? 0) - rate * (gradient[i] ?? 0);
      values[i] = (values[i] ?? 0) + (velocity[i] ?? 0);
    }
    gradient.fill(0);
  }
}

class Conv {
  readonly kernel: Weights;
  readonly bias: Weights;
  readonly #shape: ConvShape;
  /** For each weight's place in a kernel, the offset into the input. */
  readonly #offsets: Int32Array;

  constructor(shape: ConvShape, random: Random) {
    const size = shape.inputs * shape.kernel ** 2;
    this.#shape = shape;
    this.kernel = new Weights(shape.outputs * size, Math.sqrt(2 / size), random);
    this.bias = new Weights(shape.outputs, 0, random);
    this.#offsets = Int32Array.from({ length: size }, (_, i) => Math.floor(i / shape.kernel ** 2) * shape.from ** 2 + Math.floor(i / shape.kernel) % shape.kernel * shape.from + i % shape.kernel);
  }

  /** With ReLU behind. */
  forward(input: Float64Array): Float64Array {
    const { outputs, to, from, stride } = this.#shape;
    const offsets = this.#offsets;
    const [kernel, bias] = [this.kernel.values, this.bias.values];
    const result = new Float64Array(outputs * to * to);
    for (let output = 0; output < outputs; output++) for (let y = 0; y < to; y++) for (let x = 0; x < to; x++) {
      const start = (y * from + x) * stride;
      let sum = bias[output] ?? 0;
      for (let i = 0; i < offsets.length; i++) sum += (kernel[output * offsets.length + i] as number) * (input[start + (offsets[i] as number)] as number);
      result[(output * to + y) * to + x] = sum > 0 ? sum : 0;
    }
    return result;
  }

  /** Adds to the gradients; gives the gradient of the input. `result` is what `forward` gave, `slope` its gradient. */
  backward(input: Float64Array, result: Float64Array, slope: Float64Array): Float64Array {
    const { outputs, to, from, stride } = this.#shape;
    const offsets = this.#offsets;
    const kernel = this.kernel.values;
    const [kernelSlope, biasSlope] = [this.kernel.gradient, this.bias.gradient];
    const inputSlope = new Float64Array(input.length);
    for (let output = 0; output < outputs; output++) for (let y = 0; y < to; y++) for (let x = 0; x < to; x++) {
      const at = (output * to + y) * to + x;
      const own = result[at] === 0 ? 0 : (slope[at] as number);
      if (own === 0) continue;
      biasSlope[output] = (biasSlope[output] as number) + own;
      const start = (y * from + x) * stride;
      for (let i = 0; i < offsets.length; i++) {
        const weight = output * offsets.length + i;
        const place = start + (offsets[i] as number);
        kernelSlope[weight] = (kernelSlope[weight] as number) + own * (input[place] as number);
        inputSlope[place] = (inputSlope[place] as number) + own * (kernel[weight] as number);
      }
    }
    return inputSlope;
  }
}

export class DigitNetwork {
  readonly first: Conv;
  readonly second: Conv;
  /** [FEATURES, CLASSES] */
  readonly scores: Weights;
  readonly bias: Weights;

  constructor(random: Random) {
    this.first = new Conv(FIRST, random);
    this.second = new Conv(SECOND, random);
    this.scores = new Weights(FEATURES * CLASSES, Math.sqrt(1 / FEATURES), random);
    this.bias = new Weights(CLASSES, 0, random);
  }

  /** Adds one digit's gradients of the cross-entropy of its softmax. */
  learn({ label, pixels }: Digit): void {
    const input = Float64Array.from(pixels);
    const hidden = this.first.forward(input);
    const features = this.second.forward(hidden);
    const scores = Float64Array.from(this.bias.values);
    for (let i = 0; i < FEATURES; i++) for (let j = 0; j < CLASSES; j++) scores[j] = (scores[j] as number) + (features[i] as number) * (this.scores.values[i * CLASSES + j] as number);
    const greatest = Math.max(...scores);
    const shares = scores.map((score) => Math.exp(score - greatest));
    const total = shares.reduce((sum, share) => sum + share, 0);
    const slope = shares.map((share, j) => share / total - (j === label ? 1 : 0));
    const featureSlope = new Float64Array(FEATURES);
    for (let i = 0; i < FEATURES; i++) for (let j = 0; j < CLASSES; j++) {
      const at = i * CLASSES + j;
      featureSlope[i] = (featureSlope[i] as number) + (slope[j] as number) * (this.scores.values[at] as number);
      this.scores.gradient[at] = (this.scores.gradient[at] as number) + (slope[j] as number) * (features[i] as number);
    }
    for (let j = 0; j < CLASSES; j++) this.bias.gradient[j] = (this.bias.gradient[j] as number) + (slope[j] as number);
    this.first.backward(input, hidden, this.second.backward(hidden, features, featureSlope));
  }

  step(rate: number, momentum: number): void {
    for (const weights of [this.first.kernel, this.first.bias, this.second.kernel, this.second.bias, this.scores, this.bias]) weights.step(rate, momentum);
  }
}

/** Chosen for a few seconds of training, not for the best accuracy. */
const TRAINING = { epochs: 4, batch: 16, rate: 0.05, momentum: 0.9 } as const;

export function trainDigits(digits: readonly Digit[], seed: string): DigitNetwork {
  const random = seededRandom(seed);
  const network = new DigitNetwork(random);
  for (let epoch = 0; epoch < TRAINING.epochs; epoch++) {
    const order = shuffled(digits, random);
    for (let start = 0; start < order.length; start += TRAINING.batch) {
      for (const digit of order.slice(start, start + TRAINING.batch)) network.learn(digit);
      network.step(TRAINING.rate * (1 - epoch / TRAINING.epochs) / TRAINING.batch, TRAINING.momentum);
    }
  }
  return network;
}
