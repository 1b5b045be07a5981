#pragma once
/** Lowest modes of symmetric block-sparse matrices. The one door to ARPACK. One thread per rank; the same bits on every call. */
#include "math/sparse.h"

/** The lowest n_modes eigenpairs of M beside its translations, ascending, by Lanczos iterations on M^+ (shift-invert at 0).
 *  eigenvalue: [n_modes]; vector: [n_modes][n][d], orthonormal, translation-free, largest component positive.
 *  Relative accuracy of eigenvalues 1e-10 or better (Ritz values converge to 1e-13 of M^+'s largest).
 *  n_modes from 1 to (n - 1) d. *is_done false (outputs undefined) if ARPACK's iterations did not converge. */
NODISCARD Status lanczos_lowest(const SparseFactor *factor, int n_modes, double *eigenvalue, double *vector, bool *is_done);

/** How many eigenvalues lie below, near and above 0, the d translations not counted. */
typedef struct ModeCount {
  int negative; /* < -threshold */
  int zero;     /* within +-threshold */
} ModeCount;
/** The same without a factor, for M of any inertia (saddles, rattlers): counted by the signs of pivots of M -+ threshold, where
 *  threshold = relative * (largest Gershgorin bound of |M|). Sylvester (1852): a congruence keeps the signs. */
NODISCARD Status lanczos_count_modes(const BlockMatrix *m, double relative, ModeCount *count);
