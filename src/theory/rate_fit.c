/* The points of a protocol are exact (no differential equation is solved for them), so a fit has no noise but the choice of its points.
 * What is fitted is 1 - q = exp(-y) by exp(-(s/tau)^beta): the same residuals as those of q. The standard errors measure how badly the
 * form fits, not any uncertainty of data. */
#include "theory/rate_fit.h"

#include <math.h>

#include "base/memory.h"
#include "math/relaxation.h"
#include "theory/rate_solution.h"

static const double DECADES = 4; /* of RATE_L */

/** Point i of 0 .. n-1: time and y = -ln(1 - q). */
static void find_point(double a, const RateGrid *grid, double s_end, int i, double *s, double *y) {
  const double part = (double)(i + 1) / grid->n;
  if (grid->protocol == RATE_Q) {
    *y = -log1p(-part * grid->q_max);
    *s = rate_time(a, *y);
    return;
  }
  *s = grid->protocol == RATE_L ? s_end * pow(10, -DECADES * (grid->n - 1 - i) / (grid->n - 1)) : part * s_end;
  *y = rate_progress(a, *s);
}

/** times[n] and values[n] = 1 - q. */
static void make_points(double a, const RateGrid *grid, double *times, double *values) {
  const double s_end = grid->protocol == RATE_TRUNCATED ? grid->s_max : rate_time(a, -log1p(-grid->q_max));
  for (int i = 0; i < grid->n; i++) {
    double y;
    find_point(a, grid, s_end, i, &times[i], &y);
    values[i] = exp(-y);
  }
}

RateFit rate_fit(double a, const RateGrid *grid) {
  static const RelaxationModel form = {.form = RELAX_KWW, .amplitude = 1};
  double *times = memory_array((size_t)grid->n, sizeof *times), *values = memory_array((size_t)grid->n, sizeof *values);
  make_points(a, grid, times, values);
  const CurveData data    = {.n = (size_t)grid->n, .x = times, .y = values};
  const RelaxationFit fit = relaxation_fit(&form, &data);
  const RateFit result    = {fit.beta, fit.beta_error, fit.tau, fit.tau_error, fit.rms, 1 - values[grid->n - 1]};
  memory_free(times);
  memory_free(values);
  return result;
}

double rate_check(double a, const RateGrid *grid) {
  const size_t n = (size_t)grid->n;
  double *times = memory_array(n, sizeof *times), *values = memory_array(n, sizeof *values), *q = memory_array(n, sizeof *q);
  make_points(a, grid, times, values);
  double worst = rate_integrate(a, grid->n, times, q) ? 0 : NAN;
  for (size_t i = 0; i < n && !isnan(worst); i++) worst = fmax(worst, fabs(q[i] - (1 - values[i])));
  memory_free(times);
  memory_free(values);
  memory_free(q);
  return worst;
}
