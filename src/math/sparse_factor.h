#pragma once
/** What the files of this room know of a factor and nobody else. */
#include <cholmod.h>

#include "math/sparse.h"

/** CHOLMOD's state and what its solves keep from call to call. */
typedef struct SolveWork {
  cholmod_common common;
  cholmod_dense *x, *y, *e;
} SolveWork;

struct SparseFactor {
  int n, d;
  cholmod_factor *lower; /* supernodal L of P K P^T */
  SolveWork *work;
};

/** x <- K^-1 b, in place, b: [n_rhs][n * d]; nothing is projected. */
void sparse_solve_lifted(const SparseFactor *factor, int n_rhs, double *b);
/** Factor of M + shift without a lift, for M of any inertia and shift > 0; NULL unless that is positive by more than 1e-3 shift.
 *  sparse_solve then gives (M + shift)^-1 on translation-free vectors. */
SparseFactor *sparse_factorize_shifted(const BlockMatrix *m, double shift);
