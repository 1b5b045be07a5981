/** Numbers as people write them.
 *
 *  strtod alone is too generous: it takes nan, inf, hexadecimal, leading blanks and stops at the first letter. So the shape is
 *  checked first ([+-] digits [. digits] [e [+-] digits], nothing else) and strtod only converts. An integer may be written 1e6 or
 *  2.0; it is computed from the digits themselves, since a double would keep only 53 bits of a seed. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "params_tree.h"

static const char *skip_digits(const char *text) {
  while (isdigit((unsigned char)*text)) text++;
  return text;
}

/** Length of the number at the start of `text`, 0 if there is none. */
static size_t number_length(const char *text) {
  const char *start = text + (*text == '+' || *text == '-');
  const char *end   = skip_digits(start);
  size_t n_digits   = (size_t)(end - start);
  if (*end == '.') {
    const char *fraction = end + 1;
    end                  = skip_digits(fraction);
    n_digits += (size_t)(end - fraction);
  }
  if (n_digits == 0) return 0;
  if (*end == 'e' || *end == 'E') {
    const char *exponent = end + 1 + (end[1] == '+' || end[1] == '-');
    const char *after    = skip_digits(exponent);
    if (after > exponent) end = after;
  }
  return (size_t)(end - text);
}

NumberFault number_double(const char *text, double *value) {
  const size_t length = number_length(text);
  if (length == 0 || text[length] != '\0') return NUMBER_TEXT;
  errno  = 0;
  *value = strtod(text, NULL);
  if (errno == ERANGE && (isinf(*value) || *value == 0)) return NUMBER_SIZE;
  return NUMBER_OK;
}

/** The digits of a number as |value| = mantissa * 10^exponent, mantissa without trailing zeros; false if it exceeds 64 bits. */
static bool split_decimal(const char *text, uint64_t *mantissa, long *exponent) {
  bool is_fraction = false;
  long zeros       = 0; /* digits read, but not yet in the mantissa */
  *mantissa        = 0;
  *exponent        = 0;
  for (; *text != '\0' && *text != 'e' && *text != 'E'; text++) {
    if (*text == '.') is_fraction = true;
    if (!isdigit((unsigned char)*text)) continue;
    zeros++;
    *exponent -= is_fraction;
    if (*text == '0') continue;
    for (; zeros > 0 && *mantissa > 0; zeros--)
      if (__builtin_mul_overflow(*mantissa, UINT64_C(10), mantissa)) return false;
    zeros = 0;
    if (__builtin_add_overflow(*mantissa, (uint64_t)(*text - '0'), mantissa)) return false;
  }
  const long written = *text == '\0' ? 0 : strtol(text + 1, NULL, 10);
  *exponent += zeros + (written > LARGEST_TEXT ? LARGEST_TEXT : written < -LARGEST_TEXT ? -LARGEST_TEXT : written);
  return true;
}

NumberFault number_integer(const char *text, int64_t *value) {
  const size_t length = number_length(text);
  if (length == 0 || text[length] != '\0') return NUMBER_TEXT;
  uint64_t m;
  long exponent;
  if (!split_decimal(text, &m, &exponent)) return NUMBER_SIZE;
  if (m > 0 && exponent < 0) return NUMBER_FRACTION;
  for (; m > 0 && exponent > 0; exponent--)
    if (__builtin_mul_overflow(m, UINT64_C(10), &m)) return NUMBER_SIZE;
  if (m > INT64_MAX) return NUMBER_SIZE;
  *value = text[0] == '-' ? -(int64_t)m : (int64_t)m;
  return NUMBER_OK;
}

/** 11:50:00 */
static NumberFault clock_time(const char *text, double *seconds) {
  int hours, minutes, rest, end = 0;
  if (strspn(text, "0123456789:") != strlen(text)) return NUMBER_TEXT;
  if (sscanf(text, "%6d:%2d:%2d%n", &hours, &minutes, &rest, &end) != 3 || text[end] != '\0') return NUMBER_TEXT;
  if (minutes > 59 || rest > 59) return NUMBER_TEXT;
  *seconds = 3600.0 * hours + 60.0 * minutes + rest;
  return NUMBER_OK;
}

NumberFault number_duration(const char *text, double *seconds) {
  static const char units[]     = "smhd";
  static const double lengths[] = {1, 60, 3600, 86400};
  if (strchr(text, ':') != NULL) return clock_time(text, seconds);
  char number[64];
  const size_t length = strlen(text);
  if (length == 0 || length >= sizeof number || text[0] == '-') return NUMBER_TEXT;
  memcpy(number, text, length + 1);
  const char *unit = strchr(units, text[length - 1]);
  if (unit != NULL) number[length - 1] = '\0';
  const NumberFault fault = number_double(number, seconds);
  if (fault == NUMBER_OK && unit != NULL) *seconds *= lengths[unit - units];
  return fault;
}

const char *number_print(double value, char text[32]) {
  for (int digits = 15; digits <= 17; digits++) {
    (void)snprintf(text, 32, "%.*g", digits, value);
    if (strtod(text, NULL) == value) break;
  }
  return text;
}
