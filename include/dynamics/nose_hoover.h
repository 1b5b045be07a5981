#pragma once
/** Nosé-Hoover thermostat, one or a chain. Q_1 = N_f T tau^2, Q_k = T tau^2 for k > 1; k_B = 1. [Nosé 1984; Hoover 1985; Martyna, Klein,
 *  Tuckerman 1992]
 *    d xi_1/dt = (2K/(N_f T) - 1)/tau^2 - xi_1 xi_2,   dv/dt = F/m - xi_1 v
 *    H' = K + U + N_f T tau^2 xi_1^2/2 + N_f int T xi_1 dt + sum_{k>1} [ T tau^2 xi_k^2/2 + int T xi_k dt ]   is conserved at constant T.
 */
#include "base/archive.h"
#include "base/status.h"

enum { MAX_CHAIN = 10 };
typedef struct NoseHoover {
  int length;                            /* of the chain, 1 .. MAX_CHAIN */
  double freedom, tau;                   /* degrees of freedom; coupling time */
  double xi[MAX_CHAIN], bath[MAX_CHAIN]; /* friction 1/time; energy that flowed into the bath, N_f int T xi dt or int T xi dt */
} NoseHoover;

void nose_hoover_init(NoseHoover *bath, int length, double freedom, double tau);
/** First half: friction after half a step at temperature T from twice the kinetic energy; returns the factor exp(-xi_1 dt/2) for v. */
double nose_hoover_open(NoseHoover *bath, double temperature, double twice_kinetic, double dt);
/** The factor of the second half, before its kinetic energy is known. */
double nose_hoover_scale(const NoseHoover *bath, double dt);
/** Second half: with the kinetic energy after scaling. */
void nose_hoover_close(NoseHoover *bath, double temperature, double twice_kinetic, double dt);
/** What H' has beyond K + U. */
double nose_hoover_energy(const NoseHoover *bath, double temperature);
void nose_hoover_put(const NoseHoover *bath, Archive *archive);
NODISCARD Status nose_hoover_get(NoseHoover *bath, const Archive *archive);
