#include "ort-model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "memory.h"
#include "ort-options.h"
#include "profile.h"

static void release_values(const ort_model *this, OrtValue **values, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (values[i] == NULL) continue;
    this->ort->api->ReleaseValue(values[i]);
    values[i] = NULL;
  }
}

static void release_samples(ort_model *this) {
  const size_t count = this->base.samples * this->inputs.count;
  release_values(this, this->results, this->outputs.count);
  release_values(this, this->earlier, this->outputs.count);
  if (count > 0) release_values(this, this->values, count);
  for (size_t i = 0; i < count; i++) release_tensor(&this->tensors[i]);
  free(this->values);
  free(this->tensors);
  free(this->working);
  this->values = NULL;
  this->tensors = NULL;
  this->working = NULL;
  this->base.samples = 0;
}

static bool read_carry(const ort_model *this, const json_value *carry, ptrdiff_t *into, refusal *why) {
  for (size_t i = 0; i < this->inputs.count; i++) into[i] = -1;
  for (const json_value *each = carry == NULL ? NULL : carry->as.first; each != NULL; each = each->next) {
    const ptrdiff_t input = find_port(&this->inputs, each->name);
    if (input < 0) return refuse(why, "bad-input", "carry: the model has no input \"%s\"", each->name);
    if (each->kind != JSON_TEXT) return refuse(why, "bad-request", "request.carry.%s must be text", each->name);
    into[input] = find_port(&this->outputs, each->as.text);
    if (into[input] < 0) return refuse(why, "bad-input", "carry: the model has no output \"%s\"", each->as.text);
  }
  return true;
}

/* Reads one sample and puts its tensors in the order of the model's inputs. */
static bool read_sample(const ort_model *this, const json_value *list, size_t index, tensor *into, refusal *why) {
  if (list->kind != JSON_LIST) return refuse(why, "bad-request", "inputs.samples[%zu] must be a list of tensors", index);
  tensor *given = allocate(list->length, sizeof *given);
  size_t count = 0;
  bool fine = true;
  for (const json_value *each = list->as.first; fine && each != NULL; each = each->next) {
    fine = read_tensor(each, &given[count], why);
    if (fine) count++;
  }
  fine = fine && check_sample(&this->inputs, given, count, index, why);
  for (size_t i = 0; i < count; i++) {
    if (fine) into[find_port(&this->inputs, given[i].name)] = given[i];
    else release_tensor(&given[i]);
  }
  free(given);
  return fine;
}

static bool make_value(const ort_model *this, const tensor *from, OrtValue **into, refusal *why) {
  char message[REFUSAL_BYTES];
  const OrtApi *const api = this->ort->api;
  OrtStatus *made = api->CreateTensorWithDataAsOrtValue(this->ort->cpu_memory, from->bytes, from->byte_count, from->shape, from->rank, (ONNXTensorElementDataType)from->type->onnx_type, into);
  return ort_fine(api, made, message) || refuse(why, "bad-input", "input \"%s\": %s", from->name, message);
}

static bool prepare(model *self, const json_value *samples, const json_value *carry, refusal *why) {
  ort_model *const this = (ort_model *)self;
  const size_t inputs = this->inputs.count;
  const size_t count = samples->length * inputs;
  tensor *tensors = allocate(count, sizeof *tensors);
  OrtValue **values = allocate(count, sizeof *values);
  ptrdiff_t *fed = allocate(inputs, sizeof *fed);
  size_t index = 0;
  bool fine = true;
  for (const json_value *each = samples->as.first; fine && each != NULL; each = each->next, index++) fine = read_sample(this, each, index, tensors + index * inputs, why);
  fine = fine && read_carry(this, carry, fed, why);
  for (size_t i = 0; fine && i < count; i++) fine = make_value(this, &tensors[i], &values[i], why);
  if (!fine) {
    release_values(this, values, count);
    for (size_t i = 0; i < count; i++) release_tensor(&tensors[i]);
    free(tensors);
    free(values);
    free(fed);
    return false;
  }
  release_samples(this);
  free(this->carry);
  this->base.samples = samples->length;
  this->tensors = tensors;
  this->values = values;
  this->working = allocate(inputs, sizeof *this->working);
  this->carry = fed;
  this->carries = carry != NULL && carry->length > 0;
  return true;
}

static void begin(model *self) {
  ort_model *const this = (ort_model *)self;
  release_values(this, this->results, this->outputs.count);
  release_values(this, this->earlier, this->outputs.count);
}

/* What ONNX Runtime says of inputs that it does not take. */
static const char *const INPUT_FAULTS[] = {"Invalid rank for input", "Got invalid dimensions for input", "Unexpected input data type", "Invalid input name", "Invalid Feed Input Name"};

