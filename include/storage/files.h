#pragma once
/** Small file manners shared by all writers. */
#include <stdbool.h>

#include "base/status.h"

bool files_exist(const char *path);
/** Make a directory and its parents. */
NODISCARD Status files_make_directory(const char *path);
/** Rename path to path.old-K with the first free K >= 1, if it exists. */
NODISCARD Status files_move_aside(const char *path);
char *files_temporary(const char *path); /* path.tmp; caller frees with memory_free */
/** Give a finished path.tmp its name; what has that name is moved aside. */
NODISCARD Status files_put_in_place(const char *temporary, const char *path);
/** fsync of a file and of the directory it lies in. */
NODISCARD Status files_sync(const char *path);
/** Whole text file; caller frees with memory_free. */
NODISCARD Status files_read_text(const char *path, char **text);
NODISCARD Status files_write_text(const char *path, const char *text); /* tmp + rename */
