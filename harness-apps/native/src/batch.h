/* Runs a batch of queries and keeps every latency. */
#ifndef PADDOCK_BATCH_H
#define PADDOCK_BATCH_H

#include "model.h"

typedef struct batch {
  uint64_t start_ns;
  uint64_t end_ns;
  size_t count;
  /* How many there is room for. */
  size_t room;
  uint64_t *latencies_ns;
  /* Server scenario: completions, ns after start_ns; else NULL. */
  uint64_t *completions_ns;
} batch;

typedef struct closed_loop {
  int64_t count;
  double duration_ns;
  int64_t calls_per_query;
} closed_loop;

typedef enum batch_outcome { BATCH_DONE, BATCH_REFUSED, BATCH_ABANDONED } batch_outcome;

/* Queries back to back until the count or the time is reached; the query under way when the time is up still counts, so there is at least one. */
batch_outcome run_closed_loop(model *run, const closed_loop *plan, batch *into, refusal *why);
/* One query per arrival (ns after the start, ascending), first in first out, one at a time: a latency is completion less arrival. */
batch_outcome run_server(model *run, const json_value *arrivals, batch *into, refusal *why);
void release_batch(batch *of);

#endif
