#pragma once
/** OUT/chain.todo: what a chain has still to do. It is there from the first stage that is played to the end of the last one. */
#include <stdbool.h>

#include "base/status.h"

enum { TODO_WORD = 16 };

/** verbs: NULL-terminated, the next one first; none: the file goes. Root only. */
NODISCARD Status chain_todo_write(const char *out, const char *const *verbs);
/** Instead of the list: the verb that failed. Root only. */
NODISCARD Status chain_todo_fail(const char *out, const char *verb);
/** Whether a chain is under way or has failed. verb: the next one, or the one that failed; create and run do not count where the run is
 *  done. Quiet. */
bool chain_todo_read(const char *out, bool has_run, char verb[TODO_WORD], bool *is_failed);
