/** The factor's size is known only after its symbolic analysis; whether to begin at all is decided by an estimate. Nested dissection cuts
 *  through all bonds across a plane: with k neighbours the separator of n particles holds s = n^(2/3) (k / (4 pi/3))^(1/3) of them (in two
 *  dimensions n^(1/2) (k/pi)^(1/2)), its block s^2/2 d^2 elements, and all smaller separators add a constant factor (a logarithm in two
 *  dimensions). The constant in three dimensions gives 45 and 287 MB for soft spheres of 2000 and 8000 particles, whose factors measure 32
 *  and 250 MB; in two dimensions it is that of nested dissection of a square grid, 31/4 n log2 n [George 1973], for four neighbours. */
#include "response/solid.h"

#include <math.h>

#include "base/memory.h"
#include "math/block_cg.h"
#include "rattlers.h"

static const double TOLERANCE = 1e-12; /* of iterative solves, relative residual */
enum { MOST_ITERATIONS = 20000 };

double solid_factor_bytes(int n, int d, double row_length) {
  const double pi = 3.14159265358979323846, k = fmax(row_length - 1, 1), particles = n;
  const double separator = d == 3 ? pow(particles, 2.0 / 3) * cbrt(k / (4 * pi / 3)) : sqrt(particles * k / pi);
  const double elements  = separator * separator * d * d * (d == 3 ? 10 : 6 * log2(particles));
  return 8 * elements;
}

/** The Hessian again, without the rattlers: what their neighbours have from them goes, too. */
static void leave_out(Solid *solid, const bool *is_out, const Potential *potential, const void *parameters) {
  Pairs all           = solid->pairs;
  const double energy = solid->hessian.energy, max_force = solid->hessian.max_force;
  rattlers_leave_out(&all, is_out, &solid->pairs, &solid->row);
  hessian_clear(&solid->hessian);
  hessian_build(&solid->pairs, potential, parameters, &solid->hessian);
  solid->hessian.energy    = energy;
  solid->hessian.max_force = max_force;
  pairs_clear(&all);
}

/** False if no solid is left. */
static bool take_rattlers(Solid *solid, const Potential *potential, const void *parameters) {
  const int n       = solid->pairs.n;
  bool *is_out      = memory_array((size_t)n, sizeof *is_out);
  solid->n_rattlers = rattlers_find(&solid->pairs, &solid->hessian, potential, parameters, is_out);
  if (solid->n_rattlers > 0 && solid->n_rattlers < n) leave_out(solid, is_out, potential, parameters);
  memory_free(is_out);
  return solid->n_rattlers < n;
}

Status solid_build(const Frame *frame, const Potential *potential, const void *parameters, const Mixture *mixture, size_t memory,
                   Solid *solid) {
  *solid        = (Solid){.memory = memory, .is_positive = true};
  Status status = pairs_build(frame, potential, parameters, mixture->n_species, &solid->pairs);
  if (status != STATUS_OK) {
    pairs_clear(&solid->pairs);
    return status;
  }
  hessian_build(&solid->pairs, potential, parameters, &solid->hessian);
  solid->is_positive      = isfinite(solid->hessian.max_force) && take_rattlers(solid, potential, parameters);
  const BlockMatrix *m    = &solid->hessian.matrix;
  const double row_length = (double)m->start[m->n] / m->n;
  if (solid->is_positive && solid_factor_bytes(m->n, m->d, row_length) < (double)memory)
    status = sparse_factorize(m, &solid->factor, &solid->is_positive);
  return status;
}

void solid_clear(Solid *solid) {
  sparse_destroy(&solid->factor);
  hessian_clear(&solid->hessian);
  pairs_clear(&solid->pairs);
  memory_free(solid->row);
  solid->row = NULL;
}

bool solid_solve(Solid *solid, int n_rhs, double *b) {
  if (!solid->is_positive) return false;
  if (solid->factor)
    sparse_solve(solid->factor, n_rhs, b);
  else
    solid->is_positive = block_cg_solve(&solid->hessian.matrix, n_rhs, b, TOLERANCE, MOST_ITERATIONS, NULL);
  return solid->is_positive;
}
