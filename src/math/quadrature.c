/* The rule comes from GSL's tables: 20 points integrate polynomials up to degree 39. */
#include "math/quadrature.h"

#include <gsl/gsl_integration.h>

#include "base/error.h"

enum { POINTS = 20 };

double quadrature_gauss(double (*f)(double x, const void *context), const void *context, double low, double high) {
  gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc(POINTS);
  require(rule != NULL, "out of memory for a quadrature rule");
  double sum = 0;
  for (size_t k = 0; k < POINTS; k++) {
    double x, weight;
    (void)gsl_integration_glfixed_point(low, high, k, &x, &weight, rule);
    sum += weight * f(x, context);
  }
  gsl_integration_glfixed_table_free(rule);
  return sum;
}
