/** One sweep over pairs and triplets makes the Hessian, the strain couplings and the Born moduli [MODELS, section 3].
 *
 *  An element has energy u(S), S_m = R_a.C.R_b with C = 1 + 2 eta and arms R_a = x_end - x_centre. With g = du/dS, H = d2u/dSdS and
 *    D_m,a  = dS_m/dR_a            (R.R: 2R;  R1.R2: R2 on arm 1, R1 on arm 2)
 *    s_m    = dS_m/deta = 2 R_a.E.R_b,   E_m,a = ds_m/dR_a = 4 E.R (R.R), 2 E.R2, 2 E.R1 (R1.R2)
 *  E being the strain's own symmetric matrix (shear xy: E_xy = E_yx = 1/2), the element adds
 *    K_ab   = sum H_mn D_m,a (x) D_n,b + sum g_m d2S_m/dR_a dR_b        to M: blocks of the ends, and minus sums for the centre
 *    xi_a   = sum H_mn s_n D_m,a + sum g_m E_m,a                       to Xi of the end, minus it to Xi of the centre
 *    sum H_mn s_m s_n'                                                 to the Born moduli (C is linear in eta)
 *    sum g_m s_m                                                       to V stress;   -sum g_m D_m,a to the force on the end.
 *
 *  Pattern: neighbours, and for triplets also neighbours of neighbours (ends of one centre). */
#include "response/hessian.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "elements.h"

static const int strain_axes_3d[MAX_STRAINS][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {0, 2}, {1, 2}};
static const int strain_axes_2d[3][2]           = {{0, 0}, {1, 1}, {0, 1}};

int hessian_shear(const Hessian *hessian, int plane) { return hessian->n_strains == 6 ? 3 + plane : 2; }
int hessian_gradient(int plane) { return plane == 0 ? 1 : 2; }

/* ---- pattern ------------------------------------------------------------------------------------------------------------------ */

static int compare_integers(const void *a, const void *b) {
  const int x = *(const int *)a, y = *(const int *)b;
  return (x > y) - (x < y);
}

typedef struct Row {
  int *columns, *seen; /* seen[j] == i + 1: j is in the row of i already */
  size_t capacity;
  int n;
} Row;

static void row_add(Row *row, int i, int j) {
  if (row->seen[j] == i + 1) return;
  row->seen[j]  = i + 1;
  void *columns = row->columns;
  memory_grow(&columns, &row->capacity, (size_t)row->n + 1, (size_t)row->n, sizeof(int));
  row->columns           = columns;
  row->columns[row->n++] = j;
}

/** Columns of row i, ascending. */
static void fill_row(const Pairs *pairs, bool has_triplets, int i, Row *row) {
  row->n = 0;
  row_add(row, i, i);
  for (int64_t k = pairs->start[i]; k < pairs->start[i + 1]; k++) {
    const int j = pairs->neighbor[k];
    row_add(row, i, j);
    for (int64_t l = pairs->start[j]; has_triplets && l < pairs->start[j + 1]; l++) row_add(row, i, pairs->neighbor[l]);
  }
  qsort(row->columns, (size_t)row->n, sizeof(int), compare_integers);
}

static void make_pattern(const Pairs *pairs, bool has_triplets, BlockMatrix *m) {
  Row row         = {.seen = memory_array((size_t)pairs->n, sizeof(int))};
  size_t capacity = 0;
  m->n            = pairs->n;
  m->d            = pairs->dim;
  m->start        = memory_array((size_t)m->n + 1, sizeof *m->start);
  for (int i = 0; i < m->n; i++) {
    fill_row(pairs, has_triplets, i, &row);
    const int64_t first = m->start[i], end = first + row.n;
    void *column = m->column;
    memory_grow(&column, &capacity, (size_t)end, (size_t)first, sizeof(int));
    m->column = column;
    memcpy(m->column + first, row.columns, (size_t)row.n * sizeof(int));
    m->start[i + 1] = end;
  }
  m->values = memory_array((size_t)m->start[m->n] * (size_t)(m->d * m->d), sizeof *m->values);
  memory_free(row.columns);
  memory_free(row.seen);
}

