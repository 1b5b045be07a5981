#pragma once
/** What rate_equations.c reads and computes, for the makers of its tables. */
#include "base/table.h"
#include "theory/rate_fit.h"
#include "theory/theory.h"

enum { RATE_BETA, RATE_BETA_ERROR, RATE_TAU_HAT, RATE_TAU_HAT_ERROR, RATE_RMS, RATE_Q_END, RATE_ODE, N_RATE_RESULTS };

typedef struct Crossover { /* n == 0: not asked for */
  double V0, V1, A, T0;
  const double *temperatures;
  int n;
} Crossover;

typedef struct Elasticity {             /* n == 0: not asked for */
  double d0, rho, q0, dp0, temperature; /* temperature NAN: V1 only */
  const double *d_el;
  int n;
} Elasticity;

struct TheoryState {
  RateProtocol protocol;
  int n_points;
  double q_max, barrier;          /* barrier: V0 / |V1| */
  const double *a, *temperatures; /* lent */
  double *t_max;                  /* [n_a] or NULL */
  int n_a, n_temperatures;
  Crossover crossover;
  Elasticity elasticity;
  int n_fits, first_temperature, first_crossover, first_elasticity;
  double *fit_a;   /* [n_fits]: the a of each fit: all of `a`, then pairs of signs for temperatures, crossover, elasticity */
  double *results; /* [n_fits][N_RATE_RESULTS] */
};

/** V1 at the k-th elasticity length. */
double elasticity_barrier(const Elasticity *elasticity, int k);
/** All tables (memory_array, caller's). */
Table **rate_tables(const TheoryState *state, int *n_tables);
