/* Lines from stdin. */
#ifndef PADDOCK_LINE_H
#define PADDOCK_LINE_H

#include <stddef.h>

typedef enum line_outcome { LINE_READ, LINE_TOO_LONG, LINE_END } line_outcome;

typedef struct line_reader {
  char *bytes;
  size_t capacity;
  size_t length;
  /* Where the next line starts, and up to where no newline was found yet. */
  size_t from;
  size_t searched;
} line_reader;

/* The next line, with a NUL in the place of its newline; it holds until the next call. One that is longer than `max_bytes` is dropped and told. Ends at end of input; what is left without a newline is dropped. */
line_outcome read_line(line_reader *reader, size_t max_bytes, char **line, size_t *length);

#endif
