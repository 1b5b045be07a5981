/* Theory relaxation_fit: forms of relaxation (relaxation.h) fitted to any stored decay, Fs(q,t) of a run or measured correlations.
 *
 * Conventions, because papers differ: `squared` fits f^2 (intensity correlations, Siegert), so kww becomes exp(-2 (t/tau)^beta); the
 * published Mittag-Leffler fits take f itself, hence tau_ML = tau_KWW (2 Gamma(1 + beta))^(-1/beta) at short times. Weights: 1, or
 * 1 / error^2 (standard errors of the parameters are then absolute), or 1 / value^2 (relative deviations: the tail counts as much as
 * the beginning). Compare forms by chi2 at equal weights and ranges only. Mean times are told for the exponential forms: those of
 * mittag_leffler diverge for beta < 1. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/table.h"
#include "math/relaxation.h"
#include "theory/theory.h"

enum { MAX_FITS = 8, MAX_NAME = 48 };
enum { UNIT, ERRORS, RELATIVE }; /* weights */
enum { TAU, TAU_ERROR, BETA, BETA_ERROR, AMPLITUDE, AMPLITUDE_ERROR, BASELINE, BASELINE_ERROR, CHI2, RMS, POINTS, N_RESULTS };

typedef struct Fit {
  RelaxationModel model;
  double t_min, t_max;
  char name[MAX_NAME]; /* of its column */
} Fit;

struct TheoryState {
  size_t n;
  double *time, *value; /* [n], times > 0 */
  double *error;        /* [n]; NULL: none */
  int weights;
  char *time_unit, *value_unit;
  int n_fits;
  Fit fits[MAX_FITS];
  double *results; /* [n_fits][N_RESULTS] */
};

/* ---- keys --------------------------------------------------------------------------------------------------------------------- */

static const char *const weight_words[] = {"unit", "errors", "relative", NULL};
static const char *const free_word[]    = {"free", NULL};
static const ParamSpec fit_specs[]      = {
         {.key = "form", .kind = PARAM_CHOICE, .choices = relaxation_names, .help = "f, with x = (t/tau)^beta"},
         {.key = "squared", .kind = PARAM_BOOLEAN, .fallback = "false", .help = "fit f^2: intensity correlations (Siegert)"},
         {.key      = "amplitude",
          .kind     = PARAM_DOUBLE,
          .fallback = "1",
          .unit     = "1",
          .low      = 0,
          .high     = 1e12,
          .open_low = true,
          .choices  = free_word,
          .help     = "height of the decay"},
         {.key = "baseline", .kind = PARAM_DOUBLE, .fallback = "0", .unit = "1", .choices = free_word, .help = "where the decay ends"},
         {.key = "t_min", .kind = PARAM_DOUBLE, .fallback = "0", .unit = "time", .low = 0, .high = INFINITY, .help = "first time of the fit"},
         {.key      = "t_max",
          .kind     = PARAM_DOUBLE,
          .fallback = "",
          .unit     = "time",
          .low      = 0,
          .high     = INFINITY,
          .open_low = true,
          .help     = "last time of the fit"},
         {.key = NULL}};
static const ParamSchema fit_schema = {.name = "fits", .help = "a form", .shorthand = "form", .specs = fit_specs};

static const ParamSpec specs[] = {
    {.key      = "from",
     .kind     = PARAM_STRING,
     .fallback = "",
     .help     = "results file, or text with columns c0, c1, ..; default: analysis.h5 of the output directory"},
    {.key = "table", .kind = PARAM_STRING, .fallback = "", .help = "table of a results file, e.g. self_motion/curves_A"},
    {.key = "time", .kind = PARAM_STRING, .fallback = "", .help = "column of times; default: the first one"},
    {.key = "value", .kind = PARAM_STRING, .fallback = "", .help = "column of the decay; default: the second one"},
    {.key = "error", .kind = PARAM_STRING, .fallback = "", .help = "column of its standard errors"},
    {.key = "weights", .kind = PARAM_CHOICE, .fallback = "unit", .choices = weight_words, .help = "1, 1 / error^2, or 1 / value^2"},
    {.key = "fits", .kind = PARAM_LIST, .fallback = "[{form: kww}, {form: mittag_leffler}]", .sub = &fit_schema, .help = "forms to fit"},
    {.key = NULL}};
static const ParamSchema schema = {.name = "relaxation_fit", .help = "forms of relaxation fitted to a stored decay", .specs = specs};

static const char *text_or_null(const Params *own, const char *key) { return params_has(own, key) ? params_string(own, key) : NULL; }

