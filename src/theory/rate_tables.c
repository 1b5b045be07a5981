/* Tables of rate_equations: what the figures of the paper show, from the results of the fits. Times are in units of tau_0; tau_hat is tau
 * without the factor exp(V0/T) that all times share. */
#include <math.h>

#include "base/memory.h"
#include "rate_equations.h"
#include "theory/rate_solution.h"

enum { CURVE_POINTS = 240, MAX_TABLES = 5 };
static const double CURVE_END = 30; /* -ln(1 - q) of the last point of a curve */

#define EQUATION_FIT "q = 1 - exp(-(t/tau)^beta) (Eq. 8)"

static const double *result(const TheoryState *state, int k) { return &state->results[k * N_RATE_RESULTS]; }

static Table *make_fits(const TheoryState *state) {
  static const Column columns[] = {
      {"a", "1", "V1/T: > 0 slowed down, 0 Debye, < 0 promoted", "dq/dt = exp(-V0/T) (1 - q) exp(-a q) (Eqs. 6, 7, 9)"},
      {"beta", "1", "exponent of the fit", EQUATION_FIT},
      {"tau_hat", "tau_0", "time of the fit without exp(V0/T)", "tau = tau_hat exp(V0/T)"},
      {"beta_error", "1", "standard error of beta, from the residuals", ""},
      {"tau_hat_error", "tau_0", "standard error of tau_hat, from the residuals", ""},
      {"tau", "tau_0", "time of the fit with V0 = V0_over_V1 |V1|", "tau_hat exp(V0_over_V1 |a|)"},
      {"rms", "1", "root mean square residual in q", ""},
      {"q_end", "1", "q of the last fitted point", ""},
      {"rate_end", "1/tau_0", "terminal rate of -ln(1 - q), without exp(-V0/T)", "exp(-a)"},
      {"ode_difference", "1", "largest |q - q_exact| of a direct integration", ""},
  };
  static const char *const titles[] = {"Fits, points even in q", "Fits, points even in time", "Fits, points even in ln t",
                                       "Fits, points even in time up to t_max"};
  Table *table                      = table_create("rate_equations/fits", titles[state->protocol], 10, columns);
  for (int k = 0; k < state->n_a; k++) {
    const double *r = result(state, k), a = state->a[k];
    table_row(table, (const double[]){a, r[RATE_BETA], r[RATE_TAU_HAT], r[RATE_BETA_ERROR], r[RATE_TAU_HAT_ERROR],
                                      r[RATE_TAU_HAT] * exp(state->barrier * fabs(a)), r[RATE_RMS], r[RATE_Q_END], exp(-a), r[RATE_ODE]});
  }
  table_scalar(table, "points", state->n_points, "1", "points of each fit");
  if (state->protocol != RATE_TRUNCATED) table_scalar(table, "q_max", state->q_max, "1", "q of the last point");
  return table;
}

static Table *make_curves(const TheoryState *state) {
  static const Column columns[] = {
      {"a", "1", "V1/T of this curve", ""},
      {"t", "tau_0", "time with V0 = V0_over_V1 |V1|", "s exp(V0_over_V1 |a|)"},
      {"s", "tau_0", "time without exp(V0/T): one curve for each a", "t exp(-V0/T)"},
      {"q", "1", "fraction of events that have happened", "s = exp(a) (-ln(1 - q) + Ein(a (1 - q)) - Ein(a))"},
      {"fit", "1", "stretched or compressed exponential fitted to it", EQUATION_FIT},
      {"debye", "1", "without interaction", "1 - exp(-s) (Eq. 7)"},
  };
  Table *table = table_create("rate_equations/curves", "Solutions and their fits (Figs. 1a, 1b)", 6, columns);
  for (int k = 0; k < state->n_a; k++) {
    const double *r = result(state, k), a = state->a[k];
    for (int i = 0; i <= CURVE_POINTS; i++) {
      const double part = (double)i / CURVE_POINTS, y = CURVE_END * part * part, s = rate_time(a, y); /* dense at both ends of q */
      table_row(table, (const double[]){a, s * exp(state->barrier * fabs(a)), s, -expm1(-y),
                                        -expm1(-pow(s / r[RATE_TAU_HAT], r[RATE_BETA])), -expm1(-s)});
    }
  }
  return table;
}

