/* Nonlinear conjugate gradients [Polak, Ribiere, Rev. Fr. Inform. Rech. Oper. 16, 35 (1969)], restarted when beta < 0.
 *
 *   d <- F + max(0, F.(F - F_old)/F_old.F_old) d
 *
 * Line search by forces alone: a trial step t, then the secant of F.d, t F_0.d/(F_0.d - F_t.d), is where the force along d vanishes. Two
 * evaluations per line; the second is saved when the trial was right to a per cent. No particle moves farther than a tenth of the mean
 * distance in one line. */
#include <math.h>

#include "slope.h"

static const double FARTHEST = 0.1, SHORT_TRIAL = 0.05, RIGHT = 0.01;

typedef struct Line {
  Vector direction, before;
  double trial; /* along the direction */
} Line;

/** To the zero of the force along the direction; false if lost. */
static bool search(Line *line, Slope *slope) {
  const double longest = vector_largest(&line->direction), length = slope->goal->length;
  const double at_0 = vector_dot(&slope->force, &line->direction), cap = FARTHEST * length / longest;
  const double trial = fmin(line->trial, SHORT_TRIAL * length / longest);
  if (!slope_move(slope, &line->direction, trial)) return false;
  const double at_trial = vector_dot(&slope->force, &line->direction);
  const double step     = at_trial < at_0 ? fmin(trial * at_0 / (at_0 - at_trial), cap) : fmin(2 * trial, cap);
  line->trial           = 0.7 * step + 0.3 * line->trial;
  return fabs(step - trial) <= RIGHT * trial || slope_move(slope, &line->direction, step - trial);
}

static void turn(Line *line, const Slope *slope) {
  const double ff = vector_dot(&slope->force, &slope->force), fb = vector_dot(&slope->force, &line->before),
               bb = vector_dot(&line->before, &line->before);
  vector_mix(&line->direction, fmax((ff - fb) / bb, 0), &line->direction, 1, &slope->force);
  if (!(vector_dot(&line->direction, &slope->force) > 0)) vector_copy(&line->direction, &slope->force);
}

static void descend(System *system, const DescentGoal *goal, Descent *report) {
  Slope slope;
  slope_begin(&slope, system, goal);
  Line line = {.trial = 1 / slope.curvature};
  vector_init(&line.direction, system);
  vector_init(&line.before, system);
  vector_copy(&line.direction, &slope.force);
  while (!slope_is_over(&slope, report)) {
    vector_copy(&line.before, &slope.force);
    if (search(&line, &slope)) turn(&line, &slope);
  }
  vector_clear(&line.direction);
  vector_clear(&line.before);
}

const Minimizer minimizer_conjugate_gradient = {"conjugate_gradient", "nonlinear conjugate gradients with a secant line search",
                                                "Polak, Ribiere, Rev. Fr. Inform. Rech. Oper. 16, 35 (1969)", descend};
