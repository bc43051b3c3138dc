/* Element types under the names that Paddock uses (src/domain/tensor.ts) and their ONNX numbers. */
#ifndef PADDOCK_DTYPE_H
#define PADDOCK_DTYPE_H

#include <stddef.h>

typedef struct dtype {
  const char *name;
  int onnx_type;
  size_t bytes;
} dtype;

/* NULL for a type that can't go in or out. */
const dtype *dtype_of_name(const char *name);
const dtype *dtype_of_onnx(int onnx_type);
/* The name of any ONNX element type, also of those that can't go in or out. */
const char *onnx_type_name(int onnx_type);

#endif
