import type { Runtime } from '../runtime.ts';
import { nullRuntime } from './null.ts';

/** Every runtime that this page carries. What a runtime is made of is fetched when a model is loaded. */
export const RUNTIMES: readonly Runtime[] = [nullRuntime];
