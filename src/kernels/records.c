/* Loops of the minimisers. Each sum has 32 accumulators that the compiler may put into vector registers of any width: the order of the
 * additions is written down here, not chosen by the compiler. */
#include "kernels/records.h"

#include "kernels/vector.h"

enum { LANES = 32 };

static double collect(const double *sum) {
  double total = 0;
  for (int k = 0; k < LANES; k++) total += sum[k];
  return total;
}

double PATH_NAME(records_dot)(size_t n, const double *restrict a, const double *restrict b);
double PATH_NAME(records_dot)(size_t n, const double *restrict a, const double *restrict b) {
  double sum[LANES] = {0};
  for (size_t i = 0; i < n; i += LANES)
    for (size_t k = 0; k < LANES; k++) sum[k] += a[i + k] * b[i + k];
  return collect(sum);
}

void PATH_NAME(records_blend)(size_t n, double s, double *restrict y, double a, const double *restrict x);
void PATH_NAME(records_blend)(size_t n, double s, double *restrict y, double a, const double *restrict x) {
  for (size_t i = 0; i < n; i++) y[i] = s * y[i] + a * x[i];
}

double PATH_NAME(records_largest)(size_t n, const double *a);
double PATH_NAME(records_largest)(size_t n, const double *a) {
  vd worst = v_set(0.0), second = v_set(0.0);
  for (size_t i = 0; i < n; i += 2 * W) {
    const vd r = v_load(a + i), s = v_load(a + i + W);
    worst  = v_max(worst, v_record_sum(r * r));
    second = v_max(second, v_record_sum(s * s));
  }
  return v_largest(v_max(worst, second));
}

RecordSums PATH_NAME(records_sums)(size_t n, const double *restrict f, const double *restrict v);
RecordSums PATH_NAME(records_sums)(size_t n, const double *restrict f, const double *restrict v) {
  double ff[LANES] = {0}, fv[LANES] = {0}, vv[LANES] = {0};
  for (size_t i = 0; i < n; i += LANES)
    for (size_t k = 0; k < LANES; k++) {
      ff[k] += f[i + k] * f[i + k];
      fv[k] += f[i + k] * v[i + k];
      vv[k] += v[i + k] * v[i + k];
    }
  return (RecordSums){collect(ff), collect(fv), collect(vv)};
}
