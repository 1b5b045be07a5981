/** The summary numbers are scalars of the table of configurations: what is told is read from the file, so that a second call of a finished
 *  job says the same. */
#include "respond_result.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "json_text.h"
#include "math/statistics.h"
#include "respond_store.h"
#include "response/ensemble.h"

/** Finite values of a column in rows that are minima. */
static size_t minima_of(const Table *table, const char *name, double *values) {
  const double *column = table_column(table, name), *outcome = table_column(table, "outcome");
  size_t n = 0;
  for (size_t k = 0; k < table->n_rows; k++)
    if (outcome[k] == RESPOND_MINIMUM && isfinite(column[k])) values[n++] = column[k];
  return n;
}

/** The summary numbers, as scalars of the table of configurations. */
static void add_scalars(const Ensemble *ensemble, const RespondSettings *settings, Table *table) {
  double *values = memory_array(table->n_rows, sizeof *values), count[3] = {0}, pairs = 0, zero = NAN, taken = 0, marked = 0, out = 0;
  const double *outcome = table_column(table, "outcome"), *dipoles = table_column(table, "n_dipoles"),
               *zero_modes = table_column(table, "zero_modes"), *max_force = table_column(table, "max_force"),
               *rattlers = table_column(table, "rattlers"), *quench_outcome = table_column(table, "quench_outcome");
  for (size_t k = 0; k < table->n_rows; k++) {
    const bool is_marked = respond_is_marked(quench_outcome[k]);
    count[(int)outcome[k]]++;
    taken += outcome[k] == RESPOND_MINIMUM && (is_marked || !respond_is_quenched(settings, max_force[k]));
    marked += outcome[k] == RESPOND_UNQUENCHED && is_marked;
    pairs += dipoles[k];
    out += isfinite(rattlers[k]) ? rattlers[k] : 0;
    zero = fmax(zero, zero_modes[k]); /* of a number and NaN: the number */
  }
  size_t n = minima_of(table, "G", values);
  table_scalar(table, "G_mean", statistics_mean(values, n), "eps/sigma^d", "shear modulus, mean over configurations");
  table_scalar(table, "G_stderr", ensemble_error(ensemble, "G"), "eps/sigma^d", "its standard error over independent configurations");
  n = minima_of(table, "kappa_mean", values);
  table_scalar(table, "kappa_mean", statistics_mean(values, n), "eps/sigma^2", "dipole stiffness, mean over configurations");
  table_scalar(table, "kappa_stderr", ensemble_error(ensemble, "kappa_mean"), "eps/sigma^2",
               "its standard error over independent configurations");
  table_scalar(table, "n_dipoles", pairs, "1", "pairs, all configurations");
  table_scalar(table, "rattlers", out, "1", "particles left out as rattlers, all configurations");
  table_scalar(table, "zero_modes", zero, "1", "zero modes, translations included, rattlers left out: the most of all configurations");
  table_scalar(table, "configurations", (double)table->n_rows, "1", "configurations");
  table_scalar(table, "saddles", count[RESPOND_SADDLE], "1", "of them saddles, or with zero modes beside the translations");
  table_scalar(table, "unquenched", count[RESPOND_UNQUENCHED], "1", "of them not quenched");
  table_scalar(table, "unquenched_marked", marked, "1", "of these, descents that quench marked as not converged");
  table_scalar(table, "unquenched_taken", taken, "1", "of them not quenched, taken for minima all the same: allow_unquenched");
  table_scalar(table, "seconds_per_configuration", statistics_mean(table_column(table, "seconds"), table->n_rows), "s",
               "wall time of one configuration on one rank");
  memory_free(values);
}

enum { MAX_TABLES = N_RESPOND_TABLES + 2 };
typedef struct Contents {
  int n_tables, n_gathered;
  Table *tables[MAX_TABLES]; /* the configurations first */
  GatheredTable gathered[N_RESPOND_TABLES];
} Contents;