static Table *make_temperatures(const TheoryState *state) {
  static const Column columns[] = {
      {"temperature", "V1", "T/V1", ""},
      {"ser_beta", "1", "exponent, events slowed down", EQUATION_FIT},
      {"ser_beta_error", "1", "its standard error, from the residuals", ""},
      {"ser_tau_hat", "tau_0", "time without exp(V0/T), events slowed down", EQUATION_FIT},
      {"ser_tau_hat_error", "tau_0", "its standard error, from the residuals", ""},
      {"cer_beta", "1", "exponent, events promoted", EQUATION_FIT},
      {"cer_beta_error", "1", "its standard error, from the residuals", ""},
      {"cer_tau_hat", "tau_0", "time without exp(V0/T), events promoted", EQUATION_FIT},
      {"cer_tau_hat_error", "tau_0", "its standard error, from the residuals", ""},
  };
  Table *table = table_create("rate_equations/exponents", "Exponents against temperature (Fig. 2)", 9, columns);
  for (int k = 0; k < state->n_temperatures; k++) {
    const double *ser = result(state, state->first_temperature + 2 * k), *cer = result(state, state->first_temperature + 2 * k + 1);
    table_row(table,
              (const double[]){state->temperatures[k], ser[RATE_BETA], ser[RATE_BETA_ERROR], ser[RATE_TAU_HAT], ser[RATE_TAU_HAT_ERROR],
                               cer[RATE_BETA], cer[RATE_BETA_ERROR], cer[RATE_TAU_HAT], cer[RATE_TAU_HAT_ERROR]});
  }
  return table;
}

static Table *make_crossover(const TheoryState *state) {
  static const Column columns[] = {
      {"temperature", "energy", "T", ""},
      {"f", "1", "weight of the promoted part", "f = 1 / (exp(-A (1/T - 1/T0)) + 1)"},
      {"a", "1", "interaction", "(1 - 2 f) V1 / T (Eq. 10)"},
      {"beta", "1", "exponent", EQUATION_FIT},
      {"beta_error", "1", "its standard error, from the residuals", ""},
      {"tau", "tau_0", "time of the fit", "tau_hat exp(V0/T)"},
      {"tau_error", "tau_0", "its standard error, from the residuals", ""},
      {"tau_hat", "tau_0", "time without exp(V0/T)", ""},
  };
  const Crossover *c = &state->crossover;
  Table *table       = table_create("rate_equations/crossover", "From slowed-down to promoted events on cooling (Fig. 3)", 8, columns);
  for (int k = 0; k < c->n; k++) {
    const double *r = result(state, state->first_crossover + k), T = c->temperatures[k], factor = exp(c->V0 / T);
    table_row(table, (const double[]){T, rate_crossover_weight(c->A, c->T0, T), state->fit_a[state->first_crossover + k], r[RATE_BETA],
                                      r[RATE_BETA_ERROR], r[RATE_TAU_HAT] * factor, r[RATE_TAU_HAT_ERROR] * factor, r[RATE_TAU_HAT]});
  }
  table_scalar(table, "V0", c->V0, "energy", "barrier before the first event");
  table_scalar(table, "V1", c->V1, "energy", "its change by all events");
  table_scalar(table, "A", c->A, "energy", "sharpness of f");
  table_scalar(table, "T0", c->T0, "energy", "f = 1/2 and beta = 1");
  return table;
}

static Table *make_elasticity(const TheoryState *state) {
  static const Column columns[] = {
      {"d_el", "length", "elasticity length", "c tau"},
      {"V1", "energy", "change of the barrier by all events", "(pi/2) rho q0 dp0 d0^3 ln(2 d_el / d0) (Eq. 5)"},
      {"a", "1", "V1/T", ""},
      {"beta", "1", "exponent", EQUATION_FIT},
      {"tau_hat", "tau_0", "time without exp(V0/T)", EQUATION_FIT},
  };
  const Elasticity *e = &state->elasticity;
  Table *table        = table_create("rate_equations/elasticity", "Barrier from the elasticity length", 5, columns);
  for (int k = 0; k < e->n; k++) {
    const double *r = result(state, state->first_elasticity + k);
    table_row(table, (const double[]){e->d_el[k], elasticity_barrier(e, k), state->fit_a[state->first_elasticity + k], r[RATE_BETA],
                                      r[RATE_TAU_HAT]});
  }
  table_scalar(table, "rho", e->rho, "length^-3", "final density of events");
  if (!isnan(e->temperature)) table_scalar(table, "temperature", e->temperature, "energy", "temperature");
  return table;
}

Table **rate_tables(const TheoryState *state, int *n_tables) {
  Table **tables = memory_array(MAX_TABLES, sizeof *tables);
  int n          = 0;
  tables[n++]    = make_fits(state);
  tables[n++]    = make_curves(state);
  if (state->n_temperatures > 0) tables[n++] = make_temperatures(state);
  if (state->crossover.n > 0) tables[n++] = make_crossover(state);
  if (state->elasticity.n > 0) tables[n++] = make_elasticity(state);
  *n_tables = n;
  return tables;
}
