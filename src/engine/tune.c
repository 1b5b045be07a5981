/* How long should a neighbour list live? Long lists hold more pairs outside the cut-off, short ones are built more often; where the balance
 * lies depends on model, temperature, density and machine. Since skins never change a bit of the result, the System may simply try: after
 * every segment of some builds it compares the time per step with the last segment's, goes on in the same direction if that was
 * better, else turns round with a smaller stride. Near the optimum the cost is flat, so noise does little harm. */
#include <math.h>

#include "base/timer.h"
#include "spread.h"

static const double SHORTEST = 2, LONGEST = 40, SMALLEST_STRIDE = 1.05;
enum { SEGMENT_BUILDS = 12 };

static double time_spent(void) {
  return timer_get(TIMER_FORCE) + timer_get(TIMER_LIST) + timer_get(TIMER_INTEGRATE) + timer_get(TIMER_COMMUNICATE);
}

void tune_start(Tuner *tuner) { *tuner = (Tuner){.is_on = true, .stride = 1.4, .direction = -1, .last = INFINITY, .builds = -1}; }

void tune_at_build(System *system) {
  Tuner *t = &system->tuner;
  if (!t->is_on || ++t->builds < SEGMENT_BUILDS) {
    if (t->builds == 0) t->time = time_spent(), t->computations = system->counts.computations;
    return;
  }
  double cost = (time_spent() - t->time) / (double)(system->counts.computations - t->computations);
  reduce_group_max(system->ranks, &cost, 1);
  if (!(cost < t->last)) {
    t->direction = -t->direction;
    t->stride    = fmax(1 + 0.7 * (t->stride - 1), SMALLEST_STRIDE);
  }
  t->last            = cost;
  system->skin_steps = fmin(fmax(system->skin_steps * pow(t->stride, t->direction), SHORTEST), LONGEST);
  t->builds          = 0;
  t->time            = time_spent();
  t->computations    = system->counts.computations;
}
