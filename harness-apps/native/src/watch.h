/* Watches from a thread of its own whether anybody still wants an answer, so that it also works while the main thread is stuck inside native code. */
#ifndef PADDOCK_WATCH_H
#define PADDOCK_WATCH_H

#include <stdbool.h>

/* Call before anything else starts threads. Kills this process when its parent is gone; when stdin is closed by the other side, `is_abandoned` turns true, and the process ends soon even if the main thread does not look. */
bool watch_start(void);
bool is_abandoned(void);

#endif
