/** Moments and quantiles are GSL's. The bootstrap draws members by the counter-based generator, so an interval depends on the sample and
 *  the seed alone, on no state and no rank. */
#include "math/statistics.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"

double statistics_mean(const double *values, size_t n) { return n == 0 ? NAN : gsl_stats_mean(values, 1, n); }
double statistics_deviation(const double *values, size_t n) { return n < 2 ? NAN : gsl_stats_sd(values, 1, n); }
double statistics_error(const double *values, size_t n) { return statistics_deviation(values, n) / sqrt((double)n); }

double statistics_quantile(const double *values, size_t n, double p) {
  if (n == 0) return NAN;
  double *sorted = memory_array(n, sizeof *sorted);
  memcpy(sorted, values, n * sizeof *sorted);
  gsl_sort(sorted, 1, n);
  const double quantile = gsl_stats_quantile_from_sorted_data(sorted, 1, n, p);
  memory_free(sorted);
  return quantile;
}

double statistics_chosen_mean(const void *sample, const int *chosen, int n) {
  const double *values = sample;
  double sum           = 0;
  int count            = 0;
  for (int k = 0; k < n; k++) {
    if (!isfinite(values[chosen[k]])) continue;
    sum += values[chosen[k]];
    count++;
  }
  return count > 0 ? sum / count : NAN;
}

Interval statistics_bootstrap(Statistic *statistic, const void *sample, int n, int n_resamples, double level, uint64_t seed) {
  Interval interval = {NAN, NAN};
  if (n < 2) return interval;
  const RngKey key = {seed, 0, RNG_BOOTSTRAP};
  int *chosen      = memory_array((size_t)n, sizeof *chosen);
  double *results  = memory_array((size_t)n_resamples, sizeof *results);
  size_t n_results = 0;
  for (int draw = 0; draw < n_resamples; draw++) {
    for (int k = 0; k < n; k++) {
      double u[2];
      rng_uniform2(key, (uint64_t)k, (uint64_t)draw, u);
      chosen[k] = (int)(u[0] * n);
    }
    const double result = statistic(sample, chosen, n);
    if (isfinite(result)) results[n_results++] = result;
  }
  if (2 * n_results >= (size_t)n_resamples) {
    interval.low  = statistics_quantile(results, n_results, (1 - level) / 2);
    interval.high = statistics_quantile(results, n_results, (1 + level) / 2);
  }
  memory_free(results);
  memory_free(chosen);
  return interval;
}
