/* FIRE 2.0 [Guenole et al., Comput. Mater. Sci. 175, 109584 (2020)]: damped dynamics that is stopped whenever it runs uphill.
 *
 *   P = F.v > 0: after 5 such steps dt <- min(1.1 dt, dt_max), alpha <- 0.99 alpha
 *   P <= 0:      dt <- max(dt/2, dt_min), alpha <- 0.1, x <- x - dt/2 v, v <- 0
 *   v <- v + dt F;  v <- (1 - alpha) v + alpha F |v|/|F|;  x <- x + dt v        (semi-implicit Euler, masses 1)
 *
 * dt_max is a fraction (goal->step) of the stability limit 2/sqrt(largest curvature), so it fits any model in any units; the curvature is
 * measured at the start and once more where the forces have become small. No particle moves farther than a tenth of the
 * mean distance in one step. FIRE is inertial: it does not follow the gradient and may leave the basin that it starts in; small
 * steps do not change that. */
#include <math.h>

#include "slope.h"

static const double START = 0.25, GROW = 1.1, SHRINK = 0.5, ALPHA = 0.1, ALPHA_SHRINK = 0.99, SMALLEST = 0.02, FARTHEST = 0.1,
                    SMALL_STRAIN = 1e-3; /* of max |F|/(curvature length): there the curvature is that of the minimum */
enum { DELAY = 5 };

typedef struct Fire {
  double dt, dt_max, alpha;
  int downhill, steps;
} Fire;

static void set_limit(Fire *fire, const Slope *slope) {
  fire->dt_max = slope->goal->step * 2 / sqrt(slope->curvature);
  fire->dt     = fmin(fire->dt, fire->dt_max);
}

/** One step; false if lost. */
static bool step(Fire *fire, Slope *slope, Vector *v) {
  VectorSums sums = vector_sums(&slope->force, v);
  fire->steps++;
  if (sums.fv > 0) {
    if (++fire->downhill > DELAY) {
      fire->dt = fmin(fire->dt * GROW, fire->dt_max);
      fire->alpha *= ALPHA_SHRINK;
    }
  } else {
    fire->downhill = 0;
    if (fire->steps > DELAY) {
      fire->dt    = fmax(fire->dt * SHRINK, SMALLEST * fire->dt_max);
      fire->alpha = ALPHA;
    }
    if (sums.vv > 0 && system_shift(slope->system, v->at, -0.5 * fire->dt, slope->skin) != STATUS_OK) slope->is_lost = true;
    sums.fv = sums.vv = 0;
    vector_zero(v);
  }
  const double dt = fire->dt, speed = sqrt(fmax(sums.vv + 2 * dt * sums.fv + dt * dt * sums.ff, 0));
  vector_mix(v, 1 - fire->alpha, v, (1 - fire->alpha) * dt + fire->alpha * speed / sqrt(sums.ff), &slope->force);
  const double farthest = FARTHEST * slope->goal->length;
  double move           = dt;
  if (speed * dt > farthest) move = fmin(dt, farthest / vector_largest(v));
  return slope_move(slope, v, move);
}

static void descend(System *system, const DescentGoal *goal, Descent *report) {
  Slope slope;
  Vector v;
  slope_begin(&slope, system, goal);
  vector_init(&v, system);
  const double small = SMALL_STRAIN * slope.curvature * goal->length;
  Fire fire          = {.dt = INFINITY, .alpha = ALPHA};
  bool is_final      = slope.max_force < small;
  set_limit(&fire, &slope);
  fire.dt *= START;
  while (!slope_is_over(&slope, report)) {
    if (!is_final && slope.max_force < small) {
      is_final = true;
      slope_measure_curvature(&slope);
      set_limit(&fire, &slope);
    } else
      (void)step(&fire, &slope, &v);
  }
  vector_clear(&v);
}

const Minimizer minimizer_fire = {"fire", "FIRE 2.0: damped dynamics, fast and robust; time step from the largest curvature",
                                  "Guenole et al., Comput. Mater. Sci. 175, 109584 (2020)", descend};
