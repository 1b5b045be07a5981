/* Theory mesoelastic: does the stiffness of local force dipoles control relaxation?
 *
 *   ln(tau_alpha / t0) = (l a0)^2 kappa / T + ln t      (Eq. 3, natural logarithm)
 *   a0 = (V/N)^(1/d),  t0 = a0 / sqrt(T) (mass 1)
 *
 * A straight line y = ln t + l^2 x over the runs, x = kappa a0^2 / T. Runs faster than tau_min t0 are shown, not fitted: Eq. 3 speaks of
 * activated motion. With standard errors of all tau_alpha and kappa the weights are 1 / (sigma_y^2 + (l^2 sigma_x)^2), the slope taken from
 * the fit before (a few rounds), and the errors of l and t are propagated from them; otherwise all weights are 1 and the errors come
 * from the residuals. Beside them stands the jackknife (each run left out once), which also sees one run that carries the whole
 * slope.
 *
 * A falling line has no length, and then its time means nothing either: both are NaN, slope and ln t stand. Runs with one and the same
 * x (to 1e-9) make no line at all. The line of a reference, another's length and time, stands beside ours and enters nothing. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/table.h"
#include "math/curve_fit.h"
#include "stored_value.h"
#include "theory/theory.h"

enum { MAX_RUNS = 256, ROUNDS = 8 };

typedef struct Run {
  double temperature, density;
  StoredValue tau, kappa, G; /* G.value NAN: not given */
  double x, y, x_error, y_error;
  bool is_fitted;
} Run;

struct TheoryState {
  int dimension, n;
  double tau_min;                          /* in t0 */
  double reference_length, reference_time; /* NAN: none */
  Run *runs;                               /* [n] */
};

typedef struct Line {
  double length, length_error, time, time_error;
  CurveFit fit;
} Line;

/* ---- keys --------------------------------------------------------------------------------------------------------------------- */

static const ParamSpec run_specs[] = {
    {.key      = "temperature",
     .kind     = PARAM_DOUBLE,
     .unit     = "eps/kB",
     .low      = 0,
     .high     = 1e6,
     .open_low = true,
     .help     = "temperature, that of the liquid and of the parent of its glasses"},
    {.key      = "density",
     .kind     = PARAM_DOUBLE,
     .fallback = "",
     .unit     = "sigma^-d",
     .low      = 0,
     .high     = 1e6,
     .open_low = true,
     .help     = "number density; default: density of all runs"},
    {.key  = "tau_alpha",
     .kind = PARAM_SECTION,
     .sub  = &stored_value_schema,
     .help = "relaxation time: a number, or {from: analysis.h5, table: self_motion/curves_A}"},
    {.key      = "kappa",
     .kind     = PARAM_SECTION,
     .fallback = "",
     .sub      = &stored_value_schema,
     .help     = "mean dipole stiffness: a number, or {from: response.h5}; default: response.h5 of the output directory"},
    {.key = "G", .kind = PARAM_SECTION, .fallback = "", .sub = &stored_value_schema, .help = "shear modulus, to compare with: likewise"},
    {.key = NULL}};
static const ParamSchema run_schema = {.name = "runs", .help = "one state", .specs = run_specs};

static const ParamSpec reference_specs[] = {
    {.key = "length", .kind = PARAM_DOUBLE, .unit = "a0", .low = 0, .high = 1e6, .open_low = true, .help = "its length l"},
    {.key = "time", .kind = PARAM_DOUBLE, .unit = "t0", .low = 0, .high = 1e30, .open_low = true, .help = "its time t"},
    {.key = NULL}};
static const ParamSchema reference_schema = {.name = "reference", .help = "a line to compare with", .specs = reference_specs};

static const ParamSpec specs[] = {
    {.key      = "density",
     .kind     = PARAM_DOUBLE,
     .fallback = "",
     .unit     = "sigma^-d",
     .low      = 0,
     .high     = 1e6,
     .open_low = true,
     .help     = "number density of all runs"},
    {.key = "dimension", .kind = PARAM_INTEGER, .fallback = "3", .unit = "1", .low = 2, .high = 3, .help = "of space"},
    {.key      = "tau_min",
     .kind     = PARAM_DOUBLE,
     .fallback = "10",
     .unit     = "t0",
     .low      = 0,
     .high     = 1e30,
     .help     = "runs below it are not fitted"},
    {.key      = "reference",
     .kind     = PARAM_SECTION,
     .fallback = "",
     .sub      = &reference_schema,
     .help     = "line of another work, for table and figure: the paper has {length: 0.4, time: 0.1} for ipl3d, 0.4 and 0.02 for mblj"},
    {.key = "runs", .kind = PARAM_LIST, .sub = &run_schema, .help = "states of one liquid at several temperatures"},
    {.key = NULL}};
