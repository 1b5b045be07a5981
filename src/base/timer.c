/** Named wall timers.
 *
 *  One plain array of seconds per process: whoever spends the time adds it, main reduces over ranks and prints. Nesting is the
 *  business of the readers: TIMER_TOTAL contains the others, TIMER_FORCE does not contain TIMER_COMMUNICATE. */
#include "base/timer.h"

#include <time.h>

static double spent[N_TIMERS]; /* s */

double timer_now(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void timer_add(TimerName timer, double seconds) { spent[timer] += seconds; }
double timer_lap(TimerName timer, double since) {
  const double now = timer_now();
  timer_add(timer, now - since);
  return now;
}
double timer_get(TimerName timer) { return spent[timer]; }

const char *timer_label(TimerName timer) {
  static const char *const labels[N_TIMERS] = {[TIMER_FORCE]       = "forces",
                                               [TIMER_LIST]        = "neighbour lists",
                                               [TIMER_INTEGRATE]   = "integration",
                                               [TIMER_COMMUNICATE] = "communication",
                                               [TIMER_OBSERVE]     = "observers",
                                               [TIMER_OUTPUT]      = "output",
                                               [TIMER_TOTAL]       = "total"};
  return labels[timer];
}

void timer_reset(void) {
  for (int t = 0; t < N_TIMERS; t++) spent[t] = 0;
}
