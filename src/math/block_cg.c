/** Sixteen systems side by side, [n d][16]: the matrix is read once for all of them, and each of its elements meets a row of numbers that
 *  lie side by side. Each system has its own step lengths; one that has converged stands still (step 0).
 *
 *    x += alpha p, r -= alpha M p, alpha = r.z / p.Mp;   z = D^-1 r;   p = z + beta p, beta = r.z / (r.z before)
 *
 *  The right-hand sides are translation-free and so are all residuals; the preconditioner lets x gain a translation, taken off at the end.
 */
#include "math/block_cg.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

enum { WIDE = 16 };

typedef struct Iteration {
  const BlockMatrix *m;
  double *inverse;             /* [n][d][d] of the diagonal blocks */
  double *x, *r, *z, *p, *q;   /* [n d][WIDE] */
  double size[WIDE], rz[WIDE]; /* |b|, r.z */
  bool is_done[WIDE];
} Iteration;

/** Inverse of a symmetric block by its adjugate; false if it is not positive. */
static bool invert(int d, const double *a, double *b) {
  if (d == 2) {
    const double det = a[0] * a[3] - a[1] * a[2];
    if (!(det > 0) || !(a[0] > 0)) return false;
    const double inverse[4] = {a[3] / det, -a[1] / det, -a[2] / det, a[0] / det};
    memcpy(b, inverse, sizeof inverse);
    return true;
  }
  double det = 0;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      const int p = (j + 1) % 3, q = (j + 2) % 3, s = (i + 1) % 3, t = (i + 2) % 3;
      b[3 * i + j] = a[3 * p + s] * a[3 * q + t] - a[3 * p + t] * a[3 * q + s];
    }
  for (int j = 0; j < 3; j++) det += a[j] * b[3 * j];
  if (!(det > 0) || !(a[0] > 0) || !(b[8] > 0)) return false;
  for (int k = 0; k < 9; k++) b[k] /= det;
  return true;
}

static bool make_preconditioner(Iteration *it) {
  const BlockMatrix *m = it->m;
  for (int i = 0; i < m->n; i++)
    if (!invert(m->d, block_matrix_find(m, i, i), &it->inverse[(int64_t)i * m->d * m->d])) return false;
  return true;
}

static void add_block(int d, const double *restrict block, const double *restrict x, double *restrict y) {
  for (int a = 0; a < d; a++)
    for (int b = 0; b < d; b++)
      for (int c = 0; c < WIDE; c++) y[a * WIDE + c] += block[a * d + b] * x[b * WIDE + c];
}
static void multiply(const BlockMatrix *m, const double *x, double *y) {
  const int step = m->d * WIDE;
  memset(y, 0, (size_t)m->n * (size_t)step * sizeof *y);
  for (int i = 0; i < m->n; i++)
    for (int64_t k = m->start[i]; k < m->start[i + 1]; k++)
      add_block(m->d, &m->values[k * m->d * m->d], &x[(int64_t)m->column[k] * step], &y[(int64_t)i * step]);
}
static void precondition(Iteration *it) {
  const BlockMatrix *m = it->m;
  const int step       = m->d * WIDE;
  memset(it->z, 0, (size_t)m->n * (size_t)step * sizeof *it->z);
  for (int i = 0; i < m->n; i++)
    add_block(m->d, &it->inverse[(int64_t)i * m->d * m->d], &it->r[(int64_t)i * step], &it->z[(int64_t)i * step]);
}

static void dots(int64_t rows, const double *a, const double *b, double sums[WIDE]) {
  for (int c = 0; c < WIDE; c++) sums[c] = 0;
  for (int64_t k = 0; k < rows; k++)
    for (int c = 0; c < WIDE; c++) sums[c] += a[k * WIDE + c] * b[k * WIDE + c];
}

/** x += scale y, column by column. */
static void add_scaled(int64_t rows, const double scale[WIDE], const double *restrict y, double *restrict x) {
  for (int64_t k = 0; k < rows; k++)
    for (int c = 0; c < WIDE; c++) x[k * WIDE + c] += scale[c] * y[k * WIDE + c];
}

