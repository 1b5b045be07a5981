/* Where the energy is a quadratic form, nothing beats conjugate gradients: Newton steps H d = F, each solved by linear conjugate gradients
 * until the residual is a hundredth of F. One product H p costs one evaluation of the exact forces, (F(x) - F(x + h p))/h, h |p_i| <= 1e-6
 * of a neighbour's distance: for pairs and triplets alike. A direction of negative curvature ends the solve with what there is. As a member
 * of its own (FIRE down to a small force, then this) it saved 0 to 8 % of the evaluations of FIRE alone, so there is none. */
#include "newton.h"

#include <math.h>

#include "base/memory.h"
#include "vectors.h"

enum { MOST_PRODUCTS = 2000 };
static const double DIFFERENCE = 1e-6, RESIDUAL = 0.01, FARTHEST = 0.1;

typedef struct Newton {
  double *start, *step, *residual, *direction, *product; /* [n] */
} Newton;

/** product <- H direction; x as before. */
static bool multiply(Newton *w, Slope *slope) {
  const size_t n = slope->n;
  const double h = DIFFERENCE * slope->goal->length / vector_largest(n, w->direction);
  if (!slope_probe(slope, w->direction, h)) return false;
  vector_subtract(n, w->start, slope->force, w->product);
  vector_scale(n, 1 / h, w->product);
  return true;
}

/** step <- about H^-1 F; forces are left as of a probe. */
static bool solve(Newton *w, Slope *slope) {
  const size_t n = slope->n;
  vector_copy(n, w->start, slope->force);
  vector_copy(n, w->residual, slope->force);
  vector_copy(n, w->direction, slope->force);
  vector_scale(n, 0, w->step);
  double rr           = vector_dot(n, w->residual, w->residual);
  const double enough = fmax(RESIDUAL * RESIDUAL, 0.1 * pow(slope->goal->force_tolerance / slope->max_force, 2)) * rr;
  for (int k = 0; k < MOST_PRODUCTS && rr > enough; k++) {
    if (!multiply(w, slope)) return false;
    const double curved = vector_dot(n, w->direction, w->product);
    if (!(curved > 0)) {
      if (k == 0) vector_blend(n, 0, w->step, 1 / slope->curvature, w->direction);
      break;
    }
    const double alpha = rr / curved, old = rr;
    vector_blend(n, 1, w->step, alpha, w->direction);
    vector_blend(n, 1, w->residual, -alpha, w->product);
    rr = vector_dot(n, w->residual, w->residual);
    vector_blend(n, rr / old, w->direction, 1, w->residual);
    if (slope->evaluations >= slope->goal->max_evaluations) break;
  }
  return true;
}

bool newton_polish(Slope *slope, int steps, double reach) {
  const size_t n = slope->n;
  Newton w       = {vector_new(n), vector_new(n), vector_new(n), vector_new(n), vector_new(n)};
  double *way    = vector_new(n);
  bool paid      = true;
  Descent report;
  for (int k = 0; k < steps && paid && !slope_is_over(slope, &report); k++) {
    const double before = slope->max_force;
    if (!solve(&w, slope)) break;
    const double longest = vector_largest(n, w.step), farthest = fmin(FARTHEST * slope->goal->length, reach);
    const double scale = longest > farthest ? farthest / longest : 1;
    if (!slope_move(slope, w.step, scale)) break;
    vector_blend(n, 1, way, scale, w.step);
    paid = slope->max_force < before && scale == 1 && vector_largest(n, way) <= reach;
  }
  if (!paid && !slope->is_lost) (void)slope_move(slope, way, -1);
  memory_free(w.start), memory_free(w.step), memory_free(w.residual), memory_free(w.direction), memory_free(w.product), memory_free(way);
  return paid;
}
