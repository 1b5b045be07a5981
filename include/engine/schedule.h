#pragma once
/** Who looks when: steps counted from the start of a stage. Pure functions of the schedule, so a restart cannot lose the place. */
#include <stdint.h>

typedef enum Spacing { SPACING_NONE, SPACING_LINEAR, SPACING_LOG, SPACING_LOG_BLOCKS } Spacing;

typedef struct Schedule {
  Spacing spacing;
  int64_t every;  /* linear: steps between looks */
  int64_t block;  /* log blocks: steps of a block */
  int per_decade; /* log, log blocks */
} Schedule;

/** Smallest look >= step (step >= 0); INT64_MAX if there is none.
 *    linear      0, every, 2 every ..
 *    log         0 and round(10^(k/per_decade)), k = 0, 1 ..
 *    log blocks  the same inside every block, counted from the block's start; block starts are looks. */
int64_t schedule_next(const Schedule *schedule, int64_t step);
/** Log block that `step` lies in; -1 for other spacings. */
int32_t schedule_block(const Schedule *schedule, int64_t step);
