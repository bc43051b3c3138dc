/* Session options of a load request. */
#ifndef PADDOCK_ORT_OPTIONS_H
#define PADDOCK_ORT_OPTIONS_H

#include "ort.h"

/* Fills `into`. Refuses `bad-option` or `unknown-delegate`. */
bool set_options(ort_runtime *ort, OrtSessionOptions *into, const char *delegate_name, const load_options *options, refusal *why);

#endif
