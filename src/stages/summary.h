#pragma once
/** The summary numbers (scalars) of tables, for people and for scripts. */
#include <stdio.h>

#include "base/table.h"

/** As a JSON object, no line end: {"tau_alpha": {"A": 1.9, "B": 4.0}, ..}. A table named "pass/curves_A" gives its numbers under "A"; any
 *  other table gives them directly. What is not a number is null. */
void summary_json(FILE *out, const Table *const *tables, int n_tables);
/** As lines of the log: one quantity per line, one column per table, X and X_error together. */
void summary_log(const char *title, const Table *const *tables, int n_tables);
