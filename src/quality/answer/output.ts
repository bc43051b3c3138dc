import * as z from 'zod';
import { gridOfTensor, type Answer } from '../answer.ts';
import { QualityError } from '../quality-error.ts';
import { plainStep } from '../step.ts';

export const output = plainStep<Answer, { name: string }>({
  name: 'output', summary: 'Takes one of the model\'s outputs by its name.',
  parameters: z.strictObject({ name: z.string().min(1) }),
  apply: (answer, { name }) => {
    if (answer.kind !== 'outputs') throw new QualityError('step', 'step output takes one of the outputs, so it stands first');
    const found = answer.tensors.find((tensor) => tensor.name === name);
    if (found === undefined) throw new QualityError('step', `step output: the model has no output "${name}"; it has: ${answer.tensors.map((tensor) => tensor.name).join(', ')}`);
    return { kind: 'scores', ...gridOfTensor(found) };
  },
});
