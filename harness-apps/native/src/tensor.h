/* A tensor of an `inputs` request, with its bytes. */
#ifndef PADDOCK_TENSOR_H
#define PADDOCK_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dtype.h"
#include "json.h"
#include "refusal.h"

#define MAX_RANK 32
#define SHAPE_TEXT_BYTES 512

typedef struct tensor {
  char *name;
  const dtype *type;
  size_t rank;
  int64_t shape[MAX_RANK];
  /* Aligned for any kernel; never NULL, also when there are no bytes. */
  void *bytes;
  size_t byte_count;
} tensor;

/* Reads name, dtype, shape and the bytes (a file by `path`, or base64 in `data`) and checks their number. Nothing is left to release on refusal. */
bool read_tensor(const json_value *value, tensor *into, refusal *why);
void release_tensor(tensor *each);
/* `[1, 3, ?]`, cut where it is long; a negative size is `?`. */
const char *shape_text(const int64_t *shape, size_t rank, char text[SHAPE_TEXT_BYTES]);

#endif
