import { open } from 'node:fs/promises';
import type { ModelFormat } from '../domain/model-format.ts';

/** FlatBuffers put a file's identifier behind its first offset; TensorFlow Lite's schema declares `TFL3`. */
const TFLITE_MARK = 'TFL3';
const MARK_OFFSET = 4;

/** By its content: a TensorFlow Lite file says so. ONNX has no mark, so everything else is taken for it, and its runtime says what is wrong with it. */
export async function readModelFormat(path: string): Promise<ModelFormat> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(TFLITE_MARK.length), 0, TFLITE_MARK.length, MARK_OFFSET);
    return buffer.toString('latin1', 0, bytesRead) === TFLITE_MARK ? 'tflite' : 'onnx';
  } finally {
    await file.close();
  }
}
