#pragma once
/** Gauss-Legendre rules on panels. */

/** The rule of `order` points (1..64) on each of n_panels equal panels of [from, to], panels in order.
 *  nodes, weights: [n_panels * order], out. */
void panels_gauss(double from, double to, int n_panels, int order, double *nodes, double *weights);
