#pragma once
/** Times of the ECNLE theory from a liquid and its dynamic free energy; the glass transition and the onset of barriers along phi. */
#include <stdbool.h>

#include "theory/liquid.h"

/** One state. Lengths in d, energies in kT, K in kT/d^2, pressure in kT/d^3. What does not exist is NaN. */
enum {
  STATE_PHI,
  STATE_PRESSURE,
  STATE_R_L1,
  STATE_R_B,
  STATE_R_L2,
  STATE_F_B1,
  STATE_F_B2,
  STATE_DELTA,
  STATE_K0,
  STATE_KB,
  STATE_TAU_S,           /* in units of tau_E */
  STATE_LOG10_TAU_ALPHA, /* tau in s */
  STATE_LOG10_TAU_STAR,
  STATE_D,           /* m^2/s */
  STATE_HAS_BARRIER, /* flags: 1, 0 */
  STATE_HAS_SECOND,
  STATE_IS_RESOLVED, /* 0: too narrow to be resolved, or S(q) ends too early: nothing is known */
  STATE_MISSING,     /* how much F lacks at r_L1 because S(q) ends (liquid_missing), kT; without a well: where that could make one */
  STATE_N_STATIONARY,
  STATE_JUMP_1,       /* r_B - r_L1 */
  STATE_JUMP_2,       /* r_L2 - r_B */
  STATE_F_ELASTIC,    /* NaN unless asked for */
  STATE_LOG10_TAU_21, /* back over the barrier, s */
  N_STATE
};

typedef struct EcnleModel {
  Closure closure;
  bool is_elastic;      /* adds the elastic barrier to the local one */
  double tau_enskog;    /* s */
  double diameter;      /* m */
  double cage;          /* r_cage in d for the elastic barrier; NaN: first minimum of g(r) */
  const Liquid *liquid; /* of a measured S(q), lent; NULL: hard spheres at each phi */
} EcnleModel;

/** tau_s / tau_E. */
double ecnle_short_time(const Liquid *liquid);
/** States at one phi and n pressures; rows: [n][N_STATE], out. limits (may be NULL): r and slope of the steepest rise, of the steepest fall
 *  of F (free_energy_limits). */
void ecnle_states(const EcnleModel *model, double phi, int n, const double *pressures, double *rows, double limits[4]);

#define ECNLE_HIGHEST_GLASS 0.8
/** Lowest phi where log10 tau_alpha(pressure) reaches `level` (hard spheres only), from 0.45 to ECNLE_HIGHEST_GLASS; NaN if it does not. */
double ecnle_glass_transition(const EcnleModel *model, double pressure, double level);
/** d log10 tau_alpha / d phi. */
double ecnle_steepness(const EcnleModel *model, double phi, double pressure);
/** phi where a barrier appears, and r there; NaN if not between 0.2 and 0.6. */
double ecnle_onset(const EcnleModel *model, double pressure, double *r);
