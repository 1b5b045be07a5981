#pragma once
/** Particles that are no part of the solid: nothing holds them, or only each other. */
#include <stdbool.h>

#include "potentials/potential.h"
#include "response/hessian.h"
#include "response/pairs.h"

/** Mark them in is_out[n] (out); returns their number. All numbers of the rest are what they are without them; see the .c. */
int rattlers_find(const Pairs *pairs, const Hessian *hessian, const Potential *potential, const void *parameters, bool *is_out);
/** The pairs of the others; row[rest->n] (out, caller frees): their numbers in `pairs`. */
void rattlers_leave_out(const Pairs *pairs, const bool *is_out, Pairs *rest, int **row);
