/** Moments and quantiles are GSL's. The bootstrap draws members by the counter-based generator, so an interval depends on the sample and
 *  the seed alone, on no state and no rank.
 *
 *  Correlated values. The variance of the mean of n values is g sigma^2/n, g = 1 + 2 sum_t (P_t/n) rho(t), P_t pairs t apart inside
 *  sequences. rho is taken about the mean of all sequences, so that one which never leaves its place counts as one value. The sum ends
 * where rho is no longer positive or at t > 2.5 g [Sokal 1997]. The subtracted mean takes sigma^2 g/n off every covariance, which is put
 * back [as Wolff, Comput. Phys. Commun. 156, 143 (2004)]: g = 1 + (1 - g/n) (g' - 1) + (g/n) 2 sum_t P_t/n, g' the sum as measured. n/g
 * draws out of n have the spread that the mean has; blocks would have to be longer than g to have it, and a sample of few g holds too few
 * of them. */
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

/* Sum of products of deviations t apart; *n_pairs of them. */
static double covariance(const double *values, int n, const int *first, int n_sequences, double mean, int t, double *n_pairs) {
  double sum = 0;
  *n_pairs   = 0;
  for (int s = 0; s < n_sequences; s++) {
    const int end = s + 1 < n_sequences ? first[s + 1] : n;
    for (int k = first[s]; k + t < end; k++) sum += (values[k] - mean) * (values[k + t] - mean);
    *n_pairs += end - first[s] > t ? end - first[s] - t : 0;
  }
  return sum;
}

double statistics_independent(const double *values, int n, const int *first, int n_sequences) {
  static const double SAME = 1e-9; /* values closer than that are one */
  if (n == 0) return NAN;
  double n_pairs, g = 1, weight = 0;
  const double mean = statistics_mean(values, (size_t)n), zero = covariance(values, n, first, n_sequences, mean, 0, &n_pairs) / n;
  if (zero <= SAME * SAME * mean * mean) return n_sequences;
  for (int t = 1; t < n && t <= 2.5 * g; t++) {
    const double sum = covariance(values, n, first, n_sequences, mean, t, &n_pairs);
    if (!(sum > 0)) break;
    g += 2 * sum / (n * zero);
    weight += 2 * n_pairs / n;
  }
  g /= fmax(1 - (weight > 0 ? weight + 1 - g : 0) / n, 0.2);
  return fmax(n / g, 1);
}

double statistics_correlated_error(const double *values, int n, double independent) {
  if (!(independent > 1) || n < 2) return NAN;
  const double deviation = statistics_deviation(values, (size_t)n);
  return deviation * sqrt((n - 1.0) / n / (independent - 1));
}

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

Interval statistics_bootstrap(Statistic *statistic, const void *sample, const Bootstrap *bootstrap) {
  Interval interval = {NAN, NAN};
  const int n = (int)rint(fmin(bootstrap->independent, bootstrap->n)), n_resamples = bootstrap->n_resamples;
  if (!(bootstrap->independent >= 1.5)) return interval;
  const RngKey key = {bootstrap->seed, 0, RNG_BOOTSTRAP};
  int *chosen      = memory_array((size_t)n, sizeof *chosen);
  double *results  = memory_array((size_t)n_resamples, sizeof *results);
  size_t n_results = 0;
  for (int draw = 0; draw < n_resamples; draw++) {
    for (int k = 0; k < n; k++) {
      double u[2];
      rng_uniform2(key, (uint64_t)k, (uint64_t)draw, u);
      chosen[k] = (int)(u[0] * bootstrap->n);
    }
    const double result = statistic(sample, chosen, n);
    if (isfinite(result)) results[n_results++] = result;
  }
  if (2 * n_results >= (size_t)n_resamples) {
    interval.low  = statistics_quantile(results, n_results, (1 - bootstrap->level) / 2);
    interval.high = statistics_quantile(results, n_results, (1 + bootstrap->level) / 2);
  }
  memory_free(results);
  memory_free(chosen);
  return interval;
}
