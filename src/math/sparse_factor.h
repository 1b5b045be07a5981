#pragma once
/** What sparse.c and selected_inverse.c know of a factor and nobody else. */
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
