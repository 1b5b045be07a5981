/* From barriers to times [Ngan, Phan & Zaccone, arXiv:2105.13007; equations as numbered there].
 *
 * Short time (4): tau_s/tau_E = g(d)^2 [1 + J / (36 pi phi)], J = int_0^inf q^2 (S-1)^2 / (S + b) dq, 1/b = 1 - j0(q) + 2 j2(q). The code
 * integrates q^2 (S-1)^2 b^-1 / (S b^-1 + 1), as b diverges at q = 0. The integrand falls off as A^2 cos^2(q) / (2 q^2): cut at Q = 2 pi n,
 * A^2 / (4 Q) is added; what remains is of order Q^-3 and taken away by one Richardson step over n = 100, 200.
 *
 * Alpha time (3): tau_alpha/tau_s = 1 + 2 pi / sqrt(K0 KB) e^{F_B1 + F_el}, in logarithms. Two-state time (9): tau* = tau_alpha / (1 +
 * e^D), D = F_B1 - F_B2, tau_21 = tau_alpha e^-D. Diffusion (13): D = (r_B - r_L1)^2 d^2 / (6 tau_alpha).
 *
 * Elastic barrier of full ECNLE, an option [Mirigian & Schweizer, J. Chem. Phys. 140, 194506 (2014)]: all particles outside the cage are
 * displaced by u = Dr (r_cage/r)^2 against springs K0, 4 pi rho int_{r_cage} r^2 K0 u^2/2 dr =
 *   F_el = 12 phi r_cage^3 K0 Dr^2,   Dr = (3/r_cage^3) (r_cage^2 j^2/32 - r_cage j^3/192 + j^4/3072),   j = r_B - r_L1. */
#include "theory/ecnle_times.h"

#include <math.h>
#include <stddef.h>

#include "base/error.h"
#include "base/memory.h"
#include "math/panels.h"
#include "math/roots.h"
#include "theory/dynamic_free_energy.h"

static const double pi = 3.14159265358979323846;

/* ---- short time ------------------------------------------------------------------------------------------------------------ */

/* 1 - j0 + 2 j2: j2 = (3/q^3 - 1/q) sin q - (3/q^2) cos q; a series below 0.5. */
static double inverse_b(double q) {
  const double x = q * q;
  if (q < 0.5) return x * (0.3 - x * (1.0 / 56 - x * (1.0 / 2160 - x * (1.0 / 147840 - x / 15724800))));
  const double s = sin(q) / q, c = cos(q);
  return 1 - s + 2 * (3 * (s - c) / x - s);
}

/* The integral over [from, to]. */
static double short_time_part(const Liquid *liquid, double from, double to, double widest) {
  enum { ORDER = 20 };
  const int n_panels  = (int)ceil((to - from) / widest - 1e-9);
  const size_t n      = (size_t)n_panels * ORDER;
  double *const nodes = memory_array(n, sizeof(double)), *const weights = memory_array(n, sizeof(double));
  panels_gauss(from, to, n_panels, ORDER, nodes, weights);
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    const double q = nodes[i], excess = liquid_excess(liquid, q), b = inverse_b(q);
    sum += weights[i] * q * q * excess * excess * b / ((1 + excess) * b + 1);
  }
  memory_free(nodes);
  memory_free(weights);
  return sum;
}

double ecnle_short_time(const Liquid *liquid) {
  double wave = 1, integral = 0;
  const double amplitude = liquid_tail(liquid, &wave);
  if (liquid->closure == CLOSURE_TABLE) {
    integral = short_time_part(liquid, 0, liquid->q_last, pi / 16);
  } else {
    const double edges[3] = {40 * pi / wave, 200 * pi / wave, 400 * pi / wave};
    const double first    = short_time_part(liquid, 0, edges[0], pi / 8 / liquid_refinement(liquid));
    const double second   = first + short_time_part(liquid, edges[0], edges[1], pi);
    const double third    = second + short_time_part(liquid, edges[1], edges[2], pi);
    const double shorter = second + amplitude * amplitude / (4 * edges[1]), longer = third + amplitude * amplitude / (4 * edges[2]);
    integral = (8 * longer - shorter) / 7;
  }
  return liquid->contact * liquid->contact * (1 + integral / (36 * pi * liquid->phi));
}

/* ---- states ---------------------------------------------------------------------------------------------------------------- */

