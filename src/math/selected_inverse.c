/** Entries of K^-1 and K^-2 on the pattern of the factor: selected inversion in dual numbers.
 *
 *  K^-2 = -d/ds (K + s)^-1 at s = 0, so the recursion that gives the entries of an inverse on the pattern of L (Takahashi 1973), carried
 *  out for value and first derivative in s, gives both. Of K + s B the derivative B starts as the unit matrix. Per panel J of columns
 *  with the rows R below it, A = L_JJ L_JJ^T and Y = L_RJ L_JJ^-1 (so that eliminating J leaves K_RR - Y A Y^T):
 *      down the order, W being the derivative of what is left:
 *          V = W_RJ - Y W_JJ,     W_RR -= V Y^T + Y W_RJ^T  =  S Y^T + Y S^T,  S = (V + W_RJ) / 2
 *      up the order, with Z = K^-1 and H = K^-2, D = V A^-1 the derivative of Y:
 *          Z_RJ = -Z_RR Y                       H_RJ = Z_RR D - H_RR Y
 *          Z_JJ = A^-1 + Y^T Z_RR Y             H_JJ = A^-1 W_JJ A^-1 + Y^T H_RR Y - D^T Z_RR Y - (D^T Z_RR Y)^T
 *  Z_RR and H_RR are on the pattern, known already and gathered into dense squares; the rest is level-3 BLAS. About 9 times the
 *  operations of the factorisation. Supernodes are cut into panels, which saves half the work of the last, dense one.
 *
 *  Two arrays of the size of L suffice: H_J takes the place of W_J and V_J, Z_J that of Y_J. */
#include <cblas.h>
#include <lapacke.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "math/sparse.h"
#include "sparse_factor.h"

enum { PANEL_COLUMNS = 192 };

/** Some columns of a supernode, stored from `at` with a leading dimension of `pitch`: a triangle of n_columns, then the rows below. */
typedef struct Panel {
  int n_columns, n_below, pitch;
  SuiteSparse_long first;      /* column */
  const SuiteSparse_long *row; /* [n_columns + n_below], ascending, the first n_columns are the columns themselves */
  size_t at;
} Panel;

typedef struct Inversion {
  const double *lower;
  double *derivative; /* W and V, then H; as L */
  double *inverse;    /* Y, then Z; as L */
  int n_panels;
  Panel *panels;
  int *panel_of; /* [column] */
  /* One panel at a time. R below, k columns: */
  double *square_z, *square_h;          /* [R][R], lower triangles */
  double *y_and_d, *z_times, *h_times;  /* [2 k][R], [2 k][R], [k][R] */
  double *corner_z, *corner_h, *corner; /* [k][k] */
  int *place;                           /* [R] */
} Inversion;

/** Largest panels. */
typedef struct Extent {
  size_t below, columns, product;
} Extent;

/* ---- panels ---------------------------------------------------------------------------------------------------------------- */

static int cuts_of(SuiteSparse_long n_columns) { return (int)((n_columns + PANEL_COLUMNS - 1) / PANEL_COLUMNS); }

static int count_panels(const cholmod_factor *f) {
  const SuiteSparse_long *super = f->super;
  int count                     = 0;
  for (size_t s = 0; s < f->nsuper; s++) count += cuts_of(super[s + 1] - super[s]);
  return count;
}

static void cut_panels(const cholmod_factor *f, Panel *panels) {
  const SuiteSparse_long *super = f->super, *rows = f->pi, *values = f->px, *row = f->s;
  for (size_t s = 0; s < f->nsuper; s++) {
    const SuiteSparse_long n_columns = super[s + 1] - super[s], n_rows = rows[s + 1] - rows[s];
    const int cuts = cuts_of(n_columns);
    for (int c = 0; c < cuts; c++) {
      const SuiteSparse_long from = n_columns * c / cuts, to = n_columns * (c + 1) / cuts;
      *panels++ = (Panel){.n_columns = (int)(to - from),
                          .n_below   = (int)(n_rows - to),
                          .pitch     = (int)n_rows,
                          .first     = super[s] + from,
                          .row       = &row[rows[s] + from],
                          .at        = (size_t)(values[s] + from * n_rows + from)};
    }
  }
}

