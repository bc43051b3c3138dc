/* Constants of harness protocol 1, as in src/harness/wire.ts. */
#ifndef PADDOCK_PROTOCOL_H
#define PADDOCK_PROTOCOL_H

#define PROTOCOL_VERSION 1
#define MAX_LINE_BYTES (64u * 1024 * 1024)
/* A batch ends at this many queries, whatever was asked for. */
#define MAX_BATCH_QUERIES (1u << 21)

#endif
