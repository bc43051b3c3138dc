/*
 * The plainest loop over ONNX Runtime's C interface that there is: what a harness app is held against. One model, one thread, one sample, no error handling beyond
 * ending.
 * plain-loop LIBRARY MODEL [NAME ONNX_TYPE SHAPE FILE]…   SHAPE is sizes with commas, `-` for a scalar. Each line on stdin is a number of inferences; the answer
 * is their latencies in ns on one line.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "onnxruntime_c_api.h"

#define MOST 8
#define MOST_INFERENCES 1000000

static const OrtApi *api;

static void must(OrtStatus *status) {
  if (status == NULL) return;
  fprintf(stderr, "%s\n", api->GetErrorMessage(status));
  exit(1);
}

static long long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static OrtValue *read_input(const OrtMemoryInfo *memory, int type, char *shape, const char *path) {
  int64_t sizes[MOST];
  size_t rank = 0;
  for (char *size = strcmp(shape, "-") == 0 ? NULL : strtok(shape, ","); size != NULL; size = strtok(NULL, ",")) sizes[rank++] = atoll(size);
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) exit(1);
  const size_t bytes = (size_t)ftell(file);
  void *data = NULL;
  rewind(file);
  if (posix_memalign(&data, 64, bytes) != 0 || fread(data, 1, bytes, file) != bytes) exit(1);
  fclose(file);
  OrtValue *value = NULL;
  must(api->CreateTensorWithDataAsOrtValue(memory, data, bytes, sizes, rank, (ONNXTensorElementDataType)type, &value));
  return value;
}

int main(int count, char **words) {
  static long long latencies_ns[MOST_INFERENCES];
  setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  void *library = count < 3 ? NULL : dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) return 1;
  const OrtApiBase *(*get_base)(void);
  *(void **)&get_base = dlsym(library, "OrtGetApiBase");
  api = get_base()->GetApi(12);

  OrtEnv *env;
  OrtSessionOptions *options;
  OrtSession *session;
  OrtMemoryInfo *memory;
  OrtAllocator *allocator;
  must(api->CreateEnv(ORT_LOGGING_LEVEL_WARNING, "plain-loop", &env));
  must(api->DisableTelemetryEvents(env));
  must(api->CreateSessionOptions(&options));
  must(api->SetIntraOpNumThreads(options, 1));
  must(api->SetInterOpNumThreads(options, 1));
  must(api->SetSessionGraphOptimizationLevel(options, ORT_ENABLE_ALL));
  must(api->CreateSession(env, words[2], options, &session));
  must(api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &memory));
  must(api->GetAllocatorWithDefaultOptions(&allocator));

  const char *input_names[MOST];
  const char *output_names[MOST];
  OrtValue *inputs[MOST] = {NULL};
  OrtValue *outputs[MOST] = {NULL};
  size_t input_count = 0, output_count = 0;
  for (int at = 3; at + 3 < count && input_count < MOST; at += 4, input_count++) {
    input_names[input_count] = words[at];
    inputs[input_count] = read_input(memory, atoi(words[at + 1]), words[at + 2], words[at + 3]);
  }
  must(api->SessionGetOutputCount(session, &output_count));
  for (size_t i = 0; i < output_count; i++) {
    char *name;
    must(api->SessionGetOutputName(session, i, allocator, &name));
    output_names[i] = name;
  }

  char line[32];
  while (fgets(line, sizeof line, stdin) != NULL) {
    const int wanted = atoi(line);
    for (int i = 0; i < wanted && i < MOST_INFERENCES; i++) {
      const long long from = now_ns();
      must(api->Run(session, NULL, input_names, (const OrtValue *const *)inputs, input_count, output_names, output_count, outputs));
      latencies_ns[i] = now_ns() - from;
      for (size_t j = 0; j < output_count; j++) {
        api->ReleaseValue(outputs[j]);
        outputs[j] = NULL;
      }
    }
    for (int i = 0; i < wanted && i < MOST_INFERENCES; i++) printf(i == 0 ? "%lld" : " %lld", latencies_ns[i]);
    printf("\n");
    fflush(stdout);
  }
  return 0;
}
