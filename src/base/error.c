/** How failures are told.
 *
 *  A user's mistake is told once, where it arose, and travels up as a Status; a bug ends the program on the spot. All messages go to
 *  stderr, never to the log: stderr is what a batch system keeps and what a script looks at. Every rank parses the same input and
 *  fails in the same way, so only the voice tells of STATUS_INPUT; a file that one rank cannot read is known to that rank alone.
 *  A message is put together first and written by one call, so that lines of several ranks do not mix. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { LONGEST = 8192 };

static bool is_voice = true;
static void (*abort_hook)(void);

/** Write prefix, message and a line feed at once. */
static void tell(const char *prefix, const char *format, va_list arguments) {
  char line[LONGEST];
  const size_t start = (size_t)snprintf(line, sizeof line, "%s", prefix);
  const int length   = vsnprintf(line + start, sizeof line - start - 1, format, arguments);
  if (length < 0) line[start] = '\0';
  const size_t end = strlen(line);
  line[end]        = '\n';
  log_progress_end();
  (void)fflush(stdout);
  (void)fwrite(line, 1, end + 1, stderr);
  (void)fflush(stderr);
}

Status fail(Status status, const char *format, ...) {
  require(status != STATUS_OK, "a failure needs a status");
  if (status == STATUS_INPUT && !is_voice) return status;
  va_list arguments;
  va_start(arguments, format);
  tell("tektite: error: ", format, arguments);
  va_end(arguments);
  return status;
}

Status fail_at(Status status, const char *format, ...) {
  require(status != STATUS_OK, "a failure needs a status");
  if (status == STATUS_INPUT && !is_voice) return status;
  va_list arguments;
  va_start(arguments, format);
  tell("", format, arguments);
  va_end(arguments);
  return status;
}

void warn(const char *format, ...) {
  if (!is_voice) return;
  va_list arguments;
  va_start(arguments, format);
  tell("tektite: warning: ", format, arguments);
  va_end(arguments);
}

void error_set_voice(bool voice) { is_voice = voice; }
bool error_is_voice(void) { return is_voice; }
void error_set_abort(void (*abort_all)(void)) { abort_hook = abort_all; }

void fatal_at(const char *file, int line, const char *function, const char *format, ...) {
  char prefix[512];
  (void)snprintf(prefix, sizeof prefix, "tektite: fatal: %s:%d %s: ", file, line, function);
  va_list arguments;
  va_start(arguments, format);
  tell(prefix, format, arguments);
  va_end(arguments);
  (void)fflush(NULL);
  if (abort_hook != NULL) abort_hook();
  abort();
}
