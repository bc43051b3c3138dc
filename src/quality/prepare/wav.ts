import * as z from 'zod';
import { bytesOf, grid, type Prepared } from '../prepared.ts';
import { QualityError } from '../quality-error.ts';
import { plainStep } from '../step.ts';

const PCM = 1;
const FLOAT = 3;

interface Sound { readonly format: number; readonly channels: number; readonly rate: number; readonly bits: number; readonly data: DataView }

/** The chunks of a RIFF WAVE file (Multimedia Programming Interface and Data Specifications 1.0, 1991). Null when it is none. */
function readWav(bytes: Uint8Array): Sound | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number): string => Buffer.from(bytes.subarray(at, at + 4)).toString('latin1');
  if (bytes.length < 12 || word(0) !== 'RIFF' || word(8) !== 'WAVE') return null;
  let format: Omit<Sound, 'data'> | null = null;
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = view.getUint32(at + 4, true);
    if (word(at) === 'fmt ' && at + 24 <= bytes.length) format = { format: view.getUint16(at + 8, true), channels: view.getUint16(at + 10, true), rate: view.getUint32(at + 12, true), bits: view.getUint16(at + 22, true) };
    if (word(at) === 'data') return format === null ? null : { ...format, data: new DataView(bytes.buffer, bytes.byteOffset + at + 8, Math.min(length, bytes.length - at - 8)) };
    at += 8 + length + (length % 2);
  }
  return null;
}

/** Channels are averaged. The rate is checked, not changed: resampling would be part of what is measured. */
export const wav = plainStep<Prepared, { rate: number }>({
  name: 'wav', summary: 'Reads a WAVE file (16-bit PCM or 32-bit float): one channel of numbers, −1 to 1.',
  parameters: z.strictObject({ rate: z.int().positive().describe('samples a second that the model expects; another rate is refused') }),
  apply: (value, { rate }) => {
    const { bytes, source } = bytesOf(value, 'wav');
    const sound = readWav(bytes);
    if (sound === null) throw new QualityError('data', `${source.where}: it is no WAVE file`);
    const { format, bits, channels, data } = sound;
    if (!((format === PCM && bits === 16) || (format === FLOAT && bits === 32)) || channels === 0) throw new QualityError('data', `${source.where}: format ${format} with ${bits} bits is not supported; 16-bit PCM and 32-bit float are`);
    if (sound.rate !== rate) throw new QualityError('data', `${source.where}: it has ${sound.rate} samples a second, the suite's step wav says ${rate}`);
    const size = bits / 8;
    const out = new Float64Array(Math.floor(data.byteLength / (size * channels)));
    for (let i = 0; i < out.length; i++) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) {
        const at = (i * channels + channel) * size;
        sum += format === PCM ? data.getInt16(at, true) / 32768 : data.getFloat32(at, true);
      }
      out[i] = sum / channels;
    }
    return grid([out.length], out);
  },
});
