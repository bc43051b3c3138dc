/* One event being written: JSON in a growing buffer, sent as one line. */
#ifndef PADDOCK_OUTPUT_H
#define PADDOCK_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct output {
  char *bytes;
  size_t length;
  size_t capacity;
} output;

/* Begins `{"event":EVENT,"id":ID`; what follows is put as members. A negative id is null. */
output event_begin(const char *event, int64_t id);
/* Ends the object, writes the line to stdout whole and frees the buffer. Ends the process quietly when nobody reads any more. */
void event_send(output *out);
/* Frees what will not be sent. */
void event_drop(output *out);

/* `,"NAME":` before a value that is put next. */
void put_name(output *out, const char *name);
/* A comma, unless a bracket was just opened. */
void put_comma(output *out);
void put_raw(output *out, const char *json);
void put_text(output *out, const char *text);
void put_whole(output *out, int64_t value);
void put_base64(output *out, const void *bytes, size_t length);

#endif
