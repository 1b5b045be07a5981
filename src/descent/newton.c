/* Where the energy is a quadratic form, nothing beats conjugate gradients: Newton steps H d = F, each solved by linear conjugate gradients
 * until the residual is a hundredth of F. One product H p costs one evaluation of the exact forces, (F(x) - F(x + h p))/h, h |p_i| <= 1e-6
 * of a neighbour's distance: for pairs and triplets alike. A direction of negative curvature ends the solve with what there is. As a member
 * of its own (FIRE down to a small force, then this) it saved 0 to 8 % of the evaluations of FIRE alone, so there is none. */
#include "newton.h"

#include <math.h>

enum { MOST_PRODUCTS = 2000 };
static const double DIFFERENCE = 1e-6, RESIDUAL = 0.01, FARTHEST = 0.1;

typedef struct Newton {
  Vector start, step, residual, direction, product, way;
} Newton;

/** product <- H direction; x as before. */
static bool multiply(Newton *w, Slope *slope) {
  const double h = DIFFERENCE * slope->goal->length / vector_largest(&w->direction);
  if (!slope_probe(slope, &w->direction, h)) return false;
  vector_mix(&w->product, 1 / h, &w->start, -1 / h, &slope->force);
  return true;
}

/** step <- about H^-1 F; forces are left as of a probe. */
static bool solve(Newton *w, Slope *slope) {
  vector_copy(&w->start, &slope->force);
  vector_copy(&w->residual, &slope->force);
  vector_copy(&w->direction, &slope->force);
  vector_zero(&w->step);
  double rr           = vector_dot(&w->residual, &w->residual);
  const double enough = fmax(RESIDUAL * RESIDUAL, 0.1 * pow(slope->goal->force_tolerance / slope->max_force, 2)) * rr;
  for (int k = 0; k < MOST_PRODUCTS && rr > enough; k++) {
    if (!multiply(w, slope)) return false;
    const double curved = vector_dot(&w->direction, &w->product);
    if (!(curved > 0)) {
      if (k == 0) vector_mix(&w->step, 0, &w->step, 1 / slope->curvature, &w->direction);
      break;
    }
    const double alpha = rr / curved, old = rr;
    vector_mix(&w->step, 1, &w->step, alpha, &w->direction);
    vector_mix(&w->residual, 1, &w->residual, -alpha, &w->product);
    rr = vector_dot(&w->residual, &w->residual);
    vector_mix(&w->direction, rr / old, &w->direction, 1, &w->residual);
    if (slope->evaluations >= slope->goal->max_evaluations) break;
  }
  return true;
}

bool newton_polish(Slope *slope, int steps, double reach) {
  Newton w;
  Vector *const all[] = {&w.start, &w.step, &w.residual, &w.direction, &w.product, &w.way};
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) vector_init(all[k], slope->system);
  bool paid = true;
  Descent report;
  for (int k = 0; k < steps && paid && !slope_is_over(slope, &report); k++) {
    const double before = slope->max_force;
    if (!solve(&w, slope)) break;
    const double longest = vector_largest(&w.step), farthest = fmin(FARTHEST * slope->goal->length, reach);
    const double scale = longest > farthest ? farthest / longest : 1;
    if (!slope_move(slope, &w.step, scale)) break;
    vector_mix(&w.way, 1, &w.way, scale, &w.step);
    paid = slope->max_force < before && scale == 1 && vector_largest(&w.way) <= reach;
  }
  if (!paid && !slope->is_lost) (void)slope_move(slope, &w.way, -1);
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) vector_clear(all[k]);
  return paid;
}
