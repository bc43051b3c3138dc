#include "refusal.h"

#include <stdarg.h>
#include <stdio.h>

bool refuse(refusal *why, const char *code, const char *format, ...) {
  va_list rest;
  va_start(rest, format);
  why->code = code;
  vsnprintf(why->message, sizeof why->message, format, rest);
  va_end(rest);
  return false;
}
