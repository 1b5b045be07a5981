/* Theory rate_equations: slow (stretched) and fast (compressed) relaxation from elastically interacting local events.
 *
 *   dq/dt = exp(-V0/T) (1 - q) exp(-a q),   a = V1/T (Eq. 6) | 0 (Eq. 7) | -V1'/T (Eq. 9) | (1 - 2 f) V1/T (Eq. 10)
 *
 * fitted by q = 1 - exp(-(t/tau)^beta) (Eq. 8). Everything is a function of a: a task is the fit at one a (rate_fit.h), whoever asks
 * for it; the tables are made in rate_tables.c. `a` gives Figs. 1a and 1b, `temperatures` Fig. 2, `crossover` Fig. 3, `elasticity` V1 from
 * Eq. 5. */
#include "rate_equations.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/params.h"
#include "theory/rate_solution.h"
#include "theory/theory.h"

static const char *const protocols[] = {"Q", "T", "L", "truncated", NULL}; /* as RateProtocol */

#define POSITIVE .kind = PARAM_DOUBLE, .low = 0, .high = 1e12, .open_low = true
static const ParamSpec crossover_specs[] = {
    {.key = "V0", POSITIVE, .fallback = "0.3", .unit = "energy", .help = "barrier before the first event"},
    {.key = "V1", POSITIVE, .fallback = "0.115", .unit = "energy", .help = "its change by all events"},
    {.key = "A",
     POSITIVE,
     .fallback = "1.5",
     .unit     = "energy",
     .help     = "sharpness of f; not printed in the paper: the smallest beta is 0.8"},
    {.key = "T0", POSITIVE, .fallback = "0.08", .unit = "energy", .help = "temperature of f = 1/2, where beta = 1; not printed either"},
    {.key      = "temperatures",
     .kind     = PARAM_DOUBLES,
     .fallback = "[0.06, 0.065, 0.07, 0.075, 0.08, 0.085, 0.09, 0.095, 0.1, 0.105, 0.11, 0.12, 0.13, 0.14, 0.15, 0.16, 0.18, 0.2, 0.25, "
                 "0.3, 0.4, 0.5, 0.7, 1]",
     .unit     = "energy",
     .low      = 1e-6,
     .high     = 1e12,
     .help     = "temperatures"},
    {.key = NULL}};
static const ParamSchema crossover_schema = {
    .name = "crossover", .help = "from slowed-down to promoted events on cooling (Eq. 10)", .specs = crossover_specs};

static const ParamSpec elasticity_specs[] = {
    {.key      = "d_el",
     .kind     = PARAM_DOUBLES,
     .unit     = "length",
     .low      = 0,
     .high     = 1e30,
     .open_low = true,
     .help     = "elasticity lengths c tau, at least d0/2"},
    {.key = "d0", POSITIVE, .fallback = "1", .unit = "length", .help = "size of a local region"},
    {.key = "rho", POSITIVE, .fallback = "", .unit = "length^-3", .help = "final density of events, rho_r = 6 n_r / (pi d0^3)"},
    {.key = "n_r", POSITIVE, .fallback = "", .unit = "1", .help = "final number of events, instead of rho"},
    {.key = "q0", POSITIVE, .fallback = "1", .unit = "length^3", .help = "volume of a cage"},
    {.key = "dp0", POSITIVE, .fallback = "1", .unit = "energy/length^3", .help = "stress that one event sheds"},
    {.key = "temperature", POSITIVE, .fallback = "", .unit = "energy", .help = "gives a = V1/T and its fit, too"},
    {.key = NULL}};
static const ParamSchema elasticity_schema = {
    .name = "elasticity", .help = "V1 from the elasticity length (Eq. 5)", .specs = elasticity_specs};

