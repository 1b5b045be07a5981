/** Lowest modes by shift-invert Lanczos.
 *
 *  The lowest eigenvalues lambda of M are the largest mu = 1 / (lambda + s) of (M + s)^-1, well apart from each other where those of M
 *  crowd, so that ARPACK's implicitly restarted Lanczos method (Lehoucq, Sorensen, Yang 1998) finds them in a few dozen solves. The
 *  operator is the solve with the factor, translations projected out before and after; it starts from a fixed vector, so a call gives
 *  the same bits whenever it is made.
 *
 *  Counting modes that are not positive: s is raised from a small value until M + s has a Cholesky factor (s = 2 |M| always does).
 *  A Lanczos run cannot promise to see every one of several equal eigenvalues, and rattlers give d each: the modes found are projected
 *  out and the search repeated until it finds none below the threshold. */
#include "math/lanczos.h"

#include <arpack.h>
#include <cblas.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "blas_setup.h"
#include "sparse_factor.h"

enum { MOST_RESTARTS = 300, FIRST_BATCH = 8 };
static const double TOLERANCE      = 1e-13; /* residual of a Ritz pair relative to its value */
static const double SMALLEST_SHIFT = 1e-6, SHIFT_STEP = 8;

/** (M + s)^-1 on the vectors orthogonal to the translations and to `taken`. */
typedef struct Operator {
  const SparseFactor *factor;
  double shift;
  int size;      /* n d */
  int n_taken;   /* modes projected out */
  double *taken; /* [n_taken][size], orthonormal */
} Operator;

static void project(const Operator *o, double *x) {
  for (int k = 0; k < o->n_taken; k++) {
    const double *mode   = &o->taken[(size_t)k * (size_t)o->size];
    const double overlap = cblas_ddot(o->size, mode, 1, x, 1);
    cblas_daxpy(o->size, -overlap, mode, 1, x, 1);
  }
}

static void apply(const Operator *o, const double *x, double *y) {
  memcpy(y, x, (size_t)o->size * sizeof *y);
  project(o, y);
  sparse_solve(o->factor, 1, y);
  project(o, y);
}

/** ARPACK's arrays. */
typedef struct Work {
  int n_basis;
  double *start, *basis, *vectors, *small;
  int *select;
  int parameter[11], pointer[11];
} Work;

static Work work_create(const Operator *o, int n_modes) {
  const int wanted = 2 * n_modes + 20;
  Work w           = {.n_basis = wanted < o->size ? wanted : o->size};
  w.start          = memory_array((size_t)o->size, sizeof *w.start);
  w.basis          = memory_array((size_t)o->size * (size_t)w.n_basis, sizeof *w.basis);
  w.vectors        = memory_array((size_t)o->size * 3, sizeof *w.vectors);
  w.small          = memory_array((size_t)w.n_basis * (size_t)(w.n_basis + 8), sizeof *w.small);
  w.select         = memory_array((size_t)w.n_basis, sizeof *w.select);
  w.parameter[0]   = 1; /* ARPACK chooses the implicit shifts */
  w.parameter[2]   = MOST_RESTARTS;
  w.parameter[3]   = 1;
  w.parameter[6]   = 1;   /* an ordinary symmetric problem: the inverse is our business */
  uint64_t number  = 977; /* any start will do, as long as it is always the same */
  for (int k = 0; k < o->size; k++) {
    number     = number * 6364136223846793005u + 1442695040888963407u;
    w.start[k] = (double)(number >> 11) * 0x1p-53 - 0.5;
  }
  double *first = memory_array((size_t)o->size, sizeof *first);
  apply(o, w.start, first); /* into the subspace, and towards the low modes */
  memory_free(w.start);
  w.start = first;
  return w;
}

static void work_destroy(Work *w) {
  memory_free(w->start);
  memory_free(w->basis);
  memory_free(w->vectors);
  memory_free(w->small);
  memory_free(w->select);
}

/** Largest n_modes eigenvalues of the operator, ascending as ARPACK gives them, and their vectors; false if it did not converge. */
static bool find_largest(const Operator *o, int n_modes, double *value, double *vector) {
  Work w            = work_create(o, n_modes);
  const int n_small = w.n_basis * (w.n_basis + 8);
  int request = 0, info = 1; /* 1: the start is ours */
  do {
    dsaupd_c(&request, "I", o->size, "LA", n_modes, TOLERANCE, w.start, w.n_basis, w.basis, o->size, w.parameter, w.pointer, w.vectors,
             w.small, n_small, &info);
    if (request == 1 || request == -1) apply(o, &w.vectors[w.pointer[0] - 1], &w.vectors[w.pointer[1] - 1]);
  } while (request == 1 || request == -1);
  bool is_done = info == 0 && w.parameter[4] >= n_modes;
  if (is_done) {
    dseupd_c(1, "A", w.select, value, vector, o->size, 0, "I", o->size, "LA", n_modes, TOLERANCE, w.start, w.n_basis, w.basis, o->size,
             w.parameter, w.pointer, w.vectors, w.small, n_small, &info);
    is_done = info == 0;
  }
  work_destroy(&w);
  return is_done;
}

