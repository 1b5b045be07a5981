/* Least squares of ln tau = ln tau0 + B / (T - T0) with unit weights. The start is the curve through the first, the middle and the last
 * point: with R = (y1 - y2)(T3 - T2) / ((y2 - y3)(T2 - T1)) for T1 < T2 < T3, T0 = (R T1 - T3) / (R - 1). */
#include "theory/vft.h"

#include <math.h>
#include <stddef.h>

#include "math/curve_fit.h"

static double vft_value(const void *context, const double *p, double temperature, double *slopes) {
  (void)context;
  const double distance = temperature - p[VFT_T0];
  if (slopes != NULL) {
    slopes[VFT_LOG_TAU0] = 1;
    slopes[VFT_B]        = 1 / distance;
    slopes[VFT_T0]       = p[VFT_B] / (distance * distance);
  }
  return p[VFT_LOG_TAU0] + p[VFT_B] / distance;
}

static bool find_start(size_t n, const double *t, const double *y, double start[VFT_PARAMETERS]) {
  const size_t low = t[0] < t[n - 1] ? 0 : n - 1, middle = n / 2, high = n - 1 - low;
  const double ratio  = (y[low] - y[middle]) * (t[high] - t[middle]) / ((y[middle] - y[high]) * (t[middle] - t[low]));
  start[VFT_T0]       = (ratio * t[low] - t[high]) / (ratio - 1);
  start[VFT_B]        = (y[low] - y[middle]) / (1 / (t[low] - start[VFT_T0]) - 1 / (t[middle] - start[VFT_T0]));
  start[VFT_LOG_TAU0] = y[middle] - start[VFT_B] / (t[middle] - start[VFT_T0]);
  return isfinite(start[VFT_LOG_TAU0]) && start[VFT_T0] < t[low];
}

static VftFit no_fit(void) {
  VftFit fit = {.is_converged = false, .rms = NAN, .glass_temperature = NAN, .fragility = NAN};
  for (int a = 0; a < VFT_PARAMETERS; a++) {
    fit.values[a] = fit.errors[a] = NAN;
    for (int b = 0; b < VFT_PARAMETERS; b++) fit.covariance[a][b] = NAN;
  }
  return fit;
}

VftFit vft_fit(int n, const double *t, const double *y, double glass_time) {
  const CurveModel model = {.n_parameters = VFT_PARAMETERS, .value = vft_value};
  const CurveData data   = {.n = (size_t)n, .x = t, .y = y};
  double start[VFT_PARAMETERS];
  VftFit fit = no_fit();
  for (int i = 0; i < n; i++)
    if (!isfinite(t[i]) || !isfinite(y[i])) return fit;
  if (n < VFT_PARAMETERS + 1 || !find_start((size_t)n, t, y, start)) return fit;
  const CurveFit found = curve_fit(&model, &data, start);
  if (!found.is_converged) return fit;
  fit.is_converged = true;
  for (int a = 0; a < VFT_PARAMETERS; a++) {
    fit.values[a] = found.values[a];
    fit.errors[a] = found.errors[a];
    for (int b = 0; b < VFT_PARAMETERS; b++) fit.covariance[a][b] = found.covariance[a * VFT_PARAMETERS + b];
  }
  fit.rms               = found.rms;
  const double distance = fit.values[VFT_B] / (log(glass_time) - fit.values[VFT_LOG_TAU0]);
  fit.glass_temperature = fit.values[VFT_T0] + distance;
  fit.fragility         = fit.values[VFT_B] * fit.glass_temperature / (log(10) * distance * distance);
  return fit;
}
