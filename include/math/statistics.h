#pragma once
/** Means, spreads and bootstrap intervals of small samples. NaN where the sample is too small to say. */
#include <stddef.h>
#include <stdint.h>

double statistics_mean(const double *values, size_t n);
/** Standard deviation of the population, estimated (n - 1); NaN for n < 2. */
double statistics_deviation(const double *values, size_t n);
/** Standard error of the mean of independent values; NaN for n < 2. */
double statistics_error(const double *values, size_t n);
/** How many independent values n correlated ones are worth, in [1, n]: n/g, g = 1 + 2 sum_t (1 - t/n) rho(t), the integrated
 * autocorrelation. They form n_sequences, the k-th from first[k] on in order of time; what is in different sequences is independent. NaN
 * for n = 0. */
double statistics_independent(const double *values, int n, const int *first, int n_sequences);
/** Standard error of the mean of values worth so many independent ones; NaN if these are not more than one. */
double statistics_correlated_error(const double *values, int n, double independent);
/** Quantile at share p in [0, 1], interpolated; sorts a copy. */
double statistics_quantile(const double *values, size_t n, double p);

typedef struct Interval {
  double low, high;
} Interval;
/** A number made from n of the sample's members, chosen[n] (a member may occur several times). NaN: this choice does not say. */
typedef double Statistic(const void *sample, const int *chosen, int n);
typedef struct Bootstrap {
  int n;              /* members of the sample */
  double independent; /* what they are worth: so many are drawn each time, with replacement (n: the common bootstrap) */
  int n_resamples;
  double level; /* 0.9: from 5 % to 95 % */
  uint64_t seed;
} Bootstrap;
/** Percentile interval of a statistic over draws [Efron, Tibshirani 1993]. A function of (sample, seed) only. NaN if less than two members
 *  are drawn or fewer than half of the draws say anything. */
Interval statistics_bootstrap(Statistic *statistic, const void *sample, const Bootstrap *bootstrap);
/** Statistic: mean of the finite members of `sample`, a double[]. */
double statistics_chosen_mean(const void *sample, const int *chosen, int n);
