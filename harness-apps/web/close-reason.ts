import { MAX_CLOSE_REASON_BYTES } from '../../src/transport/page-socket.ts';

/** As much of a text as the reason of a close frame may have. */
export function closeReason(text: string): string {
  const encoder = new TextEncoder();
  let short = text.slice(0, MAX_CLOSE_REASON_BYTES);
  while (encoder.encode(short).length > MAX_CLOSE_REASON_BYTES) short = short.slice(0, -1);
  return short;
}
