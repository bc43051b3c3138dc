#include "ort-options.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static const GraphOptimizationLevel LEVELS[] = {ORT_DISABLE_ALL, ORT_ENABLE_BASIC, ORT_ENABLE_EXTENDED, ORT_ENABLE_ALL};

typedef bool appender(ort_runtime *ort, OrtSessionOptions *to, int64_t threads, char message[REFUSAL_BYTES]);

static bool append_nothing(ort_runtime *ort, OrtSessionOptions *to, int64_t threads, char message[REFUSAL_BYTES]) {
  (void)ort;
  (void)to;
  (void)threads;
  (void)message;
  return true;
}

static bool append_named(ort_runtime *ort, OrtSessionOptions *to, const char *name, const char *key, const char *value, char message[REFUSAL_BYTES]) {
  const char *const keys[] = {key};
  const char *const values[] = {value};
  return ort_fine(ort->api, ort->api->SessionOptionsAppendExecutionProvider(to, name, keys, values, key == NULL ? 0 : 1), message);
}

/* XNNPACK has a thread pool of its own; ONNX Runtime's is the caller's thread then. */
static bool append_xnnpack(ort_runtime *ort, OrtSessionOptions *to, int64_t threads, char message[REFUSAL_BYTES]) {
  char count[24];
  snprintf(count, sizeof count, "%lld", (long long)threads);
  return append_named(ort, to, "XNNPACK", "intra_op_num_threads", count, message) && ort_fine(ort->api, ort->api->SetIntraOpNumThreads(to, 1), message);
}

static bool append_webgpu(ort_runtime *ort, OrtSessionOptions *to, int64_t threads, char message[REFUSAL_BYTES]) {
  (void)threads;
  return append_named(ort, to, "WebGPU", NULL, NULL, message);
}

static bool append_coreml(ort_runtime *ort, OrtSessionOptions *to, int64_t threads, char message[REFUSAL_BYTES]) {
  (void)threads;
  return append_named(ort, to, "CoreML", NULL, NULL, message);
}

/* The NPU; the other backends of this provider are for debugging. */
static bool append_qnn(ort_runtime *ort, OrtSessionOptions *to, int64_t threads, char message[REFUSAL_BYTES]) {
  (void)threads;
  return append_named(ort, to, "QNN", "backend_type", "htp", message);
}

/* NNAPI is not among the names that the function table takes; it has a function of its own. */
static bool append_nnapi(ort_runtime *ort, OrtSessionOptions *to, int64_t threads, char message[REFUSAL_BYTES]) {
  OrtStatus *(*append)(OrtSessionOptions *, uint32_t);
  (void)threads;
  *(void **)&append = dlsym(ort->library, "OrtSessionOptionsAppendExecutionProvider_Nnapi");
  if (append == NULL) {
    snprintf(message, REFUSAL_BYTES, "this build of ONNX Runtime does not let NNAPI be chosen");
    return false;
  }
  return ort_fine(ort->api, append(to, 0), message);
}

static bool append_cuda(ort_runtime *ort, OrtSessionOptions *to, int64_t threads, char message[REFUSAL_BYTES]) {
  OrtCUDAProviderOptionsV2 *options = NULL;
  (void)threads;
  if (!ort_fine(ort->api, ort->api->CreateCUDAProviderOptions(&options), message)) return false;
  const bool fine = ort_fine(ort->api, ort->api->SessionOptionsAppendExecutionProvider_CUDA_V2(to, options), message);
  ort->api->ReleaseCUDAProviderOptions(options);
  return fine;
}

static bool append_tensorrt(ort_runtime *ort, OrtSessionOptions *to, int64_t threads, char message[REFUSAL_BYTES]) {
  OrtTensorRTProviderOptionsV2 *options = NULL;
  (void)threads;
  if (!ort_fine(ort->api, ort->api->CreateTensorRTProviderOptions(&options), message)) return false;
  const bool fine = ort_fine(ort->api, ort->api->SessionOptionsAppendExecutionProvider_TensorRT_V2(to, options), message);
  ort->api->ReleaseTensorRTProviderOptions(options);
  return fine;
}

static const struct {
  const char *name;
  appender *append;
} APPENDERS[] = {
  {"cpu", append_nothing}, {"xnnpack", append_xnnpack}, {"webgpu", append_webgpu}, {"cuda", append_cuda},
  {"tensorrt", append_tensorrt}, {"coreml", append_coreml}, {"nnapi", append_nnapi}, {"qnn", append_qnn},
};

static bool set_dimensions(ort_runtime *ort, OrtSessionOptions *into, const json_value *sizes, refusal *why) {
  char message[REFUSAL_BYTES];
  for (const json_value *each = sizes->as.first; each != NULL; each = each->next) {
    if (!ort_fine(ort->api, ort->api->AddFreeDimensionOverrideByName(into, each->name, (int64_t)each->as.number), message)) return refuse(why, "bad-option", "%s", message);
  }
  return true;
}

bool set_options(ort_runtime *ort, OrtSessionOptions *into, const char *delegate_name, const load_options *options, refusal *why) {
  const OrtApi *const api = ort->api;
  char message[REFUSAL_BYTES];
  const bool set = ort_fine(api, api->SetIntraOpNumThreads(into, (int)options->threads), message)
    && ort_fine(api, api->SetInterOpNumThreads(into, 1), message)
    && ort_fine(api, api->SetSessionExecutionMode(into, ORT_SEQUENTIAL), message)
    && ort_fine(api, api->SetSessionGraphOptimizationLevel(into, LEVELS[options->optimization]), message)
    && (options->profile_prefix == NULL || ort_fine(api, api->EnableProfiling(into, options->profile_prefix), message))
    /* ONNX Runtime refuses this together with the CPU provider itself, which can not fall back to anything. */
    && (!options->strict || strcmp(delegate_name, "cpu") == 0 || ort_fine(api, api->AddSessionConfigEntry(into, "session.disable_cpu_ep_fallback", "1"), message));
  if (!set) return refuse(why, "bad-option", "%s", message);
  if (options->free_dimensions != NULL && !set_dimensions(ort, into, options->free_dimensions, why)) return false;
  for (size_t i = 0; i < sizeof APPENDERS / sizeof *APPENDERS; i++) {
    if (strcmp(APPENDERS[i].name, delegate_name) != 0) continue;
    return APPENDERS[i].append(ort, into, options->threads, message) || refuse(why, "unknown-delegate", "%s does not work on this device: %s", delegate_name, message);
  }
  return refuse(why, "internal", "no way to choose the delegate %s is written down", delegate_name);
}
