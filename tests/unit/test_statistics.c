/** Moments against hand-made numbers; bootstrap intervals: repeatable, right in width and coverage; NaN where nothing can be said. */
#include "math/statistics.h"

#include "base/memory.h"
#include "base/rng.h"
#include "check.h"

static void test_moments(void) {
  const double x[] = {4, 1, 3, 2}, one[] = {7};
  CHECK_CLOSE(statistics_mean(x, 4), 2.5, 1e-15);
  CHECK_CLOSE(statistics_deviation(x, 4), sqrt(5.0 / 3), 1e-15);
  CHECK_CLOSE(statistics_error(x, 4), sqrt(5.0 / 12), 1e-15);
  CHECK(isnan(statistics_mean(x, 0)) && isnan(statistics_deviation(one, 1)) && isnan(statistics_error(one, 1)));
  CHECK(statistics_quantile(x, 4, 0) == 1 && statistics_quantile(x, 4, 1) == 4 && statistics_quantile(x, 4, 0.5) == 2.5);
  CHECK(statistics_quantile(one, 1, 0.3) == 7 && isnan(statistics_quantile(one, 0, 0.5)));
  CHECK(x[0] == 4); /* the sample is not sorted in place */
}

static double nothing(const void *sample, const int *chosen, int n) {
  (void)sample, (void)n;
  return chosen[0] % 4 == 0 ? 1 : NAN;
}

static void test_bootstrap(void) {
  enum { N = 200, TRIALS = 200 };
  double x[N];
  int covered  = 0;
  double width = 0;
  for (int trial = 0; trial < TRIALS; trial++) {
    for (int k = 0; k < N; k += 2) rng_normal2((RngKey){5, 0, RNG_TEST}, (uint64_t)k, (uint64_t)trial, &x[k]);
    const Interval i = statistics_bootstrap(statistics_chosen_mean, x, &(Bootstrap){N, N, 400, 0.9, 1});
    covered += i.low < 0 && i.high > 0;
    width += (i.high - i.low) / TRIALS;
  }
  CHECK_RESULT_(covered > 0.82 * TRIALS && covered < 0.97 * TRIALS, "%d of %d intervals hold the mean, 90 %% expected", covered, TRIALS);
  CHECK_CLOSE(width, 2 * 1.645 / sqrt(N), 0.03);
  const Interval a = statistics_bootstrap(statistics_chosen_mean, x, &(Bootstrap){N, N, 400, 0.9, 1}),
                 b = statistics_bootstrap(statistics_chosen_mean, x, &(Bootstrap){N, N, 400, 0.9, 1}),
                 c = statistics_bootstrap(statistics_chosen_mean, x, &(Bootstrap){N, N, 400, 0.9, 2});
  CHECK(a.low == b.low && a.high == b.high && a.low != c.low);
  CHECK(isnan(statistics_bootstrap(statistics_chosen_mean, x, &(Bootstrap){1, 1, 400, 0.9, 1}).low));
  CHECK(isnan(statistics_bootstrap(nothing, x, &(Bootstrap){N, N, 400, 0.9, 1}).high)); /* only a quarter of the draws says anything */
  x[0] = NAN;
  CHECK(isfinite(statistics_chosen_mean(x, (int[]){0, 1}, 2)) && isnan(statistics_chosen_mean(x, (int[]){0}, 1)));
}

/** x_k = phi x_(k-1) + noise, variance 1, from its stationary state. */
static void autoregress(double phi, uint64_t series, double *x, int n) {
  double u[2], last = 0;
  for (int k = 0; k < n; k++) {
    rng_normal2((RngKey){9, 0, RNG_TEST}, (uint64_t)k, series, u);
    last = k == 0 ? u[0] : phi * last + sqrt(1 - phi * phi) * u[0];
    x[k] = last;
  }
}

/** g = (1 + phi)/(1 - phi); errors and intervals of correlated values hold the mean as often as they say. */
static void test_correlated(void) {
  enum { LONG = 40000, N = 400, TRIALS = 300 };
  double *x = memory_array(LONG, sizeof *x);
  int first[LONG / N];
  for (int k = 0; k < LONG / N; k++) first[k] = N * k;
  for (int k = 0; k < 3; k++) {
    const double phi = (double[]){0, 0.5, 0.9}[k], g = (1 + phi) / (1 - phi);
    autoregress(phi, 0, x, LONG);
    CHECK_CLOSE(LONG / statistics_independent(x, LONG, first, 1), g, 0.12 * g);
    for (int s = 0; s < LONG / N; s++) autoregress(phi, (uint64_t)s, x + first[s], N);
    CHECK_CLOSE(LONG / statistics_independent(x, LONG, first, LONG / N), g, 0.12 * g);
  }
  int covered = 0, naive = 0;
  double square = 0, error2 = 0;
  for (int trial = 0; trial < TRIALS; trial++) {
    autoregress(0.9, 1000 + (uint64_t)trial, x, N);
    const double independent = statistics_independent(x, N, first, 1), mean = statistics_mean(x, N);
    const Interval i = statistics_bootstrap(statistics_chosen_mean, x, &(Bootstrap){N, independent, 400, 0.9, 1}),
                   j = statistics_bootstrap(statistics_chosen_mean, x, &(Bootstrap){N, N, 400, 0.9, 1});
    covered += i.low < 0 && i.high > 0;
    naive += j.low < 0 && j.high > 0;
    square += mean * mean / TRIALS;
    error2 += pow(statistics_correlated_error(x, N, independent), 2) / TRIALS;
  }
  CHECK_RESULT_(covered > 0.8 * TRIALS && covered < 0.97 * TRIALS, "%d of %d intervals hold the mean, 90 %% expected", covered, TRIALS);
  CHECK_RESULT_(naive < 0.5 * TRIALS, "%d of %d intervals that take the values for independent", naive, TRIALS);
  CHECK_CLOSE(error2 / square, 1, 0.3);
  printf("AR(1), 21 effective values: %d of %d intervals hold the mean (%d if taken for independent), error^2 %.3g of the true one\n",
         covered, TRIALS, naive, error2 / square);
  for (int k = 0; k < N; k++) x[k] = k / 100; /* four sequences that never move */
  CHECK_CLOSE(statistics_independent(x, N, (int[]){0, 100, 200, 300}, 4), 4, 0.2);
  for (int k = 0; k < N; k++) x[k] = 7;
  CHECK(statistics_independent(x, N, first, 1) == 1 && isnan(statistics_correlated_error(x, N, 1)));
  CHECK_CLOSE(statistics_correlated_error((double[]){4, 1, 3, 2}, 4, 4), sqrt(5.0 / 12), 1e-15);
  memory_free(x);
}

int main(void) {
  test_moments();
  test_correlated();
  test_bootstrap();
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