static const ParamSpec specs[] = {
    {.key      = "a",
     .kind     = PARAM_DOUBLES,
     .fallback = "[1, 2.5, -0.8, -1.5]",
     .unit     = "1",
     .low      = -RATE_LARGEST_A,
     .high     = RATE_LARGEST_A,
     .help     = "V1/T: > 0 events are slowed down (SER), < 0 promoted (CER), 0 Debye"},
    {.key      = "protocol",
     .kind     = PARAM_CHOICE,
     .fallback = "Q",
     .choices  = protocols,
     .help     = "points of the fit: Q even in q; T even in time; L even in ln t, four decades; truncated even in time up to t_max"},
    {.key = "points", .kind = PARAM_INTEGER, .fallback = "1000", .unit = "1", .low = 3, .high = 1e6, .help = "points of a fit"},
    {.key = "q_max", .kind = PARAM_DOUBLE, .fallback = "0.99", .unit = "1", .low = 0.01, .high = 0.999999, .help = "where the points end"},
    {.key      = "t_max",
     .kind     = PARAM_DOUBLES,
     .fallback = "",
     .unit     = "tau_0",
     .low      = 0,
     .high     = 1e300,
     .open_low = true,
     .help     = "protocol truncated: last time for each a (or one for all); the scans below then end at q_max"},
    {.key      = "V0_over_V1",
     .kind     = PARAM_DOUBLE,
     .fallback = "1",
     .unit     = "1",
     .low      = 0,
     .high     = 100,
     .help     = "times are exp(V0/T) times those of V0 = 0; beta does not depend on it"},
    {.key      = "temperatures",
     .kind     = PARAM_DOUBLES,
     .fallback = "",
     .unit     = "V1",
     .low      = 1 / RATE_LARGEST_A,
     .high     = 1e12,
     .help     = "temperatures T/V1 at which beta and tau of both kinds are tabulated"},
    {.key = "crossover", .kind = PARAM_SECTION, .fallback = "", .sub = &crossover_schema, .help = "crossover on cooling (Eq. 10)"},
    {.key      = "elasticity",
     .kind     = PARAM_SECTION,
     .fallback = "",
     .sub      = &elasticity_schema,
     .help     = "V1 from the elasticity length (Eq. 5)"},
    {.key = NULL}};
static const ParamSchema schema = {.name = "rate_equations", .help = "relaxation by interacting local events", .specs = specs};

/* ---- the keys ----------------------------------------------------------------------------------------------------------------- */

static Status check_a(const Params *own, const char *key, double a, double at) {
  if (fabs(a) <= RATE_LARGEST_A) return STATUS_OK;
  return params_fail(own, key, "a = %g at %g: beyond %g", a, at, RATE_LARGEST_A);
}

static Status read_t_max(const Params *own, TheoryState *state) {
  int n = 0;
  if (state->protocol != RATE_TRUNCATED)
    return params_given(own, "t_max") ? params_fail(own, "t_max", "only protocol truncated takes t_max") : STATUS_OK;
  if (!params_has(own, "t_max")) return params_fail(own, "protocol", "truncated needs t_max, e.g. t_max: [8.4]");
  const double *t_max = params_doubles(own, "t_max", &n);
  if (n != 1 && n != state->n_a) return params_fail(own, "t_max", "%d times for %d values of a: give one, or one for each", n, state->n_a);
  state->t_max = memory_array((size_t)state->n_a, sizeof *state->t_max);
  for (int k = 0; k < state->n_a; k++) state->t_max[k] = t_max[n == 1 ? 0 : k];
  return STATUS_OK;
}

static Status read_crossover(const Params *own, TheoryState *state) {
  Crossover *crossover = &state->crossover;
  if (own == NULL) return STATUS_OK;
  *crossover = (Crossover){
      .V0 = params_double(own, "V0"), .V1 = params_double(own, "V1"), .A = params_double(own, "A"), .T0 = params_double(own, "T0")};
  crossover->temperatures = params_doubles(own, "temperatures", &crossover->n);
  for (int k = 0; k < crossover->n; k++) {
    const double T = crossover->temperatures[k];
    TRY(check_a(own, "temperatures", rate_crossover_a(crossover->A, crossover->T0, crossover->V1, T), T));
  }
  return STATUS_OK;
}

static Status read_elasticity(const Params *own, TheoryState *state) {
  Elasticity *e = &state->elasticity;
  if (own == NULL) return STATUS_OK;
  if (params_has(own, "rho") == params_has(own, "n_r")) return params_fail(own, NULL, "give rho or n_r, one of them");
  e->d0          = params_double(own, "d0");
  e->rho         = params_has(own, "rho") ? params_double(own, "rho") : 6 * params_double(own, "n_r") / (M_PI * pow(e->d0, 3));
  e->q0          = params_double(own, "q0");
  e->dp0         = params_double(own, "dp0");
  e->temperature = params_has(own, "temperature") ? params_double(own, "temperature") : NAN;
  e->d_el        = params_doubles(own, "d_el", &e->n);
  for (int k = 0; k < e->n; k++) {
    if (e->d_el[k] < 0.5 * e->d0)
      return params_fail(own, "d_el", "%g is below d0/2 = %g: nothing to integrate over", e->d_el[k], 0.5 * e->d0);
    if (!isnan(e->temperature)) TRY(check_a(own, "d_el", elasticity_barrier(e, k) / e->temperature, e->d_el[k]));
  }
  return STATUS_OK;
}

double elasticity_barrier(const Elasticity *e, int k) { return rate_elastic_barrier(e->d_el[k], e->d0, e->rho, e->q0, e->dp0); }

