/** `status DIR`: is there more to do? For requeue scripts, so the answer is also the exit code: 0 finished, 3 resumable, 4 failed.
 *
 *  The state of a run is in its checkpoint, DIR/checkpoint.h5, or one per replica, DIR/rNNN/checkpoint.h5: items run/step,
 *  run/finished, run/lost. No checkpoint: the run begins at step 0. A damaged checkpoint is a failure: queueing again cannot mend it.
 *  A quench or a response that was begun and not ended is resumable, too: an inherent.h5md that is not complete, parts of a response; and a
 *  chain that stopped between two verbs, which leaves a list of those that are still to do. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/archive.h"
#include "base/error.h"
#include "base/memory.h"
#include "chain_todo.h"
#include "json_text.h"
#include "stages/stage.h"
#include "storage/checkpoint.h"
#include "storage/files.h"
#include "storage/provenance.h"

enum { MAX_REPLICAS = 100000 };

typedef struct RunState {
  bool found, damaged;
  int64_t step, finished, lost;
} RunState;

typedef enum Verdict { VERDICT_FINISHED = STATUS_OK, VERDICT_RESUMABLE = STATUS_FILE, VERDICT_FAILED = STATUS_LOST } Verdict;

static char *path_join(const char *folder, const char *name) {
  char *path = memory_array(strlen(folder) + strlen(name) + 2, 1);
  sprintf(path, "%s/%s", folder, name);
  return path;
}

static bool exists_in(const char *folder, const char *name) {
  char *path        = path_join(folder, name);
  const bool exists = files_exist(path);
  memory_free(path);
  return exists;
}

/** What the checkpoint of one replica says. */
static RunState read_state(const char *folder) {
  RunState state   = {0};
  Archive *archive = NULL;
  char *path       = path_join(folder, "checkpoint.h5");
  if (checkpoint_read(path, &archive, &state.found) != STATUS_OK) {
    state = (RunState){.found = true, .damaged = true};
  } else if (state.found) {
    state.damaged = archive_get_int(archive, "run/step", &state.step) != STATUS_OK ||
                    archive_get_int(archive, "run/finished", &state.finished) != STATUS_OK ||
                    archive_get_int(archive, "run/lost", &state.lost) != STATUS_OK;
  }
  archive_destroy(&archive);
  memory_free(path);
  return state;
}

/** Whether a file of a quench is of one that was begun and not ended, or cannot be read: its writer was killed, or is at work. */
static bool is_half(const char *folder, const char *name, int n_files) {
  Story story     = {0};
  char *path      = path_join(folder, name);
  const bool half = files_exist(path) && (story_read(path, &story) != STATUS_OK || !story.complete || story.replicas > n_files);
  story_clear(&story);
  memory_free(path);
  return half;
}
/** Whether a quench stopped halfway: of one file, or of a file per replica. */
static bool has_half_quench(const char *folder) {
  char name[32];
  int n = 0;
  if (exists_in(folder, "inherent.h5md")) return is_half(folder, "inherent.h5md", 1) || is_half(folder, "inherent.h5", 1);
  while (snprintf(name, sizeof name, "r%03d/inherent.h5md", n), exists_in(folder, name)) n++;
  for (int k = 0; k < n; k++) {
    snprintf(name, sizeof name, "r%03d/inherent.h5md", k);
    if (is_half(folder, name, n)) return true;
    name[strlen(name) - 2] = '\0';
    if (is_half(folder, name, n)) return true;
  }
  return false;
}

/** Whether anything but a run was made here. */
static bool has_results(const char *folder) {
  static const char *const names[] = {"inherent.h5md", "r000/inherent.h5md", "response.h5", "analysis.h5", "theory.h5"};
  for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
    if (exists_in(folder, names[k])) return true;
  return false;
}

/** States of all replicas; their number, 0 if there is no sign of a run at all. */
static int read_states(const char *folder, RunState *states) {
  bool has_run = exists_in(folder, "run.h5md") || exists_in(folder, "start.h5md");
  int n        = 0;
  while (n < MAX_REPLICAS) {
    char name[16];
    snprintf(name, sizeof name, "r%03d", n);
    if (!exists_in(folder, name)) break;
    char *path = path_join(folder, name);
    states[n]  = read_state(path);
    has_run |= states[n++].found || exists_in(path, "run.h5md");
    memory_free(path);
  }
  if (n > 0) return has_run ? n : 0;
  states[0] = read_state(folder);
  return states[0].found || has_run;
}

