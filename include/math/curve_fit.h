#pragma once
/** Least squares: the parameters p of a curve f(x; p) that minimise sum_i w_i (f(x_i; p) - y_i)^2. */
#include <stdbool.h>
#include <stddef.h>

enum { CURVE_FIT_MAX = 6 }; /* parameters */

typedef struct CurveModel {
  int n_parameters;
  /** f(x; p) and, unless slopes is NULL, its n_parameters slopes df/dp. */
  double (*value)(const void *context, const double *parameters, double x, double *slopes);
  const void *context;
} CurveModel;

typedef struct CurveData {
  size_t n;
  const double *x, *y;   /* [n] */
  const double *weights; /* [n] or NULL: all 1 */
  bool is_absolute;      /* weights are 1 / (standard error of y)^2; otherwise only their ratios mean something */
} CurveData;

typedef struct CurveFit {
  bool is_converged;            /* otherwise all numbers below are NAN */
  double values[CURVE_FIT_MAX]; /* parameters */
  double errors[CURVE_FIT_MAX]; /* standard errors; unless is_absolute, scaled so that chi^2 per degree of freedom is 1 */
  double covariance[CURVE_FIT_MAX * CURVE_FIT_MAX]; /* [n_parameters][n_parameters], the same scale */
  double chi2;                                      /* sum_i w_i (f - y)^2 */
  double rms;                                       /* root of the mean of (f - y)^2, without weights */
  int degrees_of_freedom;                           /* n - n_parameters; errors are NAN if it is 0 and the weights are not absolute */
} CurveFit;

/** From `start`. data->n >= model->n_parameters. */
CurveFit curve_fit(const CurveModel *model, const CurveData *data, const double *start);

/** The straight line y = intercept + slope x by the same rules: values[0] intercept, values[1] slope. */
CurveFit curve_fit_line(const CurveData *data);
