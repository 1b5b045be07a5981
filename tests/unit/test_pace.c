/** The quickest hundredth of the blocks, whatever their number, also when blocks have been joined. */
#include <math.h>

#include "../check.h"
#include "base/pace.h"

/** n blocks of PACE_STEPS steps; every `rare`-th takes `quick` s, the others 1 s per step. */
static double quickest(int n, int rare, double quick) {
  static Pace pace;
  double now = 1000;
  pace       = (Pace){0};
  pace_step(&pace, now);
  for (int block = 0; block < n; block++)
    for (int step = 0; step < PACE_STEPS; step++) pace_step(&pace, now += block % rare == 0 ? quick : 1);
  return pace_quickest(&pace);
}

int main(void) {
  static Pace none;
  CHECK(isnan(pace_quickest(&none)));
  CHECK(isnan(quickest(0, 1, 0.5)));
  CHECK_CLOSE(quickest(1, 1, 0.5), 0.5, 1e-6);
  CHECK_CLOSE(quickest(60, 60, 0.5), 0.5, 1e-6);   /* the one of sixty */
  CHECK_CLOSE(quickest(1000, 50, 0.5), 0.5, 1e-6); /* two in a hundred */
  CHECK_CLOSE(quickest(1000, 500, 0.5), 1, 1e-6);  /* one in five hundred is an accident */
  CHECK_CLOSE(quickest(PACE_BLOCKS, 50, 0.5), 0.5, 1e-6);
  CHECK_CLOSE(quickest(PACE_BLOCKS + 1, 50, 0.5), 0.5 * (0.5 + 1), 1e-6); /* joined: half a quick one, half another */
  CHECK_CLOSE(quickest(5 * PACE_BLOCKS, 1, 0.25), 0.25, 1e-6);
  CHECK_CLOSE(quickest(5 * PACE_BLOCKS + 3, 64, 0.5), (0.5 + 7) / 8, 1e-6); /* of eight */
  return check_report();
}
