/* E_beta(-x) and Ein against values of 18 digits (mpmath series, quadrature and asymptotics, two routes each). */
#include "../check.h"
#include "math/special.h"

static const double xs[]          = {1e-6, 1e-4, 0.01, 0.1, 0.5, 1, 2, 3, 5, 10, 50, 1000, 1e5, 1e8};
static const double expected[][3] = {
    {0.999998871621832904, 0.999998880825953533, 0.999998926329425453},
    {0.999887172082538246, 0.999888091580033379, 0.999892639867104958},
    {0.98881546104634251, 0.988898417681433656, 0.989332901544703782},
    {0.896456979969126637, 0.896594005969009266, 0.899304768214485138},
    {0.615690344192925875, 0.60947582195620002, 0.6030237158628037},
    {0.427583576155807004, 0.413327340943106297, 0.386948578618976851},
    {0.255395676310505744, 0.235571031111824964, 0.18979669236370566},
    {0.17900115118138995, 0.159703480265091216, 0.112920198682217399},
    {0.110704637733068626, 0.0951178464387546167, 0.0575953847621522538},
    {0.0561409927438225859, 0.0465896544268042787, 0.0249028197619765374},
    {0.0112815362653237725, 0.00908374477310345414, 0.0044677761579029933},
    {0.000564189301453387654, 0.00045099581196230697, 0.000218095755227483866},
    {5.64189583519546808e-6, 4.50825917051023146e-6, 2.1782758919446716e-6},
    {5.64189583547756259e-9, 4.50824200912285085e-9, 2.17824886916612494e-9},
};

static void reference_values(void) {
  static const double betas[] = {0.5, 0.6, 0.8};
  for (size_t k = 0; k < sizeof xs / sizeof xs[0]; k++)
    for (int b = 0; b < 3; b++) CHECK_CLOSE(special_mittag_leffler(betas[b], xs[k]), expected[k][b], 1e-14);
}

/* beta = 1/2: E = exp(x^2) erfc(x). */
static void half(void) {
  for (double x = 0.01; x < 20; x *= 1.7) {
    const double direct = exp(x * x) * erfc(x);
    CHECK_CLOSE(special_mittag_leffler(0.5, x), direct, 1e-13 * (1 + x * x));
  }
}

/* The series, where it loses nothing. */
static void series(void) {
  for (double beta = 0.05; beta < 1; beta += 0.05)
    for (double x = 0.001; x < 0.3; x *= 3) {
      double sum = 0, power = 1;
      for (int k = 0; k < 170; k++, power *= -x) sum += power / tgamma(1 + beta * k);
      CHECK_CLOSE(special_mittag_leffler(beta, x), sum, 1e-13);
    }
}

/* No jump on the way to the exponential, and no value outside (0, 1) or growing. */
static void near_one(void) {
  for (double x = 1e-3; x < 30; x *= 2) {
    const double a = special_mittag_leffler(0.999, x), b = special_mittag_leffler(0.9995, x), c = special_mittag_leffler(0.99975, x);
    CHECK(fabs(((a - exp(-x)) - 2 * (b - exp(-x))) / (a - exp(-x))) < 0.02); /* linear in 1 - beta */
    CHECK(fabs(((b - exp(-x)) - 2 * (c - exp(-x))) / (b - exp(-x))) < 0.01);
  }
  CHECK(special_mittag_leffler(1, 2) == exp(-2));
  CHECK(special_mittag_leffler(0.3, 0) == 1);
  double before = 1;
  for (double x = 1e-8; x < 1e12; x *= 1.3) {
    const double value = special_mittag_leffler(0.9, x);
    CHECK(value > 0 && value < before);
    before = value;
  }
}

/* The last term of the asymptotic series that counts, up to the end of the numbers; and every beta in the same time. */
static void far_and_slow(void) {
  for (double beta = 0.02; beta < 0.999; beta += 0.0175)
    for (double x = 1e20; x < 2e300; x *= 1e20) CHECK_CLOSE(special_mittag_leffler(beta, x) * x, 1 / tgamma(1 - beta), 1e-12);
  for (double beta = 0.02; beta < 0.999; beta += 0.0175) CHECK(special_mittag_leffler(beta, 1e-300) <= 1);
  CHECK(special_mittag_leffler(0.8, INFINITY) == 0 && special_mittag_leffler(0.3, INFINITY) == 0);
  for (double x = 1e-3; x < 1e3; x *= 1.5) { /* where the two ways meet, E is smooth in beta: no step beside the curvature */
    const double h = 1e-6, left = special_mittag_leffler(0.6 - h, x), middle = special_mittag_leffler(0.6, x);
    CHECK(fabs((special_mittag_leffler(0.6 + h, x) - middle) - (middle - left)) < 1e-10 * middle);
  }
  const double third = special_mittag_leffler(1e-9, 0.5); /* beta -> 0: 1 / (1 + x) */
  CHECK_CLOSE(third, 1 / 1.5, 1e-8);
}

static void wrong_arguments(void) {
  CHECK(isnan(special_mittag_leffler(0, 1)));
  CHECK(isnan(special_mittag_leffler(1.1, 1)));
  CHECK(isnan(special_mittag_leffler(0.5, -1)));
  CHECK(isnan(special_mittag_leffler(NAN, 1)));
}

static void ein(void) {
  CHECK(special_ein(0) == 0);
  CHECK_CLOSE(special_ein(1), 0.79659959929705313428, 2e-15); /* sum over k of (-1)^(k+1) / (k k!) */
  CHECK_CLOSE(special_ein(-1), -1.31790215145440389486, 2e-15);
  for (double z = -700; z <= 700; z += 0.37) { /* Ein' = (1 - e^-z) / z, by a symmetric difference */
    const double h = 1e-3 * fmax(1, fabs(z)) / (1 + fabs(z)), slope = (special_ein(z + h) - special_ein(z - h)) / (2 * h);
    CHECK_CLOSE(slope, -expm1(-z) / z, 1e-6);
  }
  for (double z = -8.02; z <= 1.02; z += z < -7.98 || z > 0.98 ? 1e-3 : 0.5) { /* where the two ways meet */
    double sum = 0, term = 1;
    for (int k = 1; k < 200; k++) {
      term *= -z / k;
      sum -= term / k;
    }
    CHECK_CLOSE(special_ein(z), sum, 1e-14);
  }
}

int main(void) {
  reference_values();
  half();
  series();
  near_one();
  far_and_slow();
  wrong_arguments();
  ein();
  return check_report();
}
