#pragma once
/** How quickly steps go while nothing else disturbs them. A core that the host lends to others runs at changing speed, from millisecond to
 *  millisecond; the mean over a run tells as much about the neighbours as about the program. The quickest of many short blocks of steps
 *  tell what the program does on its own. */
#include <stdint.h>

enum { PACE_STEPS = 64, PACE_BLOCKS = 4096 };
/** All zero at the start. */
typedef struct Pace {
  double since;               /* s, start of the present block */
  int64_t length, done;       /* steps of a block, 0: not begun; done in the present one */
  int n;                      /* whole blocks */
  float seconds[PACE_BLOCKS]; /* of a block; when all are used, two and two become one */
} Pace;
/** A step begins (after the last one: has ended) at `now`, seconds of any clock. */
void pace_step(Pace *pace, double now);
/** Seconds per step of the quickest blocks: one in a hundred, and at least one, is at least as quick. NAN before the first block. */
double pace_quickest(const Pace *pace);