static const ParamSchema schema = {.name = "mesoelastic", .help = "relaxation time against dipole stiffness", .specs = specs};

static Status positive(const Params *item, const char *what, StoredValue value) {
  if (value.value > 0 && isfinite(value.value)) return STATUS_OK;
  return params_fail(item, NULL, "%s is %g: not reached in that run? a positive number is needed", what, value.value);
}

static Status read_run(const Params *own, const Params *item, const TableSource *source, const TheoryState *state, Run *run) {
  static const StoredPlace tau_place   = {"self_motion/curves_A", "tau_alpha", "tau_alpha_error", NULL, "analysis.h5"};
  static const StoredPlace kappa_place = {"temperatures", "kappa_mean", "kappa_stderr", "parent_temperature", "response.h5"};
  static const StoredPlace g_place     = {"temperatures", "G_mean", "G_stderr", "parent_temperature", "response.h5"};
  const Params *home                   = params_has(item, "density") ? item : own;
  if (!params_has(home, "density")) return params_fail(item, "density", "density: give it here or for all runs");
  const bool is_usual = params_section(item, "kappa") == NULL; /* then G is where kappa is */
  run->temperature    = params_double(item, "temperature");
  run->density        = params_double(home, "density");
  run->G              = (StoredValue){NAN, NAN};
  TRY(stored_value_read(item, "tau_alpha", source, &tau_place, run->temperature, &run->tau));
  TRY(positive(item, "tau_alpha", run->tau));
  TRY(stored_value_read(item, "kappa", source, &kappa_place, run->temperature, &run->kappa));
  TRY(positive(item, "kappa", run->kappa));
  if (is_usual || params_section(item, "G") != NULL) TRY(stored_value_read(item, "G", source, &g_place, run->temperature, &run->G));
  const double a0 = pow(run->density, -1.0 / state->dimension), t0 = a0 / sqrt(run->temperature);
  run->x         = run->kappa.value * a0 * a0 / run->temperature;
  run->x_error   = run->x * run->kappa.error / run->kappa.value;
  run->y         = log(run->tau.value / t0);
  run->y_error   = run->tau.error / run->tau.value;
  run->is_fitted = run->tau.value >= state->tau_min * t0;
  return STATUS_OK;
}

/** Which runs are not fitted. */
static void tell_left_out(const TheoryState *state) {
  char list[256] = "";
  int n          = 0;
  for (int k = 0; k < state->n; k++) {
    const size_t used = strlen(list);
    if (state->runs[k].is_fitted) continue;
    if (used + 24 < sizeof list)
      (void)snprintf(list + used, sizeof list - used, "%s%g", n > 0 ? ", " : "", state->runs[k].temperature);
    else if (list[used - 1] != '.')
      strcat(list, ", ..");
    n++;
  }
  if (n > 0) warn("mesoelastic: tau_alpha below tau_min = %g t0, not fitted: %d of %d runs, T = %s", state->tau_min, n, state->n, list);
}

static Status read_keys(const Params *own, const TableSource *source, TheoryState *state) {
  int n_fitted            = 0;
  state->dimension        = (int)params_integer(own, "dimension");
  state->tau_min          = params_double(own, "tau_min");
  const Params *reference = params_section(own, "reference");
  state->reference_length = reference ? params_double(reference, "length") : NAN;
  state->reference_time   = reference ? params_double(reference, "time") : NAN;
  state->n                = params_count(own, "runs");
  if (state->n > MAX_RUNS) return params_fail(own, "runs", "%d runs; at most %d", state->n, MAX_RUNS);
  state->runs = memory_array((size_t)state->n, sizeof *state->runs);
  for (int k = 0; k < state->n; k++) {
    TRY(read_run(own, params_item(own, "runs", k), source, state, &state->runs[k]));
    n_fitted += state->runs[k].is_fitted;
  }
  if (n_fitted >= 2) {
    tell_left_out(state);
    return STATUS_OK;
  }
  return params_fail(own, "runs", "%d run%s with tau_alpha >= %g t0: a line needs two", n_fitted, n_fitted == 1 ? "" : "s", state->tau_min);
}

static Status open_mesoelastic(const Params *own, const TableSource *source, TheoryState **made) {
  TheoryState *state  = memory_array(1, sizeof *state);
  const Status status = read_keys(own, source, state);
  if (status != STATUS_OK) {
    memory_free(state->runs);
    memory_free(state);
    state = NULL;
  }
  *made = state;
  return status;
}

/* ---- the line ----------------------------------------------------------------------------------------------------------------- */

