/* Exact solution. With y = -ln(1 - q) the equation is dy/ds = exp(-a q), so
 *   s(y) = int_0^y exp(a (1 - e^-u)) du = e^a { y + Ein(a e^-y) - Ein(a) },      Ein(z) = int_0^z (1 - e^-t)/t dt,
 * for a of either sign. Where the three terms cancel, the same is written without loss:
 *   max(1, |a|) y < 1       the integral itself, by Gauss-Legendre
 *   a > 1                   e^a [E1(a e^-y) - E1(a)], each E1 with its exponential taken out
 *   a < -1                  e^a [Ei(b) - Ei(b e^-y)], b = -a, likewise; and while b e^-y is no number any more, its logarithm.
 * Inversion: Newton in y, ds/dy = exp(a (1 - e^-y)). The steps go one way only: for a > 0 s(y) is convex and the start, the smaller of
 * y = s and the long-time line y = s e^-a + Ein(a), lies above the root; for a < 0 it is concave and y = s lies below. So y never leaves
 * y >= 0. */
#include "theory/rate_solution.h"

#include <math.h>

#include "base/error.h"
#include "math/ode.h"
#include "math/quadrature.h"
#include "math/special.h"

enum { MAX_STEPS = 400 };
static const double EULER = 0.57721566490153286061, SMALLEST = 1e-290;

/** ds/dy. */
static double slowness(double y, const void *context) {
  const double a = *(const double *)context;
  return exp(-a * expm1(-y));
}

static double long_slow_time(double a, double y) {
  const double z = a * exp(-y);
  if (z < SMALLEST) return exp(a) * (y - log(a) - EULER) - special_e1_scaled(a);
  return exp(a - z) * special_e1_scaled(z) - special_e1_scaled(a);
}

static double long_fast_time(double b, double y) {
  const double z = b * exp(-y);
  if (z < SMALLEST) return special_ei_scaled(b) - exp(-b) * (EULER + log(b) - y);
  return special_ei_scaled(b) - exp(z - b) * special_ei_scaled(z);
}

double rate_time(double a, double y) {
  require(fabs(a) <= RATE_LARGEST_A && y >= 0, "a = %g, y = %g", a, y);
  if (y * fmax(1, fabs(a)) < 1) return quadrature_gauss(slowness, &a, 0, y);
  if (a > 1) return long_slow_time(a, y);
  if (a < -1) return long_fast_time(-a, y);
  return exp(a) * (y + special_ein(a * exp(-y)) - special_ein(a));
}

double rate_progress(double a, double s) {
  double y = a > 0 ? fmin(s, s * exp(-a) + special_ein(a)) : s;
  for (int step = 0; step < MAX_STEPS; step++) {
    const double change = (rate_time(a, y) - s) / slowness(y, &a);
    y -= change;
    if (fabs(change) <= 1e-9 * y) return y - (rate_time(a, y) - s) / slowness(y, &a); /* quadratic: this is the last one */
  }
  return NAN;
}

static double rate(double s, double q, const void *context) {
  const double a = *(const double *)context;
  (void)s;
  return (1 - q) * exp(-a * q);
}

bool rate_integrate(double a, int n, const double *s, double *q) { return ode_integrate(rate, &a, 0, 0, n, s, q, 1e-13); }

double rate_crossover_weight(double A, double T0, double T) { return 1 / (exp(-A * (1 / T - 1 / T0)) + 1); }

double rate_crossover_a(double A, double T0, double V1, double T) { return -V1 / T * tanh(0.5 * A * (1 / T - 1 / T0)); }

double rate_elastic_barrier(double d_el, double d0, double rho, double q0, double dp0) {
  return M_PI_2 * rho * q0 * dp0 * d0 * d0 * d0 * log(2 * d_el / d0);
}
