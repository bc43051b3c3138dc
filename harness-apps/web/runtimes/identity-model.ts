/** The smallest ONNX model there is, `y = Identity(x)` for one float (operator set 19), as its bytes: with it the engine is started before a model's own time is taken. */
export const IDENTITY_MODEL = Uint8Array.of(
  8, 9, 58, 64, 10, 22, 10, 1, 120, 18, 1, 121, 26, 4, 115, 97, 109, 101, 34, 8, 73, 100, 101, 110, 116, 105, 116, 121, 18, 4, 116, 105, 110, 121,
  90, 15, 10, 1, 120, 18, 10, 10, 8, 8, 1, 18, 4, 10, 2, 8, 1, 98, 15, 10, 1, 121, 18, 10, 10, 8, 8, 1, 18, 4, 10, 2, 8, 1, 66, 2, 16, 19,
);
