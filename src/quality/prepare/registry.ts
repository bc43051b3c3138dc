import type { Prepared } from '../prepared.ts';
import type { StepEntry } from '../step.ts';
import { crop } from './crop.ts';
import { grey } from './grey.ts';
import { layout } from './layout.ts';
import { normalise } from './normalise.ts';
import { npy } from './npy.ts';
import { pad } from './pad.ts';
import { padList } from './pad-list.ts';
import { png } from './png.ts';
import { raw } from './raw.ts';
import { reshape } from './reshape.ts';
import { resize } from './resize.ts';
import { values } from './values.ts';
import { wav } from './wav.ts';

/** Every step from an item to a tensor. */
export const PREPARE_STEPS: readonly StepEntry<Prepared>[] = [png, npy, raw, wav, values, resize, crop, pad, padList, grey, normalise, layout, reshape];
