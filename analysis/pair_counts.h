#pragma once
/** How many pairs of particles lie at which distance: the histogram behind g(r). */
#include "matter/frame.h"

typedef struct PairCounts PairCounts; /* scratch memory of one histogram, reused from frame to frame */

/** n_bins bins of `width` (sigma) from 0; n_bins * width may be at most half the shortest edge of every frame. */
PairCounts *pair_counts_create(int n_species, int n_bins, double width);
/** Row of species pair (a, b) in tables of pairs: AA 0, AB 1, BB 2, ..; the order of a and b does not matter. */
int pair_row(int a, int b);
/** Add the pairs of a frame: counts[pair_row][n_bins] += pairs i < j with bin = floor(r_ij / width), r the minimum image.
 *  2D or 3D, any edges. Positions need not be wrapped. Cost: n times the particles within the largest distance (linked cells). */
void pair_counts_add(PairCounts *pairs, const Frame *frame, double *counts);
void pair_counts_destroy(PairCounts **pairs);
