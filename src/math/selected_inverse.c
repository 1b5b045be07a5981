/** Entries of K^-1 and K^-2 on the pattern of the factor: selected inversion in dual numbers.
 *
 *  K^-2 = -d/ds (K + s)^-1 at s = 0, so the recursion that gives the entries of an inverse on the pattern of L (Takahashi 1973), carried
 *  out for value and first derivative in s, gives both. Of K + s B the derivative B starts as the unit matrix. Per panel J of columns
 *  with the rows R below it, A = L_JJ L_JJ^T and Y = L_RJ L_JJ^-1 (so that eliminating J leaves K_RR - Y A Y^T):
 *      down the order, W being the derivative of what is left:
 *          V = W_RJ - Y W_JJ,     W_RR -= V Y^T + Y W_RJ^T  =  S Y^T + Y S^T,  S = (V + W_RJ) / 2
 *      up the order, with Z = K^-1 and H = K^-2, D = V A^-1 the derivative of Y:
 *          Z_RJ = -Z_RR Y                       H_RJ = Z_RR D - H_RR Y
 *          Z_JJ = A^-1 + Y^T Z_RR Y             H_JJ = A^-1 W_JJ A^-1 - Y^T H_RJ - D^T Z_RR Y
 *  Z_RR and H_RR are on the pattern, known already and gathered into dense squares; the rest is level-3 BLAS. About 9 times the
 *  operations of the factorisation. Supernodes are cut into panels, which saves half the work of the last, dense one; the squares of a
 *  supernode are gathered once and grow by one panel after another.
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

/** A supernode, stored from `at`, column by column: a triangle of n_columns, then the rows below. */
typedef struct Supernode {
  int n_columns, n_rows;       /* n_rows counts the triangle's, too; the pitch of the columns */
  SuiteSparse_long first;      /* column */
  const SuiteSparse_long *row; /* [n_rows], ascending, the first n_columns are the columns themselves */
  size_t at;
} Supernode;

/** Some of its columns: n_columns from `from`, n_below rows below them. */
typedef struct Panel {
  int from, n_columns, n_below;
} Panel;

typedef struct Inversion {
  const double *lower;
  double *derivative; /* W and V, then H; as L */
  double *inverse;    /* Y, then Z; as L */
  int n_nodes;
  Supernode *nodes;
  int *node_of; /* [column] */
  /* One supernode at a time. */
  double *square_z, *square_h; /* [n_rows][n_rows], lower triangles; on the way down the change of W, and S */
  int *place;                  /* [n_rows] */
  /* One panel at a time. R below, k columns: */
  double *y_and_d, *z_times;            /* [2 k][R] */
  double *corner_z, *corner_h, *corner; /* [k][k] */
} Inversion;

/** Largest sizes. */
typedef struct Extent {
  size_t rows, columns, product; /* of a supernode; of a panel; below times columns of a panel */
} Extent;

/* ---- supernodes and panels -------------------------------------------------------------------------------------------------- */

static int count_panels(const Supernode *s) { return (s->n_columns + PANEL_COLUMNS - 1) / PANEL_COLUMNS; }

static Panel panel_of(const Supernode *s, int number) {
  const int count = count_panels(s), from = s->n_columns * number / count, to = s->n_columns * (number + 1) / count;
  return (Panel){.from = from, .n_columns = to - from, .n_below = s->n_rows - to};
}

static void read_supernodes(const cholmod_factor *f, Supernode *nodes) {
  const SuiteSparse_long *super = f->super, *rows = f->pi, *values = f->px, *row = f->s;
  for (size_t s = 0; s < f->nsuper; s++)
    nodes[s] = (Supernode){.n_columns = (int)(super[s + 1] - super[s]),
                           .n_rows    = (int)(rows[s + 1] - rows[s]),
                           .first     = super[s],
                           .row       = &row[rows[s]],
                           .at        = (size_t)values[s]};
}

