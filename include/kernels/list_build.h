#pragma once
/** Building the neighbour list, exactly.
 *
 *  Claim: a pair (i local, j local or ghost) is listed whenever its minimum-image distance r < range[a][b] + s_i + s_j, with s the
 *  particles' skins: two locals at one of them, a local and a ghost on the rank of one of them. If the list is rebuilt before any particle
 *  has moved farther than its own skin, every interacting pair is in it: at a later time r' < range implies r <= r' + |dr_i| + |dr_j| <
 *  range + s_i + s_j. Minimum-image distances obey this triangle inequality, so the claim holds in boxes of any size, also where range +
 *  skins exceeds half an edge.
 *
 *  Distances are computed in single precision from the upper 32 bits of the coordinates, relative to a reference near the centre. Error:
 *  truncation <= edge 2^-32 per coordinate; conversion and product 2 ulp of |d| <= 12, i.e. <= 3e-6; two such numbers are subtracted and
 *  three axes added: below edge 2^-29 + 1e-5. The caller adds LIST_MARGIN to every skin, twice that per pair, to cover it, and the error
 *  of the displacement test, which knows the upper halves of where a particle was: edge 2^-32 per coordinate. Pairs that are listed
 *  although too far apart do no harm: the kernels test the exact distance. */
#include <stddef.h>

#include "kernels/force_work.h"

/** To be added to each skin handed over in ListInput. */
static inline double list_margin(double longest_edge) { return 1e-5 + longest_edge * 0x1p-29; }

/** Blocks into which an edge is cut, of about 10 sigma (56 in two dimensions) for a cache of 512 KiB: lists are built, and particles
 *  sorted, block by block, so that what a stretch of the list reads fits into the core's second cache however large the box is. */
int list_blocks(double edge, int dim);

/** Whether the pair of a local and a ghost, at these coordinates [3] of the last list build, is listed by the local's rank; to the ghost's,
 * where they change places, it says the opposite. It is the one with the smaller coordinate along the axis, the short way; where that is
 * undecided, along the next one. (Particles in the same place: both; these are lost anyway.) */
static inline bool list_owns(int axis, const int64_t *local, const int64_t *ghost) {
  for (int k = 0; k < 3; k++, axis = (axis + 1) % 3) {
    const uint64_t d = (uint64_t)ghost[axis] - (uint64_t)local[axis];
    if (d << 1 != 0) return d >> 63 == 0; /* neither equal nor half an edge apart */
  }
  return true;
}

typedef struct ListRange {
  int first, count, species;
  bool is_local;
} ListRange; /* consecutive particles */

typedef struct ListInput {
  int dim, n_species;
  const int64_t *x;                       /* [n][4] */
  const float *skin;                      /* [n] with margin */
  float skin_max;                         /* largest of them */
  double range[MAX_SPECIES][MAX_SPECIES]; /* cut-offs */
  double edges[3];
  /* the region that holds all particles, per axis, in coordinate units: whole box (is_periodic) or [origin, origin + span) */
  uint64_t origin[3], span[3];
  bool is_periodic[3];
  uint64_t margin[3]; /* not periodic: locals keep so far away from the region's faces, but for strays */
  /* centres in [inner_low, inner_low + inner_span] along every axis have no ghost within reach; no such region: has_inner false */
  uint64_t inner_low[3], inner_span[3];
  bool has_inner;
  bool is_split;  /* such centres make chunks of their own, which come first */
  int owner_axis; /* for list_owns */
  int n_ranges;
  ListRange ranges[2 * MAX_SPECIES];
  int n;                 /* one more than the largest particle index */
  unsigned char *is_met; /* [n] 1 where a ghost is in a pair */
} ListInput;

/** Scratch memory of the builder; zero-initialised by the owner, freed by list_scratch_clear. */
typedef struct ListScratch {
  void *arrays[32];
  size_t capacities[32];
} ListScratch;
void list_scratch_clear(ListScratch *scratch);
void list_clear(List *list);
