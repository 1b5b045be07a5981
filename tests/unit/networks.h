#pragma once
/** Random spring networks for the tests of linear algebra: points in a periodic box (a jittered lattice, from a linear congruential
 *  generator), springs with prestress between all closer than a cutoff. Their Hessians are translation-invariant exactly as those of
 *  glasses are; with little prestress they are positive beside the translations.
 *      M_ij = -(k - t/r) r r / r^2 - t/r 1,   M_ii = -sum_j M_ij   (k stiffness, t tension of the bond) */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "math/sparse.h"

static inline double network_random(uint64_t *state) {
  *state = 6364136223846793005u * *state + 1442695040888963407u;
  return (double)(*state >> 11) * 0x1p-53;
}

/** What a network is made of. */
typedef struct Network {
  int side, d;      /* side^d points */
  double cutoff;    /* lattice constants, of the largest distance of a spring */
  double prestress; /* largest |t/r| relative to k */
  int lonely;       /* this particle has no springs; -1: none */
  uint64_t seed;
} Network;

/** Vector from j to i of the jittered lattice points, nearest image; its squared length. */
static inline double network_bond(const Network *w, const double *x, int i, int j, double r[3]) {
  double square = 0;
  for (int a = 0; a < w->d; a++) {
    r[a] = x[i * w->d + a] - x[j * w->d + a];
    r[a] -= w->side * rint(r[a] / w->side);
    square += r[a] * r[a];
  }
  return square;
}

static inline BlockMatrix network_hessian(const Network *w) {
  const int d = w->d, n = d == 2 ? w->side * w->side : w->side * w->side * w->side;
  uint64_t state = w->seed;
  double *x      = memory_array((size_t)(n * d), sizeof *x);
  for (int i = 0, rest; i < n; i++) {
    rest = i;
    for (int a = 0; a < d; a++, rest /= w->side) x[i * d + a] = rest % w->side + 0.4 * network_random(&state);
  }
  BlockMatrix m = {.n = n, .d = d, .start = memory_array((size_t)n + 1, sizeof *m.start)};
  m.column      = memory_array((size_t)(n * n), sizeof *m.column);
  m.values      = memory_array((size_t)(n * n * d * d), sizeof *m.values);
  for (int i = 0; i < n; i++) {
    m.start[i + 1] = m.start[i];
    for (int j = 0; j < n; j++) {
      double r[3];
      const double square = network_bond(w, x, i, j, r);
      if (i == j || (square < w->cutoff * w->cutoff && i != w->lonely && j != w->lonely)) m.column[m.start[i + 1]++] = j;
    }
  }
  for (int i = 0; i < n; i++) {
    for (int64_t q = m.start[i]; q < m.start[i + 1]; q++) {
      const int j = m.column[q];
      if (j <= i) continue;
      double r[3];
      const double square = network_bond(w, x, i, j, r), k = 0.1 + network_random(&state);
      const double tension = k * w->prestress * (2 * network_random(&state) - 1);
      double *blocks[4]    = {block_matrix_find(&m, i, j), block_matrix_find(&m, j, i), block_matrix_find(&m, i, i),
                              block_matrix_find(&m, j, j)};
      for (int a = 0; a < d; a++)
        for (int b = 0; b < d; b++)
          for (int s = 0; s < 4; s++)
            blocks[s][a * d + b] += (s < 2 ? -1 : 1) * ((k - tension) * r[a] * r[b] / square + (a == b ? tension : 0));
    }
  }
  memory_free(x);
  return m;
}

/** The same, dense: [n d][n d]. */
static inline double *network_dense(const BlockMatrix *m) {
  const int d = m->d, size = m->n * d;
  double *out = memory_array((size_t)size * (size_t)size, sizeof *out);
  for (int i = 0; i < m->n; i++)
    for (int64_t k = m->start[i]; k < m->start[i + 1]; k++)
      for (int a = 0; a < d; a++)
        for (int b = 0; b < d; b++) out[(i * d + a) * size + m->column[k] * d + b] = m->values[k * d * d + a * d + b];
  return out;
}

/** Add `strength` u u^T with u_i = -u_j along a direction: keeps translations, moves the spectrum. */
static inline void network_add_bond(BlockMatrix *m, int i, int j, double strength) {
  for (int a = 0; a < m->d; a++)
    for (int b = 0; b < m->d; b++) {
      const double part = strength * (a + 1) * (b + 1);
      block_matrix_find(m, i, i)[a * m->d + b] += part;
      block_matrix_find(m, j, j)[a * m->d + b] += part;
      block_matrix_find(m, i, j)[a * m->d + b] -= part;
      block_matrix_find(m, j, i)[a * m->d + b] -= part;
    }
}
