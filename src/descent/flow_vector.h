#pragma once
/** What CVODE computes with: SUNDIALS' serial vector on each rank, with sums and norms over the group (vectors.h). Its length is the number
 *  of coordinates of all particles. */
#include <sundials/sundials_nvector.h>

#include "vectors.h"

/** Zeros. `scratch` is lent, for norms. Ended by N_VDestroy, as its clones are. */
N_Vector flow_vector_new(const System *system, Vector *scratch, SUNContext context);
/** The vector in it; to be refreshed before sums. */
Vector *flow_vector_inside(N_Vector v);
