#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

static void *or_die(void *block, size_t bytes) {
  if (block != NULL || bytes == 0) return block;
  fprintf(stderr, "harness-native: no memory for %zu bytes\n", bytes);
  abort();
}

void *allocate(size_t count, size_t size) {
  const size_t least = count == 0 || size == 0 ? 1 : count;
  return or_die(calloc(least, size == 0 ? 1 : size), count * size + 1);
}

void *reallocate(void *block, size_t bytes) {
  const size_t least = bytes == 0 ? 1 : bytes;
  return or_die(realloc(block, least), least);
}

char *copy_text(const char *text) {
  const size_t bytes = strlen(text) + 1;
  return memcpy(allocate(bytes, 1), text, bytes);
}

void *allocate_pages(size_t bytes) {
  void *block = mmap(NULL, bytes == 0 ? 1 : bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return or_die(block == MAP_FAILED ? NULL : block, bytes + 1);
}

void release_pages(void *block, size_t bytes) {
  if (block != NULL) munmap(block, bytes == 0 ? 1 : bytes);
}

static bool field_bytes(const char *line, const char *name, uint64_t *bytes) {
  unsigned long long kibibytes = 0;
  if (strncmp(line, name, strlen(name)) != 0 || sscanf(line + strlen(name), " %llu kB", &kibibytes) != 1) return false;
  *bytes = (uint64_t)kibibytes * 1024;
  return true;
}

memory_reading read_memory(void) {
  memory_reading reading = {0, 0, "VmHWM"};
  FILE *status = fopen("/proc/self/status", "re");
  if (status != NULL) {
    char line[256];
    while (fgets(line, sizeof line, status) != NULL) {
      if (!field_bytes(line, "VmHWM:", &reading.peak_bytes)) field_bytes(line, "VmRSS:", &reading.current_bytes);
    }
    fclose(status);
  }
  if (reading.peak_bytes == 0 || reading.current_bytes == 0) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    reading.method = "getrusage maxrss";
    reading.peak_bytes = reading.current_bytes = (uint64_t)usage.ru_maxrss * 1024;
  }
  /* The kernel updates the two at different moments. */
  if (reading.peak_bytes < reading.current_bytes) reading.peak_bytes = reading.current_bytes;
  return reading;
}
