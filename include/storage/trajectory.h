#pragma once
/** H5MD 1.1 trajectories: one particle group named `trajectory`, rows in id order. Layout, readers and crash safety: see the .c.
 *
 *  2D runs are written padded to three components (z = 0, edge 1): MDAnalysis refuses dimension 2; the true dimension is
 *  /parameters/tektite@dimension. Serial: only the root of a replica calls this. */
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "matter/frame.h"
#include "matter/mixture.h"
#include "storage/provenance.h"

typedef struct Trajectory Trajectory;

typedef struct TrajectoryOptions {
  bool single_precision;          /* positions and velocities as float32 */
  unsigned has;                   /* FRAME_VELOCITY | FRAME_IMAGE | FRAME_FORCE | FRAME_FRACTION: elements to store; position always */
  const char *const *stage_names; /* n_stages names, stored for readers; may be NULL */
  int n_stages;
} TrajectoryOptions;

/** New file; an existing one of that name is moved aside first (path.old-1, -2 ..). Also writes top.xyz-style topology beside it:
 *  `topology` path or NULL. Particle data fixed in time (species, id, mass) come from `first`, which is NOT appended.
 *  The fields of `first` (frame_field) become elements too. */
NODISCARD Status trajectory_create(const char *path, const char *topology, const Frame *first, const Mixture *mixture,
                                   const TrajectoryOptions *options, const Provenance *provenance, Trajectory **trajectory);
/** Open for reading, or for appending. */
NODISCARD Status trajectory_open(const char *path, bool append, Trajectory **trajectory);
NODISCARD Status trajectory_append(Trajectory *trajectory, const Frame *frame); /* flushed before it returns */
/** Rows present in every element (a killed writer may leave one element a row longer). */
int64_t trajectory_frames(const Trajectory *trajectory);
/** Cut every element to n_frames rows. */
NODISCARD Status trajectory_truncate(Trajectory *trajectory, int64_t n_frames);
/** Frame k (0-based; negative counts from the end). Frame is resized as needed. Foreign H5MD files are read too (missing image -> 0). */
NODISCARD Status trajectory_read(Trajectory *trajectory, int64_t k, Frame *frame);
/** Positions in time only, cheap: step, time, stage, block of frame k. */
NODISCARD Status trajectory_when(Trajectory *trajectory, int64_t k, int64_t *step, double *time, int32_t *stage, int32_t *block);
/** Index of a stage by name, -1 if none. */
int trajectory_stage(const Trajectory *trajectory, const char *name);
/** Name of a stage; NULL if there is none of that index. */
const char *trajectory_stage_name(const Trajectory *trajectory, int stage);
const char *trajectory_model(const Trajectory *trajectory);                     /* "" if not ours */
int trajectory_dimension(const Trajectory *trajectory);                         /* 2 or 3 */
const char *trajectory_species_name(const Trajectory *trajectory, int species); /* "A"; lent */
/** Mark the file as finished (Story.complete = 1) or not. */
NODISCARD Status trajectory_set_complete(Trajectory *trajectory, bool complete);
NODISCARD Status trajectory_sync(Trajectory *trajectory);   /* flush + fsync */
NODISCARD Status trajectory_close(Trajectory **trajectory); /* accepts NULL inside */
