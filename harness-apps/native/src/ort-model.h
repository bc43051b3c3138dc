/* A session of ONNX Runtime and the samples it runs. */
#ifndef PADDOCK_ORT_MODEL_H
#define PADDOCK_ORT_MODEL_H

#include "ort.h"
#include "signature.h"

typedef struct ort_model {
  model base;
  ort_runtime *ort;
  OrtSession *session;
  signature inputs;
  signature outputs;
  const char **input_names;
  const char **output_names;
  char *profile_prefix;
  bool software_gpu;
  /* Of `base.samples` samples, each with a tensor and a value for every input, in the model's order. */
  tensor *tensors;
  OrtValue **values;
  /* What a call is given: the sample's values, and in place of some what the call before gave. */
  const OrtValue **working;
  /* Outputs of this call and of the one before, which a carried input may still read. */
  OrtValue **results;
  OrtValue **earlier;
  /* For each input the output that feeds it, or -1. */
  ptrdiff_t *carry;
  bool carries;
} ort_model;

model *load_ort_model(runtime *self, const char *path, const char *delegate_name, const load_options *options, refusal *why);

/* Reads names, types and shapes of a session's inputs and outputs. */
bool read_signatures(ort_model *this, char message[REFUSAL_BYTES]);

#endif
