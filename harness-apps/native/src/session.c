#include "session.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "affinity.h"
#include "batch.h"
#include "clock.h"
#include "fields.h"
#include "memory.h"
#include "protocol.h"

#ifndef PADDOCK_VERSION
#error "build with -DPADDOCK_VERSION=\"…\""
#endif

typedef struct request {
  const json_value *body;
  int64_t id;
  reply then;
} request;

static const char *const SCENARIOS[] = {"single-stream", "multi-stream", "offline", "server", NULL};
#define SERVER 3
static const char *const OPTIMIZATIONS[] = {"disabled", "basic", "extended", "all", NULL};

static bool hello(session *of, request *asked, refusal *why) {
  int64_t protocol;
  if (!read_whole(asked->body, "protocol", 0, &protocol, why)) return false;
  if (protocol != PROTOCOL_VERSION) return refuse(why, "bad-option", "this harness speaks protocol %d, not %lld", PROTOCOL_VERSION, (long long)protocol);
  output out = event_begin("hello", asked->id);
  put_name(&out, "protocol");
  put_whole(&out, PROTOCOL_VERSION);
  put_raw(&out, ",\"harness\":{\"name\":\"paddock-native\",\"version\":\"" PADDOCK_VERSION "\"}");
  put_name(&out, "runtimes");
  put_raw(&out, "[");
  for (size_t i = 0; i < of->runtime_count; i++) {
    const runtime *each = of->runtimes[i];
    if (each->absent != NULL) continue;
    put_comma(&out);
    put_raw(&out, "{");
    put_name(&out, "name");
    put_text(&out, each->name);
    put_name(&out, "version");
    put_text(&out, each->version);
    put_name(&out, "delegates");
    put_raw(&out, "[");
    for (size_t j = 0; j < each->delegate_count; j++) {
      put_comma(&out);
      put_raw(&out, "{");
      put_name(&out, "name");
      put_text(&out, each->delegates[j].name);
      put_name(&out, "kind");
      put_text(&out, each->delegates[j].kind);
      put_raw(&out, "}");
    }
    put_raw(&out, "]}");
  }
  put_raw(&out, "]");
  put_name(&out, "clockResolutionNs");
  put_whole(&out, (int64_t)clock_resolution_ns());
  put_name(&out, "cores");
  put_whole(&out, allowed_cores());
  put_name(&out, "pid");
  put_whole(&out, getpid());
  put_name(&out, "nowNs");
  put_whole(&out, (int64_t)now_ns());
  put_name(&out, "uptimeNs");
  put_whole(&out, (int64_t)uptime_ns());
  event_send(&out);
  return true;
}

static bool read_dimensions(const json_value *options, load_options *into, refusal *why) {
  if (!has_field(options, "freeDimensions")) return true;
  if (!read_group(options, "freeDimensions", JSON_OBJECT, &into->free_dimensions, why)) return false;
  for (const json_value *each = into->free_dimensions->as.first; each != NULL; each = each->next) {
    if (!is_whole(each, 1)) return refuse(why, "bad-request", "request.options.freeDimensions.%s must be a whole number of at least 1", each->name);
  }
  return true;
}

static bool read_options(const json_value *options, load_options *into, refusal *why) {
  *into = (load_options){0, 0, NULL, NULL, false};
  if (!read_whole(options, "threads", 1, &into->threads, why) || !read_choice(options, "graphOptimization", OPTIMIZATIONS, &into->optimization, why)) return false;
  if (into->threads > 1024) return refuse(why, "bad-option", "%lld threads are more than this harness starts", (long long)into->threads);
  if (has_field(options, "profilePrefix") && !read_text(options, "profilePrefix", &into->profile_prefix, why)) return false;
  return read_flag(options, "strict", &into->strict, why) && read_dimensions(options, into, why);
}

static runtime *find_runtime(const session *of, const char *name, refusal *why) {
  for (size_t i = 0; i < of->runtime_count; i++) {
    runtime *each = of->runtimes[i];
    if (strcmp(each->name, name) != 0) continue;
    if (each->absent == NULL) return each;
    refuse(why, "unknown-runtime", "no runtime \"%s\" in this harness: %s", name, each->absent);
    return NULL;
  }
  refuse(why, "unknown-runtime", "no runtime \"%s\" in this harness", name);
  return NULL;
}

static bool offers(const runtime *from, const char *name, refusal *why) {
  for (size_t i = 0; i < from->delegate_count; i++) {
    if (strcmp(from->delegates[i].name, name) == 0) return true;
  }
  return refuse(why, "unknown-delegate", "%s does not offer \"%s\" here", from->name, name);
}

