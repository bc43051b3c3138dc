/** A file is not an ONNX model that Paddock can read or change; the message says what and what to do. */
export class OnnxError extends Error {
  override readonly name = 'OnnxError';
  readonly kind: 'not-onnx' | 'too-large' | 'external-data' | 'unsupported-opset' | 'unsupported-op' | 'unsupported-tensor';
  constructor(kind: OnnxError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
