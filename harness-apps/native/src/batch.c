#include "batch.h"

#include "clock.h"
#include "memory.h"
#include "protocol.h"
#include "watch.h"

/* Sleeping wakes up late, so the last stretch before an arrival is spent spinning. */
#define SPIN_NS 1000000u
/* How long a server run sleeps at most before it looks whether anybody still waits for it. */
#define SLEEP_NS 50000000u
/* No run is longer; keeps sums of times far from overflow. */
#define LONGEST_NS 1e18

static size_t next_sample(const model *run, size_t sample) { return sample + 1 == run->samples ? 0 : sample + 1; }

batch_outcome run_closed_loop(model *run, const closed_loop *plan, batch *into, refusal *why) {
  const model_operations *const does = run->operations;
  const size_t most = plan->count < MAX_BATCH_QUERIES ? (size_t)plan->count : MAX_BATCH_QUERIES;
  const uint64_t duration_ns = (uint64_t)(plan->duration_ns < LONGEST_NS ? plan->duration_ns : LONGEST_NS);
  /* Room for all, so that the loop allocates nothing; the kernel gives pages as they are written, outside the timed stretch. */
  uint64_t *const latencies_ns = allocate_pages(most * sizeof *latencies_ns);
  *into = (batch){0, 0, 0, most, latencies_ns, NULL};
  does->begin(run);
  size_t sample = 0, count = 0;
  uint64_t to;
  const uint64_t start = now_ns();
  const uint64_t end_at = start + duration_ns;
  do {
    const uint64_t from = now_ns();
    for (int64_t left = plan->calls_per_query; left > 0; left--) {
      if (!does->call(run, sample, why)) return BATCH_REFUSED;
      sample = next_sample(run, sample);
    }
    to = now_ns();
    latencies_ns[count++] = to - from;
    does->settle(run);
    if (is_abandoned()) return BATCH_ABANDONED;
  } while (to < end_at && count < most);
  into->start_ns = start;
  into->end_ns = to;
  into->count = count;
  return BATCH_DONE;
}

/* False when nobody waits any more. */
static bool wait_until(uint64_t due) {
  for (uint64_t now = now_ns(); now < due; now = now_ns()) {
    if (due - now <= SPIN_NS) continue;
    if (is_abandoned()) return false;
    const uint64_t until = due - now - SPIN_NS < SLEEP_NS ? due - SPIN_NS : now + SLEEP_NS;
    const struct timespec at = {(time_t)(until / 1000000000u), (long)(until % 1000000000u)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
  }
  return !is_abandoned();
}

batch_outcome run_server(model *run, const json_value *arrivals, batch *into, refusal *why) {
  const model_operations *const does = run->operations;
  const size_t bytes = arrivals->length * sizeof(uint64_t);
  *into = (batch){0, 0, 0, arrivals->length, allocate_pages(bytes), allocate_pages(bytes)};
  does->begin(run);
  size_t sample = 0;
  const uint64_t start = now_ns();
  uint64_t end = start;
  for (const json_value *arrival = arrivals->as.first; arrival != NULL; arrival = arrival->next) {
    const uint64_t due = start + (uint64_t)(arrival->as.number < LONGEST_NS ? arrival->as.number : LONGEST_NS);
    if (!wait_until(due)) return BATCH_ABANDONED;
    if (!does->call(run, sample, why)) return BATCH_REFUSED;
    end = now_ns();
    sample = next_sample(run, sample);
    into->latencies_ns[into->count] = end - due;
    into->completions_ns[into->count++] = end - start;
    does->settle(run);
  }
  into->start_ns = start;
  into->end_ns = end;
  return BATCH_DONE;
}

void release_batch(batch *of) {
  release_pages(of->latencies_ns, of->room * sizeof *of->latencies_ns);
  release_pages(of->completions_ns, of->room * sizeof *of->completions_ns);
  *of = (batch){0, 0, 0, 0, NULL, NULL};
}
