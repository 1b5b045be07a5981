/** Tables in HDF5 and as text.
 *
 *  /<table name>            @title, @columns, @scalars and @words (names in order, blank between), @<scalar>, @<scalar>_unit,
 *                           @<scalar>_description, @<word>, @<word>_description
 *      <column> double[n]   @unit @description @equation
 *
 *  Names are plain words, so that a path in the file reads like a sentence and a list of names needs no quoting. A table has as many rows
 *  as its shortest column. */
#include "table_store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "storage/files.h"

enum { MAX_WORDS = 256, NAME = 160 };

static Status put_words(hid_t group, const char *attribute, int n, const char *(*word)(const Table *, int), const Table *table) {
  size_t length = 1;
  for (int k = 0; k < n; k++) length += strlen(word(table, k)) + 1;
  char *text = memory_array(length, 1);
  for (int k = 0; k < n; k++) {
    const char *name = word(table, k);
    require(strchr(name, ' ') == NULL && strchr(name, '/') == NULL && strlen(name) < NAME - 16, "'%s' is not a plain word", name);
    if (k > 0) strcat(text, " ");
    strcat(text, name);
  }
  const Status status = h5_put_text(group, attribute, text);
  memory_free(text);
  return status;
}

static const char *column_name(const Table *table, int k) { return table->columns[k].name; }
static const char *scalar_name(const Table *table, int k) { return table->scalars[k].name; }

static const char *word_name(const Table *table, int k) { return table->words[k].name; }

static Status put_text_words(hid_t group, const Table *table) {
  for (int k = 0; k < table->n_words; k++) {
    char name[NAME];
    TRY(h5_put_text(group, table->words[k].name, table->words[k].text));
    (void)snprintf(name, sizeof name, "%s_description", table->words[k].name);
    TRY(h5_put_text(group, name, table->words[k].description));
  }
  return STATUS_OK;
}

static Status put_scalars(hid_t group, const Table *table) {
  for (int k = 0; k < table->n_scalars; k++) {
    const struct TableScalar *scalar = &table->scalars[k];
    char name[NAME];
    TRY(h5_put_double(group, scalar->name, scalar->value));
    (void)snprintf(name, sizeof name, "%s_unit", scalar->name);
    TRY(h5_put_text(group, name, scalar->unit));
    (void)snprintf(name, sizeof name, "%s_description", scalar->name);
    TRY(h5_put_text(group, name, scalar->description));
  }
  return STATUS_OK;
}

static Status put_column(hid_t group, const Table *table, int c, bool grows) {
  const Column *column = &table->columns[c];
  const double nothing = NAN;
  hid_t dataset        = -1;
  H5Shape list         = {1, {grows ? 0 : (int64_t)table->n_rows, 1, 1, 1}};
  if (grows) {
    TRY(h5_create_rows(group, column->name, list, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &nothing, &dataset));
  } else {
    TRY(h5_write_array(group, column->name, list, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, table->values[c]));
    TRY(h5_open_dataset(group, column->name, &dataset));
  }
  TRY(h5_put_text(dataset, "unit", column->unit));
  TRY(h5_put_text(dataset, "description", column->description));
  TRY(h5_put_text(dataset, "equation", column->equation));
  h5_release(dataset);
  return STATUS_OK;
}

Status table_store_write(hid_t file, const Table *table, bool grows) {
  hid_t group = -1;
  TRY(h5_group(file, table->name, &group));
  TRY(h5_put_text(group, "title", table->title));
  TRY(put_words(group, "columns", table->n_columns, column_name, table));
  TRY(put_words(group, "scalars", table->n_scalars, scalar_name, table));
  TRY(put_scalars(group, table));
  if (table->n_words > 0) TRY(put_words(group, "words", table->n_words, word_name, table));
  TRY(put_text_words(group, table));
  for (int c = 0; c < table->n_columns; c++) TRY(put_column(group, table, c, grows));
  h5_release(group);
  return STATUS_OK;
}

Status table_store_rows(hid_t group, const char *const *columns, int n_columns, int64_t *rows) {
  *rows = INT64_MAX;
  for (int c = 0; c < n_columns; c++) {
    hid_t dataset = -1;
    H5Shape shape;
    TRY(h5_open_dataset(group, columns[c], &dataset));
    TRY(h5_shape(dataset, &shape));
    if (shape.rank != 1) return h5_fail(group, "%s: is not a column", columns[c]);
    if (shape.size[0] < *rows) *rows = shape.size[0];
    h5_release(dataset);
  }
  if (*rows < 0 || !h5_is_plausible(group, *rows)) return h5_fail(group, "is damaged (claims %lld rows)", (long long)*rows);
  return STATUS_OK;
}

/** Cut text at its blanks. */
static int split(char *text, const char *words[MAX_WORDS]) {
  int n      = 0;
  char *rest = NULL;
  for (char *word = strtok_r(text, " ", &rest); word != NULL && n < MAX_WORDS; word = strtok_r(NULL, " ", &rest)) words[n++] = word;
  return n;
}

static void read_column_texts(hid_t group, const char *name, Column *column) {
  const hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
  *column = (Column){name, h5_get_text(dataset, "unit", ""), h5_get_text(dataset, "description", ""), h5_get_text(dataset, "equation", "")};
  h5_release(dataset);
}