static Extent largest_extent(int n_panels, const Panel *panels) {
  Extent e = {0};
  for (int p = 0; p < n_panels; p++) {
    const size_t below = (size_t)panels[p].n_below, columns = (size_t)panels[p].n_columns;
    if (below > e.below) e.below = below;
    if (columns > e.columns) e.columns = columns;
    if (below * columns > e.product) e.product = below * columns;
  }
  return e;
}

static size_t bytes_needed(const cholmod_factor *f, Extent e) {
  return (2 * f->xsize + 2 * e.below * e.below + 5 * e.product + 3 * e.columns * e.columns + 3 * f->n) * sizeof(double) +
         (f->n * 2 + e.below) * sizeof(int);
}

static Inversion create(const cholmod_factor *f, int n_panels, Panel *panels, Extent e) {
  Inversion v = {.lower      = f->x,
                 .derivative = memory_array(f->xsize, sizeof(double)),
                 .inverse    = memory_array(f->xsize, sizeof(double)),
                 .n_panels   = n_panels,
                 .panels     = panels,
                 .panel_of   = memory_array(f->n, sizeof(int)),
                 .square_z   = memory_array(e.below * e.below, sizeof(double)),
                 .square_h   = memory_array(e.below * e.below, sizeof(double)),
                 .y_and_d    = memory_array(2 * e.product, sizeof(double)),
                 .z_times    = memory_array(2 * e.product, sizeof(double)),
                 .h_times    = memory_array(e.product, sizeof(double)),
                 .corner_z   = memory_array(e.columns * e.columns, sizeof(double)),
                 .corner_h   = memory_array(e.columns * e.columns, sizeof(double)),
                 .corner     = memory_array(e.columns * e.columns, sizeof(double)),
                 .place      = memory_array(e.below, sizeof(int))};
  for (int p = 0; p < n_panels; p++)
    for (int c = 0; c < panels[p].n_columns; c++) {
      v.panel_of[panels[p].first + c]                                        = p;
      v.derivative[panels[p].at + (size_t)c * (size_t)(panels[p].pitch + 1)] = 1;
    }
  return v;
}

static void destroy(Inversion *v) {
  void *arrays[] = {v->derivative, v->inverse, v->panel_of, v->square_z, v->square_h, v->y_and_d,
                    v->z_times,    v->h_times, v->corner_z, v->corner_h, v->corner,   v->place};
  for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++) memory_free(arrays[k]);
}

/* ---- between a panel's dense square and the panels of its rows -------------------------------------------------------------- */

/** The panel that holds column below[from] and, in v->place, where in it the rows below[from..] are.
 *  Returns the first index whose column is in another panel. */
static int find_places(const Inversion *v, const Panel *p, int from, const Panel **holder) {
  const SuiteSparse_long *below = &p->row[p->n_columns];
  const Panel *h                = &v->panels[v->panel_of[below[from]]];
  int to                        = from;
  for (int e = from, at = 0; e < p->n_below; e++, at++) {
    while (h->row[at] != below[e]) at++;
    v->place[e] = at;
    if (at < h->n_columns) to = e + 1;
  }
  *holder = h;
  return to;
}

/** W_RR += square, lower triangle. */
static void scatter_square(const Inversion *v, const Panel *p) {
  const Panel *h = NULL;
  for (int from = 0, to; from < p->n_below; from = to) {
    to = find_places(v, p, from, &h);
    for (int c = from; c < to; c++) {
      double *target       = &v->derivative[h->at + (size_t)v->place[c] * (size_t)h->pitch];
      const double *source = &v->square_z[(size_t)c * (size_t)p->n_below];
      for (int e = c; e < p->n_below; e++) target[v->place[e]] += source[e];
    }
  }
}

/** Z_RR and H_RR, lower triangles. */
static void gather_squares(const Inversion *v, const Panel *p) {
  const Panel *h = NULL;
  for (int from = 0, to; from < p->n_below; from = to) {
    to = find_places(v, p, from, &h);
    for (int c = from; c < to; c++) {
      const size_t column    = h->at + (size_t)v->place[c] * (size_t)h->pitch;
      const double *source_z = &v->inverse[column], *source_h = &v->derivative[column];
      double *z = &v->square_z[(size_t)c * (size_t)p->n_below], *s = &v->square_h[(size_t)c * (size_t)p->n_below];
      for (int e = c; e < p->n_below; e++) {
        z[e] = source_z[v->place[e]];
        s[e] = source_h[v->place[e]];
      }
    }
  }
}

