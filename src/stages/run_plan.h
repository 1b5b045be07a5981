#pragma once
/** What section `run` says, in the engine's terms. */
#include <stdbool.h>
#include <stdint.h>

#include "base/params.h"
#include "dynamics/md.h"
#include "engine/schedule.h"

typedef struct StagePlan {
  const char *name; /* lent */
  MdSettings md;
  Schedule save, thermo, quench; /* quench: spacing none or linear */
  bool is_thermal;               /* velocities are drawn at the start */
  bool is_until_stationary;
  double window, tolerance;
  double checkpoint_seconds;
} StagePlan;
typedef struct RunPlan {
  int n_stages;
  StagePlan *stages;
  const char **names; /* [n_stages] */
  uint64_t seed;
  int replicas;
  bool is_single_precision, has_frames, has_quenches, check_list;
  double progress_seconds, list_steps, list_skin;
} RunPlan;

NODISCARD Status run_plan_read(const Params *root, RunPlan *plan);
void run_plan_clear(RunPlan *plan);
