#pragma once
/** The slow twin: every model again, written down from its definition (MODELS.md, section 1) as a plain double loop over all pairs with
 *  the minimum image, in long double, with nothing in common with the kernels. Shares no line with src/potentials, on purpose.
 *
 *    ipl3d, ipl2d      u = x^-n + c0 + c2 x^2 + c4 x^4 + c6 x^6, x = r/sigma; c from the closed form
 *    mblj              v(r) - v(r_c) - (r - r_c) v'(r_c), v = 4 eps (x^-12 - x^-6); absolute r_c per pair
 *    sticky_spheres    v(r) below x_min = 2^(1/6), then a x^-12 - b x^-6 + c0 .. c6 x^6; six conditions solved here
 *    wahnstrom         v(r), one absolute r_c, unshifted (or less v(r_c))
 *    kob_andersen      v(r) - v(r_c), r_c in diameters
 *    stillinger_weber  A (B r^-4 - 1) e^{1/(r-a)} and, for each centre, each j < k: lambda e^{gamma/(r_j-a) + gamma/(r_k-a)} (cos - c0)^2
 *
 *  A triplet's energy belongs to its centre, a pair's to both ends by half. virial_ab = sum of f_a r_b. Units: reduced. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "matter/frame.h"

typedef long double Real;
typedef enum BruteKind { BRUTE_IPL, BRUTE_MBLJ, BRUTE_STICKY, BRUTE_LJ, BRUTE_SW } BruteKind;
typedef struct BruteModel {
  BruteKind kind;
  int n_species, exponent;
  bool is_shifted;                            /* BRUTE_LJ: less v(r_c) */
  Real sigma[2][2], epsilon[2][2], cut[2][2]; /* cut: absolute */
  Real c[6];                                  /* IPL: c0 c2 c4 c6; sticky: a b c0 c2 c4 c6 */
  Real lambda, A, B, a, gamma, cosine;        /* Stillinger-Weber */
} BruteModel;
typedef struct BrutePair {
  Real u, slope, curve;
} BrutePair; /* u, u', u'' */

static inline Real brute_power(Real x, int n) {
  Real result = 1;
  for (int k = 0; k < (n < 0 ? -n : n); k++) result *= x;
  return n < 0 ? 1 / result : result;
}
static inline void brute_fill(Real table[2][2], const double three[3]) {
  table[0][0] = (Real)three[0];
  table[0][1] = table[1][0] = (Real)three[1];
  table[1][1]               = (Real)three[2];
}
static inline void brute_cuts(BruteModel *model, Real x_cut) {
  for (int k = 0; k < 4; k++) model->cut[k / 2][k % 2] = x_cut * model->sigma[k / 2][k % 2];
}
static inline Real brute_double_factorial(int n) { return n <= 0 ? 1 : (Real)n * brute_double_factorial(n - 2); }

