/* What all minimisers share.
 *
 * Lists: while the strain max|F|/curvature, about the distance that stiff pairs still have to go, is large, skins follow the last move
 * (engine/downhill.c); where it has become small the list is built once more with uniform skins that hold hardly a pair too many.
 * Rounding grid: particles that overlap at the start coarsen the grid of the exact sums (engine/step.c); on the way down it is made as fine
 * as possible again, since its noise must stay far below the tolerance.
 * Curvature: the largest eigenvalue of the Hessian, by Lanczos with products H v = -(F(x + h v) - F(x))/h; the tridiagonal matrix T of m
 * steps has its largest eigenvalue below that of H by a few per cent. It sets the time scale of FIRE and of the first steps of the
 * others, for any model in any units.
 * Nothing in here looks at a clock: the same start gives the same bits, on any number of ranks. Requests to stop come from outside; a
 * descent that heard one is of no use and has no result. All ranks of a group see the same numbers in here, so all take the same way. */
#include "slope.h"

#include <math.h>

#include "base/signals.h"

enum { LANCZOS_STEPS = 10, FINEST_GRID = -40, PATIENCE = 100000, LISTEN_EVERY = 64 };
static const double DIFFERENCE = 1e-6; /* h |v_i| of a Hessian product, units of length */

/** Smallest skin, sigma, of particles that are `strain` away from rest. */
static double skin_for(double strain) { return strain > 2e-5 ? 0.02 : 0.015; }

static void note_force(Slope *slope) {
  slope->evaluations++;
  slope->max_force     = vector_largest(&slope->force);
  slope->force.largest = slope->max_force;
  if (!isfinite(slope->max_force)) slope->is_lost = true;
  if (slope->max_force < 0.99 * slope->best) slope->best = slope->max_force, slope->best_evaluations = slope->evaluations;
}

static void lose(Slope *slope) {
  slope->is_lost   = true;
  slope->max_force = NAN;
}

/** Whether to go on; now and then asks the group for requests to stop. */
static bool goes_on(Slope *slope) {
  if (slope->goal->may_stop && slope->evaluations - slope->heard_at >= LISTEN_EVERY) {
    slope->heard_at   = slope->evaluations;
    slope->is_stopped = system_agree_any(slope->system, signals_request() == REQUEST_STOP);
  }
  return !slope->is_lost && !slope->is_stopped;
}

/** Forces with the finest grid that holds them. */
static void refine(Slope *slope) {
  slope->refined_at = slope->max_force;
  if (system_forces(slope->system, false) != STATUS_OK)
    lose(slope);
  else
    note_force(slope);
}

bool slope_move(Slope *slope, const Vector *direction, double scale) {
  const double skin = skin_for(slope->max_force / slope->curvature);
  if (!goes_on(slope)) return false;
  if (system_shift(slope->system, direction->at, scale, skin) != STATUS_OK) {
    lose(slope);
    return false;
  }
  if (skin < slope->skin) system_tighten(slope->system, skin), slope->skin = skin;
  if (system_compute(slope->system, false) != STATUS_OK) {
    lose(slope);
    return false;
  }
  note_force(slope);
  if (system_quantum(slope->system) > FINEST_GRID && slope->max_force < 0.1 * slope->refined_at) refine(slope);
  return !slope->is_lost;
}

bool slope_probe(Slope *slope, const Vector *direction, double scale) {
  if (!goes_on(slope)) return false;
  slope->evaluations++;
  if (system_shift(slope->system, direction->at, scale, slope->skin) != STATUS_OK || system_compute(slope->system, false) != STATUS_OK ||
      system_shift(slope->system, direction->at, -scale, slope->skin) != STATUS_OK)
    lose(slope);
  else
    vector_refresh(&slope->force);
  return !slope->is_lost;
}

/** Largest eigenvalue of the symmetric tridiagonal matrix with diagonal a[m] and off-diagonal b[m-1]: bisection on the number of negative
 *  pivots of T - x. */
