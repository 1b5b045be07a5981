/** Symmetric block-sparse matrices and their Cholesky factor.
 *
 *  K = M + (c/m) b b^T (x) 1_d is factorised, P K P^T = L L^T, by CHOLMOD's supernodal method. The order P is METIS' nested dissection
 *  of the particles, each expanded to its d degrees of freedom: dissecting the degrees of freedom themselves is d times the work for a
 *  worse order.
 *
 *  Translations. For a translation-free f and K u = f, multiplying by the translation 1_k from the left gives c b_k.u = 1_k.f = 0, so
 *  M u = f: u differs from M^+ f by a translation, which is subtracted. b is the indicator of the particles at the end of the order
 *  whose columns of L are full anyway (the root separator): the lift costs no fill. It is scaled like a mean diagonal element of M, so
 *  that the lifted modes lie inside the spectrum and do not spoil the condition.
 *
 *  Positive or not. A negative direction meets a negative pivot. One more zero mode (a rattler, a part that hangs on nothing) leaves a
 *  pivot of the size of rounding errors and of any sign; then K^-1 is about 1e15 times larger than it should be, which a few steps of
 *  inverse iteration see from any start. */
#include "math/sparse.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "blas_setup.h"
#include "sparse_factor.h"

enum { SOLVE_BATCH = 64, INVERSE_STEPS = 3 };
static const double ZERO_MODE    = 1e-12; /* eigenvalues below this share of the largest diagonal element are rounding errors */
static const double SHIFT_MARGIN = 1e-3;

/* ---- block matrices -------------------------------------------------------------------------------------------------------- */

void block_matrix_clear(BlockMatrix *m) {
  memory_free(m->start);
  memory_free(m->column);
  memory_free(m->values);
  *m = (BlockMatrix){0};
}

void block_matrix_multiply(const BlockMatrix *m, const double *x, double *y) {
  const int d = m->d;
  for (int i = 0; i < m->n; i++) {
    double sum[3] = {0};
    for (int64_t k = m->start[i]; k < m->start[i + 1]; k++) {
      const double *block = &m->values[k * d * d], *part = &x[(int64_t)m->column[k] * d];
      for (int a = 0; a < d; a++)
        for (int b = 0; b < d; b++) sum[a] += block[a * d + b] * part[b];
    }
    memcpy(&y[(int64_t)i * d], sum, (size_t)d * sizeof *y);
  }
}

double *block_matrix_find(const BlockMatrix *m, int i, int j) {
  int64_t low = m->start[i], high = m->start[i + 1];
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    if (m->column[middle] < j) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < m->start[i + 1] && m->column[low] == j ? &m->values[low * m->d * m->d] : NULL;
}

/** Mean and largest diagonal element. */
static void look_at_diagonal(const BlockMatrix *m, double *mean, double *largest) {
  *mean = *largest = 0;
  for (int i = 0; i < m->n; i++) {
    const double *block = block_matrix_find(m, i, i);
    require(block != NULL, "no diagonal block in row %d", i);
    for (int a = 0; a < m->d; a++) {
      const double element = block[a * m->d + a];
      *mean += element / (m->n * m->d);
      *largest = fmax(*largest, element);
    }
  }
}

/* ---- to CHOLMOD ------------------------------------------------------------------------------------------------------------ */

/** Lower triangle, columns compressed: of the pattern of the blocks (size 1) or of all elements (size d). */
static cholmod_sparse *lower_triangle(const BlockMatrix *m, bool is_pattern, cholmod_common *common) {
  const int d         = is_pattern ? 1 : m->d;
  const size_t n      = (size_t)m->n * (size_t)d;
  const size_t most   = (size_t)m->start[m->n] * (size_t)(d * d);
  cholmod_sparse *out = cholmod_l_allocate_sparse(n, n, most, 1, 1, -1, is_pattern ? CHOLMOD_PATTERN : CHOLMOD_REAL, common);
  require(out != NULL, "CHOLMOD: status %d", common->status);
  SuiteSparse_long *start = out->p, *row = out->i, used = 0;
  double *value = out->x;
  for (int j = 0; j < m->n; j++) {
    for (int b = 0; b < d; b++) {
      start[j * d + b] = used;
      for (int64_t k = m->start[j]; k < m->start[j + 1]; k++) {
        const int i = m->column[k];
        for (int a = i == j ? b : 0; i >= j && a < d; a++) {
          row[used] = (SuiteSparse_long)i * d + a;
          if (!is_pattern) value[used] = m->values[k * d * d + b * d + a];
          used++;
        }
      }
    }
  }
  start[n] = used;
  return out;
}

