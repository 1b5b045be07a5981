/* Sorts a copy: samples are small, and asked seldom. */
#include "base/sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static int compare(const void *a, const void *b) {
  const float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}
float sample_nth(const float *values, int n, int k) {
  float *sorted = memory_array((size_t)n, sizeof *sorted);
  memcpy(sorted, values, (size_t)n * sizeof *sorted);
  qsort(sorted, (size_t)n, sizeof *sorted, compare);
  const float nth = sorted[k];
  memory_free(sorted);
  return nth;
}
