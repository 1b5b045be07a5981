/** Text files, line by line. A number is a whole word: "1.5x", "nan" and "1e999" are mistakes, told with file and line. */
#include "lines.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"

Status lines_open(Lines *lines, const char *path) {
  memset(lines, 0, sizeof *lines);
  lines->path = path;
  struct stat facts;
  if (stat(path, &facts) != 0) return fail(STATUS_FILE, "%s: cannot open: %s", path, strerror(errno));
  if (!S_ISREG(facts.st_mode)) return fail(STATUS_FILE, "%s: is not a regular file", path);
  lines->bytes = facts.st_size;
  lines->file  = fopen(path, "rbe");
  if (lines->file == NULL) return fail(STATUS_FILE, "%s: cannot open: %s", path, strerror(errno));
  return STATUS_OK;
}

void lines_close(Lines *lines) {
  if (lines->file != NULL) (void)fclose(lines->file);
  free(lines->line);
  memset(lines, 0, sizeof *lines);
}

void lines_rewind(Lines *lines) {
  rewind(lines->file);
  lines->number = 0;
}

bool lines_next(Lines *lines) {
  ssize_t length = getline(&lines->line, &lines->capacity, lines->file);
  if (length < 0) return false;
  while (length > 0 && (lines->line[length - 1] == '\n' || lines->line[length - 1] == '\r')) lines->line[--length] = '\0';
  lines->number++;
  lines->n_words = 0;
  return true;
}

void lines_split(Lines *lines, char comment) {
  char *end = comment == '\0' ? NULL : strchr(lines->line, comment);
  if (end != NULL) *end = '\0';
  char *rest     = NULL;
  lines->n_words = 0;
  for (char *word = strtok_r(lines->line, " \t", &rest); word != NULL && lines->n_words < MAX_WORDS_PER_LINE;
       word       = strtok_r(NULL, " \t", &rest))
    lines->words[lines->n_words++] = word;
}

Status lines_fail(const Lines *lines, const char *format, ...) {
  char what[1024];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  return fail(STATUS_FILE, "%s:%lld: %s", lines->path, (long long)lines->number, what);
}

Status lines_double(const Lines *lines, const char *word, double *value) {
  char *end = NULL;
  *value    = strtod(word, &end);
  if (end == word || *end != '\0' || !isfinite(*value)) return lines_fail(lines, "'%.60s' is not a finite number", word);
  return STATUS_OK;
}

Status lines_integer(const Lines *lines, const char *word, int64_t *value) {
  char *end = NULL;
  errno     = 0;
  *value    = strtoll(word, &end, 10);
  if (end == word || *end != '\0' || errno != 0) return lines_fail(lines, "'%.60s' is not an integer", word);
  return STATUS_OK;
}
