import type { Answer } from '../answer.ts';
import type { StepEntry } from '../step.ts';
import { argmax } from './argmax.ts';
import { ctcDecode } from './ctc-decode.ts';
import { detokenise } from './detokenise.ts';
import { output } from './output.ts';
import { softmax } from './softmax.ts';
import { threshold } from './threshold.ts';
import { topK } from './top-k.ts';
import { trim } from './trim.ts';

/** Every step from outputs to an answer. */
export const ANSWER_STEPS: readonly StepEntry<Answer>[] = [output, softmax, argmax, topK, threshold, ctcDecode, detokenise, trim];