/** [MODELS 1.1] c_2l = (-1)^(l+1) / ((2q-2l)!! (2l)!!) (n+2q)!! / ((n-2)!! (n+2l)) x_c^-(n+2l), q = 3. */
static inline BruteModel brute_ipl(int n, double x_cut, const double sigma[3], double epsilon) {
  BruteModel model = {.kind = BRUTE_IPL, .n_species = 2, .exponent = n};
  brute_fill(model.sigma, sigma);
  brute_fill(model.epsilon, (double[3]){epsilon, epsilon, epsilon});
  brute_cuts(&model, (Real)x_cut);
  for (int l = 0; l < 4; l++)
    model.c[l] = (l % 2 ? 1 : -1) * brute_double_factorial(n + 6) /
                 (brute_double_factorial(6 - 2 * l) * brute_double_factorial(2 * l) * brute_double_factorial(n - 2) * (Real)(n + 2 * l)) *
                 brute_power((Real)x_cut, -(n + 2 * l));
  return model;
}
static inline BruteModel brute_mblj(const double sigma[3], const double epsilon[3], const double cut[3]) {
  BruteModel model = {.kind = BRUTE_MBLJ, .n_species = 2};
  brute_fill(model.sigma, sigma);
  brute_fill(model.epsilon, epsilon);
  brute_fill(model.cut, cut);
  return model;
}
static inline BruteModel brute_wahnstrom(const double sigma[3], const double epsilon[3], double cut, bool is_shifted) {
  BruteModel model = brute_mblj(sigma, epsilon, (double[3]){cut, cut, cut});
  model.kind       = BRUTE_LJ;
  model.is_shifted = is_shifted;
  return model;
}
static inline BruteModel brute_kob_andersen(const double sigma[3], const double epsilon[3], double x_cut) {
  BruteModel model = brute_wahnstrom(sigma, epsilon, 1, true);
  brute_cuts(&model, (Real)x_cut);
  return model;
}
/** Gauss with pivots; the solution replaces b. */
static inline void brute_solve(Real m[6][6], Real b[6]) {
  for (int k = 0; k < 6; k++) {
    int pivot = k;
    for (int row = k + 1; row < 6; row++)
      if (fabsl(m[row][k]) > fabsl(m[pivot][k])) pivot = row;
    for (int j = 0; j < 6; j++) {
      const Real swap = m[k][j];
      m[k][j]         = m[pivot][j];
      m[pivot][j]     = swap;
    }
    const Real swap = b[k];
    b[k]            = b[pivot];
    b[pivot]        = swap;
    for (int row = 0; row < 6; row++) {
      if (row == k) continue;
      const Real factor = m[row][k] / m[k][k];
      for (int j = k; j < 6; j++) m[row][j] -= factor * m[k][j];
      b[row] -= factor * b[k];
    }
  }
  for (int k = 0; k < 6; k++) b[k] /= m[k][k];
}
/** [MODELS 1.4] u, u', u'' = -1, 0, 72/2^(1/3) at x_min and 0 at x_c. x_cut <= 0: 1.2 2^(1/6). */
static inline BruteModel brute_sticky(double x_cut, const double sigma[3], double epsilon) {
  static const int powers[6] = {-12, -6, 0, 2, 4, 6};
  BruteModel model           = {.kind = BRUTE_STICKY, .n_species = 2};
  brute_fill(model.sigma, sigma);
  brute_fill(model.epsilon, (double[3]){epsilon, epsilon, epsilon});
  const Real inner = powl(2, 1 / (Real)6), outer = x_cut > 0 ? (Real)x_cut : 1.2L * inner;
  brute_cuts(&model, outer);
  Real rows[6][6];
  for (int k = 0; k < 6; k++)
    for (int end = 0; end < 2; end++) {
      const int p  = powers[k];
      const Real x = end ? outer : inner, sign = k == 1 ? -1 : 1;
      rows[3 * end][k]     = sign * brute_power(x, p);
      rows[3 * end + 1][k] = sign * (Real)p * brute_power(x, p - 1);
      rows[3 * end + 2][k] = sign * (Real)(p * (p - 1)) * brute_power(x, p - 2);
    }
  Real values[6] = {-1, 0, 72 / cbrtl(2), 0, 0, 0};
  brute_solve(rows, values);
  memcpy(model.c, values, sizeof values);
  return model;
}
static inline BruteModel brute_stillinger_weber(double lambda, double A, double B, double a, double gamma, Real cosine, double sigma,
                                                double epsilon) {
  BruteModel model = {.kind = BRUTE_SW, .n_species = 1, .lambda = (Real)lambda, .A = (Real)A, .B = (Real)B, .a = (Real)a};
  model.gamma      = (Real)gamma;
  model.cosine     = cosine;
  brute_fill(model.sigma, (double[3]){sigma, sigma, sigma});
  brute_fill(model.epsilon, (double[3]){epsilon, epsilon, epsilon});
  brute_cuts(&model, (Real)a);
  return model;
}
/** A model of potential_list() with its default parameters; false if there is no twin of it. */
static inline bool brute_default(const char *name, BruteModel *model) {
  static const double soft[3] = {1, 1.18, 1.4}, ka[3] = {1, 0.8, 0.88}, ka_eps[3] = {1, 1.5, 0.5}, one[3] = {1, 1, 1};
  if (strcmp(name, "ipl3d") == 0 || strcmp(name, "ipl2d") == 0)
    *model = brute_ipl(10, 1.48, soft, 1);
  else if (strcmp(name, "mblj") == 0)
    *model = brute_mblj(ka, ka_eps, (double[3]){1.5, 2, 1.5});
  else if (strcmp(name, "sticky_spheres") == 0)
    *model = brute_sticky(0, soft, 1);
  else if (strcmp(name, "stillinger_weber") == 0)
    *model = brute_stillinger_weber(18.75, 7.049556277, 0.6022245584, 1.8, 1.2, -1 / (Real)3, 1, 1);
  else if (strcmp(name, "wahnstrom") == 0)
    *model = brute_wahnstrom((double[3]){1, 11.0 / 12, 5.0 / 6}, one, 2.5, false);
  else if (strcmp(name, "kob_andersen") == 0)
    *model = brute_kob_andersen(ka, ka_eps, 2.5);
  else
    return false;
  return true;
}