static Extent largest_extent(int n_nodes, const Supernode *nodes) {
  Extent e = {0};
  for (int s = 0; s < n_nodes; s++) {
    if ((size_t)nodes[s].n_rows > e.rows) e.rows = (size_t)nodes[s].n_rows;
    for (int k = 0; k < count_panels(&nodes[s]); k++) {
      const Panel p      = panel_of(&nodes[s], k);
      const size_t below = (size_t)p.n_below, columns = (size_t)p.n_columns;
      if (columns > e.columns) e.columns = columns;
      if (below * columns > e.product) e.product = below * columns;
    }
  }
  return e;
}

static size_t bytes_needed(const cholmod_factor *f, Extent e) {
  return (2 * f->xsize + 2 * e.rows * e.rows + 4 * e.product + 3 * e.columns * e.columns + 3 * f->n) * sizeof(double) +
         (f->n * 2 + e.rows) * sizeof(int);
}

static Inversion create(const cholmod_factor *f, int n_nodes, Supernode *nodes, Extent e) {
  Inversion v = {.lower      = f->x,
                 .derivative = memory_array(f->xsize, sizeof(double)),
                 .inverse    = memory_array(f->xsize, sizeof(double)),
                 .n_nodes    = n_nodes,
                 .nodes      = nodes,
                 .node_of    = memory_array(f->n, sizeof(int)),
                 .square_z   = memory_array(e.rows * e.rows, sizeof(double)),
                 .square_h   = memory_array(e.rows * e.rows, sizeof(double)),
                 .place      = memory_array(e.rows, sizeof(int)),
                 .y_and_d    = memory_array(2 * e.product, sizeof(double)),
                 .z_times    = memory_array(2 * e.product, sizeof(double)),
                 .corner_z   = memory_array(e.columns * e.columns, sizeof(double)),
                 .corner_h   = memory_array(e.columns * e.columns, sizeof(double)),
                 .corner     = memory_array(e.columns * e.columns, sizeof(double))};
  for (int s = 0; s < n_nodes; s++)
    for (int c = 0; c < nodes[s].n_columns; c++) {
      v.node_of[nodes[s].first + c]                                         = s;
      v.derivative[nodes[s].at + (size_t)c * (size_t)(nodes[s].n_rows + 1)] = 1;
    }
  return v;
}

static void destroy(Inversion *v) {
  void *arrays[] = {v->derivative, v->inverse, v->node_of,  v->square_z, v->square_h, v->place,
                    v->y_and_d,    v->z_times, v->corner_z, v->corner_h, v->corner};
  for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++) memory_free(arrays[k]);
}

/* ---- between a dense square and the supernodes of its rows ------------------------------------------------------------------ */

/** The supernode that holds column row[from] of s and, in v->place, where in it the rows row[from..] are.
 *  Returns the first index whose column is in another one. */
static int find_places(const Inversion *v, const Supernode *s, int from, const Supernode **holder) {
  const Supernode *h = &v->nodes[v->node_of[s->row[from]]];
  int to             = from;
  for (int e = from, at = 0; e < s->n_rows; e++, at++) {
    while (h->row[at] != s->row[e]) at++;
    v->place[e] = at;
    if (at < h->n_columns) to = e + 1;
  }
  *holder = h;
  return to;
}

/** W_RR += square of the rows below the supernode's triangle, lower triangle. */
static void scatter_square(const Inversion *v, const Supernode *s) {
  const Supernode *h = NULL;
  for (int from = s->n_columns, to; from < s->n_rows; from = to) {
    to = find_places(v, s, from, &h);
    for (int c = from; c < to; c++) {
      double *target       = &v->derivative[h->at + (size_t)v->place[c] * (size_t)h->n_rows];
      const double *source = &v->square_z[(size_t)c * (size_t)s->n_rows];
      for (int e = c; e < s->n_rows; e++) target[v->place[e]] += source[e];
    }
  }
}

