/* Natural cubic splines, from GSL. */
#include "math/spline.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_spline.h>

#include "base/error.h"
#include "base/memory.h"

struct Spline {
  gsl_spline *curve;
};

Spline *spline_create(int n, const double *x, const double *y) {
  require(n >= 3, "a spline through %d points", n);
  for (int i = 1; i < n; i++) require(x[i] > x[i - 1], "points of a spline do not ascend");
  Spline *spline = memory_array(1, sizeof *spline);
  spline->curve  = gsl_spline_alloc(gsl_interp_cspline, (size_t)n);
  require(spline->curve != NULL && gsl_spline_init(spline->curve, x, y, (size_t)n) == GSL_SUCCESS, "GSL refused the points");
  return spline;
}

double spline_value(const Spline *spline, double x) { return gsl_spline_eval(spline->curve, x, NULL); }

void spline_destroy(Spline **spline) {
  if (*spline == NULL) return;
  gsl_spline_free((*spline)->curve);
  memory_free(*spline);
  *spline = NULL;
}