/** n_columns columns of n_rows each from one pitch to another. */
static void copy_columns(int n_rows, int n_columns, const double *from, int from_pitch, double *to, int to_pitch) {
  for (int c = 0; c < n_columns; c++)
    memcpy(&to[(size_t)c * (size_t)to_pitch], &from[(size_t)c * (size_t)from_pitch], (size_t)n_rows * sizeof *to);
}

/* ---- down and up ------------------------------------------------------------------------------------------------------------ */

/** Eliminate the panel: Y, V, and W of the rows below. */
static void eliminate(const Inversion *v, const Panel *p) {
  const int k = p->n_columns, r = p->n_below, pitch = p->pitch;
  if (r == 0) return;
  const double *lower = &v->lower[p->at];
  double *w = &v->derivative[p->at], *y = &v->inverse[p->at + (size_t)k], *half = v->h_times;
  copy_columns(r, k, &lower[k], pitch, y, pitch);
  cblas_dtrsm(CblasColMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, r, k, 1, lower, pitch, y, pitch);
  copy_columns(r, k, &w[k], pitch, half, r);
  cblas_dsymm(CblasColMajor, CblasRight, CblasLower, r, k, -1, w, pitch, y, pitch, 1, &w[k], pitch);
  for (int c = 0; c < k; c++)
    for (int e = 0; e < r; e++) half[c * r + e] = 0.5 * (half[c * r + e] + w[c * pitch + k + e]);
  cblas_dsyr2k(CblasColMajor, CblasLower, CblasNoTrans, r, k, -1, half, r, y, pitch, 0, v->square_z, r);
  scatter_square(v, p);
}

/** corner_z = A^-1 (full), corner_h = A^-1 W_JJ A^-1. */
static void invert_corner(const Inversion *v, const Panel *p) {
  const int k     = p->n_columns;
  double *inverse = v->corner_z;
  copy_columns(k, k, &v->lower[p->at], p->pitch, inverse, k);
  const int failure = LAPACKE_dpotri_work(LAPACK_COL_MAJOR, 'L', k, inverse, k);
  require(failure == 0, "inverse of a triangle: %d", failure);
  for (int c = 0; c < k; c++)
    for (int e = c + 1; e < k; e++) inverse[e * k + c] = inverse[c * k + e];
  cblas_dsymm(CblasColMajor, CblasLeft, CblasLower, k, k, 1, &v->derivative[p->at], p->pitch, inverse, k, 0, v->corner, k);
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, k, k, k, 1, inverse, k, v->corner, k, 0, v->corner_h, k);
}

/** Z and H of the panel's columns, when those of its rows are known. */
static void invert_panel(const Inversion *v, const Panel *p) {
  const int k = p->n_columns, r = p->n_below, pitch = p->pitch;
  double *h = &v->derivative[p->at], *z = &v->inverse[p->at];
  invert_corner(v, p);
  if (r > 0) {
    gather_squares(v, p);
    double *y = v->y_and_d, *d = &y[(size_t)k * (size_t)r], *zy = v->z_times, *zd = &zy[(size_t)k * (size_t)r], *hy = v->h_times;
    copy_columns(r, k, &z[k], pitch, y, r);
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, r, k, k, 1, &h[k], pitch, v->corner_z, k, 0, d, r);
    cblas_dsymm(CblasColMajor, CblasLeft, CblasLower, r, 2 * k, 1, v->square_z, r, y, r, 0, zy, r);
    cblas_dsymm(CblasColMajor, CblasLeft, CblasLower, r, k, 1, v->square_h, r, y, r, 0, hy, r);
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, k, k, r, 1, y, r, zy, r, 1, v->corner_z, k);
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, k, k, r, 1, y, r, hy, r, 1, v->corner_h, k);
    cblas_dsyr2k(CblasColMajor, CblasLower, CblasTrans, k, r, -1, d, r, zy, r, 1, v->corner_h, k);
    for (int c = 0; c < k; c++)
      for (int e = 0; e < r; e++) {
        z[c * pitch + k + e] = -zy[c * r + e];
        h[c * pitch + k + e] = zd[c * r + e] - hy[c * r + e];
      }
  }
  for (int c = 0; c < k; c++)
    for (int e = c; e < k; e++) {
      z[c * pitch + e] = v->corner_z[c * k + e];
      h[c * pitch + e] = v->corner_h[c * k + e];
    }
}

