#pragma once
/** A number with its error that an input gives directly or by the place where it is stored. */
#include "base/params.h"
#include "theory/theory.h"

typedef struct StoredValue {
  double value, error; /* error NAN: unknown */
} StoredValue;
typedef struct StoredPlace { /* where to look when the input names a file only */
  const char *table, *name, *error_name;
} StoredPlace;

/** A number, or {value, error}, or {from, table, name, error_name, match}; without `from` the file is analysis.h5 of the output directory.
 */
extern const ParamSchema stored_value_schema;

/** `name` is a scalar of the table, or else a column: its mean and standard error over the rows, or with `match` the row in which that
 *  column equals `key`. Fails with a message when there is no such number; a stored NAN is returned as such. */
Status stored_value_read(const Params *section, const TableSource *source, const StoredPlace *usual, double key, StoredValue *found);
