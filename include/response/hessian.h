#pragma once
/** Second derivatives of the energy by positions and strains, at the configuration as it is.
 *
 *  Strains are Lagrangian: U depends on eta through S_ab = R_a.(1 + 2 eta).R_b. Order: xx yy zz xy xz yz, in two dimensions xx yy xy; a
 *  shear xy of size gamma means eta_xy = eta_yx = gamma/2. Simple shear x -> x + gamma y has the same mixed derivative Xi, and
 *  U_gg = born[xy][xy] + slope[yy]. */
#include <stdbool.h>
#include <stdint.h>

#include "math/sparse.h"
#include "potentials/potential.h"
#include "response/pairs.h"

enum { MAX_STRAINS = 6 };

typedef struct Hessian {
  BlockMatrix matrix;                    /* M = d2U/dx dx, eps/sigma^2 */
  int n_strains;                         /* 6, or 3 in two dimensions */
  double *xi;                            /* [n_strains][n * d] d2U/dx deta, eps/sigma */
  double born[MAX_STRAINS][MAX_STRAINS]; /* d2U/deta deta at fixed reduced coordinates, eps */
  double slope[MAX_STRAINS];             /* dU/deta = V times the stress, eps */
  double energy, max_force;              /* eps; largest |F_i|, eps/sigma */
} Hessian;

/** [MODELS 3] pairs and triplets in one scheme; see the .c. Collective: no. */
void hessian_build(const Pairs *pairs, const Potential *potential, const void *parameters, Hessian *hessian);
void hessian_clear(Hessian *hessian);
/** Index of shear xy, xz, yz (plane 0, 1, 2) among the strains, and of the normal strain along its gradient. */
int hessian_shear(const Hessian *hessian, int plane);
int hessian_gradient(int plane);

/** Forces and energy only: force[n][d] (out), eps/sigma; returns the largest |F_i|. NaN if particles coincide. */
double hessian_forces(const Pairs *pairs, const Potential *potential, const void *parameters, double *force, double *energy);
