/* The runtime that does nothing, takes any model and any inputs: what it measures is the harness itself. */
#ifndef PADDOCK_NULL_H
#define PADDOCK_NULL_H

#include "model.h"

runtime *open_null(void);

#endif
