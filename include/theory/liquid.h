#pragma once
/** The structure of a liquid of spheres as a theory of its dynamics wants it: S(q), g(r), g(d). Lengths in units of the sphere diameter d.
 */
#include <stdbool.h>

#include "base/status.h"

typedef struct Spline Spline;

typedef enum Closure {
  CLOSURE_PERCUS_YEVICK, /* hard spheres, Wertheim's solution */
  CLOSURE_VERLET_WEIS,   /* hard spheres, Verlet & Weis, Phys. Rev. A 5, 939 (1972) */
  CLOSURE_TABLE          /* S(q) measured; no g(r) */
} Closure;

enum { LIQUID_SHELLS = 7 }; /* g(r) is known for r < LIQUID_SHELLS + 1 PY diameters */

/** Exponentials of one shell: r g(r) += Re sum_i exp(t_i x) sum_k polynomial[i][k] x^k, x = r - (shell + 1) >= 0. */
typedef struct LiquidShell {
  double polynomial[2][LIQUID_SHELLS][2]; /* real pole; one of the conjugate pair, counted twice; (re, im) */
} LiquidShell;

typedef struct Liquid {
  Closure closure;
  double phi;               /* packing fraction, (pi/6) rho d^3 */
  double packing, diameter; /* of the PY liquid behind it; phi and 1 unless Verlet-Weis */
  double contact;           /* g(d+) */
  double lambda1, lambda2;  /* of the direct correlation function */
  double pole[2][2];        /* t_i (re, im) */
  LiquidShell shells[LIQUID_SHELLS];
  double amplitude, decay; /* of the contact term of Verlet-Weis */
  const Spline *table;     /* CLOSURE_TABLE: S(q) on [q_first, q_last], lent */
  double q_first, q_last;
  double rest; /* CLOSURE_TABLE: mean of (S - 1)^2 at q_last */
} Liquid;

/** closure: PY or Verlet-Weis; 0 < phi < 1. */
void liquid_hard_spheres(Liquid *liquid, double phi, Closure closure);
/** S(q) from a spline on [q_first, q_last] (q in 1/d), which must outlive the liquid. Below q_first S keeps its first value, beyond q_last
 *  it is 1; `rest` is 0. */
void liquid_measured(Liquid *liquid, double phi, double contact, const Spline *table, double q_first, double q_last);

/** S(q) - 1, q >= 0, without loss of digits where S is near 1. */
double liquid_excess(const Liquid *liquid, double q);
/** g(r); 0 for r < 1; NaN where it is not known. *slope (may be NULL): dg/dr. */
double liquid_pair(const Liquid *liquid, double r, double *slope);
/** First minimum of g(r): its place and depth; NaN if there is none (or no g). */
void liquid_cage(const Liquid *liquid, double *r, double *g);
/** First (main) peak of S(q) between q_low and q_high; NaN if there is none. */
void liquid_peak(const Liquid *liquid, double q_low, double q_high, double *q, double *height);
/** How many times narrower than for a liquid of medium density the panels of an integral over S(q) must be: its peaks become narrow. */
int liquid_refinement(const Liquid *liquid);
/** How much the dynamic free energy (kT) lacks at r because a table ends, and its slope, if S - 1 falls off as q^-2 from `rest` on;
 *  0 for hard spheres. */
void liquid_missing(const Liquid *liquid, double r, double *value, double *slope);
/** Amplitude A of the tail S - 1 -> A cos(q w) / q^2, w = *wave; 0 for a table. */
double liquid_tail(const Liquid *liquid, double *wave);
