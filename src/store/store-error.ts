/** What went wrong with a store, for callers that act on it. */
export type StoreErrorKind =
  /** There is no store at the path. */
  | 'missing'
  /** The file is something else: not SQLite, or SQLite of another program. */
  | 'not-a-store'
  /** Written by a newer Paddock. */
  | 'newer-schema'
  /** Written by an older Paddock and not writable, so that it can't be brought up to date. */
  | 'older-schema'
  /** The file or its folder can't be written or opened. */
  | 'read-only'
  | 'disk-full'
  /** Another process held the write lock for longer than the wait. */
  | 'locked'
  | 'corrupt'
  /** Another process works on this run. */
  | 'claimed'
  /** The same attempt, run or case is already there. */
  | 'duplicate'
  /** The run, case or attempt named is not there. */
  | 'not-found'
  /** A row does not have the shape that this version reads. */
  | 'bad-row'
  /** Any other fault of SQLite or the file system. */
  | 'io';

/** A store could not do what was asked. The message says what, where and what to do. */
export class StoreError extends Error {
  readonly kind: StoreErrorKind;
  readonly path: string;

  constructor(kind: StoreErrorKind, path: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StoreError';
    this.kind = kind;
    this.path = path;
  }
}
