/* ONNX Runtime, opened with `dlopen`. */
#ifndef PADDOCK_ORT_H
#define PADDOCK_ORT_H

#include "model.h"
#include "onnxruntime_c_api.h"

typedef struct ort_runtime {
  runtime base;
  void *library;
  const OrtApi *api;
  OrtEnv *env;
  OrtMemoryInfo *cpu_memory;
  OrtAllocator *allocator;
} ort_runtime;

/* Opens the library at `path`, or the one that is found under its usual name when that is NULL. What does not work is told in `absent`. */
runtime *open_ort(const char *path);

/* Takes a status: true when it is none, else its message goes into `message` and it is released. */
bool ort_fine(const OrtApi *api, OrtStatus *status, char message[REFUSAL_BYTES]);

#endif
