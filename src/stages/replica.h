#pragma once
/** One replica of a run, from its start or its checkpoint to its end, on one group of ranks. */
#include <stdbool.h>
#include <stdint.h>

#include "base/params.h"
#include "comm/ranks.h"
#include "matter/mixture.h"
#include "output.h"
#include "potentials/potential.h"
#include "quench_plan.h"
#include "run_plan.h"
#include "stages/stage.h"

typedef struct ReplicaTask {
  const Command *command;
  const Params *root;
  const Ranks *ranks;
  const RunPlan *plan;
  const Potential *potential;
  const void *parameters;
  const Mixture *mixture;
  const QuenchTask *quench; /* for stages with quench_every */
  int number, n_replicas;
  char directory[MAX_PATH];
  uint64_t input_digest;
  Provenance provenance; /* parents are added per replica */
} ReplicaTask;

/** What a replica tells; the same numbers on all ranks of the group but for those of files (root). */
typedef struct ReplicaReport {
  bool is_finished, is_lost, was_finished;
  int64_t step; /* global step reached */
  double time;
  int64_t steps_done;   /* in this process */
  double seconds;       /* wall, for them */
  double quickest_step; /* s, of the quickest hundredth of the blocks of steps (pace.h) */
  int64_t particles;
  double neighbors;                            /* mean length of the lists of this rank, with their skins */
  double temperature, energy, pressure, drift; /* means over the thermo rows of the last stage; energy and drift per particle */
  uint64_t digest;                             /* of the final state */
} ReplicaReport;

/** Collective: group. Fails with STATUS_LOST if the replica blew up, STATUS_INPUT/FILE as told. */
NODISCARD Status replica_run(const ReplicaTask *task, ReplicaReport *report);
