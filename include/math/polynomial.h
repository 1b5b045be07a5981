#pragma once
/** Polynomials through noisy points. */
#include <stdbool.h>

enum { POLYNOMIAL_TERMS = 4 };
typedef struct Polynomial {
  int n_terms;                                            /* degree + 1, at most POLYNOMIAL_TERMS */
  double terms[POLYNOMIAL_TERMS];                         /* y = sum_k terms[k] x^k */
  double covariance[POLYNOMIAL_TERMS * POLYNOMIAL_TERMS]; /* [n_terms][n_terms]; NAN if n = n_terms */
} Polynomial;

/** Weighted least squares: minimise sum_i weight_i (y_i - sum_k terms_k x_i^k)^2.
 *  x, y, weight  in [n]; weights relative, > 0: the covariance is scaled by the scatter about the fit, sum w dy^2 / (n - n_terms)
 *  Returns false, fit all NAN, if n < n_terms, if something is not finite or the points do not determine the terms. Collective: no. */
bool polynomial_fit(int n_terms, int n, const double *x, const double *y, const double *weight, Polynomial *fit);

/** Top of a parabola (three terms): position and value, each with its standard error; NAN if it opens upwards.
 *  position = -b / 2a, value = c - b^2 / 4a; errors: linear propagation of the covariance. */
void polynomial_top(const Polynomial *parabola, double *position, double *position_error, double *value, double *value_error);
