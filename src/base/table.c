/** Tables: what goes to paper.
 *
 *  Columns lie one after the other, each contiguous in memory, because they are written, fitted and plotted column by column. All
 *  strings are copies: a table outlives the pass that filled it. */
#include "base/table.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

Table *table_create(const char *name, const char *title, int n_columns, const Column *columns) {
  require(n_columns > 0, "table %s without columns", name);
  Table *table     = memory_array(1, sizeof *table);
  table->name      = memory_string(name);
  table->title     = memory_string(title);
  table->n_columns = n_columns;
  table->columns   = memory_array((size_t)n_columns, sizeof *table->columns);
  table->values    = memory_array((size_t)n_columns, sizeof *table->values);
  for (int c = 0; c < n_columns; c++) {
    for (int other = 0; other < c; other++)
      require(strcmp(columns[c].name, columns[other].name) != 0, "table %s: two columns named %s", name, columns[c].name);
    table->columns[c].name        = memory_string(columns[c].name);
    table->columns[c].unit        = memory_string(columns[c].unit);
    table->columns[c].description = memory_string(columns[c].description);
    table->columns[c].equation    = memory_string(columns[c].equation == NULL ? "" : columns[c].equation);
    table->values[c]              = memory_array(0, sizeof(double));
  }
  return table;
}

void table_row(Table *table, const double *values) {
  size_t capacity = table->capacity;
  for (int c = 0; c < table->n_columns; c++) {
    void *column = table->values[c];
    capacity     = table->capacity;
    memory_grow(&column, &capacity, table->n_rows + 1, table->n_rows, sizeof(double));
    table->values[c]                = column;
    table->values[c][table->n_rows] = values[c];
  }
  table->capacity = capacity;
  table->n_rows++;
}

void table_scalar(Table *table, const char *name, double value, const char *unit, const char *description) {
  require(isnan(table_get_scalar(table, name)), "table %s: scalar %s twice", table->name, name);
  const size_t n        = (size_t)table->n_scalars;
  struct TableScalar *s = memory_array(n + 1, sizeof *s);
  if (n > 0) memcpy(s, table->scalars, n * sizeof *s);
  s[n] = (struct TableScalar){memory_string(name), value, memory_string(unit), memory_string(description)};
  memory_free(table->scalars);
  table->scalars = s;
  table->n_scalars++;
}

double table_get_scalar(const Table *table, const char *name) {
  for (int s = 0; s < table->n_scalars; s++)
    if (strcmp(table->scalars[s].name, name) == 0) return table->scalars[s].value;
  return NAN;
}

void table_word(Table *table, const char *name, const char *text, const char *description) {
  require(table_get_word(table, name) == NULL, "table %s: word %s twice", table->name, name);
  const size_t n      = (size_t)table->n_words;
  struct TableWord *w = memory_array(n + 1, sizeof *w);
  if (n > 0) memcpy(w, table->words, n * sizeof *w);
  w[n] = (struct TableWord){memory_string(name), memory_string(text), memory_string(description)};
  memory_free(table->words);
  table->words = w;
  table->n_words++;
}

const char *table_get_word(const Table *table, const char *name) {
  for (int w = 0; w < table->n_words; w++)
    if (strcmp(table->words[w].name, name) == 0) return table->words[w].text;
  return NULL;
}

const double *table_column(const Table *table, const char *name) {
  for (int c = 0; c < table->n_columns; c++)
    if (strcmp(table->columns[c].name, name) == 0) return table->values[c];
  return NULL;
}

/** Strings that the table owns, though its readers see them const. */
static void free_text(const char *text) { memory_free((void *)(size_t)text); }

void table_destroy(Table **table) {
  Table *t = *table;
  if (t == NULL) return;
  for (int c = 0; c < t->n_columns; c++) {
    free_text(t->columns[c].name);
    free_text(t->columns[c].unit);
    free_text(t->columns[c].description);
    free_text(t->columns[c].equation);
    memory_free(t->values[c]);
  }
  for (int s = 0; s < t->n_scalars; s++) {
    memory_free(t->scalars[s].name);
    memory_free(t->scalars[s].unit);
    memory_free(t->scalars[s].description);
  }
  for (int w = 0; w < t->n_words; w++) {
    memory_free(t->words[w].name);
    memory_free(t->words[w].text);
    memory_free(t->words[w].description);
  }
  memory_free(t->words);
  memory_free(t->scalars);
  memory_free(t->columns);
  memory_free(t->values);
  memory_free(t->name);
  memory_free(t->title);
  memory_free(t);
  *table = NULL;
}
