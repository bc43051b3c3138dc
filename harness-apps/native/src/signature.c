#include "signature.h"

#include <stdlib.h>
#include <string.h>

ptrdiff_t find_port(const signature *of, const char *name) {
  for (size_t i = 0; i < of->count; i++) {
    if (strcmp(of->ports[i].name, name) == 0) return (ptrdiff_t)i;
  }
  return -1;
}

static bool fits(const port *to, const tensor *given) {
  if (given->rank != to->rank) return false;
  for (size_t i = 0; i < to->rank; i++) {
    if (to->shape[i] >= 0 && to->shape[i] != given->shape[i]) return false;
  }
  return true;
}

static bool check_port(const port *to, const tensor *sample, size_t count, size_t index, refusal *why) {
  const tensor *given = NULL;
  for (size_t i = 0; i < count; i++) {
    if (strcmp(sample[i].name, to->name) != 0) continue;
    if (given != NULL) return refuse(why, "bad-input", "sample %zu: input \"%s\" is given more than once", index, to->name);
    given = &sample[i];
  }
  if (given == NULL) return refuse(why, "bad-input", "sample %zu: input \"%s\" is missing", index, to->name);
  if (strcmp(given->type->name, to->type_name) != 0) return refuse(why, "bad-input", "sample %zu: input \"%s\" is %s, the model takes %s", index, to->name, given->type->name, to->type_name);
  if (fits(to, given)) return true;
  char has[SHAPE_TEXT_BYTES], takes[SHAPE_TEXT_BYTES];
  return refuse(why, "bad-input", "sample %zu: input \"%s\" has shape %s, the model takes %s", index, to->name, shape_text(given->shape, given->rank, has), shape_text(to->shape, to->rank, takes));
}

bool check_sample(const signature *inputs, const tensor *sample, size_t count, size_t index, refusal *why) {
  for (size_t i = 0; i < inputs->count; i++) {
    if (!check_port(&inputs->ports[i], sample, count, index, why)) return false;
  }
  for (size_t i = 0; i < count; i++) {
    if (find_port(inputs, sample[i].name) < 0) return refuse(why, "bad-input", "sample %zu: the model has no input \"%s\"", index, sample[i].name);
  }
  return true;
}

void put_signature(output *out, const char *name, const signature *of) {
  put_name(out, name);
  put_raw(out, "[");
  for (size_t i = 0; i < of->count; i++) {
    const port *each = &of->ports[i];
    put_comma(out);
    put_raw(out, "{");
    put_name(out, "name");
    put_text(out, each->name);
    put_name(out, "dtype");
    put_text(out, each->type_name);
    put_name(out, "shape");
    put_raw(out, "[");
    for (size_t axis = 0; axis < each->rank; axis++) {
      put_comma(out);
      if (each->shape[axis] >= 0) put_whole(out, each->shape[axis]);
      else if (each->names[axis][0] != '\0') put_text(out, each->names[axis]);
      else put_raw(out, "null");
    }
    put_raw(out, "]}");
  }
  put_raw(out, "]");
}

void release_signature(signature *of) {
  for (size_t i = 0; i < of->count; i++) {
    port *each = &of->ports[i];
    for (size_t axis = 0; axis < each->rank; axis++) free(each->names[axis]);
    free(each->names);
    free(each->shape);
    free(each->name);
  }
  free(of->ports);
  *of = (signature){0, NULL};
}