/** Turn a vector so that its largest component is positive. */
static void fix_sign(int size, double *x) {
  if (x[cblas_idamax(size, x, 1)] < 0) cblas_dscal(size, -1, x, 1);
}

/** Lowest modes of M, ascending. */
static bool find_lowest(const Operator *o, int n_modes, double *eigenvalue, double *vector) {
  if (!find_largest(o, n_modes, eigenvalue, vector)) return false;
  for (int low = 0, high = n_modes - 1; low < high; low++, high--) {
    const double swap = eigenvalue[low];
    eigenvalue[low]   = eigenvalue[high];
    eigenvalue[high]  = swap;
    cblas_dswap(o->size, &vector[(size_t)low * (size_t)o->size], 1, &vector[(size_t)high * (size_t)o->size], 1);
  }
  for (int k = 0; k < n_modes; k++) {
    eigenvalue[k] = 1 / eigenvalue[k] - o->shift;
    fix_sign(o->size, &vector[(size_t)k * (size_t)o->size]);
  }
  return true;
}

Status lanczos_lowest(const SparseFactor *factor, int n_modes, double *eigenvalue, double *vector, bool *is_done) {
  const Operator o = {.factor = factor, .size = factor->n * factor->d};
  require(n_modes >= 1 && n_modes <= o.size / 4, "%d modes of %d", n_modes, o.size);
  blas_prepare();
  *is_done = find_lowest(&o, n_modes, eigenvalue, vector);
  if (*is_done) return STATUS_OK;
  for (int k = 0; k < n_modes; k++) eigenvalue[k] = NAN;
  for (size_t k = 0; k < (size_t)n_modes * (size_t)o.size; k++) vector[k] = NAN;
  return STATUS_OK;
}

/** Largest sum of absolute values in a row: no eigenvalue is larger. NaN or infinity if an element is. */
static double row_bound(const BlockMatrix *m) {
  const int d    = m->d;
  double largest = 0, all = 0;
  for (int i = 0; i < m->n; i++)
    for (int a = 0; a < d; a++) {
      double sum = 0;
      for (int64_t k = m->start[i]; k < m->start[i + 1]; k++)
        for (int b = 0; b < d; b++) sum += fabs(m->values[(k * d + a) * d + b]);
      largest = fmax(largest, sum);
      all += sum;
    }
  return isfinite(all) ? largest : NAN;
}

/** Take away all modes up to `threshold`, counting them, twice as many at a time while there is no end of them; false if there are
 *  too many or a search fails. */
static bool take_modes(Operator *o, int most, double threshold, ModeCount *count) {
  size_t capacity = 0;
  int batch = FIRST_BATCH, n_new = 1;
  while (n_new > 0) {
    if (batch > most - o->n_taken) batch = most - o->n_taken;
    if (batch < 1) return false;
    void *grown          = o->taken;
    const size_t vectors = (size_t)(o->n_taken + batch) * (size_t)o->size;
    memory_grow(&grown, &capacity, vectors, (size_t)o->n_taken * (size_t)o->size, sizeof *o->taken);
    o->taken           = grown;
    double *value      = memory_array((size_t)batch, sizeof *value);
    const bool is_done = find_lowest(o, batch, value, &o->taken[(size_t)o->n_taken * (size_t)o->size]);
    n_new              = 0;
    if (is_done) count->lowest = fmin(count->lowest, value[0]);
    while (is_done && n_new < batch && value[n_new] <= threshold) {
      count->negative += value[n_new] < -threshold;
      count->zero += value[n_new] >= -threshold;
      n_new++;
    }
    memory_free(value);
    if (!is_done) return false;
    o->n_taken += n_new;
    batch = n_new == batch ? 2 * batch : FIRST_BATCH;
  }
  return true;
}

Status lanczos_count_modes(const BlockMatrix *m, double relative, ModeCount *count, bool *is_done) {
  require(relative >= 1e-12 && relative <= 1e-2, "threshold %g", relative);
  const double bound = row_bound(m);
  *count             = (ModeCount){.threshold = relative * bound, .lowest = INFINITY};
  *is_done           = false;
  if (!(bound > 0)) return STATUS_OK;
  blas_prepare();
  Operator o           = {.size = m->n * m->d};
  SparseFactor *factor = NULL;
  for (o.shift = SMALLEST_SHIFT * bound; factor == NULL; o.shift = fmin(SHIFT_STEP * o.shift, 2 * bound)) {
    factor = sparse_factorize_shifted(m, o.shift);
    if (factor != NULL) break;
    require(o.shift < 2 * bound, "a matrix larger than its bound");
  }
  o.factor = factor;
  *is_done = take_modes(&o, o.size / 4, count->threshold, count);
  memory_free(o.taken);
  sparse_destroy(&factor);
  return STATUS_OK;
}
