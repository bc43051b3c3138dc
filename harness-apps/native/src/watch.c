#include "watch.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

/* Often enough that nothing lingers; two wake-ups a second cost nothing that can be measured. */
#define PERIOD_MS 500
/* From closed input to the end of the process, for a main thread that is inside a call which does not return. */
#define GRACE_MS 5000
#define STACK_BYTES (64 * 1024)

#ifndef POLLRDHUP
#define POLLRDHUP 0
#endif

static atomic_bool abandoned;
static pid_t parent;

bool is_abandoned(void) { return atomic_load_explicit(&abandoned, memory_order_relaxed); }

static void *watch(void *unused) {
  (void)unused;
  int left_ms = GRACE_MS;
  while (left_ms > 0) {
    /* No POLLIN: requests that wait to be read must not wake this thread. Hang-ups are always told. */
    struct pollfd input = {STDIN_FILENO, POLLRDHUP, 0};
    const bool closed = is_abandoned();
    const int told = poll(closed ? NULL : &input, closed ? 0 : 1, PERIOD_MS);
    if (getppid() != parent) kill(getpid(), SIGKILL);
    if (closed) left_ms -= PERIOD_MS;
    else if (told > 0 && (input.revents & (POLLHUP | POLLRDHUP | POLLERR | POLLNVAL)) != 0) atomic_store(&abandoned, true);
  }
  _exit(0);
}

bool watch_start(void) {
  pthread_attr_t attributes;
  pthread_t thread;
  sigset_t all, before;
  parent = getppid();
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const bool started = pthread_create(&thread, &attributes, watch, NULL) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return started;
}
