/* Loops of the minimisers: those that count are kernels. */
#include "vectors.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "kernels/simd.h"

double *vector_new(size_t n) { return memory_array(n, sizeof(double)); }
void vector_copy(size_t n, double *to, const double *from) { memcpy(to, from, n * sizeof *to); }
void vector_scale(size_t n, double s, double *y) {
  for (size_t i = 0; i < n; i++) y[i] *= s;
}
void vector_subtract(size_t n, const double *a, const double *b, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = a[i] - b[i];
}
void vector_blend(size_t n, double s, double *y, double a, const double *x) { simd_kernels()->records_blend(n, s, y, a, x); }
double vector_dot(size_t n, const double *a, const double *b) { return simd_kernels()->records_dot(n, a, b); }
double vector_largest(size_t n, const double *a) { return sqrt(simd_kernels()->records_largest(n, a)); }
RecordSums vector_sums(size_t n, const double *f, const double *v) { return simd_kernels()->records_sums(n, f, v); }