/** Order of the particles; *n_last of them, at its end, have full columns in the factor. */
static SuiteSparse_long *order_particles(const BlockMatrix *m, int *n_last, cholmod_common *common) {
  cholmod_sparse *pattern    = lower_triangle(m, true, common);
  common->supernodal         = CHOLMOD_SIMPLICIAL;
  common->nmethods           = 1;
  common->method[0].ordering = CHOLMOD_METIS;
  common->postorder          = 1;
  cholmod_factor *symbolic   = cholmod_l_analyze(pattern, common);
  require(symbolic != NULL, "CHOLMOD: no order of the particles (status %d)", common->status);
  const SuiteSparse_long *count = symbolic->ColCount, *order = symbolic->Perm;
  *n_last = 1;
  while (*n_last < m->n && count[m->n - 1 - *n_last] == *n_last + 1) ++*n_last;
  SuiteSparse_long *copy = memory_array((size_t)m->n, sizeof *copy);
  memcpy(copy, order, (size_t)m->n * sizeof *copy);
  cholmod_l_free_factor(&symbolic, common);
  cholmod_l_free_sparse(&pattern, common);
  return copy;
}

/** strength b b^T (x) 1_d, lower triangle. */
static cholmod_sparse *lift(const BlockMatrix *m, int n_chosen, const SuiteSparse_long *chosen, double strength, cholmod_common *common) {
  const size_t n           = (size_t)m->n * (size_t)m->d;
  const size_t most        = (size_t)n_chosen * (size_t)(n_chosen + 1) / 2 * (size_t)m->d;
  cholmod_triplet *triplet = cholmod_l_allocate_triplet(n, n, most, -1, CHOLMOD_REAL, common);
  require(triplet != NULL, "CHOLMOD: status %d", common->status);
  SuiteSparse_long *row = triplet->i, *column = triplet->j;
  double *value = triplet->x;
  size_t used   = 0;
  for (int p = 0; p < n_chosen; p++) {
    for (int q = 0; q <= p; q++) {
      const SuiteSparse_long high = chosen[p] > chosen[q] ? chosen[p] : chosen[q], low = chosen[p] + chosen[q] - high;
      for (int a = 0; a < m->d; a++, used++) {
        row[used]    = high * m->d + a;
        column[used] = low * m->d + a;
        value[used]  = strength;
      }
    }
  }
  triplet->nnz        = used;
  cholmod_sparse *out = cholmod_l_triplet_to_sparse(triplet, used, common);
  require(out != NULL, "CHOLMOD: status %d", common->status);
  cholmod_l_free_triplet(&triplet, common);
  return out;
}

/** K, and in *order the order of its rows. Both for the caller to free. */
static cholmod_sparse *lifted_matrix(const BlockMatrix *m, double stiffness, SuiteSparse_long **order, cholmod_common *common) {
  int n_last                  = 0;
  SuiteSparse_long *particles = order_particles(m, &n_last, common);
  cholmod_sparse *plain       = lower_triangle(m, false, common);
  cholmod_sparse *extra       = lift(m, n_last, &particles[m->n - n_last], stiffness / n_last, common);
  double one[2]               = {1, 0};
  cholmod_sparse *sum         = cholmod_l_add(plain, extra, one, one, 1, 1, common);
  require(sum != NULL, "CHOLMOD: status %d", common->status);
  *order = memory_array((size_t)m->n * (size_t)m->d, sizeof **order);
  for (int i = 0; i < m->n; i++)
    for (int a = 0; a < m->d; a++) (*order)[i * m->d + a] = particles[i] * m->d + a;
  cholmod_l_free_sparse(&plain, common);
  cholmod_l_free_sparse(&extra, common);
  memory_free(particles);
  return sum;
}

/* ---- factor ---------------------------------------------------------------------------------------------------------------- */

static SparseFactor *create(int n, int d) {
  require(n >= 1 && (d == 2 || d == 3), "%d rows of blocks of size %d", n, d);
  blas_prepare();
  SparseFactor *f        = memory_array(1, sizeof *f);
  f->n                   = n;
  f->d                   = d;
  f->work                = memory_array(1, sizeof *f->work);
  cholmod_common *common = &f->work->common;
  cholmod_l_start(common);
  common->print                      = 0;
  common->useGPU                     = 0;
  common->quick_return_if_not_posdef = 1;
  common->final_ll                   = 1;
  /* Small supernodes are merged if that stores few zeros: fewer than CHOLMOD would, for selected inversion pays them nine times. */
  for (int k = 0; k < 3; k++) {
    common->nrelax[k] = (size_t[]){12, 24, 48}[k];
    common->zrelax[k] = (double[]){0.3, 0.05, 0.005}[k];
  }
  return f;
}

/** Numerical factor of K + shift; false if a pivot is not positive. */
static bool factorize(SparseFactor *f, const BlockMatrix *m, double stiffness, double shift) {
  cholmod_common *common     = &f->work->common;
  SuiteSparse_long *order    = NULL;
  cholmod_sparse *matrix     = lifted_matrix(m, stiffness, &order, common);
  common->supernodal         = CHOLMOD_SUPERNODAL;
  common->nmethods           = 1;
  common->method[0].ordering = CHOLMOD_GIVEN;
  f->lower                   = cholmod_l_analyze_p(matrix, order, NULL, 0, common);
  require(f->lower != NULL, "CHOLMOD: status %d", common->status);
  double beta[2]     = {shift, 0};
  const bool is_done = cholmod_l_factorize_p(matrix, beta, NULL, 0, f->lower, common);
  require(is_done, "CHOLMOD: status %d", common->status);
  cholmod_l_free_sparse(&matrix, common);
  memory_free(order);
  return common->status == CHOLMOD_OK && f->lower->minor == f->lower->n;
}

