#pragma once
/** One reading of a sequence of frames feeds every pass. */
#include <stddef.h>
#include <stdint.h>

#include "analysis/lag_plan.h"
#include "analysis/pass.h"
#include "base/status.h"

/** Where frames come from: read frame k (0 .. n_frames-1) of the sequence that the plan was made for. */
typedef struct SweepSource {
  void *source;
  Status (*read)(void *source, int64_t k, Frame *frame);
  int64_t n_frames;
} SweepSource;

/** A pass at work, and its share: frames k with k % size == rank, pairs number i of the plan with i % size == rank.
 *  A pass without sums must have all (0 of 1) on one rank and none (size 0) on the others. */
typedef struct SweepPass {
  const PassType *type;
  PassState *state;
  int rank, size;
} SweepPass;

/** Walk the frames in time order; call frame() for each frame, then pair() for each planned pair that ends there.
 *  Origins are kept in memory while they are needed, up to `memory` bytes; if they do not fit, the rest of the origins is done in
 *  further walks over the same frames (pairs then come walk by walk; frame() is called in the first walk only).
 *  Collective: no. Fails: what read or a pass says. */
NODISCARD Status sweep_frames(const SweepSource *source, const LagPlan *plan, int n_passes, const SweepPass *passes, size_t memory);
