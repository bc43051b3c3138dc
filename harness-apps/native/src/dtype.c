#include "dtype.h"

#include <string.h>

/* `TensorProto.DataType` of onnx.proto (ONNX 1.19). Bytes are 0 for those that can't go in or out. */
static const dtype DTYPES[] = {
  {"float32", 1, 4}, {"uint8", 2, 1}, {"int8", 3, 1}, {"uint16", 4, 2}, {"int16", 5, 2}, {"int32", 6, 4}, {"int64", 7, 8}, {"string", 8, 0}, {"bool", 9, 1},
  {"float16", 10, 2}, {"float64", 11, 8}, {"uint32", 12, 4}, {"uint64", 13, 8}, {"complex64", 14, 0}, {"complex128", 15, 0}, {"bfloat16", 16, 0},
  {"float8e4m3fn", 17, 0}, {"float8e4m3fnuz", 18, 0}, {"float8e5m2", 19, 0}, {"float8e5m2fnuz", 20, 0}, {"uint4", 21, 0}, {"int4", 22, 0}, {"float4e2m1", 23, 0},
};

static const dtype *find(const char *name, int onnx_type) {
  for (size_t i = 0; i < sizeof DTYPES / sizeof *DTYPES; i++) {
    if (name != NULL ? strcmp(DTYPES[i].name, name) == 0 : DTYPES[i].onnx_type == onnx_type) return &DTYPES[i];
  }
  return NULL;
}

static const dtype *usable(const dtype *found) { return found == NULL || found->bytes == 0 ? NULL : found; }

const dtype *dtype_of_name(const char *name) { return usable(find(name, 0)); }

const dtype *dtype_of_onnx(int onnx_type) { return usable(find(NULL, onnx_type)); }

const char *onnx_type_name(int onnx_type) {
  const dtype *found = find(NULL, onnx_type);
  return found == NULL ? "unknown" : found->name;
}
