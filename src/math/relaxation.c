/* All forms are functions of z = ln x = beta (ln t - ln tau), so the slopes follow from two derivatives:
 *   d/d ln tau = -beta df/dz,     d/d beta = (ln t - ln tau) df/dz + df/dbeta|_z.
 * kww: df/dz = -x e^-x and no second part. The others have Gamma functions or E_beta in them and are differentiated by central
 * differences, steps 1e-5: relative errors of the slopes about 1e-10, which moves a minimum by less than its residuals times that.
 *
 * The fit runs over u = 10 + ln beta, or where beta is bound to (0.02, 1), over u = 10 + ln((beta - 0.02) / (1 - beta)): no step leaves the
 * range, and u is not near 0, where relative steps have no scale. Data that rise or do not fall drive beta to an end of its range, or tau
 * to where the form is flat: that is no fit. A least-squares fit of a decay may end in a corner when it is begun far away, so it is begun
 * with several beta, at the time where the data have lost 1 - 1/e. */
#include "math/relaxation.h"

#include <math.h>

#include "base/error.h"
#include "math/special.h"

const char *const relaxation_names[] = {"kww", "mittag_leffler", "stretched_limit", "power_limit", NULL};

enum { LOG_TAU, SHAPE, FIRST_EXTRA };
static const double STEP = 1e-5, SHIFT = 10, LOWEST_BETA = 0.02, HIGHEST_BETA = 100, MARGIN = 1e-4, SMALLEST_FALL = 1e-9;

static bool is_bound(RelaxationForm form) { return form == RELAX_MITTAG_LEFFLER || form == RELAX_POWER_LIMIT; }
static double to_beta(RelaxationForm form, double u) {
  return is_bound(form) ? LOWEST_BETA + (1 - LOWEST_BETA) / (1 + exp(SHIFT - u)) : exp(u - SHIFT);
}
static double from_beta(RelaxationForm form, double beta) {
  return SHIFT + (is_bound(form) ? log((beta - LOWEST_BETA) / (1 - beta)) : log(beta));
}
static double beta_slope(RelaxationForm form, double beta) {
  return is_bound(form) ? (beta - LOWEST_BETA) * (1 - beta) / (1 - LOWEST_BETA) : beta;
}

/** f, no amplitude, not squared. */
static double plain(RelaxationForm form, double beta, double z) {
  const double x = exp(z);
  switch (form) {
    case RELAX_MITTAG_LEFFLER:
      return special_mittag_leffler(beta, x);
    case RELAX_STRETCHED_LIMIT:
      return exp(-x / tgamma(1 + beta));
    case RELAX_POWER_LIMIT:
      return 1 / (x * tgamma(1 - beta));
    case RELAX_KWW:
    case N_RELAXATION_FORMS:
      break;
  }
  return exp(-x);
}

/** df/dz and df/dbeta at fixed z. */
static void differentiate(RelaxationForm form, double beta, double z, double *by_z, double *by_beta) {
  if (form == RELAX_KWW) {
    *by_z    = -exp(z - exp(z));
    *by_beta = 0;
    return;
  }
  const double reach = is_bound(form) ? fmin(STEP, 0.5 * fmin(beta, 1 - beta)) : STEP;
  *by_z              = (plain(form, beta, z + STEP) - plain(form, beta, z - STEP)) / (2 * STEP);
  *by_beta           = (plain(form, beta + reach, z) - plain(form, beta - reach, z)) / (2 * reach);
}

int relaxation_parameters(const RelaxationModel *model) { return FIRST_EXTRA + model->is_amplitude_free + model->is_baseline_free; }

static double value_and_slopes(const void *context, const double *p, double t, double *slopes) {
  const RelaxationModel *model = context;
  const double beta = to_beta(model->form, p[SHAPE]), log_time = log(t) - p[LOG_TAU], z = beta * log_time;
  const double amplitude = model->is_amplitude_free ? p[FIRST_EXTRA] : model->amplitude;
  const double baseline  = model->is_baseline_free ? p[FIRST_EXTRA + model->is_amplitude_free] : model->baseline;
  const double f = plain(model->form, beta, z), shape = model->is_squared ? f * f : f, chain = model->is_squared ? 2 * f : 1;
  if (slopes == NULL) return baseline + amplitude * shape;
  double by_z, by_beta;
  differentiate(model->form, beta, z, &by_z, &by_beta);
  slopes[LOG_TAU] = -amplitude * chain * beta * by_z;
  slopes[SHAPE]   = amplitude * chain * (log_time * by_z + by_beta) * beta_slope(model->form, beta);
  if (model->is_amplitude_free) slopes[FIRST_EXTRA] = shape;
  if (model->is_baseline_free) slopes[FIRST_EXTRA + model->is_amplitude_free] = 1;
  return baseline + amplitude * shape;
}