/* ---- out ------------------------------------------------------------------------------------------------------------------- */

/** Blocks on the pattern of M from the columns of the panels. */
static void pick_blocks(const Inversion *v, const cholmod_factor *f, const BlockMatrix *m, double *first, double *second) {
  const SuiteSparse_long *order = f->Perm;
  const int d                   = m->d;
  int *rank = memory_array(f->n, sizeof *rank), *place = memory_array(f->n, sizeof *place);
  for (size_t c = 0; c < f->n; c++) rank[order[c]] = (int)c;
  for (int q = 0; q < v->n_panels; q++) {
    const Panel *p = &v->panels[q];
    for (int e = 0; e < p->n_columns + p->n_below; e++) place[p->row[e]] = e;
    for (int c = 0; c < p->n_columns; c++) {
      const int i = (int)(order[p->first + c] / d), a = (int)(order[p->first + c] % d);
      for (int64_t block = m->start[i]; block < m->start[i + 1]; block++) {
        const int j          = m->column[block];
        const int64_t mirror = block_matrix_find(m, j, i) - m->values;
        for (int b = 0; b < d; b++) {
          const int row = rank[j * d + b];
          if (row < p->first + c) continue;
          const size_t at                  = p->at + (size_t)c * (size_t)p->pitch + (size_t)place[row];
          first[block * d * d + a * d + b] = first[mirror + b * d + a] = v->inverse[at];
          second[block * d * d + a * d + b] = second[mirror + b * d + a] = v->derivative[at];
        }
      }
    }
  }
  memory_free(rank);
  memory_free(place);
}

/** M^-2 as pairs see it from K^-2: without the translations between the two inverses, K^-2 - (1/n) sum_k w_k w_k^T, w_k = K^-1 1_k. */
static void remove_translations(const SparseFactor *factor, const BlockMatrix *m, double *second) {
  const int n = m->n, d = m->d, size = n * d;
  double *w = memory_array((size_t)(d * size), sizeof *w);
  for (int k = 0; k < d; k++)
    for (int i = 0; i < n; i++) w[k * size + i * d + k] = 1;
  sparse_solve_lifted(factor, d, w);
  for (int i = 0; i < n; i++)
    for (int64_t block = m->start[i]; block < m->start[i + 1]; block++)
      for (int a = 0; a < d; a++)
        for (int b = 0; b < d; b++)
          for (int k = 0; k < d; k++)
            second[block * d * d + a * d + b] -= w[k * size + i * d + a] * w[k * size + m->column[block] * d + b] / n;
  memory_free(w);
}

Status sparse_selected_inverses(const SparseFactor *factor, const BlockMatrix *m, size_t memory_limit, double *first, double *second,
                                bool *is_done) {
  require(m->n == factor->n && m->d == factor->d, "matrix of another factor");
  const cholmod_factor *f = factor->lower;
  const int n_panels      = count_panels(f);
  Panel *panels           = memory_array((size_t)n_panels, sizeof *panels);
  cut_panels(f, panels);
  const Extent extent = largest_extent(n_panels, panels);
  *is_done            = bytes_needed(f, extent) <= memory_limit;
  if (*is_done) {
    Inversion v = create(f, n_panels, panels, extent);
    for (int p = 0; p < n_panels; p++) eliminate(&v, &panels[p]);
    for (int p = n_panels - 1; p >= 0; p--) invert_panel(&v, &panels[p]);
    pick_blocks(&v, f, m, first, second);
    remove_translations(factor, m, second);
    destroy(&v);
  }
  memory_free(panels);
  return STATUS_OK;
}
