#pragma once
/** What binary pair models share: keys sigma, epsilon, masses, composition as lists over the pairs AA, AB, BB, and their reading. */
#include <math.h>
#include <string.h>

#include "base/params.h"
#include "matter/mixture.h"

/** Rows of a ParamSpec table. Texts are YAML defaults. */
#define PAIR_SPEC_SIGMA(text) \
  { "sigma", PARAM_DOUBLES, text, "sigma", 0, 1e3, true, NULL, NULL, "diameters of the pairs AA, AB, BB" }
#define PAIR_SPEC_EPSILONS(text) \
  { "epsilon", PARAM_DOUBLES, text, "eps", 0, 1e6, true, NULL, NULL, "energy scales of the pairs AA, AB, BB" }
#define PAIR_SPEC_EPSILON \
  { "epsilon", PARAM_DOUBLE, "1", "eps", 0, 1e6, true, NULL, NULL, "energy scale of all pairs" }
#define PAIR_SPEC_MASSES(text) \
  { "masses", PARAM_DOUBLES, text, "m", 0, 1e6, true, NULL, NULL, "masses of A and B" }
#define PAIR_SPEC_COMPOSITION(text) \
  { "composition", PARAM_DOUBLE, text, "1", 0, 1, false, NULL, NULL, "number fraction of B" }

/** Three numbers AA, AB, BB of `key` into a symmetric table. */
static inline Status pair_parameters_table(const Params *own, const char *key, double table[2][2]) {
  int n;
  const double *values = params_doubles(own, key, &n);
  if (n != 3) return params_fail(own, key, "'%s' needs three numbers, for the pairs AA, AB, BB (got %d)", key, n);
  table[0][0] = values[0];
  table[0][1] = table[1][0] = values[1];
  table[1][1]               = values[2];
  return STATUS_OK;
}

/** Masses, composition and sizes of a binary mixture with species A and B. */
static inline Status pair_parameters_mixture(const Params *own, double sigma[2][2], Mixture *mixture) {
  int n;
  const double *masses = params_doubles(own, "masses", &n);
  if (n != 2) return params_fail(own, "masses", "'masses' needs two numbers, for A and B (got %d)", n);
  mixture->n_species = 2;
  strcpy(mixture->names[0], "A");
  strcpy(mixture->names[1], "B");
  mixture->fractions[1] = params_double(own, "composition");
  mixture->fractions[0] = 1.0 - mixture->fractions[1];
  for (int a = 0; a < 2; a++) {
    mixture->masses[a] = masses[a];
    mixture->sizes[a]  = sigma[a][a];
  }
  mixture->largest = sigma[1][1] > sigma[0][0] ? 1 : 0;
  return STATUS_OK;
}