static Status read_keys(const Params *own, TheoryState *state) {
  state->protocol     = (RateProtocol)params_choice(own, "protocol");
  state->n_points     = (int)params_integer(own, "points");
  state->q_max        = params_double(own, "q_max");
  state->barrier      = params_double(own, "V0_over_V1");
  state->a            = params_doubles(own, "a", &state->n_a);
  state->temperatures = params_has(own, "temperatures") ? params_doubles(own, "temperatures", &state->n_temperatures) : NULL;
  TRY(read_t_max(own, state));
  TRY(read_crossover(params_section(own, "crossover"), state));
  return read_elasticity(params_section(own, "elasticity"), state);
}

/** What is to be fitted, in the order of the tables. */
static void list_fits(TheoryState *state) {
  const Crossover *crossover = &state->crossover;
  const int n                = state->n_a + 2 * state->n_temperatures + crossover->n + state->elasticity.n;
  state->fit_a               = memory_array((size_t)n, sizeof *state->fit_a);
  state->results             = memory_array((size_t)n * N_RATE_RESULTS, sizeof *state->results);
  int k                      = 0;
  for (int i = 0; i < state->n_a; i++) state->fit_a[k++] = state->a[i];
  state->first_temperature = k;
  for (int i = 0; i < state->n_temperatures; i++) {
    state->fit_a[k++] = 1 / state->temperatures[i];
    state->fit_a[k++] = -1 / state->temperatures[i];
  }
  state->first_crossover = k;
  for (int i = 0; i < crossover->n; i++)
    state->fit_a[k++] = rate_crossover_a(crossover->A, crossover->T0, crossover->V1, crossover->temperatures[i]);
  state->first_elasticity = k;
  for (int i = 0; i < state->elasticity.n; i++)
    state->fit_a[k++] = elasticity_barrier(&state->elasticity, i) / state->elasticity.temperature;
  state->n_fits = k;
}

static void release(TheoryState **state) {
  memory_free((*state)->t_max);
  memory_free((*state)->fit_a);
  memory_free((*state)->results);
  memory_free(*state);
  *state = NULL;
}

static Status open_rate_equations(const Params *own, const TableSource *source, TheoryState **made) {
  (void)source;
  TheoryState *state  = memory_array(1, sizeof *state);
  const Status status = read_keys(own, state);
  if (status == STATUS_OK)
    list_fits(state);
  else
    release(&state);
  *made = state;
  return status;
}

/* ---- the work ----------------------------------------------------------------------------------------------------------------- */

static int count_tasks(const TheoryState *state) { return state->n_fits; }

static Status fit_one(TheoryState *state, int k) {
  const double a       = state->fit_a[k];
  double *result       = &state->results[k * N_RATE_RESULTS];
  RateGrid grid        = {.protocol = state->protocol, .n = state->n_points, .q_max = state->q_max};
  const bool is_listed = k < state->n_a;
  if (state->protocol == RATE_TRUNCATED && is_listed)
    grid.s_max = state->t_max[k] * exp(-state->barrier * fabs(a));
  else if (state->protocol == RATE_TRUNCATED)
    grid.protocol = RATE_T;
  const RateFit none = {NAN, NAN, NAN, NAN, NAN, NAN};
  const RateFit fit  = isnan(a) ? none : rate_fit(a, &grid);
  if (!isnan(a) && isnan(fit.beta)) warn("rate_equations: the fit at a = %g does not converge", a);
  result[RATE_BETA]          = fit.beta;
  result[RATE_BETA_ERROR]    = fit.beta_error;
  result[RATE_TAU_HAT]       = fit.tau_hat;
  result[RATE_TAU_HAT_ERROR] = fit.tau_hat_error;
  result[RATE_RMS]           = fit.rms;
  result[RATE_Q_END]         = fit.q_end;
  result[RATE_ODE]           = is_listed ? rate_check(a, &grid) : NAN;
  return STATUS_OK;
}

static double *lend_results(TheoryState *state, size_t *n) {
  *n = (size_t)state->n_fits * N_RATE_RESULTS;
  return state->results;
}

static Status close_rate_equations(TheoryState **state, Table ***tables, int *n_tables) {
  if (tables != NULL) *tables = rate_tables(*state, n_tables);
  release(state);
  return STATUS_OK;
}

extern const Theory theory_rate_equations;
const Theory theory_rate_equations = {.name   = "rate_equations",
                                      .help   = "slow and fast relaxation by interacting local events: exact solution and fits",
                                      .source = "Trachenko, Zaccone, J. Phys.: Condens. Matter 2021, arXiv:2010.10440",
                                      .schema = &schema,
                                      .open   = open_rate_equations,
                                      .tasks  = count_tasks,
                                      .task   = fit_one,
                                      .sums   = lend_results,
                                      .close  = close_rate_equations,
                                      .n_json = 3};
