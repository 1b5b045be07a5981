#pragma once
/** One ordinary differential equation dy/dx = slope(x, y). */
#include <stdbool.h>

typedef double (*OdeSlope)(double x, double y, const void *context);

/** y at the n growing abscissae x[n] (x[0] >= first), from y(first) = start; local error below tolerance (absolute and relative) per step.
 *  False if the integrator gives up. */
bool ode_integrate(OdeSlope slope, const void *context, double first, double start, int n, const double *x, double *y, double tolerance);
