/* Ein from its series where that loses nothing, else from the exponential integrals of GSL:
 *   z > 0: Ein(z) = E1(z) + ln z + gamma,   z < 0: Ein(z) = -(Ei(-z) - ln(-z) - gamma).
 * For z < 0 all terms of the series have one sign; it is used down to -8.
 *
 * E_beta(-x) from its spectral integral over decay rates e^v, by the trapezoidal rule with step h, points half a step off the origin:
 *   t = x^{1/beta},   theta = pi (1/beta - 1)
 *   E = (sin pi(1-beta) / pi) h sum_j e^{beta v_j} e^{-t e^{v_j}} / ((e^{beta v_j} + cos pi beta)^2 + sin^2 pi(1-beta))
 *     + [theta < pi/2] (2 / beta) e^{-t cos theta} cos(t sin theta) / (1 + e^{2 pi theta / h}),      v_j = (j + 1/2) h.
 * The sum converges geometrically in 1/h but for the pole of the integrand at distance theta from the real axis, whose share of the error
 * is known and is the second term: at beta -> 1 the pole reaches the axis, the sum vanishes and the term becomes e^-t. Nothing
 * cancels. The sum has about 76 / (beta h) terms. For beta <= 0.6, where the pole is farther than pi/2 and does not matter, the integral is
 * taken by parts, with w = v + ln t:
 *   E = int G e^w e^{-e^w} dw,   G = arg(1 + e^{beta w} e^{i pi beta} / x) / (pi beta)   (the rates below e^v; 0 .. 1),
 * which has 220 terms for any beta. */
#include "math/special.h"

#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_expint.h>
#include <math.h>

static const double LARGEST = 700; /* e^LARGEST is a number: GSL stops the program beyond */

double special_ein(double z) {
  if (z > 1) return (z < LARGEST ? gsl_sf_expint_E1(z) : 0) + log(z) + M_EULER;
  if (z < -LARGEST) return -INFINITY;
  if (z < -8) return -(gsl_sf_expint_Ei(-z) - log(-z) - M_EULER);
  double term = z, sum = z;
  for (int k = 2; fabs(term) > 1e-17 * fabs(sum); k++) {
    term *= -z / k;
    sum += term / k;
  }
  return sum;
}

/* By parts, beta <= 0.6. */
static double slow_mittag_leffler(double beta, double x, double h) {
  const double sine = sin(M_PI * beta), cosine = cos(M_PI * beta), high = log(750);
  double sum = 0;
  for (double j = floor(-38 / h); (j + 0.5) * h <= high; j++) {
    const double w = (j + 0.5) * h;
    sum += exp(w - exp(w)) * atan2(sine, x * exp(-beta * w) + cosine);
  }
  return fmin(1, h * sum / (M_PI * beta)); /* not above 1 by rounding */
}

double special_mittag_leffler(double beta, double x) {
  if (!(beta > 0 && beta <= 1 && x >= 0)) return NAN;
  if (x == 0) return 1;
  if (isinf(x)) return 0;
  if (beta == 1) return exp(-x);
  const double h = 0.2;
  if (beta <= 0.6) return slow_mittag_leffler(beta, x, h);
  const double log_t = log(x) / beta, t = exp(log_t), theta = M_PI * (1 / beta - 1);
  const double sine = sin(M_PI * (1 - beta)), cosine = cos(M_PI * beta);
  const double low = fmin(0, -log_t) - 38 / beta, high = fmin(log(750) - log_t, 38 / beta);
  double sum = 0;
  for (double j = floor(low / h); (j + 0.5) * h <= high; j++) {
    const double v = (j + 0.5) * h, power = exp(beta * v);
    sum += power * exp(-exp(log_t + v)) / ((power + cosine) * (power + cosine) + sine * sine);
  }
  double value       = sine / M_PI * h * sum;
  const double decay = t * cos(theta);
  if (theta < M_PI_2 && decay < 745) value += 2 / beta * exp(-decay) * cos(t * sin(theta)) / (1 + exp(2 * M_PI * theta / h));
  return fmin(1, value);
}

double special_e1_scaled(double z) { return gsl_sf_expint_E1_scaled(z); }
double special_ei_scaled(double z) { return gsl_sf_expint_Ei_scaled(z); }