static Verdict judge(const RunState *states, int n, int64_t *step) {
  int n_open = 0, n_failed = 0;
  *step = n > 0 ? INT64_MAX : 0;
  for (int k = 0; k < n; k++) {
    const bool is_failed = states[k].damaged || states[k].lost != 0;
    n_failed += is_failed;
    n_open += !is_failed && states[k].finished == 0;
    if (!is_failed && states[k].step < *step) *step = states[k].step;
  }
  if (*step == INT64_MAX) *step = states[0].step;
  if (n_open > 0 || n == 0) return VERDICT_RESUMABLE;
  return n_failed > 0 ? VERDICT_FAILED : VERDICT_FINISHED;
}

static const char *state_word(const RunState *state) {
  if (state->damaged) return "damaged";
  if (state->lost != 0) return "lost";
  return state->finished != 0 ? "finished" : "resumable";
}

/** The verb that has not come to its end; NULL: none. */
static const char *find_unfinished(const char *folder, int n, Verdict *verdict) {
  static char verb[TODO_WORD];
  const bool has_run = n > 0 && *verdict == VERDICT_FINISHED;
  bool is_failed     = false;
  if (*verdict == VERDICT_FAILED) return NULL;
  if (n == 0 && has_results(folder)) *verdict = VERDICT_FINISHED;
  const char *half = exists_in(folder, "response.parts") ? "respond" : has_half_quench(folder) ? "quench" : NULL;
  if (!half && !(n > 0 && !has_run) && chain_todo_read(folder, has_run, verb, &is_failed)) half = verb;
  if (half) *verdict = is_failed ? VERDICT_FAILED : VERDICT_RESUMABLE;
  return half;
}

static void print_json(Verdict verdict, const RunState *states, int n, int64_t step, const char *unfinished) {
  const char *word = verdict == VERDICT_FINISHED ? "finished" : verdict == VERDICT_FAILED ? "failed" : "resumable";
  printf("{\"state\": \"%s\", \"step\": %" PRId64 ", \"replicas\": [", word, step);
  for (int k = 0; k < n; k++) {
    printf("%s{\"state\": \"%s\", \"step\": %" PRId64 "}", k == 0 ? "" : ", ", state_word(&states[k]), states[k].step);
  }
  printf("], \"unfinished\": ");
  if (unfinished)
    printf("\"%s\"}\n", unfinished);
  else
    printf("null}\n");
}

static void print_text(const char *folder, Verdict verdict, const RunState *states, int n, int64_t step, const char *unfinished) {
  if (unfinished) {
    printf("%s: %s %s\n", folder, unfinished, verdict == VERDICT_FAILED ? "failed" : "unfinished");
  } else if (n == 0 && verdict == VERDICT_FINISHED) {
    printf("%s: finished, no run in it\n", folder);
  } else if (n == 0) {
    printf("%s: no run here yet; it begins at step 0\n", folder);
  } else if (verdict == VERDICT_FINISHED) {
    printf("%s: finished at step %" PRId64 "\n", folder, step);
  } else if (verdict == VERDICT_FAILED) {
    printf("%s: failed%s at step %" PRId64 "\n", folder, states[0].damaged ? " (checkpoint damaged)" : "", step);
  } else {
    printf("%s: resumable at step %" PRId64 "\n", folder, step);
  }
  for (int k = 0; n > 1 && k < n; k++) printf("  r%03d %s at step %" PRId64 "\n", k, state_word(&states[k]), states[k].step);
}

static Status status_run(const Command *command, Params *root, Ranks *ranks) {
  (void)root, (void)ranks;
  if (command->n_arguments != 1) return fail(STATUS_INPUT, "status wants one output directory: tektite status DIR");
  if (!error_is_voice()) return STATUS_OK;
  const char *folder = command->arguments[0];
  struct stat facts;
  if (stat(folder, &facts) != 0) return fail(STATUS_FILE, "%s: %s", folder, errno == ENOENT ? "no such directory" : strerror(errno));
  if (!S_ISDIR(facts.st_mode)) return fail(STATUS_FILE, "%s: is not a directory", folder);
  RunState *states       = memory_array(MAX_REPLICAS, sizeof *states);
  int64_t step           = 0;
  const int n            = read_states(folder, states);
  Verdict verdict        = judge(states, n, &step);
  const char *unfinished = find_unfinished(folder, n, &verdict);
  if (command->json) {
    print_json(verdict, states, n, step, unfinished);
  } else {
    print_text(folder, verdict, states, n, step, unfinished);
  }
  memory_free(states);
  return (Status)verdict;
}

const Stage stage_status = {"status", "Is a run, quench, response or chain finished (exit code 0), resumable (3) or failed (4)?",
                            STAGE_FILES, status_run};
