import { galaxy } from './galaxy.ts';
import { jetson } from './jetson.ts';
import type { BoardKind } from './kind.ts';
import { locked } from './locked.ts';
import { pixel } from './pixel.ts';
import { rpi } from './rpi.ts';

/** The boards of the lab, by name. */
export const KINDS = { pixel, galaxy, locked, jetson, rpi } as const satisfies Readonly<Record<string, BoardKind>>;
export type KindName = keyof typeof KINDS;
export const KIND_NAMES = Object.keys(KINDS) as readonly KindName[];
