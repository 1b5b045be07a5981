/* GSL's eighth-order Runge-Kutta-Prince-Dormand with step control, driven from one asked abscissa to the next. */
#include "math/ode.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>

#include "base/error.h"

typedef struct Equation {
  OdeSlope slope;
  const void *context;
} Equation;

static int evaluate(double x, const double *y, double *dydx, void *context) {
  const Equation *equation = context;
  dydx[0]                  = equation->slope(x, y[0], equation->context);
  return GSL_SUCCESS;
}

bool ode_integrate(OdeSlope slope, const void *context, double first, double start, int n, const double *x, double *y, double tolerance) {
  Equation equation            = {slope, context};
  gsl_odeiv2_system system     = {evaluate, NULL, 1, &equation};
  gsl_error_handler_t *handler = gsl_set_error_handler_off();
  gsl_odeiv2_driver *driver    = gsl_odeiv2_driver_alloc_y_new(&system, gsl_odeiv2_step_rk8pd, 1e-3, tolerance, tolerance);
  require(driver != NULL, "out of memory for an integration");
  double at = first, value = start;
  bool is_good = true;
  for (int k = 0; k < n && is_good; k++) {
    is_good = x[k] <= at || gsl_odeiv2_driver_apply(driver, &at, x[k], &value) == GSL_SUCCESS;
    y[k]    = value;
  }
  gsl_odeiv2_driver_free(driver);
  (void)gsl_set_error_handler(handler);
  return is_good;
}