/* ---- one element -------------------------------------------------------------------------------------------------------------- */

typedef struct Sums {
  int d, n_strains;
  const int (*axes)[2]; /* [n_strains] */
  Hessian *hessian;
  double *force; /* [n][d] */
  double energy;
} Sums;

/* D[m][a], dS_m/dR_a. */
typedef struct Slopes {
  double of[MAX_PRODUCTS][MAX_ARMS][3];
} Slopes;

static void find_slopes(const Element *e, Slopes *slopes) {
  *slopes = (Slopes){0};
  for (int m = 0; m < e->n_products; m++) {
    int a, b;
    element_arms(m, &a, &b);
    for (int k = 0; k < 3; k++) {
      slopes->of[m][a][k] += e->arm[b][k];
      slopes->of[m][b][k] += e->arm[a][k];
    }
  }
}

static void add_force(Sums *sums, const Element *e, const Slopes *slopes) {
  const int d = sums->d;
  for (int a = 0; a < e->n_arms; a++)
    for (int k = 0; k < d; k++) {
      double f = 0;
      for (int m = 0; m < e->n_products; m++) f -= e->first[m] * slopes->of[m][a][k];
      sums->force[e->end[a] * d + k] += f;
      sums->force[e->centre * d + k] -= f;
    }
  sums->energy += e->u;
}

static void add_block(BlockMatrix *m, int i, int j, double sign, double block[3][3]) {
  double *values = block_matrix_find(m, i, j);
  require(values != NULL, "no block (%d, %d)", i, j);
  for (int k = 0; k < m->d; k++)
    for (int l = 0; l < m->d; l++) values[k * m->d + l] += sign * block[k][l];
}

/** K_ab of arms a and b. */
static void arm_block(const Element *e, const Slopes *slopes, int a, int b, double block[3][3]) {
  double diagonal = 0;
  for (int m = 0; m < e->n_products; m++) {
    int p, q;
    element_arms(m, &p, &q);
    diagonal += e->first[m] * ((p == a && q == b) + (p == b && q == a));
  }
  for (int k = 0; k < 3; k++)
    for (int l = 0; l < 3; l++) {
      double sum = k == l ? diagonal : 0;
      for (int m = 0; m < e->n_products; m++)
        for (int n = 0; n < e->n_products; n++) sum += e->second[m][n] * slopes->of[m][a][k] * slopes->of[n][b][l];
      block[k][l] = sum;
    }
}

static void add_matrix(BlockMatrix *m, const Element *e, const Slopes *slopes) {
  for (int a = 0; a < e->n_arms; a++)
    for (int b = 0; b < e->n_arms; b++) {
      double block[3][3];
      arm_block(e, slopes, a, b, block);
      add_block(m, e->end[a], e->end[b], 1, block);
      add_block(m, e->end[a], e->centre, -1, block);
      add_block(m, e->centre, e->end[b], -1, block);
      add_block(m, e->centre, e->centre, 1, block);
    }
}

/** 2 E.R of a strain with axes p, q: one or two components. */
static void stretch(const int axes[2], const double *arm, double result[3]) {
  result[0] = result[1] = result[2] = 0;
  result[axes[0]] += arm[axes[1]];
  result[axes[1]] += arm[axes[0]];
}

/** ds_m/dR_a of all products and arms, and s_m = dS_m/deta. */
static void strain_slopes(const Element *e, const int axes[2], Slopes *turned, double s[MAX_PRODUCTS]) {
  *turned = (Slopes){0};
  for (int m = 0; m < e->n_products; m++) {
    int a, b;
    double left[3], right[3];
    element_arms(m, &a, &b);
    stretch(axes, e->arm[a], left);
    stretch(axes, e->arm[b], right);
    s[m] = 0;
    for (int k = 0; k < 3; k++) {
      s[m] += e->arm[a][k] * right[k];
      turned->of[m][a][k] += right[k];
      turned->of[m][b][k] += left[k];
    }
  }
}

