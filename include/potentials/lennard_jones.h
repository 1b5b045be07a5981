#pragma once
/** 4 eps (x^-12 - x^-6) in y = x^2, shared by the Lennard-Jones family. With w = 1/y:
 *    f = -u'/r = 24 eps/sigma^2 w^4 (2 w^3 - 1),   u'' = 4 eps/sigma^2 (156 w^7 - 42 w^4). */
#include "kernels/pair_kernel.h"

/** w = 1/y; f_scale = 24 eps c[0], u_scale = 4 eps. u is not shifted. */
ALWAYS_INLINE PairTerms lennard_jones(vd w, vd f_scale, vd u_scale, int order) {
  const vd w3 = w * w * w, w4 = w3 * w;
  PairTerms t = {.f = v_fma(w3 + w3, w4, -w4) * f_scale};
  if (order > 0) t.u = v_fma(w3, w3, -w3) * u_scale;
  if (order > 1) t.k = (w3 * w4 * 26.0 - w4 * 7.0) * f_scale;
  return t;
}
/** u(r) and u'(r) of the same potential in plain doubles, for shifts. */
static inline double lennard_jones_u(double eps, double sigma, double r) {
  const double w3 = pow(sigma / r, 6);
  return 4 * eps * (w3 * w3 - w3);
}
static inline double lennard_jones_slope(double eps, double sigma, double r) {
  const double w3 = pow(sigma / r, 6);
  return 4 * eps * (6 * w3 - 12 * w3 * w3) / r;
}
