/* What all minimisers share.
 *
 * Lists: while the strain max|F|/curvature, about the distance that stiff pairs still have to go, is large, skins follow the last move
 * (engine/downhill.c); where it has become small the list is built once more with uniform skins that hold hardly a pair too many.
 * Rounding grid: particles that overlap at the start coarsen the grid of the exact sums (engine/step.c); on the way down it is made as fine
 * as possible again, since its noise must stay far below the tolerance.
 * Curvature: the largest eigenvalue of the Hessian, by Lanczos with products H v = -(F(x + h v) - F(x))/h; the tridiagonal matrix T of m
 * steps has its largest eigenvalue below that of H by a few per cent. It sets the time scale of FIRE and of the first steps of the
 * others, for any model in any units.
 * Nothing in here looks at a clock: the same start gives the same bits. */
#include "slope.h"

#include <math.h>

#include "base/memory.h"
#include "vectors.h"

enum { LANCZOS_STEPS = 10, FINEST_GRID = -40, PATIENCE = 100000 };
static const double DIFFERENCE = 1e-6; /* h |v_i| of a Hessian product, units of length */

/** Smallest skin, sigma, of particles that are `strain` away from rest. */
static double skin_for(double strain) { return strain > 2e-5 ? 0.02 : 0.015; }

static void note_force(Slope *slope) {
  slope->evaluations++;
  slope->max_force = vector_largest(slope->n, slope->force);
  if (!isfinite(slope->max_force)) slope->is_lost = true;
  if (slope->max_force < 0.99 * slope->best) slope->best = slope->max_force, slope->best_evaluations = slope->evaluations;
}

static void lose(Slope *slope) {
  slope->is_lost   = true;
  slope->max_force = NAN;
}

/** Forces with the finest grid that holds them. */
static void refine(Slope *slope) {
  slope->refined_at = slope->max_force;
  if (system_forces(slope->system, false) != STATUS_OK)
    lose(slope);
  else
    note_force(slope);
}

bool slope_move(Slope *slope, const double *direction, double scale) {
  const double skin = skin_for(slope->max_force / slope->curvature);
  if (slope->is_lost || system_shift(slope->system, direction, scale, skin) != STATUS_OK) {
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

bool slope_probe(Slope *slope, const double *direction, double scale) {
  slope->evaluations++;
  if (slope->is_lost || system_shift(slope->system, direction, scale, slope->skin) != STATUS_OK ||
      system_compute(slope->system, false) != STATUS_OK || system_shift(slope->system, direction, -scale, slope->skin) != STATUS_OK)
    lose(slope);
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
  const size_t n = slope->n;
  double *here = vector_new(n), *v = vector_new(n), *before = vector_new(n), *w = vector_new(n);
  double a[LANCZOS_STEPS] = {0}, b[LANCZOS_STEPS] = {0};
  int m                 = 0;
  const double strength = sqrt(vector_dot(n, slope->force, slope->force));
  vector_copy(n, here, slope->force);
  vector_copy(n, v, here);
  vector_scale(n, 1 / strength, v);
  while (strength > 0 && m < LANCZOS_STEPS && !slope->is_lost) {
    const double h = DIFFERENCE * slope->goal->length / vector_largest(n, v);
    if (!slope_probe(slope, v, h)) break;
    vector_subtract(n, here, slope->force, w);
    vector_blend(n, 1 / h, w, m > 0 ? -b[m - 1] : 0, before);
    a[m] = vector_dot(n, w, v);
    vector_blend(n, 1, w, -a[m], v);
    b[m] = sqrt(vector_dot(n, w, w));
    m++;
    if (!(b[m - 1] > 1e-6 * fabs(a[0]))) break;
    vector_copy(n, before, v);
    vector_copy(n, v, w);
    vector_scale(n, 1 / b[m - 1], v);
  }
  if (m > 0) slope->curvature = fmax(largest_eigenvalue(m, a, b), fabs(a[0]));
  if (m > 0 && !slope->is_lost) refine(slope); /* forces at the present position again */
  memory_free(here);
  memory_free(v);
  memory_free(before);
  memory_free(w);
}

void slope_begin(Slope *slope, System *system, const DescentGoal *goal) {
  system_freeze(system);
  *slope = (Slope){.system = system, .goal = goal, .n = 4 * system_records(system), .skin = 0.15, .best = INFINITY, .curvature = 1e-6};
  slope->force = system_force_records(system);
  refine(slope);
  slope->refined_at = slope->max_force;
  if (!slope->is_lost && slope->max_force > goal->force_tolerance) slope_measure_curvature(slope);
}

bool slope_is_over(const Slope *slope, Descent *report) {
  const DescentGoal *goal = slope->goal;
  Outcome outcome;
  if (slope->is_lost)
    outcome = OUTCOME_LOST;
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
