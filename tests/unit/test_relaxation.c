/* Fits of decays: synthetic data with a stated noise generator, reference minima from an independent program (scipy, mpmath). Grid
 * t_k = 2.5 10^{k/5} s, k = 0..25: what a long correlation measurement spans. */
#include <stdint.h>

#include "../check.h"
#include "math/curve_fit.h"
#include "math/relaxation.h"
#include "math/special.h"

enum { N = 26 };
static const RelaxationModel kww            = {.form = RELAX_KWW, .is_squared = true, .amplitude = 1};
static const RelaxationModel mittag_leffler = {.form = RELAX_MITTAG_LEFFLER, .amplitude = 1};

static double uniform(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return (double)(*state >> 11) * 0x1p-53;
}

/* xorshift64 and Box-Muller. */
static void make_noise(double *z) {
  uint64_t state = 88172645463325252u;
  for (int k = 0; k < N; k += 2) {
    const double u = 1 - uniform(&state), v = uniform(&state), r = sqrt(-2 * log(u));
    z[k]     = r * cos(2 * M_PI * v);
    z[k + 1] = r * sin(2 * M_PI * v);
  }
}

static void make_times(double *t) {
  for (int k = 0; k < N; k++) t[k] = 2.5 * pow(10, k / 5.0);
}

static void own_curve(void) {
  double t[N], y[N];
  const CurveData data = {.n = N, .x = t, .y = y};
  make_times(t);
  for (int k = 0; k < N; k++) y[k] = exp(-2 * pow(t[k] / 5000, 0.7));
  const RelaxationFit fit = relaxation_fit(&kww, &data);
  CHECK(fit.is_converged);
  CHECK_CLOSE(fit.tau, 5000, 1e-12);
  CHECK_CLOSE(fit.beta, 0.7, 1e-12);
  CHECK(fit.chi2 < 1e-25);
}

static void noisy(void) {
  double t[N], y[N], z[N];
  const CurveData data = {.n = N, .x = t, .y = y};
  make_times(t);
  make_noise(z);
  CHECK_CLOSE(z[0], 0.57817338192963, 1e-13);
  CHECK_CLOSE(z[3], -0.408062117302107, 1e-13);
  for (int k = 0; k < N; k++) y[k] = exp(-2 * pow(t[k] / 5000, 0.7)) + 0.01 * z[k];
  RelaxationFit fit = relaxation_fit(&kww, &data);
  CHECK_CLOSE(fit.tau, 4911.0405016, 2e-11);
  CHECK_CLOSE(fit.beta, 0.69197978085, 2e-11);
  CHECK_CLOSE(fit.chi2, 0.0026187810346, 2e-11);
  CHECK_CLOSE(fit.tau_error, 129, 0.03); /* the spread of 300 fits of other noise */
  CHECK_CLOSE(fit.beta_error, 0.0097, 0.06);
  for (int k = 0; k < N; k++) y[k] = special_mittag_leffler(0.6, pow(t[k] / 8000, 0.6)) + 0.003 * z[k];
  fit = relaxation_fit(&mittag_leffler, &data);
  CHECK_CLOSE(fit.tau, 7900.6202304, 5e-11);
  CHECK_CLOSE(fit.beta, 0.5996873661, 1e-10);
  CHECK_CLOSE(fit.chi2, 2.4229884e-4, 1e-7);
  fit = relaxation_fit(&kww, &data);
  CHECK_CLOSE(fit.tau, 51227.1469, 1e-8);
  CHECK_CLOSE(fit.beta, 0.4776409958, 1e-9);
  CHECK_CLOSE(fit.chi2, 0.0114085, 1e-5);
}

