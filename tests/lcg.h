#pragma once
/** The deterministic check configurations of the reference data (tests/data/model_checks.json): jittered lattices and shuffled species by
 *  a 64-bit linear congruential generator, so that any program can make them. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "matter/frame.h"

typedef struct Lcg {
  uint64_t state;
} Lcg;
static inline double lcg_next(Lcg *g) {
  g->state = 6364136223846793005u * g->state + 1442695040888963407u;
  return (double)(g->state >> 11) * 0x1p-53;
}

/** lattice: 'f' FCC 4^3 cells (256), 'd' diamond 4^3 cells (512), '2' centred rectangles 16 x 8 cells (256). */
static inline void lcg_configuration(Frame *frame, char lattice, double density, double fraction_b) {
  static const double fcc[8][3]  = {{0, 0, 0},       {0, .5, .5},     {.5, 0, .5},     {.5, .5, 0},
                                    {.25, .25, .25}, {.25, .75, .75}, {.75, .25, .75}, {.75, .75, .25}};
  static const double flat[2][3] = {{0, 0, 0}, {.5, .5, 0}};
  const int dim = lattice == '2' ? 2 : 3, basis = lattice == 'f' ? 4 : lattice == 'd' ? 8 : 2;
  const int cells[3]     = {lattice == '2' ? 16 : 4, lattice == '2' ? 8 : 4, lattice == '2' ? 1 : 4};
  const int n            = basis * cells[0] * cells[1] * cells[2];
  const long double edge = powl((long double)n / (long double)density, 1.0L / dim);
  Lcg g                  = {12345};
  frame_resize(frame, n, dim);
  for (int axis = 0; axis < 3; axis++) frame->edges[axis] = axis < dim ? (double)edge : 1;
  int i = 0;
  for (int x = 0; x < cells[0]; x++)
    for (int y = 0; y < cells[1]; y++)
      for (int z = 0; z < cells[2]; z++)
        for (int b = 0; b < basis; b++, i++) {
          const int cell[3] = {x, y, z};
          for (int axis = 0; axis < 3; axis++) {
            if (axis >= dim) {
              frame->position[3 * i + axis] = 0;
              continue;
            }
            const double site = dim == 2 ? flat[b][axis] : fcc[b][axis], jitter = dim == 2 ? 8 : 4;
            long double r = ((cell[axis] + site) / (long double)cells[axis] + ((long double)lcg_next(&g) - 0.5L) / 20 / jitter);
            r -= floorl(r);
            frame->position[3 * i + axis] = (double)(r * edge);
          }
        }
  const int n_b = (int)lround(fraction_b * n);
  for (int k = 0; k < n; k++) frame->species[k] = k >= n - n_b;
  g.state = 54321;
  for (int k = n - 1; k >= 1; k--) {
    const int j = (int)(lcg_next(&g) * (k + 1)), swap = frame->species[k];
    frame->species[k] = frame->species[j];
    frame->species[j] = swap;
  }
}
