/** Sums of a minimiser's vectors: right to 3e-15 of the sum of magnitudes even of numbers over eight decades, and the same integers in
 * another order or in parts. Blends know the largest component of what they wrote. */
#include <stdlib.h>

#include "../check.h"
#include "../lcg.h"
#include "base/memory.h"
#include "kernels/simd.h"

enum { N = 32 * 700 };

/** Numbers of both signs over many decades, slot 3 empty. */
static void fill(double *a, double scale, uint64_t seed) {
  Lcg g = {seed};
  for (int k = 0; k < N; k++) a[k] = k % 4 == 3 ? 0 : scale * (2 * lcg_next(&g) - 1) * pow(10, -8 * lcg_next(&g));
}

static void test_sums(const KernelSet *kernels, double scale_a, double scale_b) {
  double *a = memory_array(N, sizeof *a), *b = memory_array(N, sizeof *b), *c = memory_array(N, sizeof *c), *d = memory_array(N, sizeof *d);
  fill(a, scale_a, 1);
  fill(b, scale_b, 2);
  for (int k = 0; k < N / 4; k++) { /* the same records, last first */
    memcpy(c + 4 * k, a + N - 4 * (k + 1), 4 * sizeof *c);
    memcpy(d + 4 * k, b + N - 4 * (k + 1), 4 * sizeof *d);
  }
  long double sum = 0, size = 0;
  for (int k = 0; k < N; k++) sum += (long double)a[k] * b[k], size += fabsl((long double)a[k] * b[k]);
  const double largest_a = kernels->records_extent(N, a), largest_b = kernels->records_extent(N, b);
  const int grid = records_grid(largest_a, largest_b), part = 32 * 123;
  const Wide dot = kernels->records_dot(N, a, b, grid);
  CHECK(fabsl((long double)ldexp((double)dot, grid) - sum) <= 3e-15L * size);
  CHECK(dot == kernels->records_dot(N, c, d, grid));
  CHECK(dot == kernels->records_dot(part, a, b, grid) + kernels->records_dot(N - part, a + part, b + part, grid));
  const RecordGrids grids = {records_grid(largest_a, largest_a), grid, records_grid(largest_b, largest_b)};
  const RecordSums sums   = kernels->records_sums(N, a, b, &grids);
  CHECK(sums.fv == dot && sums.ff == kernels->records_dot(N, a, a, grids.ff) && sums.vv == kernels->records_dot(N, b, b, grids.vv));
  /* all of the largest magnitude: nothing overflows */
  for (int k = 0; k < N; k++) a[k] = largest_a, b[k] = -largest_b;
  CHECK_CLOSE(ldexp((double)kernels->records_dot(N, a, b, grid), grid) / N, -largest_a * largest_b, 1e-14);
  memory_free(a), memory_free(b), memory_free(c), memory_free(d);
}

static void test_blends(const KernelSet *kernels) {
  double *a = memory_array(N, sizeof *a), *b = memory_array(N, sizeof *b), *out = memory_array(N, sizeof *out), largest = 0;
  fill(a, 3, 5);
  fill(b, 1e-3, 6);
  double found = kernels->records_mix(N, out, 0.3, a, -7.0, b);
  for (int k = 0; k < N; k++) {
    CHECK(out[k] == 0.3 * a[k] + -7.0 * b[k]);
    largest = fmax(largest, fabs(out[k]));
  }
  CHECK(found == largest && found == kernels->records_extent(N, out));
  found   = kernels->records_multiply(N, out, a, b);
  largest = 0;
  for (int k = 0; k < N; k++) {
    CHECK(out[k] == a[k] * b[k]);
    largest = fmax(largest, fabs(out[k]));
  }
  CHECK(found == largest);
  memory_free(a), memory_free(b), memory_free(out);
}

int main(void) {
  static const char *const paths[] = {"v4", "v3", "v1"};
  for (int k = 0; k < 3; k++) {
    if (simd_select(paths[k]) != STATUS_OK) continue;
    test_sums(simd_kernels(), 1, 1);
    test_sums(simd_kernels(), 1e-11, 1e-9);
    test_sums(simd_kernels(), 1e60, 1e-70);
    test_blends(simd_kernels());
  }
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
