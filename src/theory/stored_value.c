/* Scalars first: a results file that sums a column up under the same name has done it with more knowledge (saddles left out, say). */
#include "stored_value.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/table.h"

static const ParamSpec specs[] = {
    {.key = "value", .kind = PARAM_DOUBLE, .fallback = "", .help = "the number itself"},
    {.key = "error", .kind = PARAM_DOUBLE, .fallback = "", .low = 0, .high = INFINITY, .open_low = true, .help = "its standard error"},
    {.key      = "from",
     .kind     = PARAM_STRING,
     .fallback = "",
     .help     = "or: results file that holds it; with `table` alone, analysis.h5 of the output directory"},
    {.key = "table", .kind = PARAM_STRING, .fallback = "", .help = "table in it; default: where tektite writes this quantity"},
    {.key = "name", .kind = PARAM_STRING, .fallback = "", .help = "scalar or column of the table; default: as tektite writes it"},
    {.key = "error_name", .kind = PARAM_STRING, .fallback = "", .help = "scalar or column of its standard error"},
    {.key = "match", .kind = PARAM_STRING, .fallback = "", .help = "take the row in which this column equals the run's temperature"},
    {.key = NULL}};
const ParamSchema stored_value_schema = {
    .name = "stored value", .help = "a number or where it is stored", .shorthand = "value", .specs = specs};

static const char *text_or(const Params *section, const char *key, const char *usual) {
  return params_has(section, key) ? params_string(section, key) : usual;
}

static bool find_scalar(const Table *table, const char *name, double *value) {
  for (int k = 0; name != NULL && k < table->n_scalars; k++)
    if (strcmp(table->scalars[k].name, name) == 0) {
      *value = table->scalars[k].value;
      return true;
    }
  return false;
}

/** Mean of a column and the standard error of the mean; NAN for fewer than two rows. */
static StoredValue average(const double *column, size_t n) {
  double mean = 0, square = 0;
  for (size_t i = 0; i < n; i++) mean += column[i] / (double)n;
  for (size_t i = 0; i < n; i++) square += (column[i] - mean) * (column[i] - mean);
  return (StoredValue){mean, n > 1 ? sqrt(square / (double)(n - 1) / (double)n) : NAN};
}

static Status look_up(const Params *section, const Table *table, const char *name, const char *error_name, double key, StoredValue *found) {
  *found = (StoredValue){NAN, NAN};
  if (!params_has(section, "match") && find_scalar(table, name, &found->value)) {
    (void)find_scalar(table, error_name, &found->error);
    return STATUS_OK;
  }
  const double *column = table_column(table, name), *errors = error_name != NULL ? table_column(table, error_name) : NULL;
  if (column == NULL) return params_fail(section, "name", "table %s has no scalar and no column '%s'", table->name, name);
  if (table->n_rows == 0) return params_fail(section, "table", "table %s has no rows", table->name);
  if (!params_has(section, "match")) {
    *found = average(column, table->n_rows);
    return STATUS_OK;
  }
  const double *keys = table_column(table, params_string(section, "match"));
  if (keys == NULL) return params_fail(section, "match", "table %s has no column '%s'", table->name, params_string(section, "match"));
  for (size_t row = 0; row < table->n_rows; row++) {
    if (!(fabs(keys[row] - key) <= 1e-6 * fabs(key))) continue;
    *found = (StoredValue){column[row], errors != NULL ? errors[row] : NAN};
    return STATUS_OK;
  }
  return params_fail(section, "match", "no row with %s = %g in table %s", params_string(section, "match"), key, table->name);
}

Status stored_value_read(const Params *section, const TableSource *source, const StoredPlace *usual, double key, StoredValue *found) {
  const bool is_number = params_has(section, "value"), is_place = params_has(section, "from") || params_has(section, "table");
  if (is_number == is_place) return params_fail(section, NULL, "give a number, or {from: FILE} or {table: NAME}, one of them");
  *found = (StoredValue){NAN, NAN};
  if (is_number) {
    found->value = params_double(section, "value");
    if (params_has(section, "error")) found->error = params_double(section, "error");
    return STATUS_OK;
  }
  Table *table = NULL;
  TRY(source->read(source, text_or(section, "from", NULL), text_or(section, "table", usual->table), &table));
  const char *error_name = text_or(section, "error_name", params_has(section, "name") ? NULL : usual->error_name);
  const Status status    = look_up(section, table, text_or(section, "name", usual->name), error_name, key, found);
  table_destroy(&table);
  if (status == STATUS_OK && params_has(section, "error")) found->error = params_double(section, "error");
  return status;
}