/** Number of the column that `key` names, or `fallback`. */
static Status find_column(const Params *own, const char *key, const Table *table, int fallback, int *column) {
  char known[1024] = "";
  const char *name = text_or_null(own, key);
  *column          = fallback;
  if (name == NULL && fallback < table->n_columns) return STATUS_OK;
  for (int c = 0; name != NULL && c < table->n_columns; c++) {
    if (strcmp(table->columns[c].name, name) == 0) {
      *column = c;
      return STATUS_OK;
    }
    if (strlen(known) + strlen(table->columns[c].name) + 3 < sizeof known) strcat(strcat(known, c > 0 ? ", " : ""), table->columns[c].name);
  }
  if (name == NULL) return params_fail(own, key, "the table has no second column");
  return params_fail(own, key, "no column '%s' in the table (it has %s)", name, known);
}

/** How many rows cannot be used, by the column to blame; none left is an error. */
static Status tell_bad_rows(const Params *own, const Table *table, const int columns[3], const size_t bad[3], size_t left) {
  static const char *const keys[3]    = {"time", "value", "error"};
  static const char *const reasons[3] = {"not a positive time", "not a finite value, or 0 under relative weights", "not a positive error"};
  int worst                           = 0;
  for (int k = 1; k < 3; k++)
    if (bad[k] > bad[worst]) worst = k;
  if (left == 0 && bad[worst] > 0)
    return params_fail(own, keys[worst], "no row can be used: column '%s': %zu of %zu rows: %s", table->columns[columns[worst]].name,
                       bad[worst], table->n_rows, reasons[worst]);
  for (int k = 0; k < 3; k++)
    if (bad[k] > 0)
      warn("relaxation_fit: column '%s': %zu of %zu rows left out: %s", table->columns[columns[k]].name, bad[k], table->n_rows, reasons[k]);
  return STATUS_OK;
}

/** Rows that can be fitted: positive times, finite values, positive errors where errors are wanted. */
static Status take_rows(const Params *own, const Table *table, TheoryState *state) {
  int time, value, error = -1;
  TRY(find_column(own, "time", table, 0, &time));
  TRY(find_column(own, "value", table, 1, &value));
  if (params_has(own, "error")) TRY(find_column(own, "error", table, 0, &error));
  state->time          = memory_array(table->n_rows, sizeof *state->time);
  state->value         = memory_array(table->n_rows, sizeof *state->value);
  state->error         = error < 0 ? NULL : memory_array(table->n_rows, sizeof *state->error);
  state->time_unit     = memory_string(table->columns[time].unit);
  state->value_unit    = memory_string(table->columns[value].unit);
  const int columns[3] = {time, value, error};
  size_t bad[3]        = {0};
  for (size_t row = 0; row < table->n_rows; row++) {
    const double t = table->values[time][row], v = table->values[value][row], e = error < 0 ? 1 : table->values[error][row];
    if (t == 0) continue; /* every form is 1 there */
    const bool is_bad[3] = {!(t > 0 && isfinite(t)), !isfinite(v) || (state->weights == RELATIVE && v == 0),
                            state->weights == ERRORS && !(e > 0 && isfinite(e))};
    for (int k = 0; k < 3; k++) bad[k] += is_bad[k];
    if (is_bad[0] || is_bad[1] || is_bad[2]) continue;
    state->time[state->n]  = t;
    state->value[state->n] = v;
    if (error >= 0) state->error[state->n] = e;
    state->n++;
  }
  return tell_bad_rows(own, table, columns, bad, state->n);
}

static void name_fit(TheoryState *state, int k) {
  int repeat = 1;
  for (int i = 0; i < k; i++) repeat += state->fits[i].model.form == state->fits[k].model.form;
  const char *name = relaxation_names[state->fits[k].model.form];
  if (repeat == 1)
    (void)snprintf(state->fits[k].name, MAX_NAME, "%s", name);
  else
    (void)snprintf(state->fits[k].name, MAX_NAME, "%s_%d", name, repeat);
}

static size_t count_points(const TheoryState *state, const Fit *fit) {
  size_t n = 0;
  for (size_t i = 0; i < state->n; i++) n += state->time[i] >= fit->t_min && state->time[i] <= fit->t_max;
  return n;
}

