/* The profile that ONNX Runtime writes. */
#ifndef PADDOCK_PROFILE_H
#define PADDOCK_PROFILE_H

#include "output.h"
#include "refusal.h"

/* Reads and deletes the profile at `path` and puts the list of its nodes: one row per node and provider, with its own time (without the nodes of its subgraphs). */
bool put_profile(output *out, const char *path, refusal *why);

#endif
