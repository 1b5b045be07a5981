/* Limited-memory BFGS [Nocedal, Math. Comput. 35, 773 (1980)] with the last eight pairs s = x_{k+1} - x_k, y = F_k - F_{k+1}.
 *
 * The two-loop recursion gives the direction d = H F, H the approximate inverse of the Hessian; the step is d itself, at most a tenth of
 * the mean distance for the particle that moves most. There is no line search: near a minimum full steps are right, farther up the cap
 * keeps them harmless. A pair without positive curvature (s.y <= 0), or a direction that does not go downhill, clears the memory; the next
 * step is then one of steepest descent, F/curvature. */
#include <math.h>

#include "slope.h"

enum { MEMORY = 8 };
static const double FARTHEST = 0.1;

typedef struct Lbfgs {
  Vector s[MEMORY], y[MEMORY], direction, before;
  double rho[MEMORY], gamma;
  int n, next; /* pairs held; where the next one goes */
} Lbfgs;

static void make(Lbfgs *l, const System *system) {
  *l = (Lbfgs){0};
  for (int k = 0; k < MEMORY; k++) vector_init(&l->s[k], system), vector_init(&l->y[k], system);
  vector_init(&l->direction, system);
  vector_init(&l->before, system);
}
static void clear(Lbfgs *l) {
  for (int k = 0; k < MEMORY; k++) vector_clear(&l->s[k]), vector_clear(&l->y[k]);
  vector_clear(&l->direction);
  vector_clear(&l->before);
}

/** direction <- H force. */
static void aim(Lbfgs *l, const Slope *slope) {
  Vector *d = &l->direction;
  double a[MEMORY];
  vector_copy(d, &slope->force);
  for (int j = 1; j <= l->n; j++) {
    const int k = (l->next - j + MEMORY) % MEMORY;
    a[k]        = l->rho[k] * vector_dot(&l->s[k], d);
    vector_mix(d, 1, d, -a[k], &l->y[k]);
  }
  vector_scale(d, l->n > 0 ? l->gamma : 1 / slope->curvature);
  for (int j = l->n; j >= 1; j--) {
    const int k    = (l->next - j + MEMORY) % MEMORY;
    const double b = l->rho[k] * vector_dot(&l->y[k], d);
    vector_mix(d, 1, d, a[k] - b, &l->s[k]);
  }
}

static void learn(Lbfgs *l, const Slope *slope, double scale) {
  Vector *s = &l->s[l->next], *y = &l->y[l->next];
  vector_mix(s, scale, &l->direction, 0, &l->direction);
  vector_mix(y, 1, &l->before, -1, &slope->force);
  const double sy = vector_dot(s, y), yy = vector_dot(y, y);
  if (!(sy > 1e-10 * yy / slope->curvature)) {
    l->n = 0;
    return;
  }
  l->rho[l->next] = 1 / sy;
  l->gamma        = sy / yy;
  l->next         = (l->next + 1) % MEMORY;
  l->n += l->n < MEMORY;
}

static void descend(System *system, const DescentGoal *goal, Descent *report) {
  Slope slope;
  Lbfgs l;
  slope_begin(&slope, system, goal);
  make(&l, system);
  while (!slope_is_over(&slope, report)) {
    aim(&l, &slope);
    if (!(vector_dot(&l.direction, &slope.force) > 0)) {
      l.n = 0;
      aim(&l, &slope);
    }
    const double farthest = FARTHEST * goal->length, longest = vector_largest(&l.direction);
    const double scale = longest > farthest ? farthest / longest : 1;
    vector_copy(&l.before, &slope.force);
    if (slope_move(&slope, &l.direction, scale)) learn(&l, &slope, scale);
  }
  clear(&l);
}

const Minimizer minimizer_lbfgs = {"lbfgs", "limited-memory BFGS, eight pairs, capped steps", "Nocedal, Math. Comput. 35, 773 (1980)",
                                   descend};
