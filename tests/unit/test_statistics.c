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
    const Interval i = statistics_bootstrap(statistics_chosen_mean, x, N, 400, 0.9, 1);
    covered += i.low < 0 && i.high > 0;
    width += (i.high - i.low) / TRIALS;
  }
  CHECK_RESULT_(covered > 0.82 * TRIALS && covered < 0.97 * TRIALS, "%d of %d intervals hold the mean, 90 %% expected", covered, TRIALS);
  CHECK_CLOSE(width, 2 * 1.645 / sqrt(N), 0.03);
  const Interval a = statistics_bootstrap(statistics_chosen_mean, x, N, 400, 0.9, 1),
                 b = statistics_bootstrap(statistics_chosen_mean, x, N, 400, 0.9, 1),
                 c = statistics_bootstrap(statistics_chosen_mean, x, N, 400, 0.9, 2);
  CHECK(a.low == b.low && a.high == b.high && a.low != c.low);
  CHECK(isnan(statistics_bootstrap(statistics_chosen_mean, x, 1, 400, 0.9, 1).low));
  CHECK(isnan(statistics_bootstrap(nothing, x, N, 400, 0.9, 1).high)); /* only a quarter of the draws says anything */
  x[0] = NAN;
  CHECK(isfinite(statistics_chosen_mean(x, (int[]){0, 1}, 2)) && isnan(statistics_chosen_mean(x, (int[]){0}, 1)));
}

int main(void) {
  test_moments();
  test_bootstrap();
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
