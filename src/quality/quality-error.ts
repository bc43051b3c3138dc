/** What is wrong: `data` (manifest, items, files), `step` (a step and what it was given), `answer` (outputs that can't be scored). */
export type QualityErrorKind = 'data' | 'step' | 'answer';

/** Quality can't be measured as the suite asks; the message names the file, the item or the step, and what to do. */
export class QualityError extends Error {
  override readonly name = 'QualityError';
  readonly kind: QualityErrorKind;

  constructor(kind: QualityErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