/* Power-law tails seen through a stretched exponential, with equal weights and with weights 1/R^2. */
static void wrong_form(void) {
  static const double cases[][5] = {{0.45, 122717.334, 0.347132558, -0.38, 0.3017},
                                    {0.6, 51870.7482, 0.477644485, -0.76, 0.3700},
                                    {0.8, 24702.7952, 0.703474729, -0.998, 0.4408}};
  double t[N], y[N], weights[N];
  const CurveData plain = {.n = N, .x = t, .y = y}, weighted = {.n = N, .x = t, .y = y, .weights = weights};
  make_times(t);
  for (int c = 0; c < 3; c++) {
    for (int k = 0; k < N; k++) {
      y[k]       = special_mittag_leffler(cases[c][0], pow(t[k] / 8000, cases[c][0]));
      weights[k] = 1 / (y[k] * y[k]);
    }
    const RelaxationFit fit = relaxation_fit(&kww, &plain);
    CHECK_CLOSE(fit.tau, cases[c][1], 1e-8);
    CHECK_CLOSE(fit.beta, cases[c][2], 3e-9);
    CHECK(fabs(relaxation_value(&kww, &fit, t[N - 1]) / y[N - 1] - 1 - cases[c][3]) < 0.006);
    CHECK(fabs(relaxation_fit(&kww, &weighted).beta - cases[c][4]) < 6e-5);
  }
}

/* Every form finds itself, squared or not, with amplitude and baseline free. */
static void all_forms(void) {
  double t[N], y[N];
  const CurveData data = {.n = N, .x = t, .y = y};
  make_times(t);
  for (int form = 0; form < N_RELAXATION_FORMS; form++)
    for (int squared = 0; squared < 2; squared++)
      for (int extra = 0; extra < 3; extra++) {
        if (form == RELAX_POWER_LIMIT && extra > 0) continue;
        const RelaxationModel model = {.form              = (RelaxationForm)form,
                                       .is_squared        = squared == 1,
                                       .amplitude         = 1,
                                       .is_amplitude_free = extra > 0,
                                       .is_baseline_free  = extra > 1};
        const RelaxationFit truth   = {
              .is_converged = true, .tau = 700, .beta = 0.65, .amplitude = extra > 0 ? 0.8 : 1, .baseline = extra > 1 ? 0.05 : 0};
        for (int k = 0; k < N; k++) y[k] = relaxation_value(&model, &truth, t[k]);
        const RelaxationFit fit = relaxation_fit(&model, &data);
        CHECK(fit.is_converged);
        CHECK_CLOSE(fit.tau, truth.tau, 1e-7);
        CHECK_CLOSE(fit.beta, truth.beta, 1e-7);
        CHECK_CLOSE(fit.amplitude, truth.amplitude, 1e-8);
        CHECK(fabs(fit.baseline - truth.baseline) < 1e-9);
      }
}

/* Both limits of the Mittag-Leffler form. */
static void limits(void) {
  const RelaxationFit truth   = {.is_converged = true, .tau = 1, .beta = 0.6, .amplitude = 1};
  const RelaxationModel model = {.form = RELAX_MITTAG_LEFFLER}, begin = {.form = RELAX_STRETCHED_LIMIT}, end = {.form = RELAX_POWER_LIMIT};
  const double early = pow(0.01, 1 / 0.6), late = pow(1000, 1 / 0.6);
  CHECK_CLOSE(relaxation_value(&model, &truth, early), 0.98889842, 1e-8);
  CHECK_CLOSE(relaxation_value(&begin, &truth, early), 0.98887065, 1e-8);
  CHECK_CLOSE(relaxation_value(&model, &truth, late), 4.50995812e-4, 1e-8);
  CHECK_CLOSE(relaxation_value(&end, &truth, late), 4.50824199e-4, 5e-7); /* first neglected term: x Gamma(1-b)/Gamma(1-2b) */
}

