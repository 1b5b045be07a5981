#pragma once
/** Symmetric block-sparse matrices (d x d blocks, d = 2 or 3), their Cholesky factor, and what a factor gives. The one door to CHOLMOD.
 *  One thread per rank. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/** Compressed block rows of the full symmetric matrix (both triangles), columns ascending inside a row, diagonal blocks present. */
typedef struct BlockMatrix {
  int n, d;       /* block rows (particles), size of a block */
  int64_t *start; /* [n + 1] */
  int *column;    /* [start[n]] */
  double *values; /* [start[n]][d][d], row-major */
} BlockMatrix;
void block_matrix_clear(BlockMatrix *m);
/** y = M x; x, y: [n][d]. */
void block_matrix_multiply(const BlockMatrix *m, const double *x, double *y);
/** Block (i, j), [d][d], lent; NULL outside the pattern. */
double *block_matrix_find(const BlockMatrix *m, int i, int j);

/** Factor of K = M + (stiffness / m) b b^T (x) 1_d, where b is the indicator of m particles at the end of the order of elimination,
 *  where no fill arises: it lifts the d translations of a translation-invariant M and leaves d.M^-1.d unchanged for translation-free d.
 *  Of M the blocks (i, j >= i) are read. Measured on glasses of 2000 / 8000 particles in 3D, one core: 0.08 / 1.1 s, 32 / 250 MB. */
typedef struct SparseFactor SparseFactor;
/** STATUS_OK with *factor; *is_positive false (and *factor NULL) if M is not positive definite beside its translations: a negative
 *  direction, one more zero mode (rattlers, separate parts, eigenvalues below 1e-12 of the largest diagonal element), elements that are
 *  not finite. */
NODISCARD Status sparse_factorize(const BlockMatrix *m, SparseFactor **factor, bool *is_positive);
void sparse_destroy(SparseFactor **factor);
/** x <- M^+ b for n_rhs right-hand sides [n_rhs][n*d], translation-free part in, translation-free part out. In place. */
void sparse_solve(const SparseFactor *factor, int n_rhs, double *b);

/** Blocks of M^-1 and M^-2 on the pattern of M, as far as translation-free vectors see them, by dual selected inversion.
 *  first, second: [start[n]][d][d], laid out like m->values. For a vector with w on i and -w on j, (i, j) in the pattern, exactly
 *    w.M^-1.w = w.(A_ii + A_jj - A_ij - A_ji).w with A = first, the same for M^-2 with A = second.
 *  Needs twice the memory of the factor (0.06 / 0.5 GB for 2000 / 8000 particles in 3D) and a third for the largest dense front; if that
 *  is more than `memory_limit` bytes, *is_done is false and nothing is computed. Errors about 1e-14; 0.31 / 5.5 s on one core. */
NODISCARD Status sparse_selected_inverses(const SparseFactor *factor, const BlockMatrix *m, size_t memory_limit, double *first,
                                          double *second, bool *is_done);
