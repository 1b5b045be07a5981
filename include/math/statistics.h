#pragma once
/** Means, spreads and bootstrap intervals of small samples. NaN where the sample is too small to say. */
#include <stddef.h>
#include <stdint.h>

double statistics_mean(const double *values, size_t n);
/** Standard deviation of the population, estimated (n - 1); NaN for n < 2. */
double statistics_deviation(const double *values, size_t n);
/** Standard error of the mean; NaN for n < 2. */
double statistics_error(const double *values, size_t n);
/** Quantile at share p in [0, 1], interpolated; sorts a copy. */
double statistics_quantile(const double *values, size_t n, double p);

typedef struct Interval {
  double low, high;
} Interval;
/** A number made from n of the sample's members, chosen[n] (a member may occur several times). NaN: this choice does not say. */
typedef double Statistic(const void *sample, const int *chosen, int n);
/** Percentile interval of a statistic over n_resamples draws with replacement, e.g. level 0.9: 5 % to 95 % [Efron, Tibshirani 1993].
 *  A function of (sample, seed) only. NaN for n < 2 or if fewer than half of the draws say anything. */
Interval statistics_bootstrap(Statistic *statistic, const void *sample, int n, int n_resamples, double level, uint64_t seed);
/** Statistic: mean of the finite members of `sample`, a double[]. */
double statistics_chosen_mean(const void *sample, const int *chosen, int n);
