#pragma once
/** Pseudoharmonic modes: local minima of
 *    C(z) = (z.M.z)^2 / sum_<ij> (z_ij.z_ij)^2,  z_ij = z_j - z_i, over interacting pairs
 *  [Richard, Kapteijns, Giannini, Manning, Lerner, Phys. Rev. Lett. 126, 015501 (2021)]. */
#include "response/dipole.h"
#include "response/modes.h"
#include "response/solid.h"

/** C and its gradient [n d] (out, may be NULL) at any z [n d]; units eps^2/sigma^4 |z|^0. */
double pseudoharmonic_cost(const Solid *solid, const double *z, double *gradient);

typedef struct PseudoharmonicOptions {
  int n_starts;     /* dipole responses to start from, the softest first */
  int n_modes;      /* most modes kept, by stiffness */
  int most;         /* iterations */
  double tolerance; /* of |grad C| S / (4 kappa |M z|) */
  double same;      /* |z_a.z_b| from which two are one mode */
} PseudoharmonicOptions;

typedef struct PseudoharmonicMode {
  double cost_start, cost; /* of the dipole response, converged */
  double stiffness;        /* z.M.z of the normalised mode, eps/sigma^2 */
  double participation;    /* (sum |z_i|^2)^2 / (N sum |z_i|^4) */
  int i, j;                /* pair whose dipole response led here first */
  int core_i, core_j;      /* where the mode is: the pair with the largest z_ij.z_ij */
  int iterations;
} PseudoharmonicMode;

typedef struct Pseudoharmonics {
  int n, n_failed; /* distinct modes, stiffness ascending; starts that did not converge */
  PseudoharmonicMode *modes;
  double *vectors; /* [n][particles * d] normalised, translation-free */
} Pseudoharmonics;

/** dipoles: where kappa says which pairs are softest. Needs a factor or patience; nothing is found if the solid is not positive. */
void pseudoharmonic_find(Solid *solid, const Dipoles *dipoles, const PseudoharmonicOptions *options, Pseudoharmonics *found);
void pseudoharmonic_clear(Pseudoharmonics *found);