static double elastic_barrier(double phi, double cage, double jump, double stiffness) {
  const double cage3 = cage * cage * cage;
  const double moved = 3 / cage3 * jump * jump * (cage * cage / 32 - cage * jump / 192 + jump * jump / 3072);
  return 12 * phi * cage3 * stiffness * moved * moved;
}

/* ln(1 + e^x) without overflow. */
static double log_one_plus(double x) { return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)); }

static void fill_times(const EcnleModel *model, const StationaryPoints *points, double cage, double *row) {
  const double jump = points->r_B - points->r_L1, ln10 = log(10);
  double barrier = points->F_B1;
  if (model->is_elastic) {
    row[STATE_F_ELASTIC] = elastic_barrier(row[STATE_PHI], cage, jump, points->K0);
    barrier += row[STATE_F_ELASTIC];
  }
  const double waiting = barrier + log(2 * pi / sqrt(points->K0 * points->KB));
  const double level   = log10(row[STATE_TAU_S] * model->tau_enskog) + log_one_plus(waiting) / ln10;

  row[STATE_LOG10_TAU_ALPHA] = level;
  row[STATE_LOG10_TAU_STAR]  = level - log_one_plus(points->delta) / ln10;
  row[STATE_LOG10_TAU_21]    = level - points->delta / ln10;
  row[STATE_D]               = jump * jump * model->diameter * model->diameter / 6 * pow(10, -level);
}

/* How much F lacks because a table of S(q) ends, and whether that matters: 0.1 kT at the well; without one, where the slope that is missing
 * comes nearest to turning F' + P < 0. */
static bool find_missing(const Liquid *liquid, const DynamicFreeEnergy *energy, const StationaryPoints *points, double pressure,
                         double *missing) {
  const double most = 0.1, factor = 1.05, first = 0.01, last = 1;
  double slope = 0, worst = 0, value = 0;
  liquid_missing(liquid, points->r_L1, missing, &slope);
  if (liquid->closure != CLOSURE_TABLE || !isnan(points->r_L1)) return *missing > most;
  *missing = 0;
  for (double r = free_energy_first(energy, first); r < last; r *= factor) {
    const double here = free_energy_at(energy, r).slope + pressure;
    liquid_missing(liquid, r, &value, &slope);
    if (!(here < 0 && slope > worst * -here)) continue;
    worst    = slope / -here;
    *missing = value;
  }
  return worst >= 1.0 / 3; /* the end of a table swings: its mean square is known to a factor */
}

/* Nothing is known of an unresolved state but its name. */
static void fill_state(const EcnleModel *model, const StationaryPoints *points, double cage, double *row) {
  row[STATE_R_L1]         = points->r_L1;
  row[STATE_R_B]          = points->r_B;
  row[STATE_R_L2]         = points->r_L2;
  row[STATE_JUMP_1]       = points->r_B - points->r_L1;
  row[STATE_JUMP_2]       = points->r_L2 - points->r_B;
  row[STATE_F_B1]         = points->F_B1;
  row[STATE_F_B2]         = points->F_B2;
  row[STATE_DELTA]        = points->delta;
  row[STATE_K0]           = points->K0;
  row[STATE_KB]           = points->KB;
  row[STATE_HAS_BARRIER]  = points->has_barrier;
  row[STATE_HAS_SECOND]   = points->has_second;
  row[STATE_IS_RESOLVED]  = true;
  row[STATE_N_STATIONARY] = points->n;
  if (points->has_barrier) fill_times(model, points, cage, row);
}

static void make_liquid(const EcnleModel *model, double phi, Liquid *liquid) {
  if (model->liquid != NULL)
    *liquid = *model->liquid;
  else
    liquid_hard_spheres(liquid, phi, model->closure);
}

