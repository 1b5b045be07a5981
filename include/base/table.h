#pragma once
/** A Table: equally long named columns of doubles, with unit, description and equation. What goes to paper is a Table. */
#include <stdbool.h>
#include <stddef.h>

typedef struct Column {
  const char *name;        /* plain word, unique in the table */
  const char *unit;        /* reduced units, "1" if dimensionless */
  const char *description; /* one line */
  const char *equation;    /* source equation or "" */
} Column;
typedef struct Table {
  char *name;  /* path inside a results file: "self_motion/curves_A" */
  char *title; /* one line */
  int n_columns;
  Column *columns; /* own copies of all strings */
  double **values; /* [n_columns][n_rows] */
  size_t n_rows, capacity;
  int n_scalars; /* summary numbers (tau_alpha, D, beta): also attributes of the group, and in --json */
  struct TableScalar {
    char *name;
    double value;
    char *unit;
    char *description;
  } * scalars;
  int n_words; /* summary facts that are no numbers (minimizer): also attributes of the group */
  struct TableWord {
    char *name;
    char *text;
    char *description;
  } * words;
} Table;

Table *table_create(const char *name, const char *title, int n_columns, const Column *columns);
/** values: one per column. */
void table_row(Table *table, const double *values);
void table_scalar(Table *table, const char *name, double value, const char *unit, const char *description);
double table_get_scalar(const Table *table, const char *name); /* NAN if absent */
void table_word(Table *table, const char *name, const char *text, const char *description);
const char *table_get_word(const Table *table, const char *name); /* lent; NULL if absent */
/** Column by name, [n_rows], lent; NULL if absent. */
const double *table_column(const Table *table, const char *name);
void table_destroy(Table **table); /* accepts NULL inside */
