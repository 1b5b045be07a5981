#pragma once
/** Inside of a replica at work, shared by replica.c (the loop) and replica_state.c (checkpoints, opening). */
#include "base/pace.h"
#include "comm/ranks.h"
#include "dynamics/md.h"
#include "replica.h"
#include "replica_files.h"
#include "stationary.h"

/** Sums over the thermo rows of a stage; a straight line is fitted to the conserved quantity. */
typedef struct Means {
  double n, temperature, energy, pressure, first, t, tt, h, th;
} Means;

typedef struct Replica {
  const ReplicaTask *task;
  bool is_root, has_begun, is_stopping;
  int stage;
  int64_t step0; /* global step and time at the start of the stage */
  double time0;
  System *system;
  Md *md;
  ReplicaFiles files;
  Frame frame; /* root: last collected configuration */
  int64_t frame_step;
  Stationary stationary;
  bool is_stationary;
  Means means;
  int64_t steps_done;
  double begun_at, checkpoint_at, progress_at;
  Pace pace;
} Replica;

static inline const StagePlan *stage_of(const Replica *r) { return &r->task->plan->stages[r->stage]; }
static inline int64_t step_of(const Replica *r) { return r->md ? md_state(r->md)->step : 0; }
static inline double time_of(const Replica *r) { return r->time0 + (double)step_of(r) * (r->md ? stage_of(r)->md.timestep : 0); }
/** The root's status for all. */
static inline Status agree(const Replica *r, Status status) { return ranks_agree_group(r->task->ranks, status); }

/** Collect the configuration at the root, once per step. Collective: group. */
void replica_collect(Replica *r);
/** System from the start or from the checkpoint; is_finished: there is nothing left to do. Collective: group. */
NODISCARD Status replica_open(Replica *r, bool *is_finished);
/** Collective: group. */
NODISCARD Status replica_checkpoint(Replica *r, bool is_finished, bool is_lost);