/** Z_RR and H_RR of the rows below the supernode's triangle, lower triangles. */
static void gather_squares(const Inversion *v, const Supernode *s) {
  const int n        = s->n_rows;
  const Supernode *h = NULL;
  for (int from = s->n_columns, to; from < n; from = to) {
    to = find_places(v, s, from, &h);
    for (int c = from; c < to; c++) {
      const size_t column    = h->at + (size_t)v->place[c] * (size_t)h->n_rows;
      const double *source_z = &v->inverse[column], *source_h = &v->derivative[column];
      double *target_z = &v->square_z[(size_t)c * (size_t)n], *target_h = &v->square_h[(size_t)c * (size_t)n];
      for (int e = c; e < n; e++) {
        target_z[e] = source_z[v->place[e]];
        target_h[e] = source_h[v->place[e]];
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

/** Eliminate a panel: Y, V, S (in square_h, as L) and W of the supernode's columns behind it. */
static void eliminate_panel(const Inversion *v, const Supernode *s, Panel p) {
  const int n = s->n_rows, k = p.n_columns, r = p.n_below, behind = s->n_columns - p.from - k;
  if (r == 0) return;
  const size_t corner = (size_t)p.from * (size_t)(n + 1), below = corner + (size_t)k;
  const double *lower = &v->lower[s->at];
  double *w = &v->derivative[s->at], *y = &v->inverse[s->at + below], *half = &v->square_h[below];
  copy_columns(r, k, &lower[below], n, y, n);
  cblas_dtrsm(CblasColMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, r, k, 1, &lower[corner], n, y, n);
  copy_columns(r, k, &w[below], n, half, n);
  cblas_dsymm(CblasColMajor, CblasRight, CblasLower, r, k, -1, &w[corner], n, y, n, 1, &w[below], n);
  for (int c = 0; c < k; c++)
    for (int e = 0; e < r; e++) half[c * n + e] = 0.5 * (half[c * n + e] + w[below + (size_t)(c * n + e)]);
  if (behind == 0) return;
  double *target = &w[corner + (size_t)k * (size_t)(n + 1)];
  cblas_dsyr2k(CblasColMajor, CblasLower, CblasNoTrans, behind, k, -1, half, n, y, n, 1, target, n);
  if (r == behind) return;
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, r - behind, behind, k, -1, &half[behind], n, y, n, 1, &target[behind], n);
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, r - behind, behind, k, -1, &y[behind], n, half, n, 1, &target[behind], n);
}

/** Eliminate the supernode: its panels, then W of the rows below. */
static void eliminate(const Inversion *v, const Supernode *s) {
  const int n = s->n_rows, k = s->n_columns, r = n - k;
  for (int p = 0; p < count_panels(s); p++) eliminate_panel(v, s, panel_of(s, p));
  if (r == 0) return;
  cblas_dsyr2k(CblasColMajor, CblasLower, CblasNoTrans, r, k, -1, &v->square_h[k], n, &v->inverse[s->at + (size_t)k], n, 0,
               &v->square_z[(size_t)k * (size_t)(n + 1)], n);
  scatter_square(v, s);
}

/** corner_z = A^-1 (full), corner_h = A^-1 W_JJ A^-1; lower, w: the triangles of the panel. */
static void invert_corner(const Inversion *v, int k, const double *lower, const double *w, int pitch) {
  double *inverse = v->corner_z;
  copy_columns(k, k, lower, pitch, inverse, k);
  const int failure = LAPACKE_dpotri_work(LAPACK_COL_MAJOR, 'L', k, inverse, k);
  require(failure == 0, "inverse of a triangle: %d", failure);
  for (int c = 0; c < k; c++)
    for (int e = c + 1; e < k; e++) inverse[e * k + c] = inverse[c * k + e];
  cblas_dsymm(CblasColMajor, CblasLeft, CblasLower, k, k, 1, w, pitch, inverse, k, 0, v->corner, k);
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, k, k, k, 1, inverse, k, v->corner, k, 0, v->corner_h, k);
}

/** Z and H of a panel's columns, when the squares of the rows below it are known. */
static void invert_panel(const Inversion *v, const Supernode *s, Panel p) {
  const int n = s->n_rows, k = p.n_columns, r = p.n_below;
  const size_t corner = (size_t)p.from * (size_t)(n + 1), below = corner + (size_t)k;
  double *h = &v->derivative[s->at], *z = &v->inverse[s->at];
  invert_corner(v, k, &v->lower[s->at + corner], &h[corner], n);
  if (r > 0) {
    const size_t square = corner + (size_t)k * (size_t)(n + 1);
    double *y = v->y_and_d, *d = &y[(size_t)k * (size_t)r], *zy = v->z_times, *h_new = &zy[(size_t)k * (size_t)r];
    copy_columns(r, k, &z[below], n, y, r);
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, r, k, k, 1, &h[below], n, v->corner_z, k, 0, d, r);
    cblas_dsymm(CblasColMajor, CblasLeft, CblasLower, r, 2 * k, 1, &v->square_z[square], n, y, r, 0, zy, r);
    cblas_dsymm(CblasColMajor, CblasLeft, CblasLower, r, k, -1, &v->square_h[square], n, y, r, 1, h_new, r);
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, k, k, r, 1, y, r, zy, r, 1, v->corner_z, k);
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, k, k, r, -1, y, r, h_new, r, 1, v->corner_h, k);
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, k, k, r, -1, d, r, zy, r, 1, v->corner_h, k);
    for (int c = 0; c < k; c++)
      for (int e = 0; e < r; e++) z[below + (size_t)(c * n + e)] = -zy[c * r + e];
    copy_columns(r, k, h_new, r, &h[below], n);
  }
  copy_columns(k, k, v->corner_z, k, &z[corner], n);
  copy_columns(k, k, v->corner_h, k, &h[corner], n);
}