static bool load(session *of, request *asked, refusal *why) {
  const char *runtime_name, *delegate_name, *path = NULL;
  const json_value *options_object, *affinity = NULL;
  load_options options;
  const json_value *named = json_member(asked->body, "model");
  if (!read_text(asked->body, "runtime", &runtime_name, why)) return false;
  if ((named == NULL || named->kind != JSON_NULL) && !read_text(asked->body, "model", &path, why)) return false;
  if (!read_text(asked->body, "delegate", &delegate_name, why) || !read_group(asked->body, "options", JSON_OBJECT, &options_object, why)) return false;
  if (!read_options(options_object, &options, why)) return false;
  if (has_field(options_object, "affinity") && !read_group(options_object, "affinity", JSON_LIST, &affinity, why)) return false;
  if (of->loaded != NULL) return refuse(why, "bad-order", "a model is loaded already; a launch has one");
  runtime *const from = find_runtime(of, runtime_name, why);
  if (from == NULL || !offers(from, delegate_name, why)) return false;
  /* Before the runtime starts its threads, which inherit it. */
  if (!pin(affinity, why)) return false;
  of->loaded = from->load(from, path, delegate_name, &options, why);
  if (of->loaded == NULL) return false;
  output out = event_begin("loaded", asked->id);
  put_name(&out, "initNs");
  put_whole(&out, (int64_t)of->loaded->init_ns);
  of->loaded->operations->describe(of->loaded, &out);
  put_name(&out, "affinity");
  put_affinity(&out);
  event_send(&out);
  return true;
}

static bool need_model(const session *of, const char *op, refusal *why) { return of->loaded != NULL || refuse(why, "bad-order", "%s needs a model: send load first", op); }

static bool need_samples(const session *of, const char *op, refusal *why) {
  return need_model(of, op, why) && (of->loaded->samples > 0 || refuse(why, "bad-order", "%s needs samples: send inputs first", op));
}

static bool inputs(session *of, request *asked, refusal *why) {
  const json_value *samples, *carry = NULL;
  if (!read_group(asked->body, "samples", JSON_LIST, &samples, why)) return false;
  if (has_field(asked->body, "carry") && !read_group(asked->body, "carry", JSON_OBJECT, &carry, why)) return false;
  if (!need_model(of, "inputs", why)) return false;
  if (samples->length == 0) return refuse(why, "bad-request", "inputs.samples is empty");
  if (!of->loaded->operations->prepare(of->loaded, samples, carry, why)) return false;
  output out = event_begin("inputs", asked->id);
  put_name(&out, "samples");
  put_whole(&out, (int64_t)of->loaded->samples);
  event_send(&out);
  return true;
}

static bool check_arrivals(const json_value *arrivals, refusal *why) {
  double before = 0;
  if (arrivals->length > MAX_BATCH_QUERIES) return refuse(why, "bad-request", "run.arrivalsNs has more than %u arrivals", MAX_BATCH_QUERIES);
  for (const json_value *each = arrivals->as.first; each != NULL; each = each->next) {
    if (each->kind != JSON_NUMBER || !isfinite(each->as.number) || each->as.number < before) return refuse(why, "bad-request", "run.arrivalsNs must be numbers, none less than the one before it");
    before = each->as.number;
  }
  return true;
}

static void put_times(output *out, const char *name, const uint64_t *times, size_t count) {
  put_name(out, name);
  put_raw(out, "[");
  for (size_t i = 0; i < count; i++) {
    put_comma(out);
    put_whole(out, (int64_t)times[i]);
  }
  put_raw(out, "]");
}

static void send_batch(const batch *of, bool first, int64_t id) {
  output out = event_begin("batch", id);
  put_name(&out, "startNs");
  put_whole(&out, (int64_t)of->start_ns);
  put_name(&out, "endNs");
  put_whole(&out, (int64_t)of->end_ns);
  put_name(&out, "first");
  put_raw(&out, first ? "true" : "false");
  put_times(&out, "latenciesNs", of->latencies_ns, of->count);
  if (of->completions_ns != NULL) put_times(&out, "completionsNs", of->completions_ns, of->count);
  event_send(&out);
}

