/* Looks are found by arithmetic, not by counting, so any step can be the first. */
#include "engine/schedule.h"

#include <math.h>

/** Smallest of 0, round(10^(k/per_decade)) that is >= step. */
static int64_t next_log(int per_decade, int64_t step) {
  if (step <= 0) return 0;
  int k = (int)floor((log10((double)step) - 1e-3) * per_decade) - 1;
  for (k = k < 0 ? 0 : k;; k++) {
    const int64_t look = (int64_t)llround(pow(10.0, (double)k / per_decade));
    if (look >= step) return look;
  }
}

int64_t schedule_next(const Schedule *schedule, int64_t step) {
  switch (schedule->spacing) {
    case SPACING_LINEAR:
      return (step + schedule->every - 1) / schedule->every * schedule->every;
    case SPACING_LOG:
      return next_log(schedule->per_decade, step);
    case SPACING_LOG_BLOCKS: {
      const int64_t start = step / schedule->block * schedule->block, look = next_log(schedule->per_decade, step - start);
      return start + (look < schedule->block ? look : schedule->block);
    }
    default:
      return INT64_MAX;
  }
}
int32_t schedule_block(const Schedule *schedule, int64_t step) {
  return schedule->spacing == SPACING_LOG_BLOCKS ? (int32_t)(step / schedule->block) : -1;
}
