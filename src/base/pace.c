/** Blocks long enough to hold several neighbour lists, short enough to fit between two disturbances. */
#include "base/pace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static int compare(const void *a, const void *b) {
  const float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}
double pace_quickest(const Pace *p) {
  float sorted[PACE_BLOCKS];
  if (p->n == 0) return NAN;
  memcpy(sorted, p->seconds, (size_t)p->n * sizeof *sorted);
  qsort(sorted, (size_t)p->n, sizeof *sorted, compare);
  return (double)sorted[(p->n - 1) / 100] / (double)p->length;
}
