/* The device's monotonic clock, ns. */
#ifndef PADDOCK_CLOCK_H
#define PADDOCK_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Time since boot with sleep, ns: the clock of /proc/uptime. */
static inline uint64_t uptime_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The least step seen between two readings that differ: the clock's step or the cost of reading it, whichever is larger. */
static inline uint64_t clock_resolution_ns(void) {
  uint64_t least = UINT64_MAX;
  for (int i = 0; i < 2000; i++) {
    const uint64_t from = now_ns();
    uint64_t to = now_ns();
    while (to == from) to = now_ns();
    if (to - from < least) least = to - from;
  }
  return least;
}

#endif
