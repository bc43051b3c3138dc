/* A loaded model as a session drives it, whatever runtime runs it. */
#ifndef PADDOCK_MODEL_H
#define PADDOCK_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "output.h"
#include "refusal.h"

#define MAX_DELEGATES 32

typedef struct delegate {
  const char *name;
  const char *kind;
} delegate;

typedef struct load_options {
  int64_t threads;
  /* 0 disabled, 1 basic, 2 extended, 3 all. */
  int optimization;
  /* An object of sizes by dimension name, or NULL. */
  const json_value *free_dimensions;
  /* NULL where no profile is wanted. */
  const char *profile_prefix;
  bool strict;
} load_options;

typedef struct model model;

/* What a runtime does with a model. Everything that can refuse returns false. */
typedef struct model_operations {
  /* Takes the samples of an `inputs` request; `carry` is an object of output names by input name, or NULL. On refusal the samples before stay. */
  bool (*prepare)(model *self, const json_value *samples, const json_value *carry, refusal *why);
  /* Forgets what earlier calls carried. */
  void (*begin)(model *self);
  /* One inference of one sample: all that is timed. */
  bool (*call)(model *self, size_t sample, refusal *why);
  /* Lets go what the last call left behind and nobody needs any more; not timed. */
  void (*settle)(model *self);
  /* One inference with the sample's own inputs only; puts the list of outputs. */
  bool (*infer)(model *self, size_t sample, output *out, refusal *why);
  /* Puts the members `method` and `nodes`. */
  bool (*placement)(model *self, output *out, refusal *why);
  /* Puts the members `inputs` and `outputs`, and `softwareGpu` where there is one. */
  void (*describe)(const model *self, output *out);
  void (*release)(model *self);
} model_operations;

struct model {
  const model_operations *operations;
  uint64_t init_ns;
  size_t samples;
};

typedef struct runtime {
  const char *name;
  const char *version;
  size_t delegate_count;
  delegate delegates[MAX_DELEGATES];
  /* Why it does not work here; NULL when it does. */
  const char *absent;
  /* NULL and a refusal when the model can't be loaded. */
  model *(*load)(struct runtime *self, const char *path, const char *delegate_name, const load_options *options, refusal *why);
} runtime;

#endif
