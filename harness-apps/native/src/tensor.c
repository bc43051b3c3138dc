#include "tensor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fields.h"
#include "memory.h"

/* A cache line, which is also the widest vector (AVX-512). */
#define ALIGNMENT 64

const char *shape_text(const int64_t *shape, size_t rank, char text[SHAPE_TEXT_BYTES]) {
  size_t at = (size_t)snprintf(text, SHAPE_TEXT_BYTES, "[");
  for (size_t i = 0; i < rank && at < SHAPE_TEXT_BYTES - 32; i++) {
    const char *comma = i == 0 ? "" : ", ";
    at += (size_t)(shape[i] < 0 ? snprintf(text + at, SHAPE_TEXT_BYTES - at, "%s?", comma) : snprintf(text + at, SHAPE_TEXT_BYTES - at, "%s%" PRId64, comma, shape[i]));
  }
  snprintf(text + at, SHAPE_TEXT_BYTES - at, "]");
  return text;
}

static bool read_shape(const json_value *value, tensor *into, refusal *why) {
  const json_value *list;
  if (!read_group(value, "shape", JSON_LIST, &list, why)) return false;
  if (list->length > MAX_RANK) return refuse(why, "bad-input", "input \"%s\": more than %d dimensions", into->name, MAX_RANK);
  for (const json_value *size = list->as.first; size != NULL; size = size->next) {
    if (!is_whole(size, 0)) return refuse(why, "bad-request", "a shape is a list of whole numbers");
    into->shape[into->rank++] = (int64_t)size->as.number;
  }
  return true;
}

/* The bytes that the shape asks for; false when they are more than memory has addresses for. */
static bool expected_bytes(const tensor *of, size_t *bytes) {
  *bytes = of->type->bytes;
  for (size_t i = 0; i < of->rank; i++) {
    if (__builtin_mul_overflow(*bytes, (size_t)of->shape[i], bytes)) return false;
  }
  return *bytes <= PTRDIFF_MAX - ALIGNMENT;
}

static bool wrong_count(const tensor *of, size_t got, size_t expected, refusal *why) {
  char text[SHAPE_TEXT_BYTES];
  return refuse(why, "bad-input", "input \"%s\": %zu bytes, but %s of shape %s has %zu", of->name, got, of->type->name, shape_text(of->shape, of->rank, text), expected);
}

static bool allocate_bytes(tensor *into, size_t expected, refusal *why) {
  if (posix_memalign(&into->bytes, ALIGNMENT, expected == 0 ? ALIGNMENT : expected) != 0) {
    into->bytes = NULL;
    return refuse(why, "bad-input", "input \"%s\": no memory for %zu bytes", into->name, expected);
  }
  into->byte_count = expected;
  return true;
}

static bool read_file(const char *path, tensor *into, size_t expected, refusal *why) {
  struct stat facts;
  FILE *file = fopen(path, "re");
  if (file == NULL || fstat(fileno(file), &facts) != 0 || !S_ISREG(facts.st_mode)) {
    refuse(why, "bad-input", "input \"%s\": can't read %s: %s", into->name, path, file == NULL ? strerror(errno) : "it is not a file");
    if (file != NULL) fclose(file);
    return false;
  }
  bool fine = (uint64_t)facts.st_size == expected || wrong_count(into, (size_t)facts.st_size, expected, why);
  fine = fine && allocate_bytes(into, expected, why);
  if (fine && fread(into->bytes, 1, expected, file) != expected) fine = refuse(why, "bad-input", "input \"%s\": %s became shorter while it was read", into->name, path);
  fclose(file);
  return fine;
}

/* Buffer.from(text, 'base64') of Node skips what is no digit; here it is refused. */
static int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool read_base64(const json_value *text, tensor *into, size_t expected, refusal *why) {
  size_t digits = text->length;
  if (digits % 4 == 0) {
    for (int i = 0; i < 2 && digits > 0 && text->as.text[digits - 1] == '='; i++) digits--;
  }
  const size_t bytes = digits / 4 * 3 + (digits % 4 == 0 ? 0 : digits % 4 - 1);
  if (bytes != expected) return wrong_count(into, bytes, expected, why);
  if (!allocate_bytes(into, expected, why)) return false;
  unsigned char *to = into->bytes;
  size_t left = bytes;
  for (size_t i = 0; i < digits; i += 4) {
    uint32_t four = 0;
    for (size_t j = 0; j < 4; j++) {
      const int digit = i + j < digits ? base64_digit(text->as.text[i + j]) : 0;
      if (digit < 0) return refuse(why, "bad-input", "input \"%s\": data is not base64", into->name);
      four = four << 6 | (uint32_t)digit;
    }
    for (int shift = 16; shift >= 0 && left > 0; shift -= 8, left--) *to++ = (unsigned char)(four >> shift);
  }
  return true;
}

static bool fill(const json_value *value, tensor *into, refusal *why) {
  const char *type_name, *path;
  size_t expected;
  if (!read_text(value, "dtype", &type_name, why) || !read_shape(value, into, why)) return false;
  into->type = dtype_of_name(type_name);
  if (into->type == NULL) return refuse(why, "bad-input", "input \"%s\": no dtype \"%s\" here", into->name, type_name);
  if (!expected_bytes(into, &expected)) return refuse(why, "bad-input", "input \"%s\": its shape is larger than memory", into->name);
  const json_value *data = json_member(value, "data");
  if (data != NULL) return data->kind == JSON_TEXT ? read_base64(data, into, expected, why) : refuse(why, "bad-request", "request.data must be text");
  if (!has_field(value, "path")) return refuse(why, "bad-request", "input \"%s\" has neither \"path\" nor \"data\"", into->name);
  return read_text(value, "path", &path, why) && read_file(path, into, expected, why);
}

bool read_tensor(const json_value *value, tensor *into, refusal *why) {
  const char *name;
  memset(into, 0, sizeof *into);
  if (value->kind != JSON_OBJECT) return refuse(why, "bad-request", "a sample is a list of tensors");
  if (!read_text(value, "name", &name, why)) return false;
  into->name = copy_text(name);
  if (fill(value, into, why)) return true;
  release_tensor(into);
  return false;
}

void release_tensor(tensor *each) {
  free(each->name);
  free(each->bytes);
  memset(each, 0, sizeof *each);
}