static inline BrutePair brute_lj(Real epsilon, Real sigma, Real r) {
  const Real x6 = brute_power(sigma / r, 6), x12 = x6 * x6;
  return (BrutePair){4 * epsilon * (x12 - x6), 4 * epsilon * (6 * x6 - 12 * x12) / r, 4 * epsilon * (156 * x12 - 42 * x6) / (r * r)};
}
/** Sum of c[k] x^p[k] and its derivatives by x. */
static inline BrutePair brute_polynomial(const Real *c, const int *powers, int n, Real x) {
  BrutePair sum = {0, 0, 0};
  for (int k = 0; k < n; k++) {
    const Real p = (Real)powers[k], term = c[k] * brute_power(x, powers[k]);
    sum.u += term;
    sum.slope += p * term / x;
    sum.curve += p * (p - 1) * term / (x * x);
  }
  return sum;
}
static inline BrutePair brute_sw_pair(const BruteModel *model, Real x) {
  const Real s = x - model->a, e = expl(1 / s), e1 = -e / (s * s), e2 = e * (1 / brute_power(s, 4) + 2 / brute_power(s, 3));
  const Real v = model->A * (model->B * brute_power(x, -4) - 1), v1 = -4 * model->A * model->B * brute_power(x, -5);
  const Real v2 = 20 * model->A * model->B * brute_power(x, -6);
  return (BrutePair){v * e, v1 * e + v * e1, v2 * e + 2 * v1 * e1 + v * e2};
}
/** u, u', u'' of a pair of species a, b at distance r; 0 from the cut-off on. */
static inline BrutePair brute_pair(const BruteModel *model, int a, int b, Real r) {
  const Real sigma = model->sigma[a][b], epsilon = model->epsilon[a][b], cut = model->cut[a][b], x = r / sigma;
  BrutePair p = {0, 0, 0};
  if (!(r < cut)) return p;
  if (model->kind == BRUTE_MBLJ || model->kind == BRUTE_LJ || (model->kind == BRUTE_STICKY && x < powl(2, 1 / (Real)6))) {
    p                 = brute_lj(epsilon, sigma, r);
    const BrutePair q = brute_lj(epsilon, sigma, cut);
    if (model->kind == BRUTE_MBLJ) p = (BrutePair){p.u - q.u - (r - cut) * q.slope, p.slope - q.slope, p.curve};
    if (model->kind == BRUTE_LJ && model->is_shifted) p.u -= q.u;
    return p;
  }
  if (model->kind == BRUTE_IPL) {
    const Real c[5] = {1, model->c[0], model->c[1], model->c[2], model->c[3]};
    const int n[5]  = {-model->exponent, 0, 2, 4, 6};
    p               = brute_polynomial(c, n, 5, x);
  } else if (model->kind == BRUTE_STICKY) {
    const Real c[6] = {model->c[0], -model->c[1], model->c[2], model->c[3], model->c[4], model->c[5]};
    const int n[6]  = {-12, -6, 0, 2, 4, 6};
    p               = brute_polynomial(c, n, 6, x);
  } else
    p = brute_sw_pair(model, x);
  return (BrutePair){epsilon * p.u, epsilon * p.slope / sigma, epsilon * p.curve / (sigma * sigma)};
}
/** Three-body term h and its derivatives by r_j, r_k and the cosine at the centre. */
static inline void brute_triplet(const BruteModel *model, Real r_j, Real r_k, Real cosine, Real h[4]) {
  const Real sigma = model->sigma[0][0], sj = r_j / sigma - model->a, sk = r_k / sigma - model->a, angle = cosine - model->cosine;
  const Real strength = model->epsilon[0][0] * model->lambda * expl(model->gamma / sj + model->gamma / sk);
  h[0]                = strength * angle * angle;
  h[1]                = -h[0] * model->gamma / (sj * sj) / sigma;
  h[2]                = -h[0] * model->gamma / (sk * sk) / sigma;
  h[3]                = 2 * strength * angle;
}

