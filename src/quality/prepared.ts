import { QualityError } from './quality-error.ts';

/** What a data set holds for one input of one item. */
export interface ItemSource {
  /** For messages: data set and item. */
  readonly where: string;
  readonly bytes: Uint8Array | null;
  /** Which entry along the first axis, where the file holds many items. */
  readonly index: number | null;
  readonly values: readonly number[] | null;
}

/** Numbers, row-major. Images are height × width × channels until `layout`. */
export interface Grid {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** What passes from one preparing step to the next: first the item, then numbers. */
export type Prepared = { readonly kind: 'item'; readonly source: ItemSource } | ({ readonly kind: 'grid' } & Grid);

/** The item, for a step that reads one. */
export function sourceOf(value: Prepared, step: string): ItemSource {
  if (value.kind === 'item') return value.source;
  throw new QualityError('step', `step ${step} reads an item, so it stands first`);
}

/** The item's file, for a step that reads one. */
export function bytesOf(value: Prepared, step: string): { readonly bytes: Uint8Array; readonly source: ItemSource } {
  const source = sourceOf(value, step);
  if (source.bytes === null) throw new QualityError('data', `${source.where} has no file, which step ${step} reads`);
  return { bytes: source.bytes, source };
}

/** The numbers, for a step that changes them. */
export function gridOf(value: Prepared, step: string): Grid {
  if (value.kind === 'grid') return value;
  throw new QualityError('step', `step ${step} needs numbers: a step that reads the item (png, npy, raw, wav, values) stands before it`);
}

/** An image: height, width and channels. */
export function imageOf(value: Prepared, step: string): { readonly height: number; readonly width: number; readonly channels: number; readonly values: Float64Array } {
  const { shape, values } = gridOf(value, step);
  const [height, width, channels] = shape;
  if (shape.length !== 3 || height === undefined || width === undefined || channels === undefined) throw new QualityError('step', `step ${step} needs an image (height × width × channels), not shape [${shape.join(', ')}]`);
  return { height, width, channels, values };
}

export function grid(shape: readonly number[], values: Float64Array): Prepared {
  return { kind: 'grid', shape, values };
}
