/** JSON has no nan and no inf, and a quote in a path must not end a string: the two places where naive printing goes wrong. */
#include "json_text.h"

#include <math.h>

void json_string(FILE *out, const char *text) {
  if (text == NULL) {
    fputs("null", out);
    return;
  }
  fputc('"', out);
  for (const char *c = text; *c != '\0'; c++) {
    switch (*c) {
      case '"':
        fputs("\\\"", out);
        break;
      case '\\':
        fputs("\\\\", out);
        break;
      case '\n':
        fputs("\\n", out);
        break;
      case '\t':
        fputs("\\t", out);
        break;
      default:
        if ((unsigned char)*c < 0x20) {
          fprintf(out, "\\u%04x", (unsigned)*c);
        } else {
          fputc(*c, out);
        }
    }
  }
  fputc('"', out);
}

void json_number(FILE *out, double value) {
  if (isfinite(value)) {
    fprintf(out, "%.17g", value);
  } else {
    fputs("null", out);
  }
}
