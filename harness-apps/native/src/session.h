/* What one orchestrator asked for so far: a model, its samples, whether it ran. */
#ifndef PADDOCK_SESSION_H
#define PADDOCK_SESSION_H

#include "model.h"

#define MAX_RUNTIMES 4

typedef struct session {
  runtime *runtimes[MAX_RUNTIMES];
  size_t runtime_count;
  model *loaded;
  bool ran;
} session;

typedef enum reply { REPLY_SENT, REPLY_LAST, REPLY_ABANDONED } reply;

/* Answers one request line, which it changes, with an event or an error. */
reply answer(session *of, char *line, size_t length);

#endif
