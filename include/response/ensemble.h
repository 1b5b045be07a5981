#pragma once
/** Averages over many responses, per temperature of the parent liquid. */
#include <stdint.h>

#include "base/table.h"

/** Columns of the table of configurations that averages need (others are welcome): frame, parent_temperature, outcome, particles, volume,
 * G, G_born, bulk_modulus, kappa_mean (rattlers, replica, parent_frame, energy: if they are known); modes: frame, eigenvalue, both in the
 * same order of frames. Configurations that are no minima count, but do not enter means. */
typedef struct Ensemble {
  const Table *configurations, *modes; /* modes: NULL if none were asked */
  int dim, n_resamples;
  double omega_limit; /* A_g: modes below that share of the first phonon */
  uint64_t seed;
} Ensemble;

/** One row per parent temperature (NaN: unknown, last): means, standard errors, 90 % bootstrap intervals over configurations, A_g. Minima
 * that follow each other in one replica are taken for correlated as they are. */
Table *ensemble_temperatures(const Ensemble *ensemble);
/** Standard error of the mean of a column over all minima of all temperatures; NaN if these are worth one. */
double ensemble_error(const Ensemble *ensemble, const char *name);
/** D(omega) of the lowest modes per parent temperature, as far as the modes of all configurations are known. */
Table *ensemble_states(const Ensemble *ensemble);
