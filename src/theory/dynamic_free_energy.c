/* F(r) of a tagged sphere in the field of its neighbours [Schweizer, J. Chem. Phys. 123, 244501 (2005); Ngan, Phan & Zaccone,
 * arXiv:2105.13007, Eq. 1]: F(r)/kT = -3 ln r - int_0^inf w e^{-k r^2} dq + P r,   w = q^2 (S-1)^2 / (12 pi phi (1+S)),   k = q^2 (1+S) /
 * (6 S) F'      = -3/r + 2 r int w k e^{-k r^2} + P,           F'' = 3/r^2 + 2 int w k (1 - 2 k r^2) e^{-k r^2}.
 *
 * Quadrature: w and k are kept on 20 Gauss-Legendre points per panel, panels of pi/8 up to q = 20 pi (the peaks of S; narrower at packings
 * above 0.68), of pi/2 up to 80 pi, of pi beyond (the tail of w oscillates with period pi). For one r only q < 16.4/r matters (k >= q^2/6,
 * so e^{-k r^2} < e^{-45} beyond). A second, coarser set (8 points per panel) serves the scan for extrema, which must not be exact.
 *
 * Stationary points: the extrema of F' do not depend on P. They are found once, by the sign of F'' on a logarithmic grid of r, and refined
 * by Brent's method; between two of them F' is monotone, so each piece holds at most one root of F' + P, which Brent's method finds to the
 * last digit, however close to the onset of the barrier or to the threshold pressure. The grid starts at r_first = 16.4/q_max; while
 * F' + P > 0 there for the highest P in use, a localized state hides below it and q_max is doubled (q_max = 80 pi: r_first = 0.065).
 * Beyond r = 2 F' = -3/r + O(r^-4). */
#include "theory/dynamic_free_energy.h"

#include <math.h>
#include <stddef.h>

#include "base/error.h"
#include "base/memory.h"
#include "math/panels.h"
#include "math/roots.h"

static const double pi    = 3.14159265358979323846;
static const double reach = 16.4; /* of q r */

enum { FINE = 20, COARSE = 8, MOST_DOUBLINGS = 8, MOST_EXTREMA = 64 };

/* w and k on the nodes of a rule, weights included in w. */
typedef struct Samples {
  size_t n, capacity;
  double *q, *w, *k;
} Samples;

struct DynamicFreeEnergy {
  Samples fine, coarse;
  double r_first;
  int n_extrema;
  double extremum[MOST_EXTREMA]; /* of F', ascending */
};

static void add_panels(Samples *samples, const Liquid *liquid, double from, double to, int n_panels, int order) {
  const size_t more = (size_t)n_panels * (size_t)order, n = samples->n;
  double **arrays[3] = {&samples->q, &samples->w, &samples->k};
  size_t capacity    = samples->capacity;
  for (int a = 0; a < 3; a++) {
    void *array = *arrays[a];
    capacity    = samples->capacity;
    memory_grow(&array, &capacity, n + more, n, sizeof(double));
    *arrays[a] = array;
  }
  samples->capacity = capacity;
  samples->n        = n + more;
  panels_gauss(from, to, n_panels, order, samples->q + n, samples->w + n);
  for (size_t i = n; i < n + more; i++) {
    const double q = samples->q[i], excess = liquid_excess(liquid, q), s = 1 + excess;
    require(s > 0, "S(%g) = %g at phi = %g", q, s, liquid->phi);
    samples->w[i] *= q * q * excess * excess / (12 * pi * liquid->phi * (1 + s));
    samples->k[i] = q * q * (1 + s) / (6 * s);
  }
}

static void free_samples(Samples *samples) {
  memory_free(samples->q);
  memory_free(samples->w);
  memory_free(samples->k);
}

