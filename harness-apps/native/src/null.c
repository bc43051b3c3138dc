#include "null.h"

#include <stdlib.h>

#include "memory.h"

typedef struct null_model {
  model base;
  bool profiled;
} null_model;

static bool prepare(model *self, const json_value *samples, const json_value *carry, refusal *why) {
  (void)carry;
  (void)why;
  self->samples = samples->length;
  return true;
}

static void nothing(model *self) { (void)self; }

static bool call(model *self, size_t sample, refusal *why) {
  (void)self;
  (void)sample;
  (void)why;
  return true;
}

static bool infer(model *self, size_t sample, output *out, refusal *why) {
  (void)self;
  (void)sample;
  (void)why;
  put_raw(out, "[]");
  return true;
}

static bool placement(model *self, output *out, refusal *why) {
  null_model *const this = (null_model *)self;
  if (!this->profiled) return refuse(why, "not-profiled", "load with options.profilePrefix to ask for placement");
  this->profiled = false;
  put_name(out, "method");
  put_text(out, "none: the null runtime has no nodes");
  put_name(out, "nodes");
  put_raw(out, "[]");
  return true;
}

static void describe(const model *self, output *out) {
  (void)self;
  put_name(out, "inputs");
  put_raw(out, "[]");
  put_name(out, "outputs");
  put_raw(out, "[]");
}

static void release(model *self) { free(self); }

static const model_operations OPERATIONS = {prepare, nothing, call, nothing, infer, placement, describe, release};

static model *load(runtime *self, const char *path, const char *delegate_name, const load_options *options, refusal *why) {
  (void)self;
  (void)path;
  (void)delegate_name;
  (void)why;
  null_model *const this = allocate(1, sizeof *this);
  this->base.operations = &OPERATIONS;
  this->profiled = options->profile_prefix != NULL;
  return &this->base;
}

runtime *open_null(void) {
  static runtime null_runtime = {"null", "1", 1, {{"cpu", "cpu"}}, NULL, load};
  return &null_runtime;
}
