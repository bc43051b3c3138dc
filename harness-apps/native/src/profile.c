#include "profile.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "memory.h"

/* The verifying pass runs a few inferences; this is thousands of them. */
#define MAX_PROFILE_BYTES (256L * 1024 * 1024)
#define SUFFIX "_kernel_time"

typedef struct row {
  const char *name;
  size_t name_length;
  const char *operator;
  const char *provider;
  int64_t calls;
  double time_us;
} row;

typedef struct event {
  row key;
  double thread;
  double start_us;
  double duration_us;
  size_t index;
  size_t row;
} event;

static const char *text_of(const json_value *object, const char *name) {
  const json_value *value = json_member(object, name);
  return value != NULL && value->kind == JSON_TEXT ? value->as.text : NULL;
}

static double number_of(const json_value *object, const char *name) {
  const json_value *value = json_member(object, name);
  return value != NULL && value->kind == JSON_NUMBER ? value->as.number : 0;
}

/* Kernel events: category `Node`, name `…_kernel_time`. */
static bool read_event(const json_value *value, size_t index, event *into) {
  const char *category = text_of(value, "cat");
  const char *name = text_of(value, "name");
  const json_value *args = json_member(value, "args");
  if (category == NULL || name == NULL || args == NULL || strcmp(category, "Node") != 0) return false;
  const size_t length = strlen(name);
  const size_t suffix = strlen(SUFFIX);
  if (length < suffix || strcmp(name + length - suffix, SUFFIX) != 0) return false;
  *into = (event){{name, length - suffix, text_of(args, "op_name"), text_of(args, "provider"), 0, 0}, number_of(value, "tid"), number_of(value, "ts"), number_of(value, "dur"), index, 0};
  return into->key.operator != NULL && into->key.provider != NULL;
}

static int compare_keys(const void *left, const void *right) {
  const row *a = &((const event *)left)->key, *b = &((const event *)right)->key;
  const size_t shorter = a->name_length < b->name_length ? a->name_length : b->name_length;
  int order = memcmp(a->name, b->name, shorter);
  if (order == 0) order = (a->name_length > b->name_length) - (a->name_length < b->name_length);
  if (order == 0) order = strcmp(a->operator, b->operator);
  return order == 0 ? strcmp(a->provider, b->provider) : order;
}

static int by_key(const void *left, const void *right) {
  const int order = compare_keys(left, right);
  const event *a = left, *b = right;
  return order == 0 ? (a->index > b->index) - (a->index < b->index) : order;
}

/* An event that comes later in the file is the outer one. */
static int by_time(const void *left, const void *right) {
  const event *a = left, *b = right;
  if (a->thread != b->thread) return a->thread < b->thread ? -1 : 1;
  if (a->start_us != b->start_us) return a->start_us < b->start_us ? -1 : 1;
  if (a->duration_us != b->duration_us) return a->duration_us > b->duration_us ? -1 : 1;
  return (a->index < b->index) - (a->index > b->index);
}

static size_t make_rows(event *events, size_t count, row *rows) {
  size_t made = 0;
  qsort(events, count, sizeof *events, by_key);
  for (size_t i = 0; i < count; i++) {
    if (i == 0 || compare_keys(&events[i - 1], &events[i]) != 0) rows[made++] = events[i].key;
    events[i].row = made - 1;
  }
  return made;
}

/*
 * A node's time is its own: a control-flow node's event spans those of its subgraph, which are taken off, else shares would count them twice. Times are whole
 * µs, cut off, so an event is inside another when it starts before the other's end.
 */
static void add_times(event *events, size_t count, row *rows) {
  const event **open = allocate(count, sizeof *open);
  size_t depth = 0;
  qsort(events, count, sizeof *events, by_time);
  for (size_t i = 0; i < count; i++) {
    if (i > 0 && events[i - 1].thread != events[i].thread) depth = 0;
    while (depth > 0 && open[depth - 1]->start_us + open[depth - 1]->duration_us <= events[i].start_us) depth--;
    rows[events[i].row].calls++;
    rows[events[i].row].time_us += events[i].duration_us;
    if (depth > 0) rows[open[depth - 1]->row].time_us -= events[i].duration_us;
    open[depth++] = &events[i];
  }
  free(open);
}

static void put_rows(output *out, const row *rows, size_t count) {
  put_raw(out, "[");
  for (size_t i = 0; i < count; i++) {
    char *name = copy_text(rows[i].name);
    name[rows[i].name_length] = '\0';
    put_comma(out);
    put_raw(out, "{");
    put_name(out, "name");
    put_text(out, name);
    put_name(out, "operator");
    put_text(out, rows[i].operator);
    put_name(out, "provider");
    put_text(out, rows[i].provider);
    put_name(out, "calls");
    put_whole(out, rows[i].calls);
    put_name(out, "timeNs");
    put_whole(out, rows[i].time_us > 0 ? (int64_t)(rows[i].time_us * 1000) : 0);
    put_raw(out, "}");
    free(name);
  }
  put_raw(out, "]");
}

static char *read_whole_file(const char *path, size_t *length, refusal *why) {
  FILE *file = fopen(path, "re");
  if (file == NULL) {
    refuse(why, "not-profiled", "ONNX Runtime left no profile %s: %s", path, strerror(errno));
    return NULL;
  }
  fseek(file, 0, SEEK_END);
  const long bytes = ftell(file);
  char *text = NULL;
  if (bytes < 0 || bytes > MAX_PROFILE_BYTES) {
    refuse(why, "not-profiled", "the profile %s has %ld bytes, more than are read", path, bytes);
  } else {
    rewind(file);
    text = allocate((size_t)bytes + 1, 1);
    *length = fread(text, 1, (size_t)bytes, file);
    text[*length] = '\0';
  }
  fclose(file);
  return text;
}

bool put_profile(output *out, const char *path, refusal *why) {
  size_t length = 0;
  json_document profile;
  char *text = read_whole_file(path, &length, why);
  unlink(path);
  if (text == NULL) return false;
  bool fine = json_parse(&profile, text, length);
  if (!fine) refuse(why, "not-profiled", "the profile %s is not JSON: %s at byte %zu", path, profile.fault, profile.fault_at);
  else if (profile.root->kind != JSON_LIST) fine = refuse(why, "not-profiled", "the profile %s is not a list", path);
  if (fine) {
    event *events = allocate(profile.root->length, sizeof *events);
    row *rows = allocate(profile.root->length, sizeof *rows);
    size_t count = 0, index = 0;
    for (const json_value *each = profile.root->as.first; each != NULL; each = each->next, index++) {
      if (each->kind == JSON_OBJECT && read_event(each, index, &events[count])) count++;
    }
    const size_t made = make_rows(events, count, rows);
    add_times(events, count, rows);
    put_rows(out, rows, made);
    free(rows);
    free(events);
  }
  json_close(&profile);
  free(text);
  return fine;
}