/* Number of nodes with q < reach / r (nodes ascend inside panels up to their order; a panel more or less does not matter). */
static size_t count_nodes(const Samples *samples, double r) {
  size_t low = 0, high = samples->n;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (samples->q[middle] * r < reach)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static FreeEnergyPoint evaluate(const Samples *samples, double r) {
  double zeroth = 0, first = 0, second = 0;
  const double r2 = r * r;
  const size_t n  = count_nodes(samples, r);
  for (size_t i = 0; i < n; i++) {
    const double k = samples->k[i], term = samples->w[i] * exp(-k * r2);
    zeroth += term;
    first += term * k;
    second += term * k * k;
  }
  return (FreeEnergyPoint){
      .value = -3 * log(r) - zeroth, .slope = -3 / r + 2 * r * first, .curvature = 3 / r2 + 2 * first - 4 * r2 * second};
}

FreeEnergyPoint free_energy_at(const DynamicFreeEnergy *energy, double r) {
  require(r >= energy->r_first, "dynamic free energy at r = %g, sampled for %g and above", r, energy->r_first);
  return evaluate(&energy->fine, r);
}

double free_energy_first(const DynamicFreeEnergy *energy, double smallest) { return fmax(energy->r_first, smallest); }

static double curvature_at(double r, void *energy) { return evaluate(&((const DynamicFreeEnergy *)energy)->fine, r).curvature; }

static void find_extrema(DynamicFreeEnergy *energy) {
  const double factor = 1.05;
  double left = energy->r_first, before = evaluate(&energy->coarse, left).curvature;
  while (left < 2 && energy->n_extrema < MOST_EXTREMA) {
    const double right = left * factor, after = evaluate(&energy->coarse, right).curvature;
    if (before * after < 0) {
      /* The coarse rule may err in the sign close to a root: widen the bracket by a hair. */
      const double r = root_between(curvature_at, energy, left * 0.999, right * 1.001, 1e-15);
      if (!isnan(r)) energy->extremum[energy->n_extrema++] = r;
    }
    left   = right;
    before = after;
  }
}

DynamicFreeEnergy *free_energy_create(const Liquid *liquid, double highest_pressure, double smallest_r) {
  DynamicFreeEnergy *energy = memory_array(1, sizeof *energy);
  double q_max              = 80 * pi;
  Samples *const samples[]  = {&energy->fine, &energy->coarse};
  const int order[]         = {FINE, COARSE};
  for (int i = 0; i < 2; i++) {
    add_panels(samples[i], liquid, 0, 20 * pi, 160 * liquid_refinement(liquid), order[i]);
    add_panels(samples[i], liquid, 20 * pi, q_max, 120, order[i]);
  }
  for (int doubling = 0;; doubling++) {
    energy->r_first      = reach / q_max;
    const bool is_enough = energy->r_first <= smallest_r && evaluate(&energy->fine, energy->r_first).slope + highest_pressure < 0;
    if (is_enough || doubling == MOST_DOUBLINGS) break;
    const int n_panels = (int)(q_max / pi + 0.5);
    for (int i = 0; i < 2; i++) add_panels(samples[i], liquid, q_max, 2 * q_max, n_panels, order[i]);
    q_max *= 2;
  }
  find_extrema(energy);
  return energy;
}

void free_energy_destroy(DynamicFreeEnergy **energy) {
  if (*energy == NULL) return;
  free_samples(&(*energy)->fine);
  free_samples(&(*energy)->coarse);
  memory_free(*energy);
  *energy = NULL;
}

void free_energy_limits(const DynamicFreeEnergy *energy, double *r_rise, double *rise, double *r_fall, double *fall) {
  *r_rise = *rise = *r_fall = *fall = NAN;
  for (int i = 0; i + 1 < energy->n_extrema; i++) {
    const double high = evaluate(&energy->fine, energy->extremum[i]).slope, low = evaluate(&energy->fine, energy->extremum[i + 1]).slope;
    if (!(high > low)) continue; /* a maximum of F' is followed by a minimum */
    if (!(high <= *rise)) {
      *r_rise = energy->extremum[i];
      *rise   = high;
    }
    if (!(low >= *fall)) {
      *r_fall = energy->extremum[i + 1];
      *fall   = low;
    }
  }
}

/* ---- stationary points ----------------------------------------------------------------------------------------------------- */

typedef struct Loaded {
  const DynamicFreeEnergy *energy;
  double pressure;
} Loaded;

static double loaded_slope(double r, void *context) {
  const Loaded *loaded = context;
  return evaluate(&loaded->energy->fine, r).slope + loaded->pressure;
}

/* Roots of F' + P, one in each monotone piece at most. */
static int find_roots(const DynamicFreeEnergy *energy, double pressure, double roots[MOST_EXTREMA + 1]) {
  Loaded loaded = {energy, pressure};
  int n         = 0;
  double left   = energy->r_first;
  for (int piece = 0; piece <= energy->n_extrema; piece++) {
    const bool is_last = piece == energy->n_extrema;
    double right       = is_last ? fmax(6, 8 / pressure) : energy->extremum[piece];
    if (is_last && !(pressure > 0)) break;
    const double root = root_between(loaded_slope, &loaded, left, right, 1e-15);
    if (!isnan(root) && (n == 0 || root > roots[n - 1])) roots[n++] = root;
    left = right;
  }
  return n;
}

StationaryPoints free_energy_stationary(const DynamicFreeEnergy *energy, double pressure) {
  StationaryPoints points = {.r_L1 = NAN, .r_B = NAN, .r_L2 = NAN, .F_B1 = NAN, .F_B2 = NAN, .delta = NAN, .K0 = NAN, .KB = NAN};
  points.is_resolved      = evaluate(&energy->fine, energy->r_first).slope + pressure < 0;
  if (!points.is_resolved) return points;
  double roots[MOST_EXTREMA + 1];
  points.n           = find_roots(energy, pressure, roots);
  points.has_barrier = points.n >= 2;
  /* Alone, a minimum is a localized state only where the field of the neighbours makes it, not the pressure. */
  const bool is_caged = points.n > 0 && energy->n_extrema > 0 && roots[0] < energy->extremum[0];
  if (!points.has_barrier && !is_caged) return points;
  const FreeEnergyPoint well = evaluate(&energy->fine, roots[0]);
  points.r_L1                = roots[0];
  points.K0                  = fabs(well.curvature);
  if (!points.has_barrier) return points;
  const FreeEnergyPoint top = evaluate(&energy->fine, roots[1]);
  points.r_B                = roots[1];
  points.KB                 = fabs(top.curvature);
  points.F_B1               = top.value - well.value + pressure * (roots[1] - roots[0]);
  points.has_second         = points.n >= 3;
  if (!points.has_second) return points;
  const FreeEnergyPoint far = evaluate(&energy->fine, roots[points.n - 1]);
  points.r_L2               = roots[points.n - 1];
  points.F_B2               = top.value - far.value + pressure * (roots[1] - points.r_L2);
  points.delta              = points.F_B1 - points.F_B2;
  return points;
}
