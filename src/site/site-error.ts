/** A site can't be published there; the message says what to do. */
export class SiteError extends Error {
  override readonly name = 'SiteError';
}
