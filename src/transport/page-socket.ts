/** What a page and its host agree on beside the harness protocol. Used on both sides, so nothing here needs Node or a browser. */

/** Where the page opens its WebSocket, on its own origin. */
export const SOCKET_PATH = '/harness';
/** The page asks for this subprotocol, and for a second one that is this prefix and its token: a browser lets a page set no other header. */
export const SUBPROTOCOL = 'paddock-harness-1';
export const TOKEN_PREFIX = 'token.';

/** Codes of a close frame (RFC 6455 leaves 4000 to 4999 to applications). */
export const CLOSE = {
  /** From the page: it was asked to end and did. */
  done: 4000,
  /** From the host: nothing more will be asked; the page drops its model. */
  inputClosed: 4001,
  /** From the host: the page drops its model at once. */
  killed: 4002,
  /** From the host: the token is not known, or a page has used it. */
  refused: 4003,
  /** From the page: its worker ended by an error, which is the reason given. */
  crashed: 4004,
  /** From the page: the browser is about to stop it, so that nothing will answer. */
  frozen: 4005,
} as const;

/** RFC 6455 5.5: a control frame has 125 bytes at most, two of them the code. */
export const MAX_CLOSE_REASON_BYTES = 123;

/** Longer messages are cut off by the host; as long as the longest line of the harness protocol. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024 + 2;
