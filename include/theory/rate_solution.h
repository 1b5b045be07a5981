#pragma once
/** The rate equation of local relaxation events, dq/dt = exp(-V0/T) (1 - q) exp(-a q), q(0) = 0 (Trachenko, Zaccone 2021, Eqs. 6, 7, 9,
 * 10).
 *
 *  One curve for each a: s = t exp(-V0/T) is the only time in it. a > 0: later events are slowed down (Eq. 6, a = V1/T); a = 0: Debye
 *  (Eq. 7); a < 0: they are promoted (Eq. 9, a = -V1'/T). The state is told by y = -ln(1 - q), which resolves q -> 0 and q -> 1 alike.
 *  |a| <= RATE_LARGEST_A. */
#include <stdbool.h>

#define RATE_LARGEST_A 100.0

/** Time s >= 0 at which y >= 0 is reached. Relative error about 1e-13. */
double rate_time(double a, double y);
/** The inverse: y at time s >= 0. */
double rate_progress(double a, double s);
/** q at n growing times by integration of the equation as printed; independent of the two above. False if it fails. */
bool rate_integrate(double a, int n, const double *s, double *q);
/** Crossover: weight of the promoted part, f = 1 / (exp(-A (1/T - 1/T0)) + 1), and the a of Eq. 10, (1 - 2 f) V1 / T. */
double rate_crossover_weight(double A, double T0, double T);
double rate_crossover_a(double A, double T0, double V1, double T);
/** Eq. 5: V1 = (pi/2) rho q0 dp0 d0^3 ln(2 d_el / d0); 0 at d_el = d0/2. */
double rate_elastic_barrier(double d_el, double d0, double rho, double q0, double dp0);
