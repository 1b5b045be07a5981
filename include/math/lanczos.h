#pragma once
/** Lowest modes of symmetric block-sparse matrices. The one door to ARPACK. One thread per rank; the same bits on every call. */
#include "math/sparse.h"

/** The lowest n_modes eigenpairs of M beside its translations, ascending, by Lanczos iterations on M^+ (shift-invert at 0).
 *  eigenvalue: [n_modes]; vector: [n_modes][n][d], orthonormal, translation-free, the largest component positive.
 *  Accuracy of an eigenvalue: about 1e-15 of the largest one of M. n_modes from 1 to n d / 4.
 *  *is_done false (outputs NaN) if the iterations did not converge. */
NODISCARD Status lanczos_lowest(const SparseFactor *factor, int n_modes, double *eigenvalue, double *vector, bool *is_done);

/** Eigenvalues of M that are not positive, the d translations not counted. */
typedef struct ModeCount {
  int negative;     /* below -threshold */
  int zero;         /* within +-threshold */
  double threshold; /* relative * |M|, the largest sum of absolute values in a row of M */
  double lowest;    /* eigenvalue beside the translations */
} ModeCount;
/** For M of any inertia (saddles, rattlers): a few modes cost about a second, a hundred ten times that (2000 particles). relative from
 * 1e-12 to 1e-2. Modes are taken away as they are found, until one above the threshold is the lowest, so that modes of equal eigenvalue are
 * all counted. *is_done false (negative, zero: what was found so far) if M is not finite, or has more than n d / 4 such modes, or the
 * iterations did not converge. */
NODISCARD Status lanczos_count_modes(const BlockMatrix *m, double relative, ModeCount *count, bool *is_done);