static void remove_translations(const BlockMatrix *m, double *x) {
  double mean[3][WIDE] = {{0}};
  for (int i = 0; i < m->n; i++)
    for (int a = 0; a < m->d; a++)
      for (int c = 0; c < WIDE; c++) mean[a][c] += x[((int64_t)i * m->d + a) * WIDE + c] / m->n;
  for (int i = 0; i < m->n; i++)
    for (int a = 0; a < m->d; a++)
      for (int c = 0; c < WIDE; c++) x[((int64_t)i * m->d + a) * WIDE + c] -= mean[a][c];
}

/** One step of all systems; false where the curvature is not positive. */
static bool step(Iteration *it, int64_t rows, double tolerance) {
  double curvature[WIDE], alpha[WIDE], beta[WIDE], rz[WIDE], rr[WIDE];
  multiply(it->m, it->p, it->q);
  dots(rows, it->p, it->q, curvature);
  for (int c = 0; c < WIDE; c++) {
    alpha[c] = 0;
    if (it->is_done[c]) continue;
    if (!(curvature[c] > 0)) return false;
    alpha[c] = it->rz[c] / curvature[c];
  }
  add_scaled(rows, alpha, it->p, it->x);
  for (int c = 0; c < WIDE; c++) alpha[c] = -alpha[c];
  add_scaled(rows, alpha, it->q, it->r);
  precondition(it);
  dots(rows, it->r, it->z, rz);
  dots(rows, it->r, it->r, rr);
  for (int c = 0; c < WIDE; c++) {
    beta[c]   = it->is_done[c] ? 0 : rz[c] / it->rz[c];
    it->rz[c] = rz[c];
    if (sqrt(rr[c]) <= tolerance * it->size[c]) it->is_done[c] = true;
  }
  for (int64_t k = 0; k < rows; k++)
    for (int c = 0; c < WIDE; c++) it->p[k * WIDE + c] = it->z[k * WIDE + c] + beta[c] * it->p[k * WIDE + c];
  return true;
}

static bool solve_batch(Iteration *it, int n_rhs, double *b, double tolerance, int most, int *iterations) {
  const int64_t rows = (int64_t)it->m->n * it->m->d;
  const size_t bytes = (size_t)rows * WIDE * sizeof(double);
  memset(it->x, 0, bytes);
  memset(it->r, 0, bytes);
  for (int c = 0; c < n_rhs; c++)
    for (int64_t k = 0; k < rows; k++) it->r[k * WIDE + c] = b[c * rows + k];
  remove_translations(it->m, it->r);
  precondition(it);
  memcpy(it->p, it->z, bytes);
  dots(rows, it->r, it->z, it->rz);
  dots(rows, it->r, it->r, it->size);
  int n_open = 0;
  for (int c = 0; c < WIDE; c++) {
    it->size[c]    = sqrt(it->size[c]);
    it->is_done[c] = it->size[c] == 0;
    n_open += !it->is_done[c];
  }
  int count = 0;
  for (; n_open > 0 && count < most; count++) {
    if (!step(it, rows, tolerance)) return false;
    n_open = 0;
    for (int c = 0; c < WIDE; c++) n_open += !it->is_done[c];
  }
  if (iterations && count > *iterations) *iterations = count;
  remove_translations(it->m, it->x);
  for (int c = 0; c < n_rhs; c++)
    for (int64_t k = 0; k < rows; k++) b[c * rows + k] = it->x[k * WIDE + c];
  return n_open == 0;
}

bool block_cg_solve(const BlockMatrix *m, int n_rhs, double *b, double tolerance, int most, int *iterations) {
  const size_t rows = (size_t)m->n * (size_t)m->d;
  Iteration it      = {.m = m, .inverse = memory_array(rows * (size_t)m->d, sizeof(double))};
  double **all[]    = {&it.x, &it.r, &it.z, &it.p, &it.q};
  for (int k = 0; k < 5; k++) *all[k] = memory_array(rows * WIDE, sizeof(double));
  if (iterations) *iterations = 0;
  bool is_good = make_preconditioner(&it);
  for (int done = 0; is_good && done < n_rhs; done += WIDE)
    is_good = solve_batch(&it, n_rhs - done < WIDE ? n_rhs - done : WIDE, b + (size_t)done * rows, tolerance, most, iterations);
  for (int k = 0; k < 5; k++) memory_free(*all[k]);
  memory_free(it.inverse);
  return is_good;
}
