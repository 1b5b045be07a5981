#include "base/table.h"

#include <stdlib.h>

#include "../check.h"
#include "base/memory.h"

static void test_rows(void) {
  char unit[]            = "sigma"; /* the table must keep its own copy */
  const Column columns[] = {{"r", unit, "distance", ""}, {"g", "1", "pair correlation", "eq. 3"}, {"n", "1", "count", NULL}};
  Table *table           = table_create("structure/g", "Pair correlation", 3, columns);
  unit[0]                = 'X';
  CHECK_EQUAL_INT(table->n_rows, 0);
  CHECK(table_column(table, "r") != NULL);
  for (int k = 0; k < 500; k++) table_row(table, (double[]){0.1 * k, k * k, -k});
  CHECK_EQUAL_INT(table->n_rows, 500);
  CHECK(table->capacity >= 500);
  const double *r = table_column(table, "r"), *g = table_column(table, "g"), *n = table_column(table, "n");
  for (int k = 0; k < 500; k++) {
    CHECK_CLOSE(r[k], 0.1 * k, 0);
    CHECK_CLOSE(g[k], k * k, 0);
    CHECK_CLOSE(n[k], -k, 0);
  }
  CHECK(table_column(table, "x") == NULL);
  CHECK_TEXT(table->name, "structure/g");
  CHECK_TEXT(table->title, "Pair correlation");
  CHECK_TEXT(table->columns[0].unit, "sigma");
  CHECK_TEXT(table->columns[1].equation, "eq. 3");
  CHECK_TEXT(table->columns[2].equation, "");
  table_destroy(&table);
  CHECK(table == NULL);
  table_destroy(&table);
}

static void test_scalars(void) {
  Table *table = table_create("a", "b", 1, &(Column){"x", "1", "x", ""});
  CHECK(isnan(table_get_scalar(table, "tau_alpha")));
  table_scalar(table, "tau_alpha", 12.5, "tau", "relaxation time");
  table_scalar(table, "beta", 0.6, "1", "stretching");
  CHECK_CLOSE(table_get_scalar(table, "tau_alpha"), 12.5, 0);
  CHECK_CLOSE(table_get_scalar(table, "beta"), 0.6, 0);
  CHECK_EQUAL_INT(table->n_scalars, 2);
  CHECK_TEXT(table->scalars[1].unit, "1");
  CHECK_TEXT(table->scalars[0].description, "relaxation time");
  CHECK(table_get_word(table, "minimizer") == NULL);
  table_word(table, "minimizer", "fire", "way downhill");
  CHECK_TEXT(table_get_word(table, "minimizer"), "fire");
  table_destroy(&table);
}

int main(void) {
  test_rows();
  test_scalars();
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
