/* Why a request is refused: an error code of the protocol (src/harness/wire.ts) and a message. Functions that can refuse return false and fill one in. */
#ifndef PADDOCK_REFUSAL_H
#define PADDOCK_REFUSAL_H

#include <stdbool.h>

#define REFUSAL_BYTES 8192

typedef struct refusal {
  const char *code;
  char message[REFUSAL_BYTES];
} refusal;

/* Always false, so that `return refuse(...)` reads as what it is. */
bool refuse(refusal *why, const char *code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
