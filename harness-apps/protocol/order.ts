import type { Request } from '../../src/harness/protocol.ts';
import { Refusal } from './refusal.ts';

/** What is asked for rests on what was sent before. Throws Refusal `bad-order`. */
export function loadedFor<Model>(op: Request['op'], model: Model | null): Model {
  if (model === null) throw new Refusal('bad-order', `${op} needs a model: send load first`);
  return model;
}

/** What was made of the samples. Throws Refusal `bad-order` before any were sent. */
export function fedFor<Made>(op: Request['op'], samples: Made | null): Made {
  if (samples === null) throw new Refusal('bad-order', `${op} needs samples: send inputs first`);
  return samples;
}

/** The sample that is asked for. Throws Refusal. */
export function sampleOf({ op, sample }: Extract<Request, { op: 'infer' }>, samples: number | null): number {
  if (sample >= fedFor(op, samples)) throw new Refusal('bad-request', `there is no sample ${sample}; inputs gave ${samples}`);
  return sample;
}

/** The samples that are sent. Throws Refusal. */
export function samplesOf({ samples }: Extract<Request, { op: 'inputs' }>): Extract<Request, { op: 'inputs' }>['samples'] {
  if (samples.length === 0) throw new Refusal('bad-request', 'inputs.samples is empty');
  return samples;
}