static void add_xi(Sums *sums, const Element *e, int strain, const Slopes *slopes, const Slopes *turned, const double *h_s) {
  const int d = sums->d;
  double *xi  = sums->hessian->xi + (size_t)strain * (size_t)sums->hessian->matrix.n * (size_t)d;
  for (int a = 0; a < e->n_arms; a++)
    for (int k = 0; k < d; k++) {
      double x = 0;
      for (int m = 0; m < e->n_products; m++) x += h_s[m] * slopes->of[m][a][k] + e->first[m] * turned->of[m][a][k];
      xi[e->end[a] * d + k] += x;
      xi[e->centre * d + k] -= x;
    }
}

static void add_strains(Sums *sums, const Element *e, const Slopes *slopes) {
  double s[MAX_STRAINS][MAX_PRODUCTS], h_s[MAX_PRODUCTS];
  Slopes turned;
  for (int i = 0; i < sums->n_strains; i++) {
    strain_slopes(e, sums->axes[i], &turned, s[i]);
    for (int m = 0; m < e->n_products; m++) {
      h_s[m] = 0;
      for (int n = 0; n < e->n_products; n++) h_s[m] += e->second[m][n] * s[i][n];
      sums->hessian->slope[i] += e->first[m] * s[i][m];
    }
    for (int j = 0; j <= i; j++)
      for (int m = 0; m < e->n_products; m++) sums->hessian->born[i][j] += h_s[m] * s[j][m];
    add_xi(sums, e, i, slopes, &turned, h_s);
  }
}

static void visit_all(void *context, const Element *e) {
  Sums *sums = context;
  Slopes slopes;
  find_slopes(e, &slopes);
  add_force(sums, e, &slopes);
  add_matrix(&sums->hessian->matrix, e, &slopes);
  add_strains(sums, e, &slopes);
}
static void visit_forces(void *context, const Element *e) {
  Slopes slopes;
  find_slopes(e, &slopes);
  add_force(context, e, &slopes);
}

/* ---- the whole ---------------------------------------------------------------------------------------------------------------- */

static double largest_force(const double *force, int n, int d) {
  double largest = 0;
  for (int i = 0; i < n; i++) {
    double f2 = 0;
    for (int k = 0; k < d; k++) f2 += force[i * d + k] * force[i * d + k];
    if (!(f2 <= largest)) largest = f2;
    if (isnan(f2)) return NAN;
  }
  return sqrt(largest);
}

double hessian_forces(const Pairs *pairs, const Potential *potential, const void *parameters, double *force, double *energy) {
  Sums sums = {.d = pairs->dim, .force = force};
  memset(force, 0, (size_t)pairs->n * (size_t)pairs->dim * sizeof *force);
  elements_visit(pairs, potential, parameters, visit_forces, &sums);
  *energy = sums.energy;
  return largest_force(force, pairs->n, pairs->dim);
}

void hessian_build(const Pairs *pairs, const Potential *potential, const void *parameters, Hessian *hessian) {
  const bool is_flat  = pairs->dim == 2;
  const size_t length = (size_t)pairs->n * (size_t)pairs->dim;
  *hessian            = (Hessian){.n_strains = is_flat ? 3 : MAX_STRAINS};
  hessian->xi         = memory_array((size_t)hessian->n_strains * length, sizeof *hessian->xi);
  make_pattern(pairs, potential->triplet != NULL, &hessian->matrix);
  Sums sums  = {.d = pairs->dim, .n_strains = hessian->n_strains, .axes = is_flat ? strain_axes_2d : strain_axes_3d, .hessian = hessian};
  sums.force = memory_array(length, sizeof *sums.force);
  elements_visit(pairs, potential, parameters, visit_all, &sums);
  for (int i = 0; i < hessian->n_strains; i++)
    for (int j = 0; j < i; j++) hessian->born[j][i] = hessian->born[i][j];
  hessian->energy    = sums.energy;
  hessian->max_force = largest_force(sums.force, pairs->n, pairs->dim);
  memory_free(sums.force);
}

void hessian_clear(Hessian *hessian) {
  block_matrix_clear(&hessian->matrix);
  memory_free(hessian->xi);
  hessian->xi = NULL;
}
