#pragma once
/** Linear elasticity of an inherent structure. */
#include "response/solid.h"

enum { MAX_PLANES = 3 };
/* Units eps/sigma^d; strains in the order of hessian.h. Of a Solid that is not positive all but pressure, stress and born are NaN. */
typedef struct Elasticity {
  int n_strains, n_planes; /* 6 and 3, or 3 and 1 */
  double pressure;
  double stress[MAX_STRAINS];                 /* slope / V: tension is positive */
  double born[MAX_STRAINS][MAX_STRAINS];      /* C = born - nonaffine: moduli for Lagrangian strains (Voigt, engineering shears) */
  double nonaffine[MAX_STRAINS][MAX_STRAINS]; /* Xi M^-1 Xi / V */
  double shear_born[MAX_PLANES];              /* simple shear x -> x + gamma y in the planes xy, xz, yz: U_gg / V */
  double shear_nonaffine[MAX_PLANES];
  double shear[MAX_PLANES]; /* G = born - nonaffine */
  double bulk;              /* K = -V dP/dV */
} Elasticity;

/** G = V^-1 [U_gg - Xi.M^-1.Xi] [MODELS 3; Maloney, Lemaitre, Phys. Rev. E 74, 016118 (2006)]. */
void elasticity_compute(Solid *solid, Elasticity *elasticity);
