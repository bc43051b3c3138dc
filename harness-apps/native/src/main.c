/*
 * Harness app over ONNX Runtime's C interface: protocol 1 (src/harness/protocol.ts) on stdin and stdout.
 * `harness-native [--library PATH] [RUNTIME…]` carries the runtimes that are named, or all; `null` alone loads no ONNX Runtime. Exits 0 on `bye` and when
 * its input closes, 2 on wrong usage.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "line.h"
#include "null.h"
#include "ort.h"
#include "output.h"
#include "protocol.h"
#include "session.h"
#include "watch.h"

#if defined(__SANITIZE_ADDRESS__)
void __lsan_do_leak_check(void);
#endif

/* Not `exit`: clean-up of native libraries can hang, and nothing is lost by leaving it out. */
static _Noreturn void leave(int code) {
#if defined(__SANITIZE_ADDRESS__)
  __lsan_do_leak_check();
#endif
  _exit(code);
}

static bool carry(session *of, const char *name, const char *library) {
  for (size_t i = 0; i < of->runtime_count; i++) {
    if (strcmp(of->runtimes[i]->name, name) == 0) return true;
  }
  runtime *opened = strcmp(name, "onnxruntime") == 0 ? open_ort(library) : strcmp(name, "null") == 0 ? open_null() : NULL;
  if (opened == NULL) return false;
  if (opened->absent != NULL) fprintf(stderr, "harness-native: %s: %s\n", opened->name, opened->absent);
  of->runtimes[of->runtime_count++] = opened;
  return true;
}

static bool read_arguments(session *into, int count, char **words) {
  const char *library = NULL;
  int at = 1;
  if (at < count && strcmp(words[at], "--library") == 0) {
    library = at + 1 < count ? words[at + 1] : NULL;
    if (library == NULL) fprintf(stderr, "harness-native: --library needs the path of ONNX Runtime's library\n");
    if (library == NULL) return false;
    at += 2;
  }
  if (at == count) return carry(into, "onnxruntime", library) && carry(into, "null", NULL);
  for (; at < count; at++) {
    if (carry(into, words[at], library)) continue;
    fprintf(stderr, "harness-native: no runtime \"%s\" here; there is onnxruntime, null\n", words[at]);
    return false;
  }
  return true;
}

int main(int count, char **words) {
  static session one;
  line_reader reader = {NULL, 0, 0, 0, 0};
  char *line = NULL;
  size_t length = 0;
  signal(SIGPIPE, SIG_IGN);
  if (!watch_start()) {
    fprintf(stderr, "harness-native: can't start the thread that watches for the end of its input\n");
    return 1;
  }
  if (!read_arguments(&one, count, words)) return 2;
  for (;;) {
    switch (read_line(&reader, MAX_LINE_BYTES, &line, &length)) {
      case LINE_END:
        leave(0);
      case LINE_TOO_LONG: {
        output out = event_begin("error", -1);
        put_name(&out, "code");
        put_text(&out, "bad-request");
        put_name(&out, "message");
        put_text(&out, "the line is longer than a request may be");
        event_send(&out);
        break;
      }
      case LINE_READ:
        if (strspn(line, " \t\r") == length) break;
        if (answer(&one, line, length) != REPLY_SENT) leave(0);
        break;
    }
  }
}
