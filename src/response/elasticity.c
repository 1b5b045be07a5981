/** All strains at once: six right-hand sides (three in two dimensions) cost little more than one.
 *
 *  Lagrangian strain eta = (F^T F - 1)/2. Simple shear F = 1 + g x(x)y has eta_xy = g/2, eta_yy = g^2/2, hence
 *    G_xy = C_xyxy + s_yy                                       (s: stress, V s = dU/deta)
 *  with C_xyxy the relaxed Lagrangian modulus; its Born part is U_gg / V. Expansion F = 1 + e: eta = e + e^2/2, so
 *    K = -V dP/dV = [V^-1 U_ee + d (d-1) P] / d^2 = sum_ij C_iijj / d^2 + P (d-2)/d,    P = -tr s / d. */
#include "response/elasticity.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

static double dot(const double *a, const double *b, size_t n) {
  double sum = 0;
  for (size_t k = 0; k < n; k++) sum += a[k] * b[k];
  return sum;
}

static void relax(Solid *solid, Elasticity *e) {
  const Hessian *hessian = &solid->hessian;
  const size_t length    = (size_t)hessian->matrix.n * (size_t)hessian->matrix.d;
  const int n            = hessian->n_strains;
  double *u              = memory_array((size_t)n * length, sizeof *u);
  memcpy(u, hessian->xi, (size_t)n * length * sizeof *u);
  const bool is_solved = solid_solve(solid, n, u);
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++)
      e->nonaffine[i][j] = is_solved ? dot(hessian->xi + (size_t)i * length, u + (size_t)j * length, length) / solid->pairs.volume : NAN;
  memory_free(u);
}

void elasticity_compute(Solid *solid, Elasticity *elasticity) {
  const Hessian *hessian = &solid->hessian;
  Elasticity *e          = elasticity;
  const int n = hessian->n_strains, d = hessian->matrix.d;
  *e         = (Elasticity){.n_strains = n, .n_planes = d == 3 ? 3 : 1};
  double sum = 0;
  relax(solid, e);
  for (int i = 0; i < n; i++) {
    e->stress[i] = hessian->slope[i] / solid->pairs.volume;
    if (i < d) e->pressure -= e->stress[i] / d;
    for (int j = 0; j < n; j++) {
      e->born[i][j] = hessian->born[i][j] / solid->pairs.volume;
      if (i < d && j < d) sum += e->born[i][j] - e->nonaffine[i][j];
    }
  }
  e->bulk = sum / (d * d) + e->pressure * (d - 2) / d;
  for (int plane = 0; plane < e->n_planes; plane++) {
    const int shear           = hessian_shear(hessian, plane);
    e->shear_born[plane]      = e->born[shear][shear] + e->stress[hessian_gradient(plane)];
    e->shear_nonaffine[plane] = e->nonaffine[shear][shear];
    e->shear[plane]           = e->shear_born[plane] - e->shear_nonaffine[plane];
  }
}