static bool run(session *of, request *asked, refusal *why) {
  int scenario;
  closed_loop plan = {0, 0, 0};
  const json_value *arrivals = NULL;
  batch done;
  if (!read_choice(asked->body, "scenario", SCENARIOS, &scenario, why)) return false;
  if (scenario == SERVER) {
    if (!read_group(asked->body, "arrivalsNs", JSON_LIST, &arrivals, why) || !check_arrivals(arrivals, why)) return false;
  } else if (!read_whole(asked->body, "count", 1, &plan.count, why) || !read_number(asked->body, "durationNs", 0, &plan.duration_ns, why) || !read_whole(asked->body, "callsPerQuery", 1, &plan.calls_per_query, why)) {
    return false;
  }
  if (!need_samples(of, "run", why)) return false;
  const bool first = !of->ran;
  const batch_outcome outcome = arrivals == NULL ? run_closed_loop(of->loaded, &plan, &done, why) : run_server(of->loaded, arrivals, &done, why);
  of->ran = true;
  if (outcome == BATCH_DONE) send_batch(&done, first, asked->id);
  if (outcome == BATCH_ABANDONED) asked->then = REPLY_ABANDONED;
  release_batch(&done);
  return outcome != BATCH_REFUSED;
}

static bool infer(session *of, request *asked, refusal *why) {
  int64_t sample;
  if (!read_whole(asked->body, "sample", 0, &sample, why) || !need_samples(of, "infer", why)) return false;
  if ((uint64_t)sample >= of->loaded->samples) return refuse(why, "bad-request", "there is no sample %lld; inputs gave %zu", (long long)sample, of->loaded->samples);
  output out = event_begin("outputs", asked->id);
  put_name(&out, "outputs");
  const bool fine = of->loaded->operations->infer(of->loaded, (size_t)sample, &out, why);
  of->ran = of->ran || fine;
  if (fine) event_send(&out);
  else event_drop(&out);
  return fine;
}

static bool placement(session *of, request *asked, refusal *why) {
  if (!need_model(of, "placement", why)) return false;
  output out = event_begin("placement", asked->id);
  const bool fine = of->loaded->operations->placement(of->loaded, &out, why);
  if (fine) event_send(&out);
  else event_drop(&out);
  return fine;
}

static bool memory(session *of, request *asked, refusal *why) {
  (void)of;
  (void)why;
  const memory_reading reading = read_memory();
  output out = event_begin("memory", asked->id);
  put_name(&out, "peakBytes");
  put_whole(&out, (int64_t)reading.peak_bytes);
  put_name(&out, "currentBytes");
  put_whole(&out, (int64_t)reading.current_bytes);
  put_name(&out, "method");
  put_text(&out, reading.method);
  event_send(&out);
  return true;
}

static bool bye(session *of, request *asked, refusal *why) {
  (void)why;
  if (of->loaded != NULL) of->loaded->operations->release(of->loaded);
  of->loaded = NULL;
  output out = event_begin("bye", asked->id);
  event_send(&out);
  asked->then = REPLY_LAST;
  return true;
}

static const struct {
  const char *op;
  bool (*answer)(session *of, request *asked, refusal *why);
} OPS[] = {{"hello", hello}, {"load", load}, {"inputs", inputs}, {"run", run}, {"infer", infer}, {"placement", placement}, {"memory", memory}, {"bye", bye}};

static bool dispatch(session *of, const json_document *document, request *asked, refusal *why) {
  const char *op;
  if (document->root == NULL) return refuse(why, "bad-request", "a request must be one JSON object on one line: %s at byte %zu", document->fault, document->fault_at);
  asked->body = document->root;
  if (asked->body->kind != JSON_OBJECT) return refuse(why, "bad-request", "request must be an object");
  int64_t id;
  if (!read_whole(asked->body, "id", 0, &id, why)) return false;
  asked->id = id;
  if (!read_text(asked->body, "op", &op, why)) return false;
  for (size_t i = 0; i < sizeof OPS / sizeof *OPS; i++) {
    if (strcmp(OPS[i].op, op) == 0) return OPS[i].answer(of, asked, why);
  }
  return refuse(why, "unknown-op", "this harness does not know the op \"%s\"", op);
}

reply answer(session *of, char *line, size_t length) {
  static refusal why;
  request asked = {NULL, -1, REPLY_SENT};
  json_document document;
  json_parse(&document, line, length);
  if (!dispatch(of, &document, &asked, &why)) {
    output out = event_begin("error", asked.id);
    put_name(&out, "code");
    put_text(&out, why.code);
    put_name(&out, "message");
    put_text(&out, why.message);
    event_send(&out);
  }
  json_close(&document);
  return asked.then;
}
