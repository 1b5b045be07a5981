#pragma once
/** What the pieces of theory ecnle share: its input, the layout of its sums. */
#include <stdbool.h>
#include <stddef.h>

#include "theory/ecnle_times.h"
#include "theory/measured_liquid.h"
#include "theory/theory.h"

enum { LIMIT_R_RISE, LIMIT_RISE, LIMIT_R_FALL, LIMIT_FALL, N_LIMITS };          /* of one phi: see free_energy_limits */
enum { MARK_ONSET_PHI, MARK_ONSET_R, MARK_GLASS_PHI, MARK_STEEPNESS, N_MARKS }; /* of one pressure; glass: tau_alpha = glass_time */

/** Thermal mapping T = glass_temperature + (phi_g - phi) / expansion. */
typedef struct ThermalMap {
  double glass_temperature, expansion, phi_g, glass_time; /* K, 1/K, 1, s; phi_g NaN: self-consistent */
} ThermalMap;

struct TheoryState {
  EcnleModel model;
  bool is_measured;
  MeasuredLiquid measured;
  ThermalMap thermal;
  int n_phi, n_pressures, n_curves, n_points, n_vft; /* n_vft 0: no fits */
  int n_marks; /* of each pressure and of zero pressure; without fits: of zero pressure, glass only; measured liquid: none */
  double *phi, *pressures, *curve_phi, *vft_phi;
  size_t n_sums;
  double *sums;   /* one block, cut into: */
  double *rows;   /* [n_phi][n_pressures][N_STATE] */
  double *limits; /* [n_phi][N_LIMITS] */
  double *curves; /* [n_curves][n_points]: F at zero pressure */
  double *vft;    /* [n_vft][n_pressures]: ln tau_alpha */
  double *marks;  /* [n_marks][N_MARKS], the last one at zero pressure */
};

/** Distance of point i of the curves F(r), in d. */
double ecnle_curve_r(const TheoryState *state, int i);
/** The liquid at one phi: hard spheres, or the measured one. */
void ecnle_liquid(const TheoryState *state, double phi, Liquid *liquid);
/** phi_g of the mapping: the key, or where tau_alpha(P = 0) is the glass time (self). */
double ecnle_anchor(const TheoryState *state, bool is_self);
/** All tables (memory_array of Table*, caller's), from complete sums. */
void ecnle_tables(const TheoryState *state, Table ***tables, int *n_tables);
