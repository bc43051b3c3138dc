/* Holds the process on some cores. */
#ifndef PADDOCK_AFFINITY_H
#define PADDOCK_AFFINITY_H

#include "json.h"
#include "output.h"
#include "refusal.h"

/* Cores that this process may run on. */
int allowed_cores(void);
/* Pins this thread, and with it every thread that it starts from now on, to a list of core numbers, or for NULL to those it started on. Refuses `bad-option` when the kernel does not hold it there exactly. */
bool pin(const json_value *cores, refusal *why);
/* The cores that this thread may run on now, as a JSON list: asked from the kernel. */
void put_affinity(output *out);

#endif
