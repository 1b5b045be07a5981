/* Stage `chain`: every stage that the input has a section for, in order. A stage is skipped when its output is complete, was made from
 * the same input sections, and its parents are unchanged. What is still to do stands in OUT/chain.todo, for `status`. */
#include <stdio.h>
#include <string.h>

#include "analysis/pass.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/signals.h"
#include "chain_todo.h"
#include "comm/ranks.h"
#include "input_sources.h"
#include "output.h"
#include "stages/stage.h"
#include "storage/files.h"

static int n_replicas(const Command *command, const Params *root) {
  const Params *run = params_section(root, "run");
  return command->replicas ? command->replicas : run ? (int)params_integer(run, "replicas") : 1;
}

/** Whether the output of a stage may stay; asked at the root of the world, answered to all. */
static bool is_current(const Command *command, const Params *root, const Ranks *ranks, const char *verb) {
  Status verdict = STATUS_OK; /* OK: current */
  if (ranks_world_rank(ranks) == 0 && !command->restart_from_scratch) {
    const int replicas = n_replicas(command, root);
    char path[MAX_PATH];
    bool current = true;
    if (strcmp(verb, "create") == 0) {
      output_path(path, command->out, "start.h5md");
      current = output_is_current(path, output_digest(root, (const char *const[]){"model", "seed", "create", NULL}) + (uint64_t)replicas);
    } else if (strcmp(verb, "run") == 0) {
      const uint64_t digest = output_run_digest(root, replicas);
      for (int k = 0; k < replicas && current; k++) {
        char name[32] = "run.h5md";
        if (replicas > 1) snprintf(name, sizeof name, "r%03d/run.h5md", k);
        output_path(path, command->out, name);
        current = output_is_current(path, digest);
      }
    } else if (strcmp(verb, "theory") == 0) {
      output_path(path, command->out, "theory.h5");
      current = output_is_current(path, output_digest(root, (const char *const[]){"theory", NULL}));
    } else if (strcmp(verb, "quench") == 0 || strcmp(verb, "respond") == 0) {
      current = false; /* the stage itself keeps what is current */
    } else {
      output_path(path, command->out, "analysis.h5");
      current = output_is_current(path, output_digest(root, (const char *const[]){"analyze", NULL}));
    }
    if (!current) verdict = STATUS_FILE;
  } else if (ranks_world_rank(ranks) == 0)
    verdict = STATUS_FILE;
  return ranks_agree(ranks, verdict) == STATUS_OK;
}

/* Whether quench has left something in OUT. Collective: world. */
static bool has_inherent(const Command *command, const Ranks *ranks) {
  char path[MAX_PATH];
  bool found = false;
  if (ranks_world_rank(ranks) == 0) {
    output_path(path, command->out, "inherent.h5md");
    found = files_exist(path);
    output_path(path, command->out, "r000/inherent.h5md");
    found |= files_exist(path);
  }
  return ranks_agree(ranks, ranks_world_rank(ranks) == 0 && !found ? STATUS_FILE : STATUS_OK) == STATUS_OK;
}

/* A start is of no use to a chain that only looks at files from elsewhere, or has nothing but theory. */
static bool creates(const Params *root) {
  if (!params_section(root, "model")) return false;
  if (params_section(root, "run") || params_given(root, "create")) return true;
  return !params_has(params_section(root, "quench"), "from") && !params_has(params_section(root, "respond"), "from");
}

static bool quenches(const Params *root) {
  if (!params_given(root, "quench")) return false;
  const bool is_for_run = params_section(root, "run") && !input_stores_frames(root) && input_quenches_running(root);
  return params_has(params_section(root, "quench"), "from") || !is_for_run; /* else its settings are for quench_every */
}

/* What needs inherent structures that no stage of the chain will make is told before the dynamics begin. */
static Status check_inherent(const Command *command, const Params *root, const Ranks *ranks) {
  const bool responds = params_given(root, "respond") && !params_has(params_section(root, "respond"), "from");
  if (quenches(root) || has_inherent(command, ranks)) return STATUS_OK;
  if (responds) return params_fail(root, "respond", "nothing makes inherent structures: add a section `quench`, or say `respond.from`");
  for (int k = 0; k < params_count(root, "analyze") && !input_quenches_running(root); k++) {
    const Params *item   = params_item(root, "analyze", k);
    const PassType *pass = pass_find(params_string(item, "pass"));
    if (pass && (pass->needs & NEEDS_INHERENT) && !params_has(item, "from"))
      return params_fail(item, NULL, "nothing makes inherent structures: add a section `quench`, or say `from`");
  }
  return STATUS_OK;
}

static bool is_wanted(const Params *root, const char *verb) {
  if (strcmp(verb, "create") == 0) return creates(root);
  if (strcmp(verb, "run") == 0) return params_section(root, "run") != NULL;
  if (strcmp(verb, "quench") == 0) return quenches(root);
  if (strcmp(verb, "respond") == 0) return params_given(root, "respond");
  return params_count(root, verb) > 0;
}

/* Play a stage that is not up to date. Collective: world. */
static Status play(const Command *command, Params *root, Ranks *ranks, const char *const *todo) {
  const bool is_root = ranks_world_rank(ranks) == 0;
  Command own        = *command;
  own.verb           = todo[0];
  TRY(ranks_agree(ranks, is_root ? chain_todo_write(command->out, todo) : STATUS_OK));
  if (strcmp(own.verb, "quench") == 0 && params_section(root, "run")) memset(own.domains, 0, sizeof own.domains); /* those of the run */
  const Status status = stage_find(own.verb)->run(&own, root, ranks);
  if (status != STATUS_OK && is_root) (void)!chain_todo_fail(command->out, own.verb);
  return status;
}

static Status run(const Command *command, Params *root, Ranks *ranks) {
  static const char *const verbs[] = {"create", "run", "quench", "respond", "analyze", "theory"};
  enum { N_VERBS = sizeof verbs / sizeof verbs[0] };
  const char *todo[N_VERBS + 1] = {NULL};
  const bool is_root            = ranks_world_rank(ranks) == 0;
  bool is_stopped               = false;
  int n = 0, n_json = 0;
  Status status = check_inherent(command, root, ranks);
  if (status != STATUS_OK) return status;
  for (int k = 0; k < N_VERBS; k++)
    if (is_wanted(root, verbs[k])) todo[n++] = verbs[k];
  if (command->json && is_root) printf("{");
  for (int k = 0; k < n && status == STATUS_OK && !is_stopped; k++) {
    if (is_current(command, root, ranks, todo[k])) {
      if (is_root && !command->quiet && !command->json) printf("%s: up to date\n", todo[k]);
      continue;
    }
    if (command->json && is_root) {
      printf("%s\"%s\": ", n_json++ ? ", " : "", todo[k]);
      fflush(stdout);
    }
    status = play(command, root, ranks, &todo[k]);
    /* the same answer on all ranks, though signals and clocks differ */
    is_stopped = ranks_agree(ranks, signals_request() == REQUEST_STOP ? STATUS_LOST : STATUS_OK) != STATUS_OK;
  }
  if (status == STATUS_OK && !is_stopped) status = ranks_agree(ranks, is_root ? chain_todo_write(command->out, &todo[n]) : STATUS_OK);
  if (command->json && is_root) printf("}\n");
  return status;
}

extern const Stage stage_chain;
const Stage stage_chain = {"chain", "Every stage the input has a section for, in order; what is up to date is skipped", STAGE_INPUT, run};
