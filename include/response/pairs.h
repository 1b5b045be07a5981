#pragma once
/** All interacting pairs of a configuration, as neighbour lists with arms. */
#include <stdint.h>

#include "base/status.h"
#include "matter/frame.h"
#include "potentials/potential.h"

typedef struct Pairs {
  int n, dim;
  double volume;    /* area in 2D */
  int64_t *start;   /* [n + 1] */
  int *neighbor;    /* [start[n]] particles j with r_ij < range(species), ascending: each pair from both ends */
  double *arm;      /* [start[n]][3] r_j - r_i, nearest image, sigma */
  int32_t *species; /* [n] */
} Pairs;

/** From exact fractions if the frame has them, else from positions. STATUS_INPUT if the box is smaller than two cut-offs or a species is
 *  unknown. Cost: O(n). Collective: no. */
NODISCARD Status pairs_build(const Frame *frame, const Potential *potential, const void *parameters, int n_species, Pairs *pairs);
void pairs_clear(Pairs *pairs);
/** Number of pairs, each counted once. */
int64_t pairs_count(const Pairs *pairs);
