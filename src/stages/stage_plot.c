/** `plot FILE`: figures by matplotlib, in a child process: plot.py, which lies in <prefix>/share/tektite of an installed binary or in
 *  the sources' scripts/. Debian's python is taken by its full path, because h5py and matplotlib live there. Only the voice plots. */
#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "stages/stage.h"
#include "storage/files.h"

extern char **environ;

static const char python[] = "/usr/bin/python3";

/** Path of plot.py; NULL if there is none. Caller frees. */
static char *find_script(void) {
  char binary[PATH_MAX] = "";
  const ssize_t length  = readlink("/proc/self/exe", binary, sizeof binary - 1);
  char *slash           = length > 0 ? strrchr(binary, '/') : NULL;
  if (slash != NULL) {
    static const char tail[] = "/../share/tektite/plot.py";
    char *script             = memory_array((size_t)(slash - binary) + sizeof tail, 1);
    memcpy(script, binary, (size_t)(slash - binary));
    strcat(script, tail);
    if (files_exist(script)) return script;
    memory_free(script);
  }
  static const char source[] = TEKTITE_SCRIPTS_DIR "/plot.py";
  return files_exist(source) ? memory_string(source) : NULL;
}

/** Run a program and wait; its exit code, -1 when it did not come to that. */
static int run_program(char *const *words) {
  pid_t child     = 0;
  const int error = posix_spawn(&child, words[0], NULL, NULL, words, environ);
  if (error != 0) {
    errno = error;
    return -1;
  }
  int state = 0;
  while (waitpid(child, &state, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  errno = 0;
  return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
}

static Status plot_files(const Command *command, const char *script) {
  const size_t n_words = (size_t)command->n_arguments + 6;
  const char **words   = memory_array(n_words, sizeof *words);
  size_t n             = 0;
  words[n++]           = python;
  words[n++]           = script;
  for (int k = 0; k < command->n_arguments; k++) words[n++] = command->arguments[k];
  if (command->out != NULL) words[n++] = "--out", words[n++] = command->out;
  if (command->quiet || command->json) words[n++] = "--quiet";
  fflush(stdout);
  const int code = run_program((char *const *)(void *)words);
  memory_free(words);
  if (code == 0) return STATUS_OK;
  if (code == 2) return STATUS_INPUT; /* told by plot.py */
  if (code > 0) return fail(STATUS_FILE, "plot: %s ended with exit code %d", script, code);
  return fail(STATUS_FILE, "plot: cannot run %s %s: %s", python, script, errno != 0 ? strerror(errno) : "ended by a signal");
}

static Status plot_run(const Command *command, Params *root, Ranks *ranks) {
  (void)root, (void)ranks;
  if (command->n_arguments < 1) return fail(STATUS_INPUT, "plot wants a results file: tektite plot FILE");
  if (!error_is_voice()) return STATUS_OK;
  for (int k = 0; k < command->n_arguments; k++) {
    if (!files_exist(command->arguments[k])) return fail(STATUS_FILE, "%s: no such file", command->arguments[k]);
  }
  char *script = find_script();
  if (script == NULL) return fail(STATUS_FILE, "plot: plot.py is neither in ../share/tektite nor in %s", TEKTITE_SCRIPTS_DIR);
  const Status status = plot_files(command, script);
  memory_free(script);
  return status;
}

const Stage stage_plot = {"plot", "Figures (PNG, SVG) of a results file", STAGE_FILES, plot_run};
