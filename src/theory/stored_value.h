#pragma once
/** A number with its error that an input gives directly or by the place where it is stored. */
#include "base/params.h"
#include "theory/theory.h"

typedef struct StoredValue {
  double value, error; /* error NAN: unknown */
} StoredValue;
typedef struct StoredPlace { /* where to look when the input does not say */
  const char *table, *name, *error_name;
  const char *match; /* column that holds the key; goes with `table`; NULL: none */
  const char *file;  /* of the output directory */
} StoredPlace;

/** A number, or {value, error}, or {from, table, name, error_name, match}, of which only those that are not usual need be said. */
extern const ParamSchema stored_value_schema;

/** The number under `key` of `item` (a section of that schema; absent: all as usual). `name` is a scalar of the table, or else a column:
 *  its mean and standard error over the rows, or with `match` the row in which that column equals `row`. Fails with a message when there
 *  is no such number; a stored NAN is returned as such. */
Status stored_value_read(const Params *item, const char *key, const TableSource *source, const StoredPlace *usual, double row,
                         StoredValue *found);