static void free_column_texts(Column *column) {
  memory_free((void *)(size_t)column->unit);
  memory_free((void *)(size_t)column->description);
  memory_free((void *)(size_t)column->equation);
}

static void read_scalars(hid_t group, int n, const char *const *names, Table *table) {
  for (int k = 0; k < n; k++) {
    char unit_name[NAME], description_name[NAME];
    (void)snprintf(unit_name, sizeof unit_name, "%.140s_unit", names[k]);
    (void)snprintf(description_name, sizeof description_name, "%.140s_description", names[k]);
    char *unit = h5_get_text(group, unit_name, ""), *description = h5_get_text(group, description_name, "");
    table_scalar(table, names[k], h5_get_double(group, names[k], NAN), unit, description);
    memory_free(unit);
    memory_free(description);
  }
}

static void read_words(hid_t group, Table *table) {
  const char *names[MAX_WORDS];
  char *list  = h5_get_text(group, "words", "");
  const int n = split(list, names);
  for (int k = 0; k < n; k++) {
    char name[NAME];
    (void)snprintf(name, sizeof name, "%.140s_description", names[k]);
    char *text = h5_get_text(group, names[k], ""), *description = h5_get_text(group, name, "");
    table_word(table, names[k], text, description);
    memory_free(text);
    memory_free(description);
  }
  memory_free(list);
}

static Status read_values(hid_t group, const char *const *names, int64_t rows, Table *table) {
  size_t capacity = 0;
  for (int c = 0; c < table->n_columns; c++) {
    hid_t dataset = -1;
    void *values  = table->values[c];
    capacity      = 0;
    memory_grow(&values, &capacity, (size_t)rows, 0, sizeof(double));
    table->values[c] = values;
    TRY(h5_open_dataset(group, names[c], &dataset));
    TRY(h5_read_rows(dataset, 0, rows, H5T_NATIVE_DOUBLE, values));
    h5_release(dataset);
  }
  table->capacity = capacity;
  table->n_rows   = (size_t)rows;
  return STATUS_OK;
}

Status table_store_read(hid_t file, const char *name, int64_t most, Table **table) {
  *table      = NULL;
  hid_t group = -1;
  if (!h5_is_group(file, name)) return h5_fail(file, "holds no table %s", name);
  TRY(h5_group(file, name, &group));
  char *column_list = h5_get_text(group, "columns", ""), *scalar_list = h5_get_text(group, "scalars", ""),
       *title = h5_get_text(group, "title", "");
  const char *names[MAX_WORDS], *scalars[MAX_WORDS];
  const int n = split(column_list, names), n_scalars = split(scalar_list, scalars);
  int64_t rows  = 0;
  Status status = n == 0 ? h5_fail(file, "%s: is not a table", name) : table_store_rows(group, names, n, &rows);
  if (most >= 0 && rows > most) rows = most;
  if (status == STATUS_OK) {
    Column columns[MAX_WORDS];
    for (int c = 0; c < n; c++) read_column_texts(group, names[c], &columns[c]);
    *table = table_create(name, title, n, columns);
    for (int c = 0; c < n; c++) free_column_texts(&columns[c]);
    read_scalars(group, n_scalars, scalars, *table);
    read_words(group, *table);
    status = read_values(group, names, rows, *table);
  }
  memory_free(title);
  memory_free(scalar_list);
  memory_free(column_list);
  h5_release(group);
  if (status != STATUS_OK) table_destroy(table);
  return status;
}

static void print_head(FILE *out, const Table *table) {
  (void)fprintf(out, "# %s\n# %s\n", table->name, table->title);
  for (int k = 0; k < table->n_scalars; k++) {
    const struct TableScalar *scalar = &table->scalars[k];
    (void)fprintf(out, "# %s = %.10g [%s]  %s\n", scalar->name, scalar->value, scalar->unit, scalar->description);
  }
  for (int k = 0; k < table->n_words; k++)
    (void)fprintf(out, "# %s = %s  %s\n", table->words[k].name, table->words[k].text, table->words[k].description);
  for (int c = 0; c < table->n_columns; c++) {
    const Column *column = &table->columns[c];
    (void)fprintf(out, "# column %d: %s [%s]  %s%s%s\n", c + 1, column->name, column->unit, column->description,
                  column->equation[0] == '\0' ? "" : "; ", column->equation);
  }
  (void)fputs("#", out);
  for (int c = 0; c < table->n_columns; c++) (void)fprintf(out, " %*s", c == 0 ? 17 : 18, table->columns[c].name);
  (void)fputc('\n', out);
}

Status table_store_text(const char *path, const Table *table) {
  char *text  = NULL;
  size_t size = 0;
  FILE *out   = open_memstream(&text, &size);
  require(out != NULL, "open_memstream");
  print_head(out, table);
  for (size_t row = 0; row < table->n_rows; row++) {
    for (int c = 0; c < table->n_columns; c++) (void)fprintf(out, " %18.10g", table->values[c][row]);
    (void)fputc('\n', out);
  }
  require(fclose(out) == 0, "out of memory for %s", path);
  const Status status = files_write_text(path, text);
  free(text);
  return status;
}
