#include "ort.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"
#include "ort-model.h"

/* Everything that is called here is in the function table since version 12 (ONNX Runtime 1.12), and the table only grows at its end: older libraries work too. */
#define API_VERSION 12

/* Execution providers under the names of src/runtime/onnxruntime.ts. One that is built as a library of its own is only offered where that lies beside ONNX Runtime. */
static const struct {
  const char *provider;
  delegate offered;
  const char *library;
} PROVIDERS[] = {
  {"CPUExecutionProvider", {"cpu", "cpu"}, NULL},
  {"XnnpackExecutionProvider", {"xnnpack", "cpu"}, NULL},
  {"WebGpuExecutionProvider", {"webgpu", "gpu"}, NULL},
  {"CUDAExecutionProvider", {"cuda", "gpu"}, "libonnxruntime_providers_cuda.so"},
  {"TensorrtExecutionProvider", {"tensorrt", "gpu"}, "libonnxruntime_providers_tensorrt.so"},
  {"CoreMLExecutionProvider", {"coreml", "npu"}, NULL},
  {"NnapiExecutionProvider", {"nnapi", "npu"}, NULL},
  {"QNNExecutionProvider", {"qnn", "npu"}, NULL},
};

static const char *const USUAL_NAMES[] = {"libonnxruntime.so.1", "libonnxruntime.so"};

bool ort_fine(const OrtApi *api, OrtStatus *status, char message[REFUSAL_BYTES]) {
  if (status == NULL) return true;
  snprintf(message, REFUSAL_BYTES, "%s", api->GetErrorMessage(status));
  api->ReleaseStatus(status);
  return false;
}

static bool beside(const void *symbol, const char *file) {
  Dl_info facts;
  char path[4096];
  if (dladdr(symbol, &facts) == 0 || facts.dli_fname == NULL) return false;
  const char *slash = strrchr(facts.dli_fname, '/');
  const int folder = slash == NULL ? 0 : (int)(slash - facts.dli_fname) + 1;
  const int length = snprintf(path, sizeof path, "%.*s%s", folder, facts.dli_fname, file);
  return length > 0 && (size_t)length < sizeof path && access(path, R_OK) == 0;
}

static bool list_delegates(ort_runtime *this, char message[REFUSAL_BYTES]) {
  char **names = NULL;
  int count = 0;
  if (!ort_fine(this->api, this->api->GetAvailableProviders(&names, &count), message)) return false;
  for (size_t i = 0; i < sizeof PROVIDERS / sizeof *PROVIDERS; i++) {
    for (int j = 0; j < count; j++) {
      if (strcmp(names[j], PROVIDERS[i].provider) != 0) continue;
      if (PROVIDERS[i].library != NULL && !beside(dlsym(this->library, "OrtGetApiBase"), PROVIDERS[i].library)) continue;
      this->base.delegates[this->base.delegate_count++] = PROVIDERS[i].offered;
    }
  }
  return ort_fine(this->api, this->api->ReleaseAvailableProviders(names, count), message);
}

static bool open_library(ort_runtime *this, const char *path, char message[REFUSAL_BYTES]) {
  /* From 1.29 on the official builds send usage data unless this is set before the library starts. */
  setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  if (path != NULL) this->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  for (size_t i = 0; path == NULL && this->library == NULL && i < sizeof USUAL_NAMES / sizeof *USUAL_NAMES; i++) this->library = dlopen(USUAL_NAMES[i], RTLD_NOW | RTLD_LOCAL);
  if (this->library == NULL) {
    snprintf(message, REFUSAL_BYTES, "ONNX Runtime does not load: %s", dlerror());
    return false;
  }
  const OrtApiBase *(*get_base)(void);
  /* POSIX's own way to make a function of what dlsym gives. */
  *(void **)&get_base = dlsym(this->library, "OrtGetApiBase");
  if (get_base == NULL) {
    snprintf(message, REFUSAL_BYTES, "%s is not ONNX Runtime: it has no OrtGetApiBase", path == NULL ? USUAL_NAMES[0] : path);
    return false;
  }
  this->base.version = get_base()->GetVersionString();
  this->api = get_base()->GetApi(API_VERSION);
  if (this->api == NULL) snprintf(message, REFUSAL_BYTES, "ONNX Runtime %s does not offer version %d of its C interface", this->base.version, API_VERSION);
  return this->api != NULL;
}

static bool set_up(ort_runtime *this, char message[REFUSAL_BYTES]) {
  const OrtApi *const api = this->api;
  return ort_fine(api, api->CreateEnv(ORT_LOGGING_LEVEL_WARNING, "paddock", &this->env), message)
    && ort_fine(api, api->DisableTelemetryEvents(this->env), message)
    && ort_fine(api, api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &this->cpu_memory), message)
    && ort_fine(api, api->GetAllocatorWithDefaultOptions(&this->allocator), message)
    && list_delegates(this, message);
}

runtime *open_ort(const char *path) {
  ort_runtime *const this = allocate(1, sizeof *this);
  char message[REFUSAL_BYTES];
  this->base.name = "onnxruntime";
  this->base.version = "";
  this->base.load = load_ort_model;
  if (!open_library(this, path, message) || !set_up(this, message)) this->base.absent = copy_text(message);
  return &this->base;
}