static Status read_fits(const Params *own, TheoryState *state) {
  state->n_fits = params_count(own, "fits");
  if (state->n_fits < 1 || state->n_fits > MAX_FITS) return params_fail(own, "fits", "%d forms; from 1 to %d", state->n_fits, MAX_FITS);
  for (int k = 0; k < state->n_fits; k++) {
    const Params *item       = params_item(own, "fits", k);
    Fit *fit                 = &state->fits[k];
    RelaxationModel *model   = &fit->model;
    model->form              = (RelaxationForm)params_choice(item, "form");
    model->is_squared        = params_boolean(item, "squared");
    model->is_amplitude_free = params_is_word(item, "amplitude");
    model->is_baseline_free  = params_is_word(item, "baseline");
    model->amplitude         = model->is_amplitude_free ? 1 : params_double(item, "amplitude");
    model->baseline          = model->is_baseline_free ? 0 : params_double(item, "baseline");
    fit->t_min               = params_double(item, "t_min");
    fit->t_max               = params_has(item, "t_max") ? params_double(item, "t_max") : INFINITY;
    if (model->form == RELAX_POWER_LIMIT && model->is_amplitude_free)
      return params_fail(item, "amplitude", "tau and amplitude of power_limit are one parameter: fix the amplitude");
    const size_t n = count_points(state, fit);
    if (n < (size_t)relaxation_parameters(model))
      return params_fail(item, "form", "%zu points in the range, but %d parameters", n, relaxation_parameters(model));
    name_fit(state, k);
  }
  state->results = memory_array((size_t)state->n_fits * N_RESULTS, sizeof *state->results);
  return STATUS_OK;
}

static Status read_keys(const Params *own, const TableSource *source, TheoryState *state) {
  Table *table   = NULL;
  state->weights = params_choice(own, "weights");
  if (state->weights == ERRORS && !params_has(own, "error")) return params_fail(own, "weights", "name the column of the errors by `error`");
  if (!params_has(own, "from") && !params_has(own, "table"))
    return params_fail(own, "table", "which table of analysis.h5? e.g. table: self_motion/curves_A");
  if (!params_has(own, "table") && source->has_tables != NULL && source->has_tables(source, params_string(own, "from")))
    return params_fail(own, "from", "%s is a results file: name a table of it, e.g. table: self_motion/curves_A",
                       params_string(own, "from"));
  TRY(source->read(source, text_or_null(own, "from"), text_or_null(own, "table"), &table));
  Status status = take_rows(own, table, state);
  table_destroy(&table);
  if (status == STATUS_OK) status = read_fits(own, state);
  return status;
}

static void release(TheoryState **state) {
  memory_free((*state)->time);
  memory_free((*state)->value);
  memory_free((*state)->error);
  memory_free((*state)->time_unit);
  memory_free((*state)->value_unit);
  memory_free((*state)->results);
  memory_free(*state);
  *state = NULL;
}

static Status open_relaxation_fit(const Params *own, const TableSource *source, TheoryState **state) {
  *state              = memory_array(1, sizeof **state);
  const Status status = read_keys(own, source, *state);
  if (status != STATUS_OK) release(state);
  return status;
}

/* ---- fits --------------------------------------------------------------------------------------------------------------------- */

static int count_tasks(const TheoryState *state) { return state->n_fits; }

static double find_weight(const TheoryState *state, size_t i) {
  const double scale = state->weights == ERRORS ? state->error[i] : state->weights == RELATIVE ? state->value[i] : 1;
  return 1 / (scale * scale);
}

static Status fit_form(TheoryState *state, int k) {
  const Fit *fit = &state->fits[k];
  double *t = memory_array(state->n, sizeof *t), *y = memory_array(state->n, sizeof *y), *w = memory_array(state->n, sizeof *w);
  CurveData data = {.x = t, .y = y, .weights = w, .is_absolute = state->weights == ERRORS};
  for (size_t i = 0; i < state->n; i++) {
    if (!(state->time[i] >= fit->t_min && state->time[i] <= fit->t_max)) continue;
    t[data.n]   = state->time[i];
    y[data.n]   = state->value[i];
    w[data.n++] = find_weight(state, i);
  }
  const RelaxationFit r       = relaxation_fit(&fit->model, &data);
  const double row[N_RESULTS] = {r.tau,      r.tau_error,      r.beta, r.beta_error, r.amplitude,   r.amplitude_error,
                                 r.baseline, r.baseline_error, r.chi2, r.rms,        (double)data.n};
  memcpy(&state->results[k * N_RESULTS], row, sizeof row);
  memory_free(t);
  memory_free(y);
  memory_free(w);
  return STATUS_OK;
}

static double *lend_results(TheoryState *state, size_t *n) {
  *n = (size_t)state->n_fits * N_RESULTS;
  return state->results;
}

/* ---- tables ------------------------------------------------------------------------------------------------------------------- */

/** Of the exponential forms; stretched_limit is kww with another tau. */
static RelaxationMeans find_means(RelaxationForm form, double tau, double beta) {
  if (form == RELAX_KWW) return relaxation_means(tau, beta);
  if (form == RELAX_STRETCHED_LIMIT) return relaxation_means(tau * pow(tgamma(1 + beta), 1 / beta), beta);
  return (RelaxationMeans){NAN, NAN, NAN};
}

