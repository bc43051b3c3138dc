import type { BoardKind } from './kind.ts';
import { pixel } from './pixel.ts';

/** A phone whose owner has not yet allowed this host. */
export const locked: BoardKind = { ...pixel, auth: 'required' };
