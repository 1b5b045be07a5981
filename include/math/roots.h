#pragma once
/** Roots and minima of functions of one variable, bracketed (Brent's methods). */

typedef double (*ScalarFunction)(double x, void *context);

/** A root between low < high, where f has opposite signs (0 at an end: that end); else NaN. f may jump, but must not be NaN.
 *  Ends when the bracket is narrower than `tolerance` * |x|; 0: as far as doubles go. */
double root_between(ScalarFunction f, void *context, double low, double high, double tolerance);
/** A local minimum in [low, high] with f(middle) below both ends; else NaN. The position is good to about 1e-8 |x| at best. */
double minimum_between(ScalarFunction f, void *context, double low, double middle, double high);
