#include "line.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"

#define CHUNK_BYTES 65536
/* A buffer that grew beyond this for one large line is given back, so that it does not count as the model's memory. */
#define KEPT_BYTES (4 * CHUNK_BYTES)

/* Moves what is unread to the front and makes room for a chunk. */
static void make_room(line_reader *reader) {
  if (reader->from > 0) {
    memmove(reader->bytes, reader->bytes + reader->from, reader->length - reader->from);
    reader->length -= reader->from;
    reader->searched -= reader->from;
    reader->from = 0;
  }
  const size_t least = reader->length + CHUNK_BYTES;
  if (reader->capacity < least) {
    reader->capacity = least < 2 * reader->capacity ? 2 * reader->capacity : least;
    reader->bytes = reallocate(reader->bytes, reader->capacity);
  } else if (reader->capacity > KEPT_BYTES && least <= KEPT_BYTES) {
    reader->capacity = KEPT_BYTES;
    reader->bytes = reallocate(reader->bytes, reader->capacity);
  }
}

line_outcome read_line(line_reader *reader, size_t max_bytes, char **line, size_t *length) {
  bool dropping = false;
  for (;;) {
    const size_t unsearched = reader->length - reader->searched;
    char *newline = unsearched == 0 ? NULL : memchr(reader->bytes + reader->searched, '\n', unsearched);
    if (newline != NULL) {
      *newline = '\0';
      *line = reader->bytes + reader->from;
      *length = (size_t)(newline - *line);
      reader->from = reader->searched = (size_t)(newline - reader->bytes) + 1;
      return dropping || *length > max_bytes ? LINE_TOO_LONG : LINE_READ;
    }
    reader->searched = reader->length;
    if (reader->length - reader->from > max_bytes) {
      dropping = true;
      reader->from = reader->length;
    }
    make_room(reader);
    const ssize_t got = read(STDIN_FILENO, reader->bytes + reader->length, CHUNK_BYTES);
    if (got > 0) reader->length += (size_t)got;
    else if (got == 0 || errno != EINTR) return LINE_END;
  }
}
