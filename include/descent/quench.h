#pragma once
/** A Frame in, the inherent Frame below it out. */
#include <stdint.h>

#include "base/status.h"
#include "descent/minimizer.h"
#include "matter/frame.h"
#include "matter/mixture.h"
#include "potentials/potential.h"

typedef struct Ranks Ranks;

typedef struct QuenchTask {
  const Ranks *ranks; /* the group that does it, its domains no narrower than system_reach */
  const Potential *potential;
  const void *parameters;
  const Mixture *mixture;
  const Minimizer *minimizer;
  DescentGoal goal; /* but its length, which follows from the frame */
} QuenchTask;

typedef struct Quench {
  Outcome outcome;
  double energy;       /* U, eps; NAN if lost */
  double pressure;     /* tr W/(d V), temperature 0 */
  double max_force;    /* at the end */
  int64_t evaluations; /* of the forces */
} Quench;

/** Positions (and images) of the frame go to the minimum; its field potential_energy becomes the particles' energies there, NAN if the
 *  descent did not converge: so that no reader takes such a frame for an inherent structure. Velocities are dropped; step, time,
 *  stage and block stay. A frame that is lost or has no result keeps its positions. Starts from the positions as doubles (not the exact
 *  fractions): from what a file holds. The same frame gives the same bits on any rank and any number of ranks. The frame is needed and
 *  changed at the root only (elsewhere an empty one), the result is known to all. Fails only if the frame does not fit the model.
 *  Collective: group. */
NODISCARD Status quench_frame(const QuenchTask *task, Frame *frame, Quench *result);