static double norm(size_t n, const double *x) {
  double sum = 0;
  for (size_t k = 0; k < n; k++) sum += x[k] * x[k];
  return sqrt(sum);
}

/** An upper bound of the smallest eigenvalue of M beside its translations, close to it if that is tiny. */
static double smallest_eigenvalue(const SparseFactor *f) {
  const size_t n  = (size_t)f->n * (size_t)f->d;
  double *x       = memory_array(n, sizeof *x);
  uint64_t number = 1; /* any start will do, as long as it is always the same */
  for (size_t k = 0; k < n; k++) {
    number = number * 6364136223846793005u + 1442695040888963407u;
    x[k]   = (double)(number >> 11) * 0x1p-53 - 0.5;
  }
  double bound = INFINITY;
  for (int step = 0; step < INVERSE_STEPS; step++) {
    const double before = norm(n, x);
    for (size_t k = 0; k < n; k++) x[k] /= before;
    sparse_solve(f, 1, x);
    bound = 1 / norm(n, x);
  }
  memory_free(x);
  return bound;
}

Status sparse_factorize(const BlockMatrix *m, SparseFactor **factor, bool *is_positive) {
  double mean = 0, largest = 0;
  look_at_diagonal(m, &mean, &largest);
  *factor      = NULL;
  *is_positive = false;
  if (!(mean > 0) || !isfinite(mean)) return STATUS_OK;
  SparseFactor *f = create(m->n, m->d);
  *is_positive    = factorize(f, m, mean, 0) && smallest_eigenvalue(f) > ZERO_MODE * largest;
  if (!*is_positive) sparse_destroy(&f);
  *factor = f;
  return STATUS_OK;
}

SparseFactor *sparse_factorize_shifted(const BlockMatrix *m, double shift) {
  SparseFactor *f = create(m->n, m->d);
  if (!factorize(f, m, 0, shift) || !(smallest_eigenvalue(f) > SHIFT_MARGIN * shift)) sparse_destroy(&f);
  return f;
}

void sparse_destroy(SparseFactor **factor) {
  SparseFactor *f = *factor;
  if (f == NULL) return;
  SolveWork *work = f->work;
  cholmod_l_free_factor(&f->lower, &work->common);
  cholmod_l_free_dense(&work->x, &work->common);
  cholmod_l_free_dense(&work->y, &work->common);
  cholmod_l_free_dense(&work->e, &work->common);
  cholmod_l_finish(&work->common);
  memory_free(work);
  memory_free(f);
  *factor = NULL;
}

/* ---- solve ----------------------------------------------------------------------------------------------------------------- */

void sparse_solve_lifted(const SparseFactor *factor, int n_rhs, double *b) {
  const size_t n  = (size_t)factor->n * (size_t)factor->d;
  SolveWork *work = factor->work;
  for (int done = 0; done < n_rhs; done += SOLVE_BATCH) {
    const size_t now    = (size_t)(n_rhs - done < SOLVE_BATCH ? n_rhs - done : SOLVE_BATCH);
    double *part        = &b[(size_t)done * n];
    cholmod_dense right = {.nrow = n, .ncol = now, .nzmax = n * now, .d = n, .x = part, .xtype = CHOLMOD_REAL, .dtype = CHOLMOD_DOUBLE};
    const int is_done   = cholmod_l_solve2(CHOLMOD_A, factor->lower, &right, NULL, &work->x, NULL, &work->y, &work->e, &work->common);
    require(is_done, "CHOLMOD: status %d", work->common.status);
    memcpy(part, work->x->x, n * now * sizeof *part);
  }
}

/** Subtract the mean of each component of one vector. */
static void remove_translation(int n, int d, double *x) {
  double mean[3] = {0};
  for (int i = 0; i < n; i++)
    for (int a = 0; a < d; a++) mean[a] += x[(int64_t)i * d + a] / n;
  for (int i = 0; i < n; i++)
    for (int a = 0; a < d; a++) x[(int64_t)i * d + a] -= mean[a];
}

void sparse_solve(const SparseFactor *factor, int n_rhs, double *b) {
  const int64_t n = (int64_t)factor->n * factor->d;
  for (int k = 0; k < n_rhs; k++) remove_translation(factor->n, factor->d, &b[k * n]);
  sparse_solve_lifted(factor, n_rhs, b);
  for (int k = 0; k < n_rhs; k++) remove_translation(factor->n, factor->d, &b[k * n]);
}