double relaxation_value(const RelaxationModel *model, const RelaxationFit *fit, double t) {
  const double f = plain(model->form, fit->beta, fit->beta * log(t / fit->tau));
  return fit->baseline + fit->amplitude * (model->is_squared ? f * f : f);
}

/** Time where the data are nearest to 1/e between baseline and amplitude. */
static double guess_tau(const RelaxationModel *model, const CurveData *data) {
  double best = INFINITY, tau = 1;
  for (size_t i = 0; i < data->n; i++) {
    const double distance = fabs((data->y[i] - model->baseline) / model->amplitude - 1 / M_E);
    if (distance < best) {
      best = distance;
      tau  = data->x[i];
    }
  }
  return tau;
}

static RelaxationFit translate(const RelaxationModel *model, const CurveFit *fit) {
  const int base   = FIRST_EXTRA + model->is_amplitude_free;
  const double tau = exp(fit->values[LOG_TAU]), beta = to_beta(model->form, fit->values[SHAPE]);
  RelaxationFit translated = {.is_converged       = fit->is_converged,
                              .tau                = tau,
                              .beta               = beta,
                              .tau_error          = tau * fit->errors[LOG_TAU],
                              .beta_error         = beta_slope(model->form, beta) * fit->errors[SHAPE],
                              .amplitude          = model->is_amplitude_free ? fit->values[FIRST_EXTRA] : model->amplitude,
                              .amplitude_error    = model->is_amplitude_free ? fit->errors[FIRST_EXTRA] : 0,
                              .baseline           = model->is_baseline_free ? fit->values[base] : model->baseline,
                              .baseline_error     = model->is_baseline_free ? fit->errors[base] : 0,
                              .chi2               = fit->chi2,
                              .rms                = fit->rms,
                              .degrees_of_freedom = fit->degrees_of_freedom};
  return translated;
}

/** How much of f = 1 .. 0 the data see. */
static double find_fall(const RelaxationModel *model, const RelaxationFit *fit, const CurveData *data) {
  double low = INFINITY, high = -INFINITY;
  for (size_t i = 0; i < data->n; i++) {
    const double f = plain(model->form, fit->beta, fit->beta * log(data->x[i] / fit->tau));
    low            = fmin(low, f);
    high           = fmax(high, f);
  }
  return high - low;
}

/** Not at an end of the range of beta, and not where the form is flat: there nothing tells tau and beta. */
static bool is_inside(const RelaxationModel *model, const RelaxationFit *fit, const CurveData *data) {
  const double margin = MARGIN * (1 - LOWEST_BETA), highest = is_bound(model->form) ? 1 - margin : HIGHEST_BETA;
  return fit->beta > LOWEST_BETA + margin && fit->beta < highest && fit->tau > 0 && isfinite(fit->tau) &&
         find_fall(model, fit, data) > SMALLEST_FALL;
}

static RelaxationFit no_fit(void) { return (RelaxationFit){false, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, 0}; }

RelaxationFit relaxation_fit(const RelaxationModel *model, const CurveData *data) {
  require(!(model->form == RELAX_POWER_LIMIT && model->is_amplitude_free), "tau and amplitude of a power are one parameter");
  static const double betas[] = {0.7, 1, 0.4, 1.6};
  const CurveModel curve      = {relaxation_parameters(model), value_and_slopes, model};
  const double log_tau        = log(guess_tau(model, data));
  CurveFit best               = {.chi2 = INFINITY};
  for (size_t k = 0; k < sizeof betas / sizeof betas[0]; k++) {
    double start[CURVE_FIT_MAX] = {log_tau, from_beta(model->form, is_bound(model->form) ? fmin(betas[k], 0.95) : betas[k])};
    if (model->is_amplitude_free) start[FIRST_EXTRA] = model->amplitude;
    if (model->is_baseline_free) start[FIRST_EXTRA + model->is_amplitude_free] = model->baseline;
    const CurveFit fit = curve_fit(&curve, data, start);
    if (!best.is_converged || (fit.is_converged && fit.chi2 < best.chi2)) best = fit;
  }
  const RelaxationFit translated = translate(model, &best);
  return best.is_converged && is_inside(model, &translated, data) ? translated : no_fit();
}

RelaxationMeans relaxation_means(double tau, double beta) {
  if (!(tau > 0 && beta > 0)) return (RelaxationMeans){NAN, NAN, NAN};
  const double field = tau / beta * tgamma(1 / beta), square = exp2(-1 / beta);
  return (RelaxationMeans){field, field * square, tau * square * tgamma(2 / beta) / tgamma(1 / beta)};
}
