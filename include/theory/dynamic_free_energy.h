#pragma once
/** The dynamic free energy of a caged sphere (nonlinear Langevin equation) and its stationary points. Units d, kT; pressure in kT/d^3. */
#include <stdbool.h>

#include "theory/liquid.h"

typedef struct DynamicFreeEnergy DynamicFreeEnergy;

typedef struct FreeEnergyPoint {
  double value, slope, curvature; /* F, dF/dr, d2F/dr2 at zero pressure: add P r and P */
} FreeEnergyPoint;

/** Samples S(q) (panels of Gauss-Legendre points) as far as it matters for r >= smallest_r (at least 3e-4) and for stationary points at
 *  pressures up to the highest one; the liquid is not needed any more afterwards. */
DynamicFreeEnergy *free_energy_create(const Liquid *liquid, double highest_pressure, double smallest_r);
void free_energy_destroy(DynamicFreeEnergy **energy);
/** r >= smallest_r. */
FreeEnergyPoint free_energy_at(const DynamicFreeEnergy *energy, double r);
/** The smallest r that may be asked for, or `smallest` if that is larger. */
double free_energy_first(const DynamicFreeEnergy *energy, double smallest);
/** The steepest rise of F behind the localized state and the steepest fall beyond the barrier (extrema of dF/dr at P = 0): place and slope;
 *  NaN if F' has no such extrema. A barrier exists for -*rise < P < -*fall; P_c = -*fall is the threshold pressure. */
void free_energy_limits(const DynamicFreeEnergy *energy, double *r_rise, double *rise, double *r_fall, double *fall);

/** Stationary points of F + P r. What does not exist is NaN. */
typedef struct StationaryPoints {
  int n;            /* all stationary points found */
  bool has_barrier; /* r_L1 < r_B */
  bool has_second;  /* and r_L2 > r_B; needs P > 0 */
  bool is_resolved; /* false: the localized state lies below the smallest r that was looked at */
  double r_L1, r_B, r_L2, F_B1, F_B2, delta, K0, KB;
} StationaryPoints;
/** 0 <= pressure <= highest_pressure. */
StationaryPoints free_energy_stationary(const DynamicFreeEnergy *energy, double pressure);