static bool has_errors(const TheoryState *state) {
  for (int k = 0; k < state->n; k++)
    if (state->runs[k].is_fitted && !(state->runs[k].y_error > 0 && state->runs[k].x_error >= 0)) return false;
  return true;
}

static bool is_spread(const double *x, size_t n) {
  double low = x[0], high = x[0];
  for (size_t i = 1; i < n; i++) {
    low  = fmin(low, x[i]);
    high = fmax(high, x[i]);
  }
  return high - low > 1e-9 * high;
}

/** Over the fitted runs, one of them (or -1: none) left out. */
static Line fit_line(const TheoryState *state, int left_out) {
  const size_t n = (size_t)state->n;
  double *x = memory_array(n, sizeof *x), *y = memory_array(n, sizeof *y), *weights = memory_array(n, sizeof *weights), slope = 0;
  CurveData data = {.x = x, .y = y, .weights = weights, .is_absolute = has_errors(state)};
  Line line      = {NAN, NAN, NAN, NAN, {.values = {NAN, NAN}, .errors = {NAN, NAN}, .chi2 = NAN, .rms = NAN}};
  for (int round = 0; round < (data.is_absolute ? ROUNDS : 1); round++) {
    data.n = 0;
    for (int k = 0; k < state->n; k++) {
      const Run *run = &state->runs[k];
      if (!run->is_fitted || k == left_out) continue;
      x[data.n]         = run->x;
      y[data.n]         = run->y;
      weights[data.n++] = data.is_absolute ? 1 / (run->y_error * run->y_error + pow(slope * run->x_error, 2)) : 1;
    }
    if (data.n < 2 || !is_spread(x, data.n)) break;
    line.fit = curve_fit_line(&data);
    slope    = line.fit.values[1];
  }
  if (line.fit.is_converged && slope >= 0) {
    line.time         = exp(line.fit.values[0]);
    line.time_error   = line.time * line.fit.errors[0];
    line.length       = sqrt(slope);
    line.length_error = line.fit.errors[1] / (2 * line.length);
  }
  memory_free(x);
  memory_free(y);
  memory_free(weights);
  return line;
}

/** (n - 1) / n sum (v_k - mean)^2, its root. */
static double jackknife_error(const double *values, int n) {
  double mean = 0, sum = 0;
  for (int k = 0; k < n; k++) mean += values[k] / n;
  for (int k = 0; k < n; k++) sum += (values[k] - mean) * (values[k] - mean);
  return n > 2 ? sqrt(sum * (n - 1) / n) : NAN;
}

/** Standard errors of length and ln time by leaving out one run at a time; NAN for fewer than three. */
static void jackknife(const TheoryState *state, double *length_error, double *log_time_error) {
  double *lengths = memory_array((size_t)state->n, sizeof *lengths), *log_times = memory_array((size_t)state->n, sizeof *log_times);
  int n = 0;
  for (int k = 0; k < state->n; k++) {
    if (!state->runs[k].is_fitted) continue;
    const Line line = fit_line(state, k);
    lengths[n]      = line.length;
    log_times[n++]  = line.fit.values[0];
  }
  *length_error   = jackknife_error(lengths, n);
  *log_time_error = jackknife_error(log_times, n);
  memory_free(lengths);
  memory_free(log_times);
}

/* ---- tables ------------------------------------------------------------------------------------------------------------------- */

static Table *make_fit(const TheoryState *state, const Line *line) {
  static const Column columns[] = {
      {"length", "a0", "length l", "ln(tau_alpha/t0) = (l a0)^2 kappa/T + ln t (Eq. 3)"},
      {"length_error", "a0", "its standard error, propagated or from the residuals", ""},
      {"length_jackknife", "a0", "its standard error by leaving out one run at a time", ""},
      {"time", "t0", "time t", "Eq. 3"},
      {"time_error", "t0", "its standard error, propagated or from the residuals", ""},
      {"log_time_jackknife", "1", "standard error of ln t by leaving out one run at a time", ""},
      {"slope", "1", "l^2", ""},
      {"slope_error", "1", "its standard error", ""},
      {"log_time", "1", "ln t", ""},
      {"log_time_error", "1", "its standard error", ""},
      {"chi2", "1", "sum of weighted squared residuals", ""},
      {"rms", "1", "root mean square residual of ln(tau_alpha/t0)", ""},
      {"runs", "1", "fitted runs", ""},
      {"weighted", "1", "1: weights from the standard errors, 0: all equal", ""},
      {"reference_length", "a0", "length l of the reference; nan: none is given", ""},
      {"reference_time", "t0", "its time t", ""},
  };
  double length_spread, time_spread;
  int n_fitted = 0;
  for (int k = 0; k < state->n; k++) n_fitted += state->runs[k].is_fitted;
  jackknife(state, &length_spread, &time_spread);
  const CurveFit *fit = &line->fit;
  Table *table =
      table_create("mesoelastic/line", "Relaxation time against dipole stiffness", (int)(sizeof columns / sizeof *columns), columns);
  table_row(table, (const double[]){line->length, line->length_error, length_spread, line->time, line->time_error, time_spread,
                                    fit->values[1], fit->errors[1], fit->values[0], fit->errors[0], fit->chi2, fit->rms, n_fitted,
                                    has_errors(state), state->reference_length, state->reference_time});
  return table;
}

