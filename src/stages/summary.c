/* Scalars of tables side by side. One pass leaves one table per species with the same scalars in each; what a reader wants to see is one
 * line per quantity. The label of a table is what follows "curves_" in its name ("A"); tables without it have no label. */
#include "summary.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "json_text.h"

enum { MAX_LINE = 1024 };

static const char *find_label(const Table *table) {
  const char *curves = strstr(table->name, "curves_");
  return curves != NULL ? curves + strlen("curves_") : NULL;
}

static const struct TableScalar *find_scalar(const Table *table, const char *name) {
  for (int i = 0; i < table->n_scalars; i++)
    if (strcmp(table->scalars[i].name, name) == 0) return &table->scalars[i];
  return NULL;
}

/* Whether scalar i of table t is the first of its name: each name is told once. */
static bool is_first(const Table *const *tables, int t, int i) {
  for (int earlier = 0; earlier < t; earlier++)
    if (find_scalar(tables[earlier], tables[t]->scalars[i].name) != NULL) return false;
  return find_scalar(tables[t], tables[t]->scalars[i].name) == &tables[t]->scalars[i];
}

static void json_values(FILE *out, const Table *const *tables, int n_tables, const char *name) {
  const char *before = "{";
  for (int t = 0; t < n_tables; t++) {
    const struct TableScalar *scalar = find_scalar(tables[t], name);
    const char *label                = find_label(tables[t]);
    if (scalar == NULL) continue;
    if (label == NULL) {
      json_number(out, scalar->value);
      return;
    }
    (void)fputs(before, out);
    json_string(out, label);
    (void)fputs(": ", out);
    json_number(out, scalar->value);
    before = ", ";
  }
  (void)fputc('}', out);
}

void summary_json(FILE *out, const Table *const *tables, int n_tables) {
  const char *before = "";
  (void)fputc('{', out);
  for (int t = 0; t < n_tables; t++)
    for (int i = 0; i < tables[t]->n_scalars; i++) {
      if (!is_first(tables, t, i)) continue;
      (void)fputs(before, out);
      json_string(out, tables[t]->scalars[i].name);
      (void)fputs(": ", out);
      json_values(out, tables, n_tables, tables[t]->scalars[i].name);
      before = ", ";
    }
  (void)fputc('}', out);
}

/** Why a number is missing: some wait for a curve to get somewhere, the others could not be known. */
static const char *why_missing(const char *name) {
  static const char *const reached[] = {"tau_alpha", "diffusion"};
  for (size_t i = 0; i < sizeof reached / sizeof *reached; i++)
    if (strcmp(name, reached[i]) == 0) return "not reached";
  return "unknown";
}

static void add(char *line, const char *text) { (void)strncat(line, text, MAX_LINE - strlen(line) - 1); }

/* One quantity: "  tau_alpha    4.01 +- 0.05    1.94 +- 0.03   unit". */
static void log_quantity(const Table *const *tables, int n_tables, const struct TableScalar *scalar) {
  char line[MAX_LINE], cell[128], error_name[128];
  (void)snprintf(line, sizeof line, "  %-16s", scalar->name);
  (void)snprintf(error_name, sizeof error_name, "%s_error", scalar->name);
  for (int t = 0; t < n_tables; t++) {
    const struct TableScalar *value = find_scalar(tables[t], scalar->name), *error = find_scalar(tables[t], error_name);
    char text[64] = "";
    if (value != NULL && !isfinite(value->value))
      (void)snprintf(text, sizeof text, "%s", why_missing(scalar->name));
    else if (value != NULL && error != NULL && isfinite(error->value))
      (void)snprintf(text, sizeof text, "%.5g +- %.2g", value->value, error->value);
    else if (value != NULL)
      (void)snprintf(text, sizeof text, "%.5g", value->value);
    (void)snprintf(cell, sizeof cell, "  %-22s", text);
    add(line, cell);
  }
  (void)snprintf(cell, sizeof cell, "  %s", strcmp(scalar->unit, "1") == 0 ? "" : scalar->unit);
  add(line, cell);
  log_line("%s", line);
}

static bool is_error(const Table *table, const char *name) {
  const size_t length = strlen(name);
  char stem[128];
  if (length < 7 || length >= sizeof stem || strcmp(name + length - 6, "_error") != 0) return false;
  (void)snprintf(stem, sizeof stem, "%.*s", (int)(length - 6), name);
  return find_scalar(table, stem) != NULL;
}

void summary_log(const char *title, const Table *const *tables, int n_tables) {
  char line[MAX_LINE], cell[64];
  log_line("%s", title);
  (void)snprintf(line, sizeof line, "  %-16s", "");
  for (int t = 0; t < n_tables; t++) {
    const char *label = find_label(tables[t]);
    (void)snprintf(cell, sizeof cell, "  %-22.22s", label != NULL ? label : "");
    add(line, cell);
  }
  add(line, "  unit");
  log_line("%s", line);
  for (int t = 0; t < n_tables; t++)
    for (int i = 0; i < tables[t]->n_scalars; i++)
      if (is_first(tables, t, i) && !is_error(tables[t], tables[t]->scalars[i].name))
        log_quantity(tables, n_tables, &tables[t]->scalars[i]);
}
