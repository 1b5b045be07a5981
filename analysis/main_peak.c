/* Main peak of S(q): q_max.
 *
 * The curve is smoothed with a Gaussian of 2 % of q (0.12 at q = 6, as in MODELS 5) and the weights (numbers of vectors); around its
 * highest point (less 3 standard errors, because the first bins have few vectors) a parabola is fitted to ln S, a Gaussian peak, through
 * the bins within 6 % of q; the window is widened (9, 14, 20 %) where it holds less than five bins or the top lies outside, as on a skew,
 * noisy peak. No top within 20 % is NaN. The errors come from the scatter about the fit.
 *
 * A fit is a peak only if (else all NaN):
 *   its top is within a factor of 2 of the highest bin around it (Bragg peaks, a bin of few vectors);
 *   its full width at half height holds 3 bins;
 *   it is 5 standard errors above the mean of S, the error from the scatter about the fit or, if larger, from the noise of all bins: the
 *   median of the squared difference of a bin from its neighbours' mean, in units of its variance 1/w (median of chi^2 of 1: 0.455).
 * The highest peak is the first one in simple liquids; the pre-peak of a network may be lower than the main one. */
#include "main_peak.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"
#include "math/polynomial.h"

static const double SMOOTHING = 0.02, PEAK_WINDOW = 0.06; /* of q */
static const double LEAST_ERRORS = 5;

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Variance of a bin of weight 1; 0 for too few bins. */
static double noise_of_bins(int n, const double *s, const double *weights) {
  enum { FEWEST = 5 };
  if (n < FEWEST) return 0;
  double *square = memory_array((size_t)n, sizeof *square);
  for (int i = 1; i + 1 < n; i++) {
    const double difference = s[i] - (s[i - 1] + s[i + 1]) / 2;
    square[i - 1]           = difference * difference / (1 / weights[i] + 0.25 / weights[i - 1] + 0.25 / weights[i + 1]);
  }
  qsort(square, (size_t)n - 2, sizeof *square, compare);
  const double median = square[(n - 2) / 2];
  memory_free(square);
  return median / 0.455;
}

/* Highest point of the smoothed curve less 3 of its standard errors: the first bins have few vectors. */
static double find_highest(int n, const double *q, const double *s, const double *weights) {
  const double noise = noise_of_bins(n, s, weights);
  double highest = -INFINITY, where = NAN;
  for (int i = 0; i < n; i++) {
    double sum = 0, total = 0;
    for (int j = 0; j < n; j++) {
      const double distance = (q[j] - q[i]) / (SMOOTHING * q[i]), weight = weights[j] * exp(-distance * distance / 2);
      sum += weight * s[j];
      total += weight;
    }
    const double level = sum / total - 3 * sqrt(noise / total);
    if (!(level > highest)) continue;
    highest = level;
    where   = q[i];
  }
  return where;
}

/* Highest bin within `reach` of q0, and the mean distance of bins there. */
static double highest_bin(int n, const double *q, const double *s, double q0, double reach, double *step) {
  double highest = NAN, first = NAN, last = NAN;
  int found = 0;
  for (int i = 0; i < n; i++) {
    if (!(fabs(q[i] - q0) <= reach)) continue;
    highest = fmax(highest, s[i]);
    first   = found++ == 0 ? q[i] : first;
    last    = q[i];
  }
  *step = found > 1 ? (last - first) / (found - 1) : NAN;
  return highest;
}

/* Whether the fitted peak of standard deviation `sigma` is one. */
static bool is_peak(int n, const double *q, const double *s, const double *weights, const MainPeak *peak, double sigma) {
  double step = NAN, sum = 0, total = 0, inside = 0;
  const double half = sqrt(2 * log(2)) * sigma;
  const double top  = highest_bin(n, q, s, peak->position, fmax(half, SMOOTHING * peak->position), &step);
  if (!(peak->height < 2 * top && top < 2 * peak->height && 2 * half >= 3 * step)) return false;
  for (int i = 0; i < n; i++) {
    const double distance = (q[i] - peak->position) / (SMOOTHING * peak->position);
    sum += weights[i] * s[i];
    total += weights[i];
    inside += weights[i] * exp(-distance * distance / 2);
  }
  const double error = fmax(peak->height_error, sqrt(noise_of_bins(n, s, weights) / inside));
  return peak->height - sum / total > LEAST_ERRORS * error;
}

/* Gaussian peak of s(q) around `centre`: parabola of ln s through the bins within the window. */
static MainPeak fit_peak(int n, const double *q, const double *s, const double *weights, double centre) {
  MainPeak peak = {NAN, NAN, NAN, NAN, centre};
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
    const MainPeak found = {centre + shift, shift_error, exp(value), exp(value) * value_error, centre};
    if (is_peak(n, q, s, weights, &found, sqrt(-0.5 / fit.terms[2]))) peak = found;
    break;
  }
  memory_free(x);
  return peak;
}

MainPeak main_peak_find(int n, const double *q, const double *s, const double *weights) {
  return fit_peak(n, q, s, weights, find_highest(n, q, s, weights));
}
