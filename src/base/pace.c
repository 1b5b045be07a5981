/** Blocks long enough to hold several neighbour lists, short enough to fit between two disturbances. */
#include "base/pace.h"

#include <math.h>

#include "base/sample.h"

void pace_step(Pace *p, double now) {
  if (p->length == 0) {
    p->length = PACE_STEPS;
    p->since  = now;
    return;
  }
  if (++p->done < p->length) return;
  if (p->n == PACE_BLOCKS) { /* the present block is one of the old length still, and one of the new when twice as long */
    for (int k = 0; k < PACE_BLOCKS / 2; k++) p->seconds[k] = p->seconds[2 * k] + p->seconds[2 * k + 1];
    p->n = PACE_BLOCKS / 2;
    p->length *= 2;
    return;
  }
  p->seconds[p->n++] = (float)(now - p->since);
  p->since           = now;
  p->done            = 0;
}

double pace_quickest(const Pace *p) { return p->n ? (double)sample_nth(p->seconds, p->n, (p->n - 1) / 100) / (double)p->length : NAN; }
