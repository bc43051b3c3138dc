/* Memory of this process: allocation that can't fail quietly, and how much is resident. */
#ifndef PADDOCK_MEMORY_H
#define PADDOCK_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed memory for `count` things of `size` bytes; never NULL. Ends the process with a word on stderr when there is none. */
void *allocate(size_t count, size_t size);
/* A larger or smaller block with the old content; never NULL. */
void *reallocate(void *block, size_t bytes);
char *copy_text(const char *text);
/* Zeroed memory straight from the kernel, which gives each page when it is first written, and takes all back at once: room for the most there could be costs only what is used. */
void *allocate_pages(size_t bytes);
void release_pages(void *block, size_t bytes);

typedef struct memory_reading {
  uint64_t peak_bytes;
  uint64_t current_bytes;
  const char *method;
} memory_reading;

/* VmHWM and VmRSS of /proc/self/status, else getrusage's peak for both. */
memory_reading read_memory(void);

#endif
