#include "output.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"

static char *room(output *out, size_t bytes) {
  if (out->capacity - out->length < bytes) {
    size_t capacity = out->capacity == 0 ? 4096 : out->capacity;
    while (capacity - out->length < bytes) capacity *= 2;
    out->bytes = reallocate(out->bytes, capacity);
    out->capacity = capacity;
  }
  return out->bytes + out->length;
}

static void put_bytes(output *out, const char *bytes, size_t length) {
  memcpy(room(out, length), bytes, length);
  out->length += length;
}

void put_raw(output *out, const char *json) { put_bytes(out, json, strlen(json)); }

void put_comma(output *out) {
  const char last = out->length == 0 ? '[' : out->bytes[out->length - 1];
  if (last != '[' && last != '{' && last != ':') put_bytes(out, ",", 1);
}

void put_text(output *out, const char *text) {
  put_bytes(out, "\"", 1);
  for (; *text != '\0'; text++) {
    const unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\') {
      const char escaped[2] = {'\\', (char)c};
      put_bytes(out, escaped, sizeof escaped);
    } else if (c < 0x20) {
      out->length += (size_t)snprintf(room(out, 7), 7, "\\u%04x", c);
    } else {
      put_bytes(out, text, 1);
    }
  }
  put_bytes(out, "\"", 1);
}

void put_name(output *out, const char *name) {
  put_comma(out);
  put_text(out, name);
  put_bytes(out, ":", 1);
}

void put_whole(output *out, int64_t value) { out->length += (size_t)snprintf(room(out, 24), 24, "%" PRId64, value); }

void put_base64(output *out, const void *bytes, size_t length) {
  static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const unsigned char *from = bytes;
  put_bytes(out, "\"", 1);
  char *to = room(out, length / 3 * 4 + 8);
  size_t i = 0;
  for (; i + 2 < length; i += 3) {
    const uint32_t three = (uint32_t)from[i] << 16 | (uint32_t)from[i + 1] << 8 | from[i + 2];
    *to++ = DIGITS[three >> 18];
    *to++ = DIGITS[three >> 12 & 63];
    *to++ = DIGITS[three >> 6 & 63];
    *to++ = DIGITS[three & 63];
  }
  if (i < length) {
    const uint32_t rest = (uint32_t)from[i] << 16 | (i + 1 < length ? (uint32_t)from[i + 1] << 8 : 0);
    *to++ = DIGITS[rest >> 18];
    *to++ = DIGITS[rest >> 12 & 63];
    *to++ = i + 1 < length ? DIGITS[rest >> 6 & 63] : '=';
    *to++ = '=';
  }
  out->length = (size_t)(to - out->bytes);
  put_bytes(out, "\"", 1);
}

output event_begin(const char *event, int64_t id) {
  output out = {NULL, 0, 0};
  /* A newline first: native code that printed half a line to stdout must not spoil the event. */
  put_raw(&out, "\n{");
  put_name(&out, "event");
  put_text(&out, event);
  put_name(&out, "id");
  if (id < 0) put_raw(&out, "null");
  else put_whole(&out, id);
  return out;
}

void event_send(output *out) {
  put_raw(out, "}\n");
  size_t from = 0;
  while (from < out->length) {
    const ssize_t sent = write(STDOUT_FILENO, out->bytes + from, out->length - from);
    if (sent >= 0) {
      from += (size_t)sent;
    } else if (errno == EAGAIN) {
      struct pollfd ready = {STDOUT_FILENO, POLLOUT, 0};
      poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      /* EPIPE: a reader that is gone will not miss us. */
      _exit(errno == EPIPE ? 0 : 1);
    }
  }
  event_drop(out);
}

void event_drop(output *out) {
  free(out->bytes);
  *out = (output){NULL, 0, 0};
}
