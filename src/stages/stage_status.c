/** `status DIR`: is there more to do? For requeue scripts, so the answer is also the exit code: 0 finished, 3 resumable, 4 failed.
 *
 *  The state of a run is in its checkpoint, DIR/checkpoint.h5, or one per replica, DIR/rNNN/checkpoint.h5: items run/step,
 *  run/finished, run/lost. No checkpoint: the run begins at step 0. A damaged checkpoint is a failure: queueing again cannot mend it.
 *  A quench or a response that was begun and not ended is resumable, too: an inherent.h5md that is not complete, parts of a response. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/archive.h"
#include "base/error.h"
#include "base/memory.h"
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

/** Whether a quench stopped halfway in this directory. */
static bool has_half_quench(const char *folder) {
  Story story     = {0};
  char *path      = path_join(folder, "inherent.h5md");
  const bool half = files_exist(path) && story_read(path, &story) == STATUS_OK && !story.complete;
  story_clear(&story);
  memory_free(path);
  return half;
}
/** The verb that was begun and not ended after n replicas ran; NULL: none. */
static const char *unfinished_verb(const char *folder, int n) {
  if (exists_in(folder, "response.parts")) return "respond";
  if (has_half_quench(folder)) return "quench";
  int n_quenched = 0;
  for (int k = 0; k < n && n > 1; k++) {
    char name[16];
    snprintf(name, sizeof name, "r%03d", k);
    char *path      = path_join(folder, name);
    const bool half = has_half_quench(path);
    n_quenched += exists_in(path, "inherent.h5md");
    memory_free(path);
    if (half) return "quench";
  }
  return n_quenched > 0 && n_quenched < n ? "quench" : NULL;
}

/** States of all replicas; their number, 0 if there is no sign of a run at all. */
static int read_states(const char *folder, RunState *states) {
  int n = 0;
  while (n < MAX_REPLICAS) {
    char name[16];
    snprintf(name, sizeof name, "r%03d", n);
    if (!exists_in(folder, name)) break;
    char *path  = path_join(folder, name);
    states[n++] = read_state(path);
    memory_free(path);
  }
  if (n > 0) return n;
  states[0] = read_state(folder);
  return states[0].found || exists_in(folder, "run.h5md") || exists_in(folder, "start.h5md");
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
    printf("%s: %s unfinished\n", folder, unfinished);
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
  const char *unfinished = verdict != VERDICT_FAILED ? unfinished_verb(folder, n) : NULL;
  if (unfinished) verdict = VERDICT_RESUMABLE;
  if (command->json) {
    print_json(verdict, states, n, step, unfinished);
  } else {
    print_text(folder, verdict, states, n, step, unfinished);
  }
  memory_free(states);
  return (Status)verdict;
}

const Stage stage_status = {"status", "Is a run finished (exit code 0), resumable (3) or failed (4)?", STAGE_FILES, status_run};
