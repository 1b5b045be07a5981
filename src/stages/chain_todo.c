/* A text file, one line of words. Only `status` looks at it: the chain asks the outputs themselves what is up to date, so a file that is
 * left over costs a word, and the same command takes it away. */
#include "chain_todo.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "output.h"
#include "storage/files.h"

static const char failed[] = "failed";

Status chain_todo_write(const char *out, const char *const *verbs) {
  char path[MAX_PATH], line[256] = "";
  output_path(path, out, "chain.todo");
  if (!verbs[0])
    return unlink(path) == 0 || errno == ENOENT ? STATUS_OK : fail(STATUS_FILE, "%s: cannot remove: %s", path, strerror(errno));
  for (int k = 0; verbs[k]; k++) {
    const size_t length = strlen(line);
    snprintf(line + length, sizeof line - length, "%s%s", verbs[k], verbs[k + 1] ? " " : "\n");
  }
  TRY(files_make_directory(out));
  return files_write_text(path, line);
}

Status chain_todo_fail(const char *out, const char *verb) { return chain_todo_write(out, (const char *const[]){failed, verb, NULL}); }

bool chain_todo_read(const char *out, bool has_run, char verb[TODO_WORD], bool *is_failed) {
  char path[MAX_PATH], *text = NULL, *rest = NULL;
  output_path(path, out, "chain.todo");
  *is_failed = false;
  verb[0]    = '\0';
  if (!files_exist(path) || files_read_text(path, &text) != STATUS_OK) return false;
  for (char *word = strtok_r(text, " \n", &rest); word && !verb[0]; word = strtok_r(NULL, " \n", &rest)) {
    if (strcmp(word, failed) == 0)
      *is_failed = true;
    else if (!has_run || (strcmp(word, "create") != 0 && strcmp(word, "run") != 0))
      snprintf(verb, TODO_WORD, "%s", word);
  }
  memory_free(text);
  return verb[0] != '\0';
}