static void clear_contents(Contents *contents) {
  for (int k = 0; k < contents->n_tables; k++) table_destroy(&contents->tables[k]);
  for (int k = 0; k < contents->n_gathered; k++) respond_gathered_clear(&contents->gathered[k]);
}

static Status put_together(const RespondTask *task, const RespondParts *parts, Contents *contents) {
  Table *modes  = NULL;
  const int dim = task->dim;
  TRY(respond_parts_table(parts, TABLE_CONFIGURATIONS, dim, &contents->tables[contents->n_tables++]));
  for (int which = 0; which < TABLE_CONFIGURATIONS; which++) {
    const RespondTable table = (RespondTable)which;
    if (!respond_table_wanted(table, task->settings)) continue;
    if (respond_table_is_long(table)) {
      respond_parts_gather(parts, table, dim, &contents->gathered[contents->n_gathered++]);
      continue;
    }
    TRY(respond_parts_table(parts, table, dim, &contents->tables[contents->n_tables]));
    if (table == TABLE_MODES) modes = contents->tables[contents->n_tables];
    contents->n_tables++;
  }
  Table *configurations                  = contents->tables[0];
  const Ensemble ensemble                = {configurations, modes, dim, task->n_resamples, task->omega_limit, task->seed};
  contents->tables[contents->n_tables++] = ensemble_temperatures(&ensemble);
  if (modes) contents->tables[contents->n_tables++] = ensemble_states(&ensemble);
  add_scalars(&ensemble, task->settings, configurations);
  table_scalar(configurations, "unfinished", task->unfinished, "1", "1: the quench that made the configurations was not at its end");
  return STATUS_OK;
}

/** What was asked for and is not there, or not as asked: one warning, with how many configurations it concerns. */
static void warn_of_shortfalls(const RespondTask *task, const Table *table) {
  const RespondSettings *s = task->settings;
  const double *modes = table_column(table, "rows_modes"), *dipoles = table_column(table, "n_dipoles"),
               *outcome = table_column(table, "outcome"), *particles = table_column(table, "particles"),
               *failures = table_column(table, "pseudoharmonic_failed");
  int n_cut = 0, n_none = 0, n_saddles = 0, n_few = 0;
  double failed = 0;
  for (size_t k = 0; k < table->n_rows; k++) {
    const bool wants = s->n_modes > 0 && outcome[k] != RESPOND_UNQUENCHED, is_saddle = outcome[k] == RESPOND_SADDLE;
    n_saddles += wants && is_saddle;
    n_none += wants && !is_saddle && modes[k] == 0;
    n_cut += wants && modes[k] > 0 && modes[k] < fmin(s->n_modes, task->dim * particles[k]);
    n_few += s->has_dipoles && s->dipole.n_pairs != DIPOLE_ALL && dipoles[k] > 0 && dipoles[k] < (double)s->dipole.n_pairs;
    failed += failures[k];
  }
  char text[1024] = "";
  size_t used     = 0;
#define ADD(...) used += (size_t)snprintf(text + used, sizeof text - used, __VA_ARGS__)
  if (n_cut > 0) ADD("; %d with fewer modes than asked (at most a quarter of all are looked for)", n_cut);
  if (n_none > 0) ADD("; %d without modes (the factor does not fit in respond.memory, or they did not converge)", n_none);
  if (n_saddles > 0) ADD("; %d saddles without modes", n_saddles);
  if (n_few > 0) ADD("; %d with fewer pairs than respond.dipole.pairs: all are taken", n_few);
  if (failed > 0) ADD("; %.0f pseudoharmonic starts did not converge", failed);
  if (s->has_dipoles && s->dipole.n_pairs != DIPOLE_ALL && s->pseudoharmonic.n_starts > 0)
    ADD("; pseudoharmonic modes start from the softest of the pairs drawn, not of all");
#undef ADD
  if (used > 0) warn("not all that was asked, of %zu configurations: %s", table->n_rows, text + 2);
}

