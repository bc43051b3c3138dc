#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* Requests are four deep. */
#define MAX_DEPTH 64
/* Twice the largest batch: a server run of MAX_BATCH_QUERIES arrivals fits. */
#define MAX_VALUES (1u << 22)
#define BLOCK_VALUES 512

struct json_block {
  struct json_block *before;
  size_t used;
  json_value values[BLOCK_VALUES];
};

typedef struct parser {
  json_document *document;
  char *start;
  char *at;
  char *end;
  uint32_t values;
} parser;

static json_value *parse_value(parser *p, unsigned depth);

static json_value *fail(parser *p, const char *fault) {
  if (p->document->fault == NULL) {
    p->document->fault = fault;
    p->document->fault_at = (size_t)(p->at - p->start);
  }
  return NULL;
}

static void skip_space(parser *p) {
  while (*p->at == ' ' || *p->at == '\t' || *p->at == '\r' || *p->at == '\n') p->at++;
}

static json_value *make_value(parser *p, json_kind kind) {
  json_block *block = p->document->blocks;
  if (p->values++ >= MAX_VALUES) return fail(p, "too many values");
  if (block == NULL || block->used == BLOCK_VALUES) {
    block = reallocate(NULL, sizeof *block);
    block->before = p->document->blocks;
    block->used = 0;
    p->document->blocks = block;
  }
  json_value *value = &block->values[block->used++];
  memset(value, 0, sizeof *value);
  value->kind = kind;
  return value;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/* Four digits after `\u`, or -1. */
static int32_t read_unit(const char *at) {
  int32_t unit = 0;
  for (int i = 0; i < 4; i++) {
    const int digit = hex_digit(at[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

static char *put_utf8(char *to, uint32_t code) {
  if (code < 0x80) {
    *to++ = (char)code;
  } else if (code < 0x800) {
    *to++ = (char)(0xC0 | (code >> 6));
    *to++ = (char)(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    *to++ = (char)(0xE0 | (code >> 12));
    *to++ = (char)(0x80 | ((code >> 6) & 0x3F));
    *to++ = (char)(0x80 | (code & 0x3F));
  } else {
    *to++ = (char)(0xF0 | (code >> 18));
    *to++ = (char)(0x80 | ((code >> 12) & 0x3F));
    *to++ = (char)(0x80 | ((code >> 6) & 0x3F));
    *to++ = (char)(0x80 | (code & 0x3F));
  }
  return to;
}

/* After a backslash and `u`. A half of a surrogate pair alone becomes U+FFFD. */
static char *put_unit(parser *p, char *to) {
  const int32_t unit = read_unit(p->at);
  if (unit < 0) return fail(p, "a \\u without four hexadecimal digits"), NULL;
  p->at += 4;
  if (unit < 0xD800 || unit > 0xDFFF) return put_utf8(to, (uint32_t)unit);
  if (unit < 0xDC00 && p->at[0] == '\\' && p->at[1] == 'u') {
    const int32_t low = read_unit(p->at + 2);
    if (low >= 0xDC00 && low <= 0xDFFF) {
      p->at += 6;
      return put_utf8(to, 0x10000u + (((uint32_t)unit - 0xD800u) << 10) + ((uint32_t)low - 0xDC00u));
    }
  }
  return put_utf8(to, 0xFFFD);
}

/* At the opening quote. Decodes in place: what comes out is never longer than what went in. */
static const char *parse_text(parser *p, uint32_t *length) {
  char *const from = ++p->at;
  char *to = from;
  for (;;) {
    const char c = *p->at;
    if (p->at == p->end) return fail(p, "a text without its closing quote"), NULL;
    if ((unsigned char)c < 0x20) return fail(p, "a control character inside a text"), NULL;
    p->at++;
    if (c == '"') break;
    if (c != '\\') {
      *to++ = c;
      continue;
    }
    const char escape = *p->at++;
    switch (escape) {
      case '"': case '\\': case '/': *to++ = escape; break;
      case 'b': *to++ = '\b'; break;
      case 'f': *to++ = '\f'; break;
      case 'n': *to++ = '\n'; break;
      case 'r': *to++ = '\r'; break;
      case 't': *to++ = '\t'; break;
      case 'u':
        to = put_unit(p, to);
        if (to == NULL) return NULL;
        break;
      default:
        p->at--;
        return fail(p, "an unknown escape inside a text"), NULL;
    }
  }
  /* The closing quote was read, so there is room for the NUL. */
  *to = '\0';
  *length = (uint32_t)(to - from);
  return from;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static json_value *parse_number(parser *p) {
  const char *const from = p->at;
  char *at = p->at;
  if (*at == '-') at++;
  if (!is_digit(*at)) return fail(p, "not a value");
  if (*at == '0') at++;
  else while (is_digit(*at)) at++;
  if (*at == '.') {
    at++;
    if (!is_digit(*at)) return fail(p, "a number that ends in its point");
    while (is_digit(*at)) at++;
  }
  if (*at == 'e' || *at == 'E') {
    at++;
    if (*at == '+' || *at == '-') at++;
    if (!is_digit(*at)) return fail(p, "a number without digits in its exponent");
    while (is_digit(*at)) at++;
  }
  json_value *value = make_value(p, JSON_NUMBER);
  if (value == NULL) return NULL;
  value->as.number = strtod(from, NULL);
  p->at = at;
  return value;
}

static json_value *parse_word(parser *p, const char *word, json_kind kind) {
  const size_t length = strlen(word);
  if (strncmp(p->at, word, length) != 0) return fail(p, "not a value");
  p->at += length;
  return make_value(p, kind);
}

/* A list or an object; at its opening bracket. */
static json_value *parse_group(parser *p, json_kind kind, unsigned depth) {
  const char closing = kind == JSON_LIST ? ']' : '}';
  if (depth >= MAX_DEPTH) return fail(p, "nested too deep");
  json_value *group = make_value(p, kind);
  if (group == NULL) return NULL;
  json_value **link = &group->as.first;
  p->at++;
  skip_space(p);
  if (*p->at == closing) {
    p->at++;
    return group;
  }
  for (;;) {
    const char *name = NULL;
    uint32_t name_length = 0;
    skip_space(p);
    if (kind == JSON_OBJECT) {
      if (*p->at != '"') return fail(p, "a member without a name");
      name = parse_text(p, &name_length);
      if (name == NULL) return NULL;
      skip_space(p);
      if (*p->at != ':') return fail(p, "a name without its colon");
      p->at++;
    }
    json_value *value = parse_value(p, depth + 1);
    if (value == NULL) return NULL;
    value->name = name;
    value->name_length = name_length;
    *link = value;
    link = &value->next;
    group->length++;
    skip_space(p);
    const char c = *p->at;
    if (c != ',' && c != closing) return fail(p, "neither a comma nor a closing bracket after a value");
    p->at++;
    if (c == closing) return group;
  }
}

static json_value *parse_value(parser *p, unsigned depth) {
  skip_space(p);
  switch (*p->at) {
    case '{': return parse_group(p, JSON_OBJECT, depth);
    case '[': return parse_group(p, JSON_LIST, depth);
    case 't': return parse_word(p, "true", JSON_TRUE);
    case 'f': return parse_word(p, "false", JSON_FALSE);
    case 'n': return parse_word(p, "null", JSON_NULL);
    case '"': {
      json_value *value = make_value(p, JSON_TEXT);
      if (value != NULL) value->as.text = parse_text(p, &value->length);
      return value == NULL || value->as.text == NULL ? NULL : value;
    }
    default: return parse_number(p);
  }
}

bool json_parse(json_document *document, char *text, size_t length) {
  parser p = {document, text, text, text + length, 0};
  *document = (json_document){NULL, NULL, 0, NULL};
  json_value *root = length > UINT32_MAX ? fail(&p, "too long") : parse_value(&p, 0);
  if (root != NULL) skip_space(&p);
  if (root != NULL && p.at != p.end) root = fail(&p, "something after the document");
  document->root = root;
  return root != NULL;
}

void json_close(json_document *document) {
  while (document->blocks != NULL) {
    json_block *block = document->blocks;
    document->blocks = block->before;
    free(block);
  }
  document->root = NULL;
}

const json_value *json_member(const json_value *object, const char *name) {
  const json_value *found = NULL;
  const size_t length = strlen(name);
  if (object->kind != JSON_OBJECT) return NULL;
  for (const json_value *each = object->as.first; each != NULL; each = each->next) {
    if (each->name_length == length && memcmp(each->name, name, length) == 0) found = each;
  }
  return found;
}