static void mean_times(void) {
  static const double cases[][4] = {{0.5, 2, 0.5, 1.5},
                                    {0.6, 1.504575488251556, 0.473911582200998, 0.969337745867819},
                                    {0.7, 1.265823506057283, 0.470251625264108, 0.737986009785558},
                                    {0.8, 1.133003096319346, 0.476369121083149, 0.616634218996844},
                                    {1, 1, 0.5, 0.5},
                                    {1.5, 0.902745292950934, 0.568693898641198, 0.415430462514780}};
  for (int c = 0; c < 6; c++) {
    const RelaxationMeans means = relaxation_means(3, cases[c][0]);
    CHECK_CLOSE(means.field, 3 * cases[c][1], 1e-13);
    CHECK_CLOSE(means.intensity, 3 * cases[c][2], 1e-13);
    CHECK_CLOSE(means.moment, 3 * cases[c][3], 1e-13);
  }
}

/* A line, with errors known in closed form; and a fit that cannot succeed. */
static void plain_fits(void) {
  const double x[] = {0, 1, 2, 3}, y[] = {1, 3, 2, 5}, errors[] = {4, 4, 4, 4};
  CurveData data = {.n = 4, .x = x, .y = y};
  CurveFit fit   = curve_fit_line(&data);
  CHECK_CLOSE(fit.values[0], 1.1, 1e-14);
  CHECK_CLOSE(fit.values[1], 1.1, 1e-14);
  CHECK_CLOSE(fit.chi2, 2.7, 1e-14);
  CHECK_CLOSE(fit.errors[1], sqrt(1.35 / 5), 1e-14);
  data.weights     = errors;
  data.is_absolute = true;
  fit              = curve_fit_line(&data);
  CHECK_CLOSE(fit.errors[1], sqrt(0.25 / 5), 1e-14);
  CHECK_CLOSE(fit.chi2, 10.8, 1e-14);
  double t[N], rubbish[N];
  make_times(t);
  for (int k = 0; k < N; k++) rubbish[k] = NAN;
  const CurveData broken      = {.n = N, .x = t, .y = rubbish};
  const RelaxationFit nothing = relaxation_fit(&kww, &broken);
  CHECK(!nothing.is_converged && isnan(nothing.tau) && isnan(nothing.beta) && isnan(nothing.chi2));
}

/* Data that do not decay: a minimum inside the range with its numbers, or nothing. Every form ends in a moment. */
static void no_decay(void) {
  double t[N], y[N];
  const CurveData data = {.n = N, .x = t, .y = y};
  make_times(t);
  for (int kind = 0; kind < 5; kind++) {
    for (int k = 0; k < N; k++) {
      const double rises[] = {1, 0.5, 0.1 + 0.03 * k, 0.999 + 2e-5 * k, 1 - 1e-13 * k};
      y[k]                 = rises[kind];
    }
    for (int form = 0; form < N_RELAXATION_FORMS; form++) {
      const RelaxationModel model = {.form = (RelaxationForm)form, .amplitude = 1};
      const RelaxationFit fit     = relaxation_fit(&model, &data);
      if (kind < 4 || form == RELAX_POWER_LIMIT) CHECK(!fit.is_converged && isnan(fit.tau) && isnan(fit.beta) && isnan(fit.beta_error));
      CHECK(!fit.is_converged || (fit.beta > 0.02 && fit.tau > 0));
    }
  }
  const RelaxationMeans means = relaxation_means(3, -0.5);
  CHECK(isnan(means.field) && isnan(means.intensity) && isnan(means.moment));
}

/* An exponential is the end of the range of mittag_leffler, and the middle of that of kww. */
static void at_the_end(void) {
  const RelaxationModel plain = {.form = RELAX_KWW, .amplitude = 1};
  double t[N], y[N];
  const CurveData data = {.n = N, .x = t, .y = y};
  make_times(t);
  for (int k = 0; k < N; k++) y[k] = exp(-t[k] / 3000);
  CHECK(!relaxation_fit(&mittag_leffler, &data).is_converged);
  const RelaxationFit fit = relaxation_fit(&plain, &data);
  CHECK_CLOSE(fit.beta, 1, 1e-12);
  CHECK_CLOSE(fit.tau, 3000, 1e-12);
}

int main(void) {
  own_curve();
  noisy();
  wrong_form();
  all_forms();
  limits();
  mean_times();
  plain_fits();
  no_decay();
  at_the_end();
  return check_report();
}