Status respond_result_write(const RespondTask *task) {
  RespondParts parts;
  Contents contents = {0};
  Status status     = respond_parts_read(task->parts, &parts);
  if (status == STATUS_OK) status = put_together(task, &parts, &contents);
  if (status == STATUS_OK)
    status = results_gather(task->result, (const Table *const *)contents.tables, contents.n_tables, contents.gathered, contents.n_gathered,
                            task->provenance);
  if (status == STATUS_OK) warn_of_shortfalls(task, contents.tables[0]);
  clear_contents(&contents);
  respond_parts_clear(&parts);
  if (status == STATUS_OK) respond_parts_remove(task->parts);
  return status;
}

/** "selected", or "selected and iteration": all that occur, for some configurations have none and memory may not do for all. */
static bool name_methods(const Table *configurations, char text[64]) {
  const double *method = table_column(configurations, "dipole_method");
  text[0]              = '\0';
  for (int which = 1; dipole_method_names[which]; which++)
    for (size_t row = 0; row < configurations->n_rows; row++)
      if (method[row] == which) {
        if (text[0] != '\0') strcat(text, " and ");
        strcat(text, dipole_method_names[which]);
        break;
      }
  return text[0] != '\0';
}

static void tell_json(const Table *configurations, const Table *temperatures) {
  printf("{");
  for (int k = 0; k < configurations->n_scalars; k++) {
    const char *name = configurations->scalars[k].name;
    printf("%s\"%s\": ", k ? ", " : "", name);
    if (strcmp(name, "unfinished") == 0)
      printf(configurations->scalars[k].value != 0 ? "true" : "false");
    else
      json_number(stdout, configurations->scalars[k].value);
  }
  char methods[64];
  printf(", \"dipole_method\": ");
  json_string(stdout, name_methods(configurations, methods) ? methods : NULL);
  printf(", \"temperatures\": [");
  for (size_t row = 0; row < temperatures->n_rows; row++)
    for (int c = 0; c < temperatures->n_columns; c++) {
      printf("%s\"%s\": ", c ? ", " : row ? "}, {" : "{", temperatures->columns[c].name);
      json_number(stdout, temperatures->values[c][row]);
    }
  printf("%s]}\n", temperatures->n_rows ? "}" : "");
  fflush(stdout);
}

/** NaN where an older file does not have the column. */
static double at(const Table *table, const char *name, size_t row) {
  const double *column = table_column(table, name);
  return column ? column[row] : NAN;
}

/** One warning for all temperatures: where configurations are taken more often than they change. */
static void warn_of_correlations(const Table *temperatures) {
  size_t n = 0, worst = 0;
  double least = 0.5;
  for (size_t row = 0; row < temperatures->n_rows; row++) {
    const double share = at(temperatures, "independent", row) / at(temperatures, "minima", row);
    if (!(share < 0.5)) continue;
    n++;
    if (share >= least) continue;
    least = share;
    worst = row;
  }
  if (n == 0) return;
  warn(
      "at %zu of %zu parent temperatures less than half of the configurations are independent (T = %g: %.0f count as %.3g); errors and "
      "intervals allow for it",
      n, temperatures->n_rows, at(temperatures, "parent_temperature", worst), at(temperatures, "minima", worst),
      at(temperatures, "independent", worst));
}

/** One warning for all temperatures: where the number of modes grows with another power than the quartic law has. */
static void warn_of_exponents(const Table *temperatures) {
  size_t n = 0, worst = 0;
  double most = 2;
  for (size_t row = 0; row < temperatures->n_rows; row++) {
    const double off = fabs(at(temperatures, "cumulative_exponent", row) - 5) / at(temperatures, "cumulative_exponent_stderr", row);
    if (!isfinite(at(temperatures, "A_g", row)) || !(off > 2)) continue;
    n++;
    if (off <= most) continue;
    most  = off;
    worst = row;
  }
  if (n == 0) return;
  warn(
      "at %zu of %zu parent temperatures A_g is no prefactor of omega^4: the number of modes below omega = %.3g grows as omega^(%.3g +- "
      "%.2g), "
      "not omega^5 (T = %g); a smaller respond.omega_limit looks deeper",
      n, temperatures->n_rows, at(temperatures, "omega_limit", worst), at(temperatures, "cumulative_exponent", worst),
      at(temperatures, "cumulative_exponent_stderr", worst), at(temperatures, "parent_temperature", worst));
}

