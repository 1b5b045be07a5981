#pragma once
/** Natural cubic splines. */

typedef struct Spline Spline;

/** Through n >= 3 points; x strictly ascending, all finite. Copies. Owner ends it with spline_destroy. */
Spline *spline_create(int n, const double *x, const double *y);
/** x inside [x_0, x_{n-1}]. */
double spline_value(const Spline *spline, double x);
/** Accepts NULL inside. */
void spline_destroy(Spline **spline);
