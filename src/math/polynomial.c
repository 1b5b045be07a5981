/* Weighted linear least squares by GSL (singular value decomposition of the weighted design matrix, gsl_multifit_wlinear).
 *
 * GSL takes the weights as inverse variances; ours are relative, so its covariance is multiplied by chi^2 / (n - n_terms). The top of a
 * parabola y = c + b x + a x^2 is linear in neither a nor b; with C the covariance and g the gradient of the position or of the value
 * with respect to (c, b, a), the squared error is g . C . g:
 *   position = -b / (2 a)       g = (0, -1 / (2 a), b / (2 a^2))
 *   value    = c - b^2 / (4 a)  g = (1, -b / (2 a), b^2 / (4 a^2)) */
#include "math/polynomial.h"

#include <gsl/gsl_multifit.h>
#include <math.h>

#include "base/error.h"

static void fit_nothing(int n_terms, Polynomial *fit) {
  fit->n_terms = n_terms;
  for (int k = 0; k < POLYNOMIAL_TERMS; k++) fit->terms[k] = NAN;
  for (int k = 0; k < POLYNOMIAL_TERMS * POLYNOMIAL_TERMS; k++) fit->covariance[k] = NAN;
}

static bool is_fit_to_use(int n, const double *x, const double *y, const double *weight) {
  for (int i = 0; i < n; i++)
    if (!isfinite(x[i]) || !isfinite(y[i]) || !isfinite(weight[i]) || weight[i] <= 0) return false;
  return true;
}

bool polynomial_fit(int n_terms, int n, const double *x, const double *y, const double *weight, Polynomial *fit) {
  require(n_terms >= 1 && n_terms <= POLYNOMIAL_TERMS, "%d terms", n_terms);
  fit_nothing(n_terms, fit);
  if (n < n_terms || !is_fit_to_use(n, x, y, weight)) return false;
  const size_t rows = (size_t)n, columns = (size_t)n_terms;
  double chi_squared = NAN;
  size_t rank        = 0;
  gsl_matrix *design = gsl_matrix_alloc(rows, columns), *covariance = gsl_matrix_alloc(columns, columns);
  gsl_vector *terms                 = gsl_vector_alloc(columns);
  gsl_multifit_linear_workspace *at = gsl_multifit_linear_alloc(rows, columns);
  require(design != NULL && covariance != NULL && terms != NULL && at != NULL, "no memory for a fit of %d points", n);
  for (size_t i = 0; i < rows; i++) {
    double power = 1;
    for (size_t k = 0; k < columns; k++, power *= x[i]) gsl_matrix_set(design, i, k, power);
  }
  const gsl_vector_const_view values = gsl_vector_const_view_array(y, rows), weights = gsl_vector_const_view_array(weight, rows);
  const int outcome = gsl_multifit_wlinear_tsvd(design, &weights.vector, &values.vector, 1e-14, terms, covariance, &chi_squared, &rank, at);
  const bool is_good = outcome == 0 && rank == columns;
  const double scale = n > n_terms ? chi_squared / (n - n_terms) : NAN;
  for (size_t k = 0; k < columns && is_good; k++) {
    fit->terms[k] = gsl_vector_get(terms, k);
    for (size_t l = 0; l < columns; l++) fit->covariance[k * columns + l] = scale * gsl_matrix_get(covariance, k, l);
  }
  gsl_multifit_linear_free(at);
  gsl_vector_free(terms);
  gsl_matrix_free(covariance);
  gsl_matrix_free(design);
  return is_good;
}

/* sqrt(g . C . g) */
static double propagate(const Polynomial *fit, const double *gradient) {
  double variance = 0;
  for (int k = 0; k < fit->n_terms; k++)
    for (int l = 0; l < fit->n_terms; l++) variance += gradient[k] * fit->covariance[k * fit->n_terms + l] * gradient[l];
  return sqrt(variance);
}

void polynomial_top(const Polynomial *parabola, double *position, double *position_error, double *value, double *value_error) {
  require(parabola->n_terms == 3, "a parabola has three terms, not %d", parabola->n_terms);
  const double c = parabola->terms[0], b = parabola->terms[1], a = parabola->terms[2];
  *position = *position_error = *value = *value_error = NAN;
  if (!(a < 0)) return;
  *position       = -b / (2 * a);
  *value          = c - b * b / (4 * a);
  *position_error = propagate(parabola, (double[3]){0, -1 / (2 * a), b / (2 * a * a)});
  *value_error    = propagate(parabola, (double[3]){1, -b / (2 * a), b * b / (4 * a * a)});
}
