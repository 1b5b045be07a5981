/** Polynomial fits against closed forms. */
#include "math/polynomial.h"

#include <math.h>

#include "check.h"

enum { N = 9 };

/** Points on a cubic: found again, whatever the weights, with no error. */
static void test_exact(void) {
  double x[N], y[N], weight[N];
  Polynomial fit;
  for (int i = 0; i < N; i++) {
    x[i]      = 0.3 * i - 1;
    y[i]      = 2 - 3 * x[i] + 0.5 * x[i] * x[i] + x[i] * x[i] * x[i];
    weight[i] = 1 + i % 3;
  }
  CHECK(polynomial_fit(4, N, x, y, weight, &fit));
  const double terms[4] = {2, -3, 0.5, 1};
  for (int k = 0; k < 4; k++) CHECK(fabs(fit.terms[k] - terms[k]) < 1e-12);
  for (int k = 0; k < 4; k++) CHECK(fit.covariance[5 * k] < 1e-24);
}

/** A straight line through scattered points, weights w: the textbook's normal equations. */
static void test_line(void) {
  const double x[N] = {0, 1, 2, 3, 4, 5, 6, 7, 8}, y[N] = {1, 3, 2, 5, 4, 6, 8, 7, 9}, w[N] = {1, 2, 1, 2, 1, 3, 1, 2, 1};
  double s = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, chi2 = 0;
  Polynomial fit;
  for (int i = 0; i < N; i++) {
    s += w[i];
    sx += w[i] * x[i];
    sy += w[i] * y[i];
    sxx += w[i] * x[i] * x[i];
    sxy += w[i] * x[i] * y[i];
  }
  const double determinant = s * sxx - sx * sx, a = (sxx * sy - sx * sxy) / determinant, b = (s * sxy - sx * sy) / determinant;
  for (int i = 0; i < N; i++) chi2 += w[i] * (y[i] - a - b * x[i]) * (y[i] - a - b * x[i]);
  CHECK(polynomial_fit(2, N, x, y, w, &fit));
  CHECK_CLOSE(fit.terms[0], a, 1e-12);
  CHECK_CLOSE(fit.terms[1], b, 1e-12);
  CHECK_CLOSE(fit.covariance[0], sxx / determinant * chi2 / (N - 2), 1e-12);
  CHECK_CLOSE(fit.covariance[1], -sx / determinant * chi2 / (N - 2), 1e-12);
  CHECK_CLOSE(fit.covariance[3], s / determinant * chi2 / (N - 2), 1e-12);
}

/** Top of a parabola; errors against shifted fits: many parabolas with known noise scatter as the error says. */
static void test_top(void) {
  enum { TRIALS = 2000 };
  double x[N], y[N], weight[N], position, position_error, value, value_error, mean = 0, spread = 0, told = 0;
  Polynomial fit;
  unsigned state = 1;
  for (int trial = 0; trial < TRIALS; trial++) {
    for (int i = 0; i < N; i++) {
      double noise = 0;
      for (int k = 0; k < 12; k++) noise += (double)((state = state * 1664525u + 1013904223u) >> 8) * 0x1p-24 - 0.5;
      x[i]      = 0.25 * i - 1;
      y[i]      = 3 - 2 * (x[i] - 0.1) * (x[i] - 0.1) + 0.05 * noise;
      weight[i] = 1;
    }
    CHECK(polynomial_fit(3, N, x, y, weight, &fit));
    polynomial_top(&fit, &position, &position_error, &value, &value_error);
    mean += position / TRIALS;
    spread += (position - 0.1) * (position - 0.1) / TRIALS;
    told += position_error * position_error / TRIALS;
    CHECK(fabs(value - 3) < 8 * value_error + 0.1 && value_error > 0);
  }
  CHECK(fabs(mean - 0.1) < 5e-4);
  CHECK_CLOSE(sqrt(told), sqrt(spread), 0.1);
}

/** What cannot be fitted is not. */
static void test_nothing(void) {
  const double x[4] = {1, 1, 1, 1}, y[4] = {1, 2, 3, NAN}, up[4] = {4, 1, 0, 1}, along[4] = {0, 1, 2, 3}, weight[4] = {1, 1, 1, 1};
  double position, value, ignored;
  Polynomial fit;
  CHECK(!polynomial_fit(3, 2, along, y, weight, &fit) && isnan(fit.terms[0]));
  CHECK(!polynomial_fit(2, 3, x, y, weight, &fit) && isnan(fit.terms[0]));
  CHECK(!polynomial_fit(2, 4, along, y, weight, &fit) && isnan(fit.covariance[0]));
  CHECK(polynomial_fit(3, 4, along, up, weight, &fit));
  polynomial_top(&fit, &position, &ignored, &value, &ignored);
  CHECK(isnan(position) && isnan(value));
  CHECK(polynomial_fit(3, 3, along, y, weight, &fit) && isnan(fit.covariance[0])); /* no scatter, no error */
}

int main(void) {
  test_exact();
  test_line();
  test_top();
  test_nothing();
  return check_report();
}
