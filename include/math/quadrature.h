#pragma once
/** Integrals. */

/** int_low^high f(x) dx by one Gauss-Legendre rule of 20 points: exact to rounding where f is smooth on the scale of the interval. */
double quadrature_gauss(double (*f)(double x, const void *context), const void *context, double low, double high);