static double largest_eigenvalue(int m, const double *a, const double *b) {
  double low = a[0], high = a[0];
  for (int k = 0; k < m; k++) {
    const double radius = (k > 0 ? fabs(b[k - 1]) : 0) + (k < m - 1 ? fabs(b[k]) : 0);
    low                 = fmax(low, a[k]);
    high                = fmax(high, a[k] + radius);
  }
  for (int step = 0; step < 60; step++) {
    const double x = 0.5 * (low + high);
    double pivot   = a[0] - x;
    bool is_below  = pivot < 0; /* all eigenvalues below x */
    for (int k = 1; k < m && is_below; k++) {
      pivot    = a[k] - x - b[k - 1] * b[k - 1] / pivot;
      is_below = pivot < 0;
    }
    *(is_below ? &high : &low) = x;
  }
  return high;
}

void slope_measure_curvature(Slope *slope) {
  Vector here, v, before, w;
  double a[LANCZOS_STEPS] = {0}, b[LANCZOS_STEPS] = {0};
  int m                 = 0;
  const double strength = sqrt(vector_dot(&slope->force, &slope->force));
  vector_init(&here, slope->system), vector_init(&v, slope->system), vector_init(&before, slope->system), vector_init(&w, slope->system);
  vector_copy(&here, &slope->force);
  vector_mix(&v, 1 / strength, &here, 0, &here);
  while (strength > 0 && m < LANCZOS_STEPS) {
    const double h = DIFFERENCE * slope->goal->length / vector_largest(&v);
    if (!slope_probe(slope, &v, h)) break;
    vector_mix(&w, 1 / h, &here, -1 / h, &slope->force);
    vector_mix(&w, 1, &w, m > 0 ? -b[m - 1] : 0, &before);
    a[m] = vector_dot(&w, &v);
    vector_mix(&w, 1, &w, -a[m], &v);
    b[m] = sqrt(vector_dot(&w, &w));
    m++;
    if (!(b[m - 1] > 1e-6 * fabs(a[0]))) break;
    vector_copy(&before, &v);
    vector_mix(&v, 1 / b[m - 1], &w, 0, &w);
  }
  if (m > 0) slope->curvature = fmax(largest_eigenvalue(m, a, b), fabs(a[0]));
  if (m > 0 && !slope->is_lost) refine(slope); /* forces at the present position again */
  vector_clear(&here), vector_clear(&v), vector_clear(&before), vector_clear(&w);
}

void slope_begin(Slope *slope, System *system, const DescentGoal *goal) {
  system_freeze(system);
  *slope       = (Slope){.system = system, .goal = goal, .skin = 0.15, .best = INFINITY, .curvature = 1e-6};
  slope->force = (Vector){.system = system, .n = 4 * system_records(system), .at = (double *)system_force_records(system)};
  refine(slope);
  slope->refined_at = slope->max_force;
  if (!slope->is_lost && slope->max_force > goal->force_tolerance) slope_measure_curvature(slope);
}

bool slope_is_over(const Slope *slope, Descent *report) {
  const DescentGoal *goal = slope->goal;
  Outcome outcome;
  if (slope->is_lost)
    outcome = system_has_strayed(slope->system) ? OUTCOME_STRAYED : OUTCOME_LOST;
  else if (slope->is_stopped)
    outcome = OUTCOME_STOPPED;
  else if (slope->max_force <= goal->force_tolerance)
    outcome = OUTCOME_CONVERGED;
  else if (slope->evaluations >= goal->max_evaluations)
    outcome = OUTCOME_EXHAUSTED;
  else if (slope->is_stuck || slope->evaluations - slope->best_evaluations > PATIENCE)
    outcome = OUTCOME_STALLED;
  else
    return false;
  *report = (Descent){outcome, slope->max_force, slope->evaluations};
  return true;
}
