/** Constants of harness protocol v1, apart from its schemas so that a harness app can have them without a validator. */
export const PROTOCOL_VERSION = 1;

/** A longer line is a fault of the peer. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

/** A harness ends a batch at this many queries, whatever was asked for: 2^21 latencies of at most 20 characters stay well under MAX_LINE_BYTES. */
export const MAX_BATCH_QUERIES = 2 ** 21;

/** What each error code means. */
export const ERROR_CODES = {
  'unknown-op': 'the harness does not know this op',
  'bad-request': 'a field is missing or of the wrong type',
  'bad-order': 'the op needs another one before it (run before load)',
  'bad-option': 'an option that this harness or runtime can not honour',
  'unknown-runtime': 'the harness does not carry this runtime',
  'unknown-delegate': 'the runtime does not offer this delegate here',
  'model-unreadable': 'the model file is missing or unreadable',
  'model-invalid': 'the runtime refuses the model',
  'bad-input': 'the runtime refuses the inputs (name, type or shape)',
  'fallback': 'strict was asked for and a node would run on another delegate',
  'run-failed': 'an inference failed',
  'not-profiled': 'placement was asked for without a profile',
  'internal': 'a fault of the harness itself',
} as const;
export type ErrorCode = keyof typeof ERROR_CODES;
