#pragma once
/** Vogel-Fulcher-Tammann: ln tau = ln tau0 + B / (T - T0), its fit and what it says about the glass transition. */
#include <stdbool.h>

enum { VFT_LOG_TAU0, VFT_B, VFT_T0, VFT_PARAMETERS };

typedef struct VftFit {
  bool is_converged;             /* otherwise all numbers are NaN */
  double values[VFT_PARAMETERS]; /* ln (tau0/s), B / K, T0 / K */
  double errors[VFT_PARAMETERS];
  double covariance[VFT_PARAMETERS][VFT_PARAMETERS];
  double rms;               /* of ln tau */
  double glass_temperature; /* tau(T) = glass time */
  double fragility;         /* m = B Tg / (ln 10 (Tg - T0)^2) [Eq. 15] */
} VftFit;

/** Unit weights in ln tau; n >= 4 points, T descending or ascending; no fit if one of them is not finite: it would be one over another
 * range. glass_time in s. */
VftFit vft_fit(int n, const double *temperature, const double *log_tau, double glass_time);
