/* Inputs or outputs of a model as it declares them. */
#ifndef PADDOCK_SIGNATURE_H
#define PADDOCK_SIGNATURE_H

#include "output.h"
#include "refusal.h"
#include "tensor.h"

typedef struct port {
  char *name;
  /* "not a tensor" for a sequence or map, which has no shape. */
  const char *type_name;
  size_t rank;
  /* Negative where the model leaves it open; then `names` may say what it calls it. */
  int64_t *shape;
  char **names;
} port;

typedef struct signature {
  size_t count;
  port *ports;
} signature;

/* The place of a name, or -1. */
ptrdiff_t find_port(const signature *of, const char *name);
/* Refuses a sample that does not fit the inputs by name, type, rank or a fixed dimension. */
bool check_sample(const signature *inputs, const tensor *sample, size_t count, size_t index, refusal *why);
void put_signature(output *out, const char *name, const signature *of);
void release_signature(signature *of);

#endif