void ecnle_states(const EcnleModel *model, double phi, int n, const double *pressures, double *rows, double limits[4]) {
  Liquid liquid;
  make_liquid(model, phi, &liquid);
  double cage = model->cage, depth = NAN;
  if (isnan(cage)) liquid_cage(&liquid, &cage, &depth);
  double highest = 0;
  for (int p = 0; p < n; p++) highest = fmax(highest, pressures[p]);
  DynamicFreeEnergy *energy = free_energy_create(&liquid, highest, INFINITY);
  const double short_time   = ecnle_short_time(&liquid);
  for (int p = 0; p < n; p++) {
    double *row = rows + (size_t)p * N_STATE;
    for (int c = 0; c < N_STATE; c++) row[c] = NAN;
    row[STATE_PHI]                = liquid.phi;
    row[STATE_PRESSURE]           = pressures[p];
    const StationaryPoints points = free_energy_stationary(energy, pressures[p]);
    row[STATE_IS_RESOLVED]        = 0;
    const bool is_short           = points.is_resolved && find_missing(&liquid, energy, &points, pressures[p], &row[STATE_MISSING]);
    if (!points.is_resolved || is_short) continue;
    row[STATE_TAU_S] = short_time;
    fill_state(model, &points, cage, row);
  }
  if (limits != NULL) free_energy_limits(energy, &limits[0], &limits[1], &limits[2], &limits[3]);
  free_energy_destroy(&energy);
}

/* ---- along phi ------------------------------------------------------------------------------------------------------------- */

typedef struct AlongPhi {
  const EcnleModel *model;
  double pressure, level;
} AlongPhi;

static double level_at(const AlongPhi *along, double phi) {
  double row[N_STATE];
  ecnle_states(along->model, phi, 1, &along->pressure, row, NULL);
  return row[STATE_LOG10_TAU_ALPHA];
}

/* Without a barrier tau_alpha counts as short. */
static const double NO_BARRIER = -100;
static double excess_level(double phi, void *context) {
  const AlongPhi *along = context;
  const double level    = level_at(along, phi);
  return isnan(level) ? NO_BARRIER : level - along->level;
}

/* The largest phi with a barrier: there is one at low, none at high. */
static double last_barrier(AlongPhi *along, double low, double high) {
  while (high - low > 1e-6) {
    const double middle = 0.5 * (low + high);
    if (excess_level(middle, along) == NO_BARRIER)
      high = middle;
    else
      low = middle;
  }
  return low;
}

double ecnle_glass_transition(const EcnleModel *model, double pressure, double level) {
  if (model->liquid != NULL) return NAN;
  const double first = 0.45, usual = 0.72, step = 0.01;
  AlongPhi along = {model, pressure, level};
  if (excess_level(usual, &along) >= 0) return root_between(excess_level, &along, first, usual, 1e-12);
  /* it lies higher, or pressure has taken the barrier away before `usual`: then tau_alpha is longest where the barrier ends */
  double low = first, here = excess_level(first, &along);
  for (int k = 1; first + k * step < ECNLE_HIGHEST_GLASS + step / 2; k++) {
    const double next  = first + k * step;
    double high        = next;
    const bool is_lost = excess_level(next, &along) == NO_BARRIER && here != NO_BARRIER;
    if (is_lost) high = last_barrier(&along, low, next);
    here = excess_level(high, &along);
    if (here >= 0) return root_between(excess_level, &along, low, high, 1e-12);
    if (is_lost) return NAN;
    low = next;
  }
  return NAN;
}

/* Central differences over h and 2h, the error of order h^2 taken away. */
double ecnle_steepness(const EcnleModel *model, double phi, double pressure) {
  if (model->liquid != NULL) return NAN;
  const AlongPhi along = {model, pressure, 0};
  const double h       = 5e-4;
  const double narrow  = (level_at(&along, phi + h) - level_at(&along, phi - h)) / (2 * h);
  const double wide    = (level_at(&along, phi + 2 * h) - level_at(&along, phi - 2 * h)) / (4 * h);
  return (4 * narrow - wide) / 3;
}

/* Steepest rise of F; where F' has no maximum at all there is no cage. */
static double steepest_rise(double phi, void *context) {
  AlongPhi *along = context;
  Liquid liquid;
  make_liquid(along->model, phi, &liquid);
  DynamicFreeEnergy *energy = free_energy_create(&liquid, along->pressure, INFINITY);
  double rise = NAN, r_fall = NAN, fall = NAN;
  free_energy_limits(energy, &along->level, &rise, &r_fall, &fall);
  free_energy_destroy(&energy);
  return isnan(rise) ? -1e3 : rise + along->pressure;
}

double ecnle_onset(const EcnleModel *model, double pressure, double *r) {
  *r = NAN;
  if (model->liquid != NULL) return NAN;
  AlongPhi along   = {model, pressure, NAN};
  const double phi = root_between(steepest_rise, &along, 0.2, 0.6, 1e-14);
  if (!isnan(phi)) steepest_rise(phi, &along);
  *r = along.level;
  return phi;
}
