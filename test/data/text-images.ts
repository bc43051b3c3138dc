/**
 * Pictures of short texts, rendered from a seed with PT Sans and PT Serif (SIL Open Font License), and made ready for PP-OCR. The label of a picture is the text that was drawn.
 * Each picture has its own paper and ink, size, slant and blur, as pictures of labels do.
 */
import { createCanvas, GlobalFonts, type Canvas } from '@napi-rs/canvas';
import { normal, seededRandom, type Random } from '../../src/domain/random.ts';
import { drawPhrases, type Use } from './phrases.ts';

/** What PP-OCR's recognition takes: pictures 48 high, three channels. */
export const HEIGHT = 48;

export interface TextImage {
  readonly text: string;
  readonly width: number;
  readonly height: typeof HEIGHT;
  /** Red, green, blue; row by row. */
  readonly rgb: Uint8Array;
}

const FACES = ['pt-sans-latin-400-normal', 'pt-sans-latin-700-normal', 'pt-serif-latin-400-normal', 'pt-serif-latin-700-normal', 'pt-serif-latin-400-italic'] as const;

let registered = false;
function registerFonts(): void {
  if (registered) return;
  for (const face of FACES) {
    const family = face.startsWith('pt-sans') ? 'pt-sans' : 'pt-serif';
    const path = new URL(`../../node_modules/@fontsource/${family}/files/${face}.woff2`, import.meta.url).pathname;
    if (GlobalFonts.registerFromPath(path, face) === null) throw new Error(`the font ${path} can not be read`);
  }
  registered = true;
}

function colour(low: number, high: number, random: Random): string {
  const channel = (): number => Math.round(low + (high - low) * random());
  return `rgb(${channel()}, ${channel()}, ${channel()})`;
}

/** Draws one text on its paper, 48 high, as wide as it comes. */
function draw(text: string, random: Random): Canvas {
  const face = FACES[Math.floor(random() * FACES.length)] ?? FACES[0];
  // A sixth to a half of the height is margin.
  const size = 24 + Math.round(12 * random());
  const font = `${size}px "${face}"`;
  const measured = createCanvas(1, 1).getContext('2d');
  measured.font = font;
  const margin = 4 + Math.round(8 * random());
  const canvas = createCanvas(Math.ceil(measured.measureText(text).width) + 2 * margin, HEIGHT);
  const context = canvas.getContext('2d');
  context.fillStyle = colour(190, 255, random);
  context.fillRect(0, 0, canvas.width, HEIGHT);
  context.fillStyle = colour(0, 110, random);
  context.font = font;
  context.textBaseline = 'middle';
  context.translate(canvas.width / 2, HEIGHT / 2 + 4 * random() - 2);
  context.rotate(0.012 * normal(random));
  context.fillText(text, margin - canvas.width / 2, 0);
  return canvas;
}

/** Made smaller and back, as a camera far away would see it. */
function coarsened(canvas: Canvas, factor: number): Canvas {
  const small = createCanvas(Math.max(1, Math.round(canvas.width * factor)), Math.max(1, Math.round(HEIGHT * factor)));
  small.getContext('2d').drawImage(canvas, 0, 0, small.width, small.height);
  const back = createCanvas(canvas.width, HEIGHT);
  back.getContext('2d').drawImage(small, 0, 0, canvas.width, HEIGHT);
  return back;
}

interface Hardness {
  readonly coarseShare: number;
  readonly coarsest: number;
  readonly noise: number;
}

/** The share of pictures that are coarsened, to what factor at least, and the deviation of the sensor's noise at most: hard enough that a recogniser errs now and then. */
const HARD: Hardness = { coarseShare: 0.6, coarsest: 0.22, noise: 24 };
/** Sharp and without noise: whoever reads at all reads these. */
export const CLEAR: Hardness = { coarseShare: 0, coarsest: 1, noise: 0 };

function render(text: string, random: Random, hardness: Hardness): TextImage {
  const sharp = draw(text, random);
  const canvas = random() < hardness.coarseShare ? coarsened(sharp, hardness.coarsest + (0.8 - hardness.coarsest) * random()) : sharp;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, HEIGHT);
  const deviation = hardness.noise * random();
  const rgb = new Uint8Array(canvas.width * HEIGHT * 3);
  for (let pixel = 0; pixel < canvas.width * HEIGHT; pixel++) {
    for (let channel = 0; channel < 3; channel++) rgb[pixel * 3 + channel] = Math.min(255, Math.max(0, Math.round((data[pixel * 4 + channel] ?? 0) + deviation * normal(random))));
  }
  return { text, width: canvas.width, height: HEIGHT, rgb };
}

/** `count` pictures of different texts that fit into `maxWidth`. The same seed draws the same pictures; those for calibration and for tests never share a text. */
export function textImages(use: Use, count: number, seed: string, maxWidth = 320, hardness = HARD): TextImage[] {
  registerFonts();
  const random = seededRandom(`text images/${use}/${seed}`);
  const images: TextImage[] = [];
  // Some texts are too wide; twice as many are enough.
  for (const text of drawPhrases(use, count * 2, random)) {
    if (images.length === count) break;
    const image = render(text, random, hardness);
    if (image.width <= maxWidth) images.push(image);
  }
  if (images.length < count) throw new Error(`only ${images.length} of ${count} pictures are at most ${maxWidth} wide`);
  return images;
}

/** A picture as PP-OCR takes it: blue, green, red planes of (x/255 − 0.5)/0.5, on grey (0) to the right up to `width`. [1, 3, 48, width] */
export function recognizerInput({ width: own, rgb }: TextImage, width: number): Float32Array {
  const input = new Float32Array(3 * HEIGHT * width);
  for (let channel = 0; channel < 3; channel++) for (let row = 0; row < HEIGHT; row++) for (let column = 0; column < own; column++) {
    input[(channel * HEIGHT + row) * width + column] = ((rgb[(row * own + column) * 3 + 2 - channel] ?? 0) / 255 - 0.5) / 0.5;
  }
  return input;
}

/** The picture upside down. */
export function turned(image: TextImage): TextImage {
  const { width, height, rgb } = image;
  const last = width * height - 1;
  return { ...image, rgb: Uint8Array.from(rgb, (_, i) => rgb[(last - Math.floor(i / 3)) * 3 + i % 3] ?? 0) };
}

export function pngOf({ width, height, rgb }: TextImage): Uint8Array {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) image.data.set([rgb[pixel * 3] ?? 0, rgb[pixel * 3 + 1] ?? 0, rgb[pixel * 3 + 2] ?? 0, 255], pixel * 4);
  context.putImageData(image, 0, 0);
  return canvas.toBuffer('image/png');
}