static Table *make_runs(const TheoryState *state, const Line *line) {
  static const Column columns[] = {
      {"temperature", "eps/kB", "temperature", ""},
      {"inverse_temperature", "kB/eps", "1/T", ""},
      {"tau_reduced", "1", "tau_alpha/t0", "t0 = a0/sqrt(T), a0 = (V/N)^(1/d)"},
      {"tau_reduced_error", "1", "its standard error", ""},
      {"kappa_reduced", "1", "kappa a0^2/T", ""},
      {"kappa_reduced_error", "1", "its standard error", ""},
      {"tau_line", "1", "tau_alpha/t0 by the line", "t exp(l^2 kappa a0^2/T)"},
      {"tau_reference", "1", "tau_alpha/t0 by the line of the reference", ""},
      {"fitted", "1", "1: this run entered the fit", ""},
      {"kappa_change", "1", "kappa over that of the highest temperature", ""},
      {"kappa_change_error", "1", "its standard error", ""},
      {"G_change", "1", "G over that of the highest temperature", ""},
      {"G_change_error", "1", "its standard error", ""},
      {"tau_alpha", "sigma (m/eps)^1/2", "relaxation time", ""},
      {"kappa", "eps/sigma^2", "mean dipole stiffness", ""},
      {"G", "eps/sigma^d", "shear modulus", ""},
  };
  Table *table   = table_create("mesoelastic/runs", "Relaxation time, stiffness and modulus of the runs (Fig. 4)",
                                (int)(sizeof columns / sizeof *columns), columns);
  const Run *hot = &state->runs[0];
  for (int k = 0; k < state->n; k++)
    if (state->runs[k].temperature > hot->temperature) hot = &state->runs[k];
  for (int k = 0; k < state->n; k++) {
    const Run *run   = &state->runs[k];
    const double tau = exp(run->y), kappa = run->kappa.value / hot->kappa.value, g = run->G.value / hot->G.value;
    const double kappa_error = kappa * hypot(run->kappa.error / run->kappa.value, hot->kappa.error / hot->kappa.value);
    const double g_error     = fabs(g) * hypot(run->G.error / run->G.value, hot->G.error / hot->G.value);
    table_row(table, (const double[]){run->temperature, 1 / run->temperature, tau, tau * run->y_error, run->x, run->x_error,
                                      exp(line->fit.values[0] + line->fit.values[1] * run->x),
                                      state->reference_time * exp(pow(state->reference_length, 2) * run->x), run->is_fitted, kappa,
                                      run == hot ? 0 : kappa_error, g, run == hot ? 0 * g : g_error, run->tau.value, run->kappa.value,
                                      run->G.value});
  }
  return table;
}

static Status close_mesoelastic(TheoryState **state, Table ***tables, int *n_tables) {
  if (tables != NULL) {
    const Line line = fit_line(*state, -1);
    if (!line.fit.is_converged)
      warn("mesoelastic: all fitted runs have the same kappa a0^2/T: no line");
    else if (line.fit.values[1] < 0)
      warn("mesoelastic: tau_alpha falls where kappa/T rises (slope %.3g): no length, no time", line.fit.values[1]);
    *tables      = memory_array(2, sizeof **tables);
    (*tables)[0] = make_fit(*state, &line);
    (*tables)[1] = make_runs(*state, &line);
    *n_tables    = 2;
  }
  memory_free((*state)->runs);
  memory_free(*state);
  *state = NULL;
  return STATUS_OK;
}

extern const Theory theory_mesoelastic;
const Theory theory_mesoelastic = {.name   = "mesoelastic",
                                   .help   = "relaxation time against the stiffness of force dipoles over a set of runs",
                                   .source = "Kapteijns, Richard, Bouchbinder, Schroder, Dyre, Lerner, J. Chem. Phys. 155, 074502 (2021)",
                                   .schema = &schema,
                                   .open   = open_mesoelastic,
                                   .close  = close_mesoelastic};
