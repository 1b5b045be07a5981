/* Brent's root finder and minimizer, from GSL. */
#include "math/roots.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>
#include <gsl/gsl_roots.h>
#include <math.h>

#include "base/error.h"

enum { MOST_STEPS = 200 };

double root_between(ScalarFunction f, void *context, double low, double high, double tolerance) {
  const double at_low = f(low, context), at_high = f(high, context);
  if (at_low == 0) return low;
  if (at_high == 0) return high;
  if (!(at_low * at_high < 0)) return NAN;
  gsl_set_error_handler_off(); /* a failure is a NaN, not the end */
  gsl_function function    = {f, context};
  gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
  require(solver != NULL, "no memory for a root finder");
  double x = NAN;
  if (gsl_root_fsolver_set(solver, &function, low, high) == GSL_SUCCESS) {
    for (int step = 0; step < MOST_STEPS; step++) {
      if (gsl_root_fsolver_iterate(solver) != GSL_SUCCESS) break;
      x              = gsl_root_fsolver_root(solver);
      const double a = gsl_root_fsolver_x_lower(solver), b = gsl_root_fsolver_x_upper(solver);
      if (b - a <= fmax(tolerance, 4e-16) * fabs(x)) break;
    }
  }
  gsl_root_fsolver_free(solver);
  return x;
}

double minimum_between(ScalarFunction f, void *context, double low, double middle, double high) {
  const double at_low = f(low, context), at_middle = f(middle, context), at_high = f(high, context);
  if (!(at_middle < at_low && at_middle < at_high)) return NAN;
  gsl_set_error_handler_off();
  gsl_function function      = {f, context};
  gsl_min_fminimizer *finder = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);
  require(finder != NULL, "no memory for a minimizer");
  double x = middle;
  if (gsl_min_fminimizer_set_with_values(finder, &function, middle, at_middle, low, at_low, high, at_high) == GSL_SUCCESS) {
    for (int step = 0; step < MOST_STEPS; step++) {
      if (gsl_min_fminimizer_iterate(finder) != GSL_SUCCESS) break;
      x = gsl_min_fminimizer_x_minimum(finder);
      if (gsl_min_fminimizer_x_upper(finder) - gsl_min_fminimizer_x_lower(finder) <= 1e-8 * fabs(x)) break;
    }
  }
  gsl_min_fminimizer_free(finder);
  return x;
}
