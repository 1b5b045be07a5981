#pragma once
/** A text file, line by line, with positions for messages. Private to storage. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

enum { MAX_WORDS_PER_LINE = 256 };

typedef struct Lines {
  const char *path; /* lent */
  FILE *file;
  int64_t bytes;  /* size of the file */
  int64_t number; /* of the current line, from 1 */
  char *line;     /* current line without its end; lent until the next one is read */
  size_t capacity;
  char *words[MAX_WORDS_PER_LINE];
  int n_words;
} Lines;

NODISCARD Status lines_open(Lines *lines, const char *path);
void lines_close(Lines *lines);
void lines_rewind(Lines *lines);
/** false at the end of the file. */
bool lines_next(Lines *lines);
/** Cut the current line into words at white space, up to `comment` ('\0': none). */
void lines_split(Lines *lines, char comment);
/** "PATH:LINE: what". */
NODISCARD Status lines_fail(const Lines *lines, const char *format, ...) PRINTF_LIKE(2, 3);
/** The whole word as a number; finite. */
NODISCARD Status lines_double(const Lines *lines, const char *word, double *value);
NODISCARD Status lines_integer(const Lines *lines, const char *word, int64_t *value);
