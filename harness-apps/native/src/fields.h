/* Reads the members of a request; a missing or wrong one is refused as `bad-request` with its name. Unknown members are ignored. */
#ifndef PADDOCK_FIELDS_H
#define PADDOCK_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "json.h"
#include "refusal.h"

/* Whole numbers in JSON are safe up to here (Number.MAX_SAFE_INTEGER). */
#define MAX_WHOLE 9007199254740991.0

bool has_field(const json_value *object, const char *name);
/* A text without a NUL inside, so that it is a C string. */
bool read_text(const json_value *object, const char *name, const char **text, refusal *why);
/* Finite and at least `least`. */
bool read_number(const json_value *object, const char *name, double least, double *number, refusal *why);
bool read_whole(const json_value *object, const char *name, double least, int64_t *number, refusal *why);
/* False where the member is not there. */
bool read_flag(const json_value *object, const char *name, bool *flag, refusal *why);
/* The place of the text in `choices`, which ends with NULL. */
bool read_choice(const json_value *object, const char *name, const char *const *choices, int *choice, refusal *why);
bool read_group(const json_value *object, const char *name, json_kind kind, const json_value **group, refusal *why);
/* Whether the value is a whole number of at least `least`. */
bool is_whole(const json_value *value, double least);

#endif
