#pragma once
/** Stiffness kappa of the response to local force dipoles.
 *  kappa_ij = d.z / z.z, z = M^-1 d, d = (n on j, -n on i)/sqrt 2, n = (r_j - r_i)/r_ij       [Kapteijns et al. 2021; MODELS 3] */
#include <stdint.h>

#include "response/solid.h"

typedef enum DipoleMethod { DIPOLE_AUTOMATIC, DIPOLE_SELECTED, DIPOLE_SOLVES, DIPOLE_ITERATION } DipoleMethod;
extern const char *const dipole_method_names[]; /* by DipoleMethod, NULL at the end */
enum { DIPOLE_ALL = -1 };

typedef struct DipoleOptions {
  int64_t n_pairs;     /* drawn at random without repetition; DIPOLE_ALL: every interacting pair */
  DipoleMethod method; /* DIPOLE_AUTOMATIC: selected inversion where many pairs are asked and memory permits, else solves */
  uint64_t seed, draw; /* of the pairs drawn: a function of both */
} DipoleOptions;

typedef struct Dipoles {
  int64_t n;
  int *i, *j;       /* [n] i < j, rows of the solid */
  double *distance; /* [n] sigma */
  double *kappa;    /* [n] eps/sigma^2 */
  double *local;    /* [particles] mean over all pairs of a particle (NaN without any); NULL if not all pairs are there */
  double mean, median, smallest;
  DipoleMethod method; /* what was done; DIPOLE_AUTOMATIC: nothing, the solid is not positive */
} Dipoles;

/** Every kappa is NaN if the solid is not positive. Cost: see the .c. */
NODISCARD Status dipoles_compute(Solid *solid, const DipoleOptions *options, Dipoles *dipoles);
void dipoles_clear(Dipoles *dipoles);
/** d of pair (i, j) into z[n d] (cleared first): -n/sqrt 2 on i, n/sqrt 2 on j. Not a pair: zero. */
void dipole_vector(const Solid *solid, int i, int j, double *z);
