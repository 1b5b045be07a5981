#pragma once
/** What a piece of a test writes to stderr, as text. */
#include <stdio.h>
#include <unistd.h>

static int capture_stderr_;
static FILE *capture_file_;
static char capture_text_[1 << 16];

static inline void capture_start(void) {
  fflush(stderr);
  capture_file_   = tmpfile();
  capture_stderr_ = dup(STDERR_FILENO);
  dup2(fileno(capture_file_), STDERR_FILENO);
}

/** Lent until the next capture. */
static inline const char *capture_end(void) {
  fflush(stderr);
  dup2(capture_stderr_, STDERR_FILENO);
  close(capture_stderr_);
  rewind(capture_file_);
  capture_text_[fread(capture_text_, 1, sizeof capture_text_ - 1, capture_file_)] = '\0';
  fclose(capture_file_);
  return capture_text_;
}
