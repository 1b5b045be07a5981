/* Gauss-Legendre panels; the points of the unit panel are GSL's. */
#include "math/panels.h"

#include <gsl/gsl_integration.h>
#include <stddef.h>

#include "base/error.h"

void panels_gauss(double from, double to, int n_panels, int order, double *nodes, double *weights) {
  require(n_panels > 0 && order > 0 && order <= 64, "%d panels of %d points", n_panels, order);
  gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc((size_t)order);
  require(rule != NULL, "no Gauss-Legendre rule of %d points", order);
  const double width = (to - from) / n_panels;
  for (int i = 0; i < order; i++) {
    double x = 0, w = 0;
    gsl_integration_glfixed_point(0, 1, (size_t)i, &x, &w, rule);
    for (int p = 0; p < n_panels; p++) {
      nodes[p * order + i]   = from + width * (p + x);
      weights[p * order + i] = width * w;
    }
  }
  gsl_integration_glfixed_table_free(rule);
}
