#pragma once
/** Fit of the exact q(s) by q = 1 - exp(-(s/tau)^beta) (Eq. 8) under a named protocol: the paper says "least squares" only, and beta
 *  depends on the grid. All weights are 1, in q. */
#include <stdbool.h>

typedef enum RateProtocol {
  RATE_Q,        /* q_i = i q_max / N: even in q */
  RATE_T,        /* s_i = i s(q_max) / N: even in time */
  RATE_L,        /* even in ln s, the last four decades before s(q_max) */
  RATE_TRUNCATED /* s_i = i s_max / N: even in time up to a chosen time */
} RateProtocol;

typedef struct RateGrid {
  RateProtocol protocol;
  int n;        /* points */
  double q_max; /* where the grid ends */
  double s_max; /* RATE_TRUNCATED: where it ends instead */
} RateGrid;

typedef struct RateFit {                           /* NAN where the fit did not converge */
  double beta, beta_error, tau_hat, tau_hat_error; /* tau = tau_hat exp(V0/T) */
  double rms;                                      /* of the residuals in q */
  double q_end;                                    /* q of the last point */
} RateFit;

RateFit rate_fit(double a, const RateGrid *grid);
/** Largest |q - q_exact| over the grid, of the integration of the differential equation. NAN if that failed. */
double rate_check(double a, const RateGrid *grid);
