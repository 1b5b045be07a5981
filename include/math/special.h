#pragma once
/** Special functions that the standard library and GSL lack. */

/** Ein(z) = int_0^z (1 - e^-t) / t dt = sum_{k>=1} (-1)^{k+1} z^k / (k k!), entire; any finite z of either sign (-inf below -700).
 *  Relative error about 1e-15. */
double special_ein(double z);

/** Mittag-Leffler function E_beta(-x), 0 < beta <= 1, x >= 0 (else NAN): 1 at x = 0, exp(-x) at beta = 1. Falls from 1 to 0 without
 *  oscillation; ~ exp(-x / Gamma(1 + beta)) for small x, ~ 1 / (x Gamma(1 - beta)) for large x. Relative error below 1e-14
 *  (1e-12 at x = 1e300, by the rounding of ln x). */
double special_mittag_leffler(double beta, double x);

/** e^z E1(z), z > 0. */
double special_e1_scaled(double z);
/** e^-z Ei(z), z > 0. */
double special_ei_scaled(double z);
