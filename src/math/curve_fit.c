/* Nonlinear least squares by GSL's trust region (Levenberg-Marquardt) with analytic slopes.
 *
 * The iteration is ended by the size of its steps or when chi^2 does not fall any more, which fixes the parameters to about the root
 * of the rounding error only; Gauss-Newton steps, which follow the gradient, find the rest, and in the end the gradient tells whether
 * this is a minimum. Standard errors are the roots of the diagonal of (J^T W J)^-1,
 * times chi^2 per degree of freedom when the weights carry no scale. */
#include "math/curve_fit.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <gsl/gsl_vector.h>
#include <math.h>

#include "base/error.h"
#include "base/memory.h"

enum { MAX_ITERATIONS = 100, MAX_POLISH = 20 };

typedef struct Problem {
  const CurveModel *model;
  const CurveData *data;
} Problem;

static int residuals(const gsl_vector *p, void *context, gsl_vector *f) {
  const Problem *problem = context;
  for (size_t i = 0; i < problem->data->n; i++) {
    const double value = problem->model->value(problem->model->context, p->data, problem->data->x[i], NULL) - problem->data->y[i];
    if (!isfinite(value)) return GSL_EDOM;
    gsl_vector_set(f, i, value);
  }
  return GSL_SUCCESS;
}

static int jacobian(const gsl_vector *p, void *context, gsl_matrix *j) {
  const Problem *problem = context;
  double slopes[CURVE_FIT_MAX];
  for (size_t i = 0; i < problem->data->n; i++) {
    (void)problem->model->value(problem->model->context, p->data, problem->data->x[i], slopes);
    for (size_t k = 0; k < p->size; k++) {
      if (!isfinite(slopes[k])) return GSL_EDOM;
      gsl_matrix_set(j, i, k, slopes[k]);
    }
  }
  return GSL_SUCCESS;
}

static CurveFit nothing(void) {
  CurveFit fit = {.chi2 = NAN, .rms = NAN};
  for (int k = 0; k < CURVE_FIT_MAX; k++) fit.values[k] = fit.errors[k] = NAN;
  for (int k = 0; k < CURVE_FIT_MAX * CURVE_FIT_MAX; k++) fit.covariance[k] = NAN;
  return fit;
}

/** Errors from (J^T W J)^-1, which is in fit->covariance on entry. */
static void scale_errors(CurveFit *fit, size_t n_parameters, bool is_absolute) {
  const double scale = is_absolute ? 1 : fit->chi2 / fit->degrees_of_freedom; /* 0 / 0 for no freedom: NAN */
  for (size_t k = 0; k < n_parameters * n_parameters; k++) fit->covariance[k] *= scale;
  for (size_t k = 0; k < n_parameters; k++) fit->errors[k] = sqrt(fit->covariance[k * n_parameters + k]);
}

/** Whether the residuals are orthogonal to all slopes, or nothing but rounding. */
static bool is_minimum(const gsl_multifit_nlinear_workspace *workspace, const CurveData *data) {
  double largest = 0;
  for (size_t i = 0; i < data->n; i++) largest = fmax(largest, fabs(data->y[i]) * (data->weights != NULL ? sqrt(data->weights[i]) : 1));
  const double length = gsl_blas_dnrm2(workspace->f);
  if (length <= 1e-12 * largest * sqrt((double)data->n)) return true;
  for (size_t k = 0; k < workspace->x->size; k++) {
    const gsl_vector_const_view slope = gsl_matrix_const_column(workspace->J, k);
    double product                    = 0;
    (void)gsl_blas_ddot(&slope.vector, workspace->f, &product);
    if (!(fabs(product) <= 1e-6 * length * gsl_blas_dnrm2(&slope.vector))) return false;
  }
  return true;
}

static CurveFit read_out(const gsl_multifit_nlinear_workspace *workspace, const Problem *problem) {
  const size_t n_parameters = (size_t)problem->model->n_parameters, n = problem->data->n;
  double sum             = 0;
  CurveFit fit           = nothing();
  fit.is_converged       = true;
  fit.degrees_of_freedom = (int)n - (int)n_parameters;
  fit.chi2               = 0;
  for (size_t k = 0; k < n_parameters; k++) fit.values[k] = gsl_vector_get(workspace->x, k);
  for (size_t i = 0; i < n; i++) {
    const double r = problem->model->value(problem->model->context, fit.values, problem->data->x[i], NULL) - problem->data->y[i];
    sum += r * r;
    fit.chi2 += (problem->data->weights != NULL ? problem->data->weights[i] : 1) * r * r;
  }
  fit.rms                    = sqrt(sum / (double)n);
  gsl_matrix_view covariance = gsl_matrix_view_array(fit.covariance, n_parameters, n_parameters);
  if (gsl_multifit_nlinear_covar(workspace->J, 0, &covariance.matrix) != GSL_SUCCESS) gsl_matrix_set_all(&covariance.matrix, NAN);
  scale_errors(&fit, n_parameters, problem->data->is_absolute);
  return fit;
}