/** What all pairs (and triplets) of a configuration add up to, and the scales against which an error is to be judged. */
typedef struct Brute {
  int64_t n, n_pairs, species_pairs[3]; /* AA, AB, BB inside the cut-off */
  Real energy, energy_3, virial[6];     /* total, its three-body part; xx yy zz xy xz yz */
  Real *force, *energies;               /* [n][3], [n] */
  int *neighbors;                       /* [n] inside the cut-off */
  Real largest;                         /* largest of all |F_i| and |u'(r_ij)| */
  Real energy_scale, virial_scale;      /* sums of |u|, |u' r| */
  Real energy_largest;                  /* largest of all |energies_i|, |u(r_ij)| */
  Real nearest_cut;                     /* smallest |r/r_c - 1|: pairs are countable if it is not 0 to rounding */
} Brute;

static inline void brute_clear(Brute *b) {
  free(b->force);
  free(b->energies);
  free(b->neighbors);
  *b = (Brute){0};
}
/** r_j - r_i, nearest image; returns the distance. */
static inline Real brute_distance(const Frame *frame, int64_t i, int64_t j, Real d[3]) {
  Real r2 = 0;
  for (int axis = 0; axis < 3; axis++) {
    const Real edge = (Real)frame->edges[axis];
    d[axis]         = axis < frame->dim ? (Real)frame->position[3 * j + axis] - (Real)frame->position[3 * i + axis] : 0;
    d[axis] -= edge * roundl(d[axis] / edge);
    r2 += d[axis] * d[axis];
  }
  return sqrtl(r2);
}
/** Force f on the particle at d from where minus f acts. */
static inline void brute_virial(Brute *b, const Real f[3], const Real d[3]) {
  static const int first[6] = {0, 1, 2, 0, 0, 1}, second[6] = {0, 1, 2, 1, 2, 2};
  for (int k = 0; k < 6; k++) b->virial[k] += f[first[k]] * d[second[k]];
  b->virial_scale += fabsl(f[0] * d[0]) + fabsl(f[1] * d[1]) + fabsl(f[2] * d[2]);
}
static inline void brute_push(Brute *b, int64_t from, int64_t to, const Real f[3], const Real d[3]) {
  for (int axis = 0; axis < 3; axis++) {
    b->force[3 * to + axis] += f[axis];
    b->force[3 * from + axis] -= f[axis];
  }
  brute_virial(b, f, d);
}
static inline void brute_add_pair(const BruteModel *model, const Frame *frame, int64_t i, int64_t j, Brute *b) {
  Real d[3];
  const int s = frame->species[i], t = frame->species[j];
  const Real r   = brute_distance(frame, i, j, d);
  b->nearest_cut = fminl(b->nearest_cut, fabsl(r / model->cut[s][t] - 1));
  if (!(r < model->cut[s][t])) return;
  const BrutePair p = brute_pair(model, s, t, r);
  b->n_pairs++;
  b->species_pairs[s + t]++;
  b->neighbors[i]++;
  b->neighbors[j]++;
  b->energy += p.u;
  b->energy_scale += fabsl(p.u);
  b->energy_largest = fmaxl(b->energy_largest, fabsl(p.u));
  b->largest        = fmaxl(b->largest, fabsl(p.slope));
  b->energies[i] += p.u / 2;
  b->energies[j] += p.u / 2;
  const Real f[3] = {-p.slope * d[0] / r, -p.slope * d[1] / r, -p.slope * d[2] / r};
  brute_push(b, i, j, f, d);
}
typedef struct BruteBond {
  int64_t j;
  Real d[3], r;
} BruteBond;
static inline void brute_add_triplets(const BruteModel *model, const Frame *frame, int64_t i, BruteBond *bonds, Brute *b) {
  int n = 0;
  for (int64_t j = 0; j < frame->n; j++) {
    bonds[n].j = j;
    bonds[n].r = brute_distance(frame, i, j, bonds[n].d);
    if (j != i && bonds[n].r < model->cut[0][0]) n++;
  }
  for (int j = 0; j < n; j++)
    for (int k = j + 1; k < n; k++) {
      const BruteBond *p = &bonds[j], *q = &bonds[k];
      Real cosine = 0, h[4], f[3], g[3];
      for (int axis = 0; axis < 3; axis++) cosine += p->d[axis] * q->d[axis] / (p->r * q->r);
      brute_triplet(model, p->r, q->r, cosine, h);
      for (int axis = 0; axis < 3; axis++) {
        const Real to_p = p->d[axis] / p->r, to_q = q->d[axis] / q->r;
        f[axis] = -h[1] * to_p - h[3] * (to_q - cosine * to_p) / p->r;
        g[axis] = -h[2] * to_q - h[3] * (to_p - cosine * to_q) / q->r;
      }
      brute_push(b, i, p->j, f, p->d);
      brute_push(b, i, q->j, g, q->d);
      b->energy += h[0];
      b->energy_3 += h[0];
      b->energy_scale += h[0];
      b->energies[i] += h[0];
    }
}
/** Everything, from the Cartesian positions of the frame. brute_clear it. */
static inline void brute_compute(const BruteModel *model, const Frame *frame, Brute *b) {
  const size_t n = (size_t)frame->n;
  *b             = (Brute){.n = frame->n, .nearest_cut = INFINITY};
  b->force       = calloc(3 * n + 1, sizeof(Real));
  b->energies    = calloc(n + 1, sizeof(Real));
  b->neighbors   = calloc(n + 1, sizeof(int));
  for (int64_t i = 0; i < frame->n; i++)
    for (int64_t j = i + 1; j < frame->n; j++) brute_add_pair(model, frame, i, j, b);
  if (model->kind == BRUTE_SW) {
    BruteBond *bonds = calloc(n + 1, sizeof *bonds);
    for (int64_t i = 0; i < frame->n; i++) brute_add_triplets(model, frame, i, bonds, b);
    free(bonds);
  }
  for (int64_t i = 0; i < frame->n; i++) {
    const Real *f     = b->force + 3 * i;
    b->largest        = fmaxl(b->largest, sqrtl(f[0] * f[0] + f[1] * f[1] + f[2] * f[2]));
    b->energy_largest = fmaxl(b->energy_largest, fabsl(b->energies[i]));
  }
}
