#include <stdlib.h>

#include "memory.h"
#include "ort-model.h"

typedef enum side { INPUTS, OUTPUTS } side;

static bool read_shape(const OrtApi *api, const OrtTensorTypeAndShapeInfo *info, port *into, char message[REFUSAL_BYTES]) {
  ONNXTensorElementDataType type;
  if (!ort_fine(api, api->GetTensorElementType(info, &type), message) || !ort_fine(api, api->GetDimensionsCount(info, &into->rank), message)) return false;
  into->type_name = onnx_type_name((int)type);
  into->shape = allocate(into->rank, sizeof *into->shape);
  into->names = allocate(into->rank, sizeof *into->names);
  const char **names = allocate(into->rank, sizeof *names);
  const bool fine = ort_fine(api, api->GetDimensions(info, into->shape, into->rank), message) && ort_fine(api, api->GetSymbolicDimensions(info, names, into->rank), message);
  for (size_t axis = 0; axis < into->rank; axis++) into->names[axis] = copy_text(fine && names[axis] != NULL ? names[axis] : "");
  free(names);
  return fine;
}

static bool read_port(const ort_model *this, side of, size_t index, port *into, char message[REFUSAL_BYTES]) {
  const OrtApi *const api = this->ort->api;
  OrtAllocator *const allocator = this->ort->allocator;
  OrtTypeInfo *type = NULL;
  const OrtTensorTypeAndShapeInfo *info = NULL;
  char *name = NULL;
  OrtStatus *named = of == INPUTS ? api->SessionGetInputName(this->session, index, allocator, &name) : api->SessionGetOutputName(this->session, index, allocator, &name);
  if (!ort_fine(api, named, message)) return false;
  into->name = copy_text(name);
  if (!ort_fine(api, api->AllocatorFree(allocator, name), message)) return false;
  OrtStatus *typed = of == INPUTS ? api->SessionGetInputTypeInfo(this->session, index, &type) : api->SessionGetOutputTypeInfo(this->session, index, &type);
  if (!ort_fine(api, typed, message)) return false;
  bool fine = ort_fine(api, api->CastTypeInfoToTensorInfo(type, &info), message);
  if (fine && info == NULL) into->type_name = "not a tensor";
  else if (fine) fine = read_shape(api, info, into, message);
  api->ReleaseTypeInfo(type);
  return fine;
}

static bool read_side(ort_model *this, side of, signature *into, char message[REFUSAL_BYTES]) {
  const OrtApi *const api = this->ort->api;
  size_t count = 0;
  OrtStatus *counted = of == INPUTS ? api->SessionGetInputCount(this->session, &count) : api->SessionGetOutputCount(this->session, &count);
  if (!ort_fine(api, counted, message)) return false;
  into->ports = allocate(count, sizeof *into->ports);
  for (; into->count < count; into->count++) {
    port *each = &into->ports[into->count];
    if (!read_port(this, of, into->count, each, message)) {
      into->count += each->name == NULL ? 0 : 1;
      return false;
    }
  }
  return true;
}

bool read_signatures(ort_model *this, char message[REFUSAL_BYTES]) {
  return read_side(this, INPUTS, &this->inputs, message) && read_side(this, OUTPUTS, &this->outputs, message);
}