/** Take the panel into the squares. */
static void grow_squares(const Inversion *v, const Supernode *s, Panel p) {
  const int n         = s->n_rows;
  const size_t corner = (size_t)p.from * (size_t)(n + 1);
  copy_columns(n - p.from, p.n_columns, &v->inverse[s->at + corner], n, &v->square_z[corner], n);
  copy_columns(n - p.from, p.n_columns, &v->derivative[s->at + corner], n, &v->square_h[corner], n);
}

/** Z and H of the supernode's columns, when those of its rows are known. */
static void invert(const Inversion *v, const Supernode *s) {
  gather_squares(v, s);
  for (int q = count_panels(s) - 1; q >= 0; q--) {
    invert_panel(v, s, panel_of(s, q));
    if (q > 0) grow_squares(v, s, panel_of(s, q));
  }
}

/* ---- out ------------------------------------------------------------------------------------------------------------------- */

/** Blocks on the pattern of M from the columns of the supernodes. */
static void pick_blocks(const Inversion *v, const cholmod_factor *f, const BlockMatrix *m, double *first, double *second) {
  const SuiteSparse_long *order = f->Perm;
  const int d                   = m->d;
  int *rank = memory_array(f->n, sizeof *rank), *place = memory_array(f->n, sizeof *place);
  for (size_t c = 0; c < f->n; c++) rank[order[c]] = (int)c;
  for (int q = 0; q < v->n_nodes; q++) {
    const Supernode *s = &v->nodes[q];
    for (int e = 0; e < s->n_rows; e++) place[s->row[e]] = e;
    for (int c = 0; c < s->n_columns; c++) {
      const int i = (int)(order[s->first + c] / d), a = (int)(order[s->first + c] % d);
      for (int64_t block = m->start[i]; block < m->start[i + 1]; block++) {
        const int j         = m->column[block];
        const int64_t other = block_matrix_find(m, j, i) - m->values;
        for (int b = 0; b < d; b++) {
          const int row = rank[j * d + b];
          if (row < s->first + c) continue;
          const size_t at                  = s->at + (size_t)c * (size_t)s->n_rows + (size_t)place[row];
          first[block * d * d + a * d + b] = first[other + b * d + a] = v->inverse[at];
          second[block * d * d + a * d + b] = second[other + b * d + a] = v->derivative[at];
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
  const int n_nodes       = (int)f->nsuper;
  Supernode *nodes        = memory_array((size_t)n_nodes, sizeof *nodes);
  read_supernodes(f, nodes);
  const Extent extent = largest_extent(n_nodes, nodes);
  *is_done            = bytes_needed(f, extent) <= memory_limit;
  if (*is_done) {
    Inversion v = create(f, n_nodes, nodes, extent);
    for (int s = 0; s < n_nodes; s++) eliminate(&v, &nodes[s]);
    for (int s = n_nodes - 1; s >= 0; s--) invert(&v, &nodes[s]);
    pick_blocks(&v, f, m, first, second);
    remove_translations(factor, m, second);
    destroy(&v);
  }
  memory_free(nodes);
  return STATUS_OK;
}
