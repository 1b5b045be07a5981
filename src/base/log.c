/** The one voice of a replica.
 *
 *  Lines go to the log file of the replica and, for one replica, to the terminal or batch output. With --json stdout must hold one
 *  JSON object and nothing else, so the echo moves to stderr. Progress is a stream of lines in a file, but on a terminal one line
 *  that rewrites itself: carriage return, text cut to the width of the terminal, clear to the end. Lines are flushed at once:
 *  a log is read while the program runs, and after it was killed. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"

static FILE *file;         /* NULL: none */
static FILE *screen;       /* stdout, stderr or NULL */
static bool is_terminal;   /* of screen */
static bool has_open_line; /* a self-updating line waits for its end */

void log_open(const char *path, bool append, bool echo, bool json) {
  log_close();
  screen      = !echo ? NULL : json ? stderr : stdout;
  is_terminal = screen != NULL && isatty(STDOUT_FILENO) == 1 && isatty(STDERR_FILENO) == 1; /* mpirun gives a terminal to stdout only */
  if (path == NULL) return;
  file = fopen(path, append ? "a" : "w");
  if (file == NULL) warn("cannot write the log %s: %s; going on without it", path, strerror(errno));
}

void log_close(void) {
  log_progress_end();
  if (file != NULL) (void)fclose(file);
  file        = NULL;
  screen      = NULL;
  is_terminal = false;
}

bool log_is_terminal(void) { return is_terminal; }

static void write_line(FILE *out, const char *format, va_list arguments) {
  (void)vfprintf(out, format, arguments);
  (void)fputc('\n', out);
  (void)fflush(out);
}

void log_line(const char *format, ...) {
  va_list arguments;
  if (file != NULL) {
    va_start(arguments, format);
    write_line(file, format, arguments);
    va_end(arguments);
  }
  if (screen == NULL) return;
  log_progress_end();
  va_start(arguments, format);
  write_line(screen, format, arguments);
  va_end(arguments);
}

/** Columns of the terminal; 80 if it does not say. */
static int width(void) {
  struct winsize size;
  if (ioctl(fileno(screen), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

static void rewrite_line(const char *format, va_list arguments) {
  char text[1024];
  (void)vsnprintf(text, sizeof text, format, arguments);
  (void)fprintf(screen, "\r%.*s\x1b[K", width() - 1, text);
  (void)fflush(screen);
  has_open_line = true;
}

void log_progress(const char *format, ...) {
  va_list arguments;
  if (file != NULL) {
    va_start(arguments, format);
    write_line(file, format, arguments);
    va_end(arguments);
  }
  if (screen == NULL) return;
  va_start(arguments, format);
  if (is_terminal)
    rewrite_line(format, arguments);
  else
    write_line(screen, format, arguments);
  va_end(arguments);
}

void log_progress_end(void) {
  if (!has_open_line) return;
  has_open_line = false;
  (void)fputc('\n', screen);
  (void)fflush(screen);
}