/** "-" where there is no number. */
static const char *show(char text[32], int digits, double value) {
  if (isfinite(value))
    snprintf(text, 32, "%.*g", digits, value);
  else
    snprintf(text, 32, "-");
  return text;
}

static void tell_temperature(const Table *t, size_t row) {
  static const struct {
    const char *name, *low, *high;
  } means[] = {{"G_mean", "G_low", "G_high"}, {"kappa_mean", "kappa_low", "kappa_high"}};
  char line[256], value[32], low[32], high[32];
  size_t used = (size_t)snprintf(line, sizeof line, "  %10s %6.0f", show(value, 4, at(t, "parent_temperature", row)), at(t, "minima", row));
  for (int k = 0; k < 2; k++)
    used += (size_t)snprintf(line + used, sizeof line - used, " %10s [%s, %s]", show(value, 4, at(t, means[k].name, row)),
                             show(low, 4, at(t, means[k].low, row)), show(high, 4, at(t, means[k].high, row)));
  snprintf(line + used, sizeof line - used, " %12s %9s +- %s", show(value, 4, at(t, "A_g", row)),
           show(low, 3, at(t, "cumulative_exponent", row)), show(high, 2, at(t, "cumulative_exponent_stderr", row)));
  log_line("%s", line);
}

/** Nothing where there are none; older files do not tell. */
static void tell_rattlers(const Table *configurations) {
  const double *rattlers = table_column(configurations, "rattlers"), *particles = table_column(configurations, "particles");
  double all = 0;
  int n = 0, n_gases = 0;
  for (size_t row = 0; rattlers && row < configurations->n_rows; row++) {
    if (!(rattlers[row] > 0)) continue;
    n++;
    n_gases += rattlers[row] == particles[row];
    all += rattlers[row];
  }
  if (n > 0) log_line("  %.0f rattlers in %d configurations: left out", all, n);
  if (n_gases > 0) log_line("  in %d of them nothing is left: no solid", n_gases);
}

Status respond_result_tell(const char *path, const char *source, bool json) {
  Table *configurations = NULL, *temperatures = NULL;
  TRY(results_read(path, respond_table_names[TABLE_CONFIGURATIONS], &configurations));
  const Status status = results_read(path, "temperatures", &temperatures);
  if (status == STATUS_OK) {
    char methods[64];
    log_line("respond: %zu configurations of %s, %.3g s each; kappa by %s", configurations->n_rows, source,
             table_get_scalar(configurations, "seconds_per_configuration"), name_methods(configurations, methods) ? methods : "nothing");
    if (table_get_scalar(configurations, "saddles") + table_get_scalar(configurations, "unquenched") > 0)
      log_line("  %.0f saddles or with zero modes beside the translations, %.0f not quenched: they do not enter the means",
               table_get_scalar(configurations, "saddles"), table_get_scalar(configurations, "unquenched"));
    if (table_get_scalar(configurations, "unquenched_marked") > 0)
      log_line("  %.0f of these are descents that quench marked as not converged", table_get_scalar(configurations, "unquenched_marked"));
    if (table_get_scalar(configurations, "unquenched_taken") > 0)
      log_line("  %.0f not quenched, taken all the same (allow_unquenched)", table_get_scalar(configurations, "unquenched_taken"));
    tell_rattlers(configurations);
    log_line("  %10s %6s %22s %26s %12s %18s", "T parent", "n", "G  [5 %, 95 %]", "kappa  [5 %, 95 %]", "A_g", "exponent (5 wanted)");
    for (size_t row = 0; row < temperatures->n_rows; row++) tell_temperature(temperatures, row);
    warn_of_correlations(temperatures);
    warn_of_exponents(temperatures);
    log_line("written: %s", path);
    if (json) tell_json(configurations, temperatures);
  }
  table_destroy(&temperatures);
  table_destroy(&configurations);
  return status;
}
