/* Scalars first: a results file that sums a column up under the same name has done it with more knowledge (saddles left out, say). */
#include "stored_value.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/table.h"

static const ParamSpec specs[] = {
    {.key = "value", .kind = PARAM_DOUBLE, .fallback = "", .help = "the number itself"},
    {.key = "error", .kind = PARAM_DOUBLE, .fallback = "", .low = 0, .high = INFINITY, .open_low = true, .help = "its standard error"},
    {.key = "from", .kind = PARAM_STRING, .fallback = "", .help = "or: results file that holds it; default: that of the output directory"},
    {.key = "table", .kind = PARAM_STRING, .fallback = "", .help = "table in it; default: where tektite writes this quantity"},
    {.key = "name", .kind = PARAM_STRING, .fallback = "", .help = "scalar or column of the table; default: as tektite writes it"},
    {.key = "error_name", .kind = PARAM_STRING, .fallback = "", .help = "scalar or column of its standard error"},
    {.key = "match", .kind = PARAM_STRING, .fallback = "", .help = "take the row in which this column equals the run's temperature"},
    {.key = NULL}};
const ParamSchema stored_value_schema = {
    .name = "stored value", .help = "a number or where it is stored", .shorthand = "value", .specs = specs};

static bool says(const Params *section, const char *key) { return section != NULL && params_has(section, key); }
static const char *text_or(const Params *section, const char *key, const char *usual) {
  return says(section, key) ? params_string(section, key) : usual;
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

/** The row in which column `match` equals the key. */
static Status find_row(const Params *where, const Table *table, const char *match, double key, size_t *row) {
  const double *keys = table_column(table, match);
  if (keys == NULL) return params_fail(where, NULL, "table %s has no column '%s'", table->name, match);
  for (*row = 0; *row < table->n_rows; ++*row)
    if (fabs(keys[*row] - key) <= 1e-6 * fabs(key)) return STATUS_OK;
  return params_fail(where, NULL, "no row with %s = %g in table %s", match, key, table->name);
}

static Status look_up(const Params *where, const Table *table, const StoredPlace *place, double key, StoredValue *found) {
  *found = (StoredValue){NAN, NAN};
  if (place->match == NULL && find_scalar(table, place->name, &found->value)) {
    (void)find_scalar(table, place->error_name, &found->error);
    return STATUS_OK;
  }
  const double *column = table_column(table, place->name),
               *errors = place->error_name != NULL ? table_column(table, place->error_name) : NULL;
  if (column == NULL) return params_fail(where, NULL, "table %s has no scalar and no column '%s'", table->name, place->name);
  if (table->n_rows == 0) return params_fail(where, NULL, "table %s has no rows", table->name);
  if (place->match == NULL) {
    *found = average(column, table->n_rows);
    return STATUS_OK;
  }
  size_t row = 0;
  TRY(find_row(where, table, place->match, key, &row));
  *found = (StoredValue){column[row], errors != NULL ? errors[row] : NAN};
  return STATUS_OK;
}

Status stored_value_read(const Params *item, const char *key, const TableSource *source, const StoredPlace *usual, double row,
                         StoredValue *found) {
  const Params *section = params_section(item, key);
  *found                = (StoredValue){NAN, NAN};
  if (says(section, "value")) {
    if (says(section, "from")) return params_fail(section, NULL, "give a number or the place where it is stored, not both");
    found->value = params_double(section, "value");
    if (says(section, "error")) found->error = params_double(section, "error");
    return STATUS_OK;
  }
  const StoredPlace place = {.table      = text_or(section, "table", usual->table),
                             .name       = text_or(section, "name", usual->name),
                             .error_name = text_or(section, "error_name", says(section, "name") ? NULL : usual->error_name),
                             .match      = text_or(section, "match", says(section, "table") ? NULL : usual->match)};
  Table *table            = NULL;
  TRY(source->read(source, text_or(section, "from", usual->file), place.table, &table));
  const Status status = look_up(section != NULL ? section : item, table, &place, row, found);
  table_destroy(&table);
  if (status == STATUS_OK && says(section, "error")) found->error = params_double(section, "error");
  return status;
}
