/* Main peak of S(q): q_max.
 *
 * The curve is smoothed with a Gaussian of 2 % of q (0.12 at q = 6, as in MODELS 5) and the weights (numbers of vectors); around its
 * highest point a parabola is fitted to ln S, a Gaussian peak, through the bins within 6 % of q; the window is widened (9, 14, 20 %) where
 * it holds less than five bins or the top lies outside, as on a skew, noisy peak. No top within 20 % is NaN. The errors come from the
 * scatter about the fit.
 * The highest peak is the first one in simple liquids; the pre-peak of a network may be lower than the main one. */
#include "main_peak.h"

#include <math.h>

#include "base/memory.h"
#include "math/polynomial.h"

static const double SMOOTHING = 0.02, PEAK_WINDOW = 0.06; /* of q */

/* Highest point of the smoothed curve. */
static double find_highest(int n, const double *q, const double *s, const double *weights) {
  double highest = -INFINITY, where = NAN;
  for (int i = 0; i < n; i++) {
    double sum = 0, total = 0;
    for (int j = 0; j < n; j++) {
      const double distance = (q[j] - q[i]) / (SMOOTHING * q[i]), weight = weights[j] * exp(-distance * distance / 2);
      sum += weight * s[j];
      total += weight;
    }
    if (!(sum / total > highest)) continue;
    highest = sum / total;
    where   = q[i];
  }
  return where;
}

/* Gaussian peak of s(q) around `centre`: parabola of ln s through the bins within the window. */
static MainPeak fit_peak(int n, const double *q, const double *s, const double *weights, double centre) {
  MainPeak peak = {NAN, NAN, NAN, NAN};
  double *x = memory_array(3 * (size_t)n, sizeof *x), *y = x + n, *weight = y + n;
  for (double window = PEAK_WINDOW; window < 4 * PEAK_WINDOW; window *= 1.5) {
    int used = 0;
    Polynomial fit;
    double shift = NAN, shift_error = NAN, value = NAN, value_error = NAN;
    for (int i = 0; i < n; i++) {
      if (!(fabs(q[i] - centre) <= window * centre) || !(s[i] > 0)) continue;
      x[used]        = q[i] - centre;
      y[used]        = log(s[i]);
      weight[used++] = weights[i];
    }
    if (used < 5) continue;
    (void)polynomial_fit(3, used, x, y, weight, &fit);
    polynomial_top(&fit, &shift, &shift_error, &value, &value_error);
    if (!(fabs(shift) <= window * centre)) continue;
    peak = (MainPeak){centre + shift, shift_error, exp(value), exp(value) * value_error};
    break;
  }
  memory_free(x);
  return peak;
}

MainPeak main_peak_find(int n, const double *q, const double *s, const double *weights) {
  return fit_peak(n, q, s, weights, find_highest(n, q, s, weights));
}
