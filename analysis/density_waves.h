#pragma once
/** Density waves of a periodic box: sums of exp(i q . r) over the particles of each species, on vectors q of the reciprocal lattice. */
#include <stdint.h>

#include "matter/frame.h"

/** Vectors (l, +-m, +-n) that are computed together: up to 4 in 3D, 2 in 2D. */
typedef struct WaveGroup {
  int32_t lattice[3]; /* l, m, n >= 0; q = 2 pi (lattice / edges) */
  int32_t bin;
  int32_t first, n; /* its vectors */
} WaveGroup;

/** Which vectors, binned by length. Of q and -q, which carry the same, only one is taken ("half space"). Plain data, read by its users. */
typedef struct DensityWaves {
  int dim, n_bins;
  double edges[3];
  double bin_width; /* 1/sigma; bin = floor(|q| / bin_width) */
  int n_groups, n_vectors;
  WaveGroup *groups;     /* [n_groups] */
  int32_t (*lattice)[3]; /* [n_vectors] in the order of the groups */
  double *n_used;        /* [n_bins] vectors taken */
  double *n_present;     /* [n_bins] vectors there are in the half space */
  double *mean_q;        /* [n_bins] mean length of the vectors taken; NAN if none */
  int highest[3];        /* largest |lattice| per axis */
  double *phases;        /* scratch of density_waves_add */
  double *sums;          /* scratch: [n_species][n_vectors][2] */
} DensityWaves;

/** All vectors with 0 < |q| < highest; of a bin that holds more than `most`, about `most` (whole groups), spread over all directions.
 *  A function of its arguments alone. Cost: the lattice points of an octant, twice. */
DensityWaves *density_waves_create(int dim, const double edges[3], int n_species, double highest, double bin_width, int most);
/** power[pair_row][n_bins] += sum over the bin's vectors of Re(rho_a rho_b*), rho_a = sum of exp(i q . r_j) over species a.
 *  The frame has the box the waves were made for. Cost: n times n_vectors. */
void density_waves_add(DensityWaves *waves, const Frame *frame, int n_species, double *power);
void density_waves_destroy(DensityWaves **waves);
