#pragma once
/** Errors. Users' mistakes: fail() tells them once and returns the Status to pass up. Our own: fatal(), require(). */
#include <stdbool.h>

#include "base/status.h"

/** Print "tektite: error: <message>" on stderr and return `status` (never STATUS_OK).
 *  STATUS_INPUT is printed by the voice only (every rank parses the same text and fails alike); the others by whoever fails. */
NODISCARD Status fail(Status status, const char *format, ...) PRINTF_LIKE(2, 3);
/** As fail, but without the prefix: for messages that carry their own position, such as "input.yaml:3:5: error: ...". */
NODISCARD Status fail_at(Status status, const char *format, ...) PRINTF_LIKE(2, 3);
/** Print "tektite: warning: <message>" on stderr, by the voice only. */
void warn(const char *format, ...) PRINTF_LIKE(1, 2);

/** Whether this process speaks for all (world rank 0; true until set). Set once by main. */
void error_set_voice(bool is_voice);
bool error_is_voice(void);
/** What fatal() calls after its message; MPI installs MPI_Abort here. Default: abort(). */
void error_set_abort(void (*abort_all)(void));
/** A bug, MPI or memory failure: one line with file, line and function, flush, abort hook. */
NORETURN void fatal_at(const char *file, int line, const char *function, const char *format, ...) PRINTF_LIKE(4, 5);
#define fatal(...) fatal_at(__FILE__, __LINE__, __func__, __VA_ARGS__)
/** Always on. */
#define require(condition, ...)                                       \
  do {                                                                \
    if (!(condition)) fatal("require(" #condition "): " __VA_ARGS__); \
  } while (0)
