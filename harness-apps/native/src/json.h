/*
 * JSON as it comes in (RFC 8259): one document in a buffer that is decoded in place, so texts point into it. Bounded in depth and number of values.
 */
#ifndef PADDOCK_JSON_H
#define PADDOCK_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_TEXT, JSON_LIST, JSON_OBJECT } json_kind;

typedef struct json_value {
  struct json_value *next;
  /* Member name inside an object, else NULL. Ends with a NUL; may hold others. */
  const char *name;
  union {
    double number;
    const char *text;
    struct json_value *first;
  } as;
  uint32_t name_length;
  /* Bytes of a text, values of a list or object. */
  uint32_t length;
  json_kind kind;
} json_value;

typedef struct json_block json_block;

typedef struct json_document {
  json_value *root;
  /* What is wrong, when there is no root. */
  const char *fault;
  size_t fault_at;
  json_block *blocks;
} json_document;

/* `text[length]` must be a NUL. Gives false and a fault when it is not one JSON document. Close it in both cases. */
bool json_parse(json_document *document, char *text, size_t length);
void json_close(json_document *document);

/* The member of an object; the last one where a name is there twice, NULL where there is none. */
const json_value *json_member(const json_value *object, const char *name);

#endif
