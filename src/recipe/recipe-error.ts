/** A variant can not be made; the message says what the recipe met, where, and what to do. Nothing is left behind. */
export class RecipeError extends Error {
  override readonly name = 'RecipeError';
  readonly kind: 'model' | 'parameters' | 'nothing-to-do' | 'calibration' | 'command' | 'refused' | 'output';
  constructor(kind: RecipeError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
