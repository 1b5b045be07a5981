#pragma once
/** A configuration ready to respond: its pairs, its Hessian and a way to solve M u = b. Rattlers are left out: what nothing holds does not
 *  respond. One rank. */
#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "math/sparse.h"
#include "matter/frame.h"
#include "matter/mixture.h"
#include "potentials/potential.h"
#include "response/hessian.h"
#include "response/pairs.h"

typedef struct Solid {
  int n_rattlers; /* particles, and clusters of them, that are no part of the solid; all of them: there is none */
  int *row;       /* [pairs.n] numbers in the frame of the particles that are left; NULL: all are */
  Pairs pairs;    /* of those that are left, like the Hessian, but for energy and max_force: of all */
  Hessian hessian;
  SparseFactor *factor; /* NULL: not positive, or too large for `memory`: then solves iterate */
  bool is_positive;     /* M is positive definite beside its translations, as far as known */
  size_t memory;        /* bytes that the response may use */
} Solid;

/** STATUS_INPUT as pairs_build. A configuration that is no minimum is not an error: is_positive tells. */
NODISCARD Status solid_build(const Frame *frame, const Potential *potential, const void *parameters, const Mixture *mixture, size_t memory,
                             Solid *solid);
void solid_clear(Solid *solid);
/** x <- M^+ b for n_rhs right-hand sides [n_rhs][n d], in place. False if M is not positive; iteration may find that out (is_positive). */
bool solid_solve(Solid *solid, int n_rhs, double *b);
/** Bytes that a factor of such a matrix needs, estimated from its size and its coordination. */
double solid_factor_bytes(int n, int d, double row_length);
