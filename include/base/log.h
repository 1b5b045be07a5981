#pragma once
/** The one voice of a replica. No printf outside log.c and the printers of check, list, explain. */
#include <stdbool.h>
#include <stdio.h>

#include "base/compiler.h"

/** Only one process of a group is given a file or the terminal; on all others every call here does nothing.
 *  path NULL: no file. echo: also to stdout (or to stderr when json, so that stdout holds nothing but JSON). */
void log_open(const char *path, bool append, bool echo, bool json);
void log_close(void);
void log_line(const char *format, ...) PRINTF_LIKE(1, 2);
/** Progress: on a terminal one self-updating line, else a line of its own. */
void log_progress(const char *format, ...) PRINTF_LIKE(1, 2);
/** End a self-updating line, if one is open. */
void log_progress_end(void);
bool log_is_terminal(void);
