/* Minimum images, because consecutive inherent structures lie far closer than half a box, and because not every file has images. The mean
 * goes out: a descent keeps the centre of the particles, dynamics that of their masses, so a mixture of masses drifts from one
 * inherent structure to the next even in one basin. */
#include "analysis/jump.h"

#include <math.h>

#include "base/error.h"
#include "matter/frame.h"

static double displacement(const Frame *a, const Frame *b, int64_t k) {
  const double edge = b->edges[k % 3], d = b->position[k] - a->position[k];
  return d - edge * rint(d / edge);
}

Jump jump_measure(const Frame *a, const Frame *b) {
  require(a->n == b->n, "%lld and %lld particles", (long long)a->n, (long long)b->n);
  double mean[3] = {0}, sum2 = 0, sum4 = 0, largest = 0;
  for (int64_t k = 0; k < 3 * b->n; k++) mean[k % 3] += displacement(a, b, k) / (double)b->n;
  for (int64_t i = 0; i < b->n; i++) {
    double d2 = 0;
    for (int axis = 0; axis < b->dim; axis++) {
      const double d = displacement(a, b, 3 * i + axis) - mean[axis];
      d2 += d * d;
    }
    sum2 += d2;
    sum4 += d2 * d2;
    largest = fmax(largest, d2);
  }
  return (Jump){sqrt(largest), sum4 > 0 ? sum2 * sum2 / sum4 : NAN};
}