static bool run(const ort_model *this, const OrtValue *const *inputs, OrtValue **outputs, refusal *why) {
  char message[REFUSAL_BYTES];
  OrtStatus *status = this->ort->api->Run(this->session, NULL, this->input_names, inputs, this->inputs.count, this->output_names, this->outputs.count, outputs);
  if (__builtin_expect(status == NULL, true)) return true;
  ort_fine(this->ort->api, status, message);
  for (size_t i = 0; i < sizeof INPUT_FAULTS / sizeof *INPUT_FAULTS; i++) {
    if (strncmp(message, INPUT_FAULTS[i], strlen(INPUT_FAULTS[i])) == 0) return refuse(why, "bad-input", "%s", message);
  }
  return refuse(why, "run-failed", "%s", message);
}

static void settle(model *self) {
  ort_model *const this = (ort_model *)self;
  release_values(this, this->earlier, this->outputs.count);
  if (!this->carries) release_values(this, this->results, this->outputs.count);
}

static bool call(model *self, size_t sample, refusal *why) {
  ort_model *const this = (ort_model *)self;
  OrtValue **const own = this->values + sample * this->inputs.count;
  if (!this->carries) {
    /* Only inside a query of several calls is something left of the one before. */
    release_values(this, this->results, this->outputs.count);
    return run(this, (const OrtValue *const *)own, this->results, why);
  }
  OrtValue **const before = this->results;
  this->results = this->earlier;
  this->earlier = before;
  release_values(this, this->results, this->outputs.count);
  for (size_t i = 0; i < this->inputs.count; i++) {
    const OrtValue *carried = this->carry[i] < 0 ? NULL : before[this->carry[i]];
    this->working[i] = carried == NULL ? own[i] : carried;
  }
  return run(this, this->working, this->results, why);
}

static bool put_output(const ort_model *this, const port *of, OrtValue *value, output *out, refusal *why) {
  const OrtApi *const api = this->ort->api;
  char message[REFUSAL_BYTES];
  OrtTensorTypeAndShapeInfo *info = NULL;
  ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  size_t rank = 0, count = 0;
  int64_t shape[MAX_RANK];
  void *bytes = NULL;
  int is_tensor = 0;
  const bool tensor_there = ort_fine(api, api->IsTensor(value, &is_tensor), message) && is_tensor != 0 && ort_fine(api, api->GetTensorTypeAndShape(value, &info), message);
  const bool read = tensor_there && ort_fine(api, api->GetTensorElementType(info, &type), message) && ort_fine(api, api->GetDimensionsCount(info, &rank), message) && rank <= MAX_RANK
    && ort_fine(api, api->GetDimensions(info, shape, rank), message) && ort_fine(api, api->GetTensorShapeElementCount(info, &count), message);
  if (info != NULL) api->ReleaseTensorTypeAndShapeInfo(info);
  const dtype *known = dtype_of_onnx((int)type);
  if (!read || known == NULL || !ort_fine(api, api->GetTensorMutableData(value, &bytes), message)) return refuse(why, "run-failed", "output \"%s\" is not a tensor of numbers", of->name);
  put_comma(out);
  put_raw(out, "{");
  put_name(out, "name");
  put_text(out, of->name);
  put_name(out, "dtype");
  put_text(out, known->name);
  put_name(out, "shape");
  put_raw(out, "[");
  for (size_t i = 0; i < rank; i++) {
    put_comma(out);
    put_whole(out, shape[i]);
  }
  put_raw(out, "]");
  put_name(out, "data");
  put_base64(out, bytes, count * known->bytes);
  put_raw(out, "}");
  return true;
}

static bool infer(model *self, size_t sample, output *out, refusal *why) {
  ort_model *const this = (ort_model *)self;
  OrtValue **outputs = allocate(this->outputs.count, sizeof *outputs);
  bool fine = run(this, (const OrtValue *const *)(this->values + sample * this->inputs.count), outputs, why);
  put_raw(out, "[");
  for (size_t i = 0; fine && i < this->outputs.count; i++) fine = put_output(this, &this->outputs.ports[i], outputs[i], out, why);
  put_raw(out, "]");
  release_values(this, outputs, this->outputs.count);
  free(outputs);
  return fine;
}

static bool placement(model *self, output *out, refusal *why) {
  ort_model *const this = (ort_model *)self;
  const OrtApi *const api = this->ort->api;
  char message[REFUSAL_BYTES];
  char *path = NULL;
  if (this->profile_prefix == NULL) return refuse(why, "not-profiled", "load with options.profilePrefix to ask for placement; a profile can be taken once");
  free(this->profile_prefix);
  this->profile_prefix = NULL;
  if (!ort_fine(api, api->SessionEndProfiling(this->session, this->ort->allocator, &path), message)) return refuse(why, "not-profiled", "%s", message);
  put_name(out, "method");
  put_text(out, "ONNX Runtime profile: kernel events by args.provider, own time");
  put_name(out, "nodes");
  const bool fine = put_profile(out, path, why);
  return ort_fine(api, api->AllocatorFree(this->ort->allocator, path), message) && fine;
}

