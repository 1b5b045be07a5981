#pragma once
/** Forms of relaxation and their fits. With x = (t / tau)^beta:
 *
 *    kww              f = exp(-x)                          stretched (beta < 1) or compressed (beta > 1) exponential
 *    mittag_leffler   f = E_beta(-x),  0 < beta < 1        temporal fractional diffusion
 *    stretched_limit  f = exp(-x / Gamma(1 + beta))        its limit for t << tau
 *    power_limit      f = 1 / (x Gamma(1 - beta)), 0 < beta < 1   its limit for t >> tau
 *
 *  What is fitted is baseline + amplitude f, or baseline + amplitude f^2 (Siegert's relation: intensity correlations are squares of
 *  field correlations, so kww becomes exp(-2 x)). The published fits of mittag_leffler to intensity correlations take f, not f^2. */
#include <stdbool.h>
#include <stddef.h>

#include "math/curve_fit.h"

typedef enum RelaxationForm {
  RELAX_KWW,
  RELAX_MITTAG_LEFFLER,
  RELAX_STRETCHED_LIMIT,
  RELAX_POWER_LIMIT,
  N_RELAXATION_FORMS
} RelaxationForm;
extern const char *const relaxation_names[]; /* NULL-terminated */

typedef struct RelaxationModel {
  RelaxationForm form;
  bool is_squared;
  double amplitude, baseline;               /* fixed values, or where a free one begins */
  bool is_amplitude_free, is_baseline_free; /* power_limit: amplitude must be fixed, tau takes its part */
} RelaxationModel;

typedef struct RelaxationFit {
  bool
      is_converged; /* otherwise numbers are NAN; also where beta ends at an end of its range: 0.02 .. 1 or 100, or the data see no decay */
  double tau, beta, amplitude, baseline;
  double tau_error, beta_error, amplitude_error, baseline_error; /* of a fixed one: 0 */
  double chi2, rms;
  int degrees_of_freedom;
} RelaxationFit;

/** Number of free parameters. */
int relaxation_parameters(const RelaxationModel *model);
double relaxation_value(const RelaxationModel *model, const RelaxationFit *fit, double t);
/** Several starts, the best end. Times > 0. The parameters are ln tau and ln beta (of mittag_leffler and power_limit: a logit). */
RelaxationFit relaxation_fit(const RelaxationModel *model, const CurveData *data);

/** Mean times of kww, which are three things in the literature. Those of mittag_leffler diverge for beta < 1. NAN unless
 *  tau, beta > 0. */
typedef struct RelaxationMeans {
  double field;     /* int f dt = (tau/beta) Gamma(1/beta) */
  double intensity; /* int f^2 dt = field 2^{-1/beta} */
  double moment;    /* int t f^2 dt / int f^2 dt = tau 2^{-1/beta} Gamma(2/beta) / Gamma(1/beta) */
} RelaxationMeans;
RelaxationMeans relaxation_means(double tau, double beta);