static Table *make_forms(const TheoryState *state) {
  const char *time = state->time_unit, *value = state->value_unit;
  const Column columns[] = {
      {"form", "1", "0 kww, 1 mittag_leffler, 2 stretched_limit, 3 power_limit",
       "exp(-x), E_beta(-x), exp(-x / Gamma(1 + beta)), 1 / (x Gamma(1 - beta)), x = (t/tau)^beta"},
      {"tau", time, "relaxation time", ""},
      {"tau_error", time, "its standard error", ""},
      {"beta", "1", "exponent", ""},
      {"beta_error", "1", "its standard error", ""},
      {"amplitude", value, "height of the decay", "baseline + amplitude f or f^2"},
      {"amplitude_error", value, "its standard error, 0 if fixed", ""},
      {"baseline", value, "where it ends", ""},
      {"baseline_error", value, "its standard error, 0 if fixed", ""},
      {"chi2", "1", "sum of weighted squared residuals", ""},
      {"rms", value, "root mean square residual, unweighted", ""},
      {"points", "1", "points of the fit", ""},
      {"squared", "1", "1: f^2 was fitted", ""},
      {"t_mean", time, "mean time of f", "int f dt = (tau/beta) Gamma(1/beta)"},
      {"t_mean_squared", time, "mean time of f^2", "int f^2 dt = 2^(-1/beta) t_mean"},
      {"t_moment", time, "first moment of f^2", "int t f^2 dt / int f^2 dt"},
  };
  enum { N_COLUMNS = sizeof columns / sizeof columns[0] };
  Table *table = table_create("relaxation_fit/forms", "Forms of relaxation fitted to a decay", N_COLUMNS, columns);
  for (int k = 0; k < state->n_fits; k++) {
    const RelaxationModel *model = &state->fits[k].model;
    const double *r              = &state->results[k * N_RESULTS];
    const RelaxationMeans means  = find_means(model->form, r[TAU], r[BETA]);
    if (isnan(r[TAU]))
      warn("relaxation_fit: the fit of %s does not converge, or to an end of the range of beta: no numbers", state->fits[k].name);
    double row[N_COLUMNS];
    row[0] = (double)model->form;
    memcpy(row + 1, r, N_RESULTS * sizeof *r);
    row[N_RESULTS + 1] = model->is_squared;
    row[N_RESULTS + 2] = means.field;
    row[N_RESULTS + 3] = means.intensity;
    row[N_RESULTS + 4] = means.moment;
    table_row(table, row);
  }
  return table;
}

static Table *make_decay(const TheoryState *state) {
  Column columns[3 + MAX_FITS];
  double row[3 + MAX_FITS];
  int n_columns        = 0;
  columns[n_columns++] = (Column){"time", state->time_unit, "time", ""};
  columns[n_columns++] = (Column){"value", state->value_unit, "data", ""};
  if (state->error != NULL) columns[n_columns++] = (Column){"value_error", state->value_unit, "standard error of the data", ""};
  const int first = n_columns;
  for (int k = 0; k < state->n_fits; k++) columns[n_columns++] = (Column){state->fits[k].name, state->value_unit, "fitted form", ""};
  Table *table = table_create("relaxation_fit/decay", "A decay and the forms fitted to it", n_columns, columns);
  for (size_t i = 0; i < state->n; i++) {
    row[0] = state->time[i];
    row[1] = state->value[i];
    if (state->error != NULL) row[2] = state->error[i];
    for (int k = 0; k < state->n_fits; k++) {
      const double *r         = &state->results[k * N_RESULTS];
      const RelaxationFit fit = {.tau = r[TAU], .beta = r[BETA], .amplitude = r[AMPLITUDE], .baseline = r[BASELINE]};
      row[first + k]          = relaxation_value(&state->fits[k].model, &fit, state->time[i]);
    }
    table_row(table, row);
  }
  return table;
}

static Status close_relaxation_fit(TheoryState **state, Table ***tables, int *n_tables) {
  if (tables != NULL) {
    *tables      = memory_array(2, sizeof **tables);
    (*tables)[0] = make_forms(*state);
    (*tables)[1] = make_decay(*state);
    *n_tables    = 2;
  }
  release(state);
  return STATUS_OK;
}

extern const Theory theory_relaxation_fit;
const Theory theory_relaxation_fit = {.name   = "relaxation_fit",
                                      .help   = "stretched exponential, Mittag-Leffler function and their limits, fitted to a stored decay",
                                      .source = "Riechers, Das, Dufresne, Derlet, Maass, Nat. Commun. 2024, doi:10.1038/s41467-024-50758-3",
                                      .schema = &schema,
                                      .first_words = relaxation_names,
                                      .open        = open_relaxation_fit,
                                      .tasks       = count_tasks,
                                      .task        = fit_form,
                                      .sums        = lend_results,
                                      .close       = close_relaxation_fit};