/* SwiftShader is not among a system's drivers, so it is only mapped where it was chosen. Mesa's lavapipe is mapped by every loader and tells nothing. */
static bool uses_swiftshader(void) {
  FILE *maps = fopen("/proc/self/maps", "re");
  char line[4096];
  bool found = false;
  while (maps != NULL && !found && fgets(line, sizeof line, maps) != NULL) found = strstr(line, "libvk_swiftshader") != NULL;
  if (maps != NULL) fclose(maps);
  return found;
}

static void describe(const model *self, output *out) {
  const ort_model *const this = (const ort_model *)self;
  put_signature(out, "inputs", &this->inputs);
  put_signature(out, "outputs", &this->outputs);
  if (!this->software_gpu) return;
  put_name(out, "softwareGpu");
  put_text(out, "SwiftShader");
}

static void release(model *self) {
  ort_model *const this = (ort_model *)self;
  release_samples(this);
  if (this->session != NULL) this->ort->api->ReleaseSession(this->session);
  release_signature(&this->inputs);
  release_signature(&this->outputs);
  free(this->input_names);
  free(this->output_names);
  free(this->results);
  free(this->earlier);
  free(this->carry);
  free(this->profile_prefix);
  free(this);
}

static const model_operations OPERATIONS = {prepare, begin, call, settle, infer, placement, describe, release};

static bool check_file(const char *path, refusal *why) {
  struct stat facts;
  if (path == NULL) return refuse(why, "bad-request", "load needs \"model\", the path of a model file");
  if (stat(path, &facts) != 0 || access(path, R_OK) != 0) return refuse(why, "model-unreadable", "can't read the model %s: %s", path, strerror(errno));
  if (!S_ISREG(facts.st_mode)) return refuse(why, "model-unreadable", "can't read the model %s: it is not a file", path);
  return facts.st_size > 0 || refuse(why, "model-invalid", "the model %s is empty", path);
}

static bool load_fault(const char *path, const char *delegate_name, const char *message, refusal *why) {
  static const char *const NO_DEVICE[] = {"Failed to get a WebGPU adapter", "No supported adapters", "Failed to load shared library", "backend not found"};
  if (strstr(message, "allback to CPU EP has been explicitly disabled") != NULL) return refuse(why, "fallback", "%s does not take every node of %s: %s", delegate_name, path, message);
  for (size_t i = 0; i < sizeof NO_DEVICE / sizeof *NO_DEVICE; i++) {
    if (strstr(message, NO_DEVICE[i]) != NULL) return refuse(why, "unknown-delegate", "%s does not work on this device: %s", delegate_name, message);
  }
  return refuse(why, "model-invalid", "ONNX Runtime refuses %s: %s", path, message);
}

static bool open_session(ort_model *this, const char *path, const char *delegate_name, const load_options *options, refusal *why) {
  const OrtApi *const api = this->ort->api;
  char message[REFUSAL_BYTES];
  OrtSessionOptions *session_options = NULL;
  const uint64_t from = now_ns();
  if (!ort_fine(api, api->CreateSessionOptions(&session_options), message)) return refuse(why, "internal", "%s", message);
  bool fine = set_options(this->ort, session_options, delegate_name, options, why);
  if (fine && !ort_fine(api, api->CreateSession(this->ort->env, path, session_options, &this->session), message)) fine = load_fault(path, delegate_name, message, why);
  this->base.init_ns = now_ns() - from;
  api->ReleaseSessionOptions(session_options);
  return fine;
}

static const char **names_of(const signature *of) {
  const char **names = allocate(of->count, sizeof *names);
  for (size_t i = 0; i < of->count; i++) names[i] = of->ports[i].name;
  return names;
}

model *load_ort_model(runtime *self, const char *path, const char *delegate_name, const load_options *options, refusal *why) {
  char message[REFUSAL_BYTES];
  if (!check_file(path, why)) return NULL;
  ort_model *const this = allocate(1, sizeof *this);
  this->base.operations = &OPERATIONS;
  this->ort = (ort_runtime *)self;
  bool fine = open_session(this, path, delegate_name, options, why);
  if (fine && !read_signatures(this, message)) fine = refuse(why, "model-invalid", "ONNX Runtime does not tell the inputs and outputs of %s: %s", path, message);
  if (!fine) {
    release(&this->base);
    return NULL;
  }
  this->input_names = names_of(&this->inputs);
  this->output_names = names_of(&this->outputs);
  this->results = allocate(this->outputs.count, sizeof *this->results);
  this->earlier = allocate(this->outputs.count, sizeof *this->earlier);
  this->software_gpu = strcmp(delegate_name, "webgpu") == 0 && uses_swiftshader();
  if (options->profile_prefix != NULL) this->profile_prefix = copy_text(options->profile_prefix);
  return &this->base;
}