/** Put the workspace at p: residuals and slopes are evaluated there. */
static int put_at(gsl_multifit_nlinear_workspace *workspace, Problem *problem, gsl_multifit_nlinear_fdf *functions, const double *p) {
  const size_t n              = problem->data->n;
  gsl_vector_const_view place = gsl_vector_const_view_array(p, (size_t)problem->model->n_parameters);
  *functions                  = (gsl_multifit_nlinear_fdf){.f = residuals, .df = jacobian, .n = n, .p = place.vector.size};
  functions->params           = problem;
  if (problem->data->weights == NULL) return gsl_multifit_nlinear_init(&place.vector, functions, workspace);
  gsl_vector_const_view weights = gsl_vector_const_view_array(problem->data->weights, n);
  return gsl_multifit_nlinear_winit(&place.vector, &weights.vector, functions, workspace);
}

/** The Gauss-Newton step from where the workspace is, and its length in units of the parameters. */
static double find_step(const gsl_multifit_nlinear_workspace *workspace, double *step) {
  const size_t n_parameters = workspace->x->size;
  double inverse[CURVE_FIT_MAX * CURVE_FIT_MAX], gradient[CURVE_FIT_MAX], length = 0;
  gsl_matrix_view c = gsl_matrix_view_array(inverse, n_parameters, n_parameters);
  gsl_vector_view g = gsl_vector_view_array(gradient, n_parameters), d = gsl_vector_view_array(step, n_parameters);
  if (gsl_multifit_nlinear_covar(workspace->J, 0, &c.matrix) != GSL_SUCCESS) return INFINITY;
  (void)gsl_blas_dgemv(CblasTrans, -1, workspace->J, workspace->f, 0, &g.vector);
  (void)gsl_blas_dgemv(CblasNoTrans, 1, &c.matrix, &g.vector, 0, &d.vector);
  for (size_t k = 0; k < n_parameters; k++) length = fmax(length, fabs(step[k]) / (fabs(gsl_vector_get(workspace->x, k)) + 1e-300));
  return isfinite(length) ? length : INFINITY;
}

/** Near the minimum chi^2 is flat within rounding and cannot guide any more, but the gradient can: steps as long as they shrink. */
static void polish(gsl_multifit_nlinear_workspace *workspace, Problem *problem, gsl_multifit_nlinear_fdf *functions) {
  double step[CURVE_FIT_MAX], place[CURVE_FIT_MAX], before = 1e-3;
  for (int k = 0; k < MAX_POLISH; k++) {
    const double length = find_step(workspace, step);
    if (!(length < 0.5 * before)) return;
    before = length;
    for (size_t i = 0; i < workspace->x->size; i++) place[i] = gsl_vector_get(workspace->x, i) + step[i];
    if (put_at(workspace, problem, functions, place) != GSL_SUCCESS) return;
  }
}

static CurveFit solve(Problem *problem, const double *start) {
  const size_t n = problem->data->n, n_parameters = (size_t)problem->model->n_parameters;
  gsl_multifit_nlinear_parameters how       = gsl_multifit_nlinear_default_parameters();
  how.solver                                = gsl_multifit_nlinear_solver_qr;
  gsl_multifit_nlinear_workspace *workspace = gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &how, n, n_parameters);
  require(workspace != NULL, "out of memory for a fit of %zu points", n);
  gsl_multifit_nlinear_fdf functions;
  CurveFit fit = nothing();
  int info     = 0;
  if (put_at(workspace, problem, &functions, start) == GSL_SUCCESS) {
    const int status = gsl_multifit_nlinear_driver(MAX_ITERATIONS, 1e-10, 1e-15, 0, NULL, NULL, &info, workspace);
    if (status == GSL_SUCCESS || status == GSL_ENOPROG || status == GSL_EMAXITER) {
      polish(workspace, problem, &functions);
      if (is_minimum(workspace, problem->data)) fit = read_out(workspace, problem);
    }
  }
  gsl_multifit_nlinear_free(workspace);
  return fit;
}

CurveFit curve_fit(const CurveModel *model, const CurveData *data, const double *start) {
  require(model->n_parameters >= 1 && model->n_parameters <= CURVE_FIT_MAX, "%d parameters", model->n_parameters);
  require(data->n >= (size_t)model->n_parameters, "%zu points for %d parameters", data->n, model->n_parameters);
  Problem problem              = {model, data};
  gsl_error_handler_t *handler = gsl_set_error_handler_off();
  const CurveFit fit           = solve(&problem, start);
  (void)gsl_set_error_handler(handler);
  return fit;
}

CurveFit curve_fit_line(const CurveData *data) {
  require(data->n >= 2, "%zu points for a line", data->n);
  CurveFit fit = nothing();
  double c00, c01, c11, sum = 0;
  double *weights = memory_array(data->n, sizeof *weights);
  for (size_t i = 0; i < data->n; i++) weights[i] = data->weights != NULL ? data->weights[i] : 1;
  gsl_fit_wlinear(data->x, 1, weights, 1, data->y, 1, data->n, &fit.values[0], &fit.values[1], &c00, &c01, &c11, &fit.chi2);
  memory_free(weights);
  fit.is_converged       = isfinite(fit.values[0]) && isfinite(fit.values[1]);
  fit.degrees_of_freedom = (int)data->n - 2;
  fit.covariance[0] = c00, fit.covariance[1] = fit.covariance[2] = c01, fit.covariance[3] = c11;
  for (size_t i = 0; i < data->n; i++) {
    const double r = fit.values[0] + fit.values[1] * data->x[i] - data->y[i];
    sum += r * r;
  }
  fit.rms = sqrt(sum / (double)data->n);
  if (!fit.is_converged) return nothing();
  scale_errors(&fit, 2, data->is_absolute);
  return fit;
}
