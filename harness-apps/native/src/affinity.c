#include "affinity.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "fields.h"

int allowed_cores(void) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

static bool read_cores(const json_value *cores, cpu_set_t *wanted, refusal *why) {
  CPU_ZERO(wanted);
  if (cores->length == 0) return refuse(why, "bad-request", "request.options.affinity is empty");
  for (const json_value *core = cores->as.first; core != NULL; core = core->next) {
    if (!is_whole(core, 0)) return refuse(why, "bad-request", "request.options.affinity must be a list of core numbers");
    if (core->as.number >= CPU_SETSIZE) return refuse(why, "bad-option", "there is no core %.0f here", core->as.number);
    CPU_SET((size_t)core->as.number, wanted);
  }
  return true;
}

bool pin(const json_value *cores, refusal *why) {
  static cpu_set_t at_start;
  cpu_set_t wanted, held;
  if (CPU_COUNT(&at_start) == 0) sched_getaffinity(0, sizeof at_start, &at_start);
  wanted = at_start;
  if (cores != NULL && !read_cores(cores, &wanted, why)) return false;
  if (sched_setaffinity(0, sizeof wanted, &wanted) != 0) return refuse(why, "bad-option", "the kernel does not hold this process on those cores: %s", strerror(errno));
  if (sched_getaffinity(0, sizeof held, &held) != 0 || !CPU_EQUAL(&wanted, &held)) {
    return refuse(why, "bad-option", "the kernel gives only %d of the %d cores asked for", CPU_COUNT(&held), CPU_COUNT(&wanted));
  }
  return true;
}

void put_affinity(output *out) {
  cpu_set_t held;
  CPU_ZERO(&held);
  sched_getaffinity(0, sizeof held, &held);
  put_raw(out, "[");
  for (int core = 0; core < CPU_SETSIZE; core++) {
    if (!CPU_ISSET((size_t)core, &held)) continue;
    put_comma(out);
    put_whole(out, core);
  }
  put_raw(out, "]");
}
