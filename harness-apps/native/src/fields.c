#include "fields.h"

#include <math.h>
#include <string.h>

bool has_field(const json_value *object, const char *name) { return json_member(object, name) != NULL; }

bool is_whole(const json_value *value, double least) {
  return value->kind == JSON_NUMBER && value->as.number >= least && value->as.number <= MAX_WHOLE && floor(value->as.number) == value->as.number;
}

static bool wrong(refusal *why, const char *name, const char *wanted) { return refuse(why, "bad-request", "request.%s must be %s", name, wanted); }

bool read_text(const json_value *object, const char *name, const char **text, refusal *why) {
  const json_value *value = json_member(object, name);
  if (value == NULL || value->kind != JSON_TEXT) return wrong(why, name, "text");
  if (memchr(value->as.text, '\0', value->length) != NULL) return wrong(why, name, "text without a NUL character");
  *text = value->as.text;
  return true;
}

bool read_number(const json_value *object, const char *name, double least, double *number, refusal *why) {
  const json_value *value = json_member(object, name);
  if (value == NULL || value->kind != JSON_NUMBER || !isfinite(value->as.number) || value->as.number < least) {
    return refuse(why, "bad-request", "request.%s must be a number of at least %g", name, least);
  }
  *number = value->as.number;
  return true;
}

bool read_whole(const json_value *object, const char *name, double least, int64_t *number, refusal *why) {
  const json_value *value = json_member(object, name);
  if (value == NULL || !is_whole(value, least)) return refuse(why, "bad-request", "request.%s must be a whole number of at least %g", name, least);
  *number = (int64_t)value->as.number;
  return true;
}

bool read_flag(const json_value *object, const char *name, bool *flag, refusal *why) {
  const json_value *value = json_member(object, name);
  if (value != NULL && value->kind != JSON_TRUE && value->kind != JSON_FALSE) return wrong(why, name, "true or false");
  *flag = value != NULL && value->kind == JSON_TRUE;
  return true;
}

bool read_choice(const json_value *object, const char *name, const char *const *choices, int *choice, refusal *why) {
  const json_value *value = json_member(object, name);
  char list[256] = "one of";
  for (int i = 0; choices[i] != NULL; i++) {
    if (value != NULL && value->kind == JSON_TEXT && value->length == strlen(choices[i]) && memcmp(value->as.text, choices[i], value->length) == 0) {
      *choice = i;
      return true;
    }
    strncat(list, i == 0 ? " " : ", ", sizeof list - strlen(list) - 1);
    strncat(list, choices[i], sizeof list - strlen(list) - 1);
  }
  return wrong(why, name, list);
}

bool read_group(const json_value *object, const char *name, json_kind kind, const json_value **group, refusal *why) {
  const json_value *value = json_member(object, name);
  if (value == NULL || value->kind != kind) return wrong(why, name, kind == JSON_LIST ? "a list" : "an object");
  *group = value;
  return true;
}
