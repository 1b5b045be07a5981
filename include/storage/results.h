#pragma once
/** Results: Tables in HDF5 (/<table name>/<column>, attributes unit, description, equation; scalars as group attributes) and as text. */
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/table.h"
#include "storage/provenance.h"

/** New results file with these tables (tmp + rename; an existing one is moved aside), and one aligned text file per table:
 *  <directory of path>/<last part of table name>.txt. */
NODISCARD Status results_write(const char *path, const Table *const *tables, int n_tables, const Provenance *provenance);
/** One table by name; caller destroys. */
NODISCARD Status results_read(const char *path, const char *name, Table **table);

/** A table put together from rows of several files (what the ranks of a job wrote), too long to hold in memory. */
typedef struct TableSlice {
  int part;              /* index of the file */
  int64_t first, n_rows; /* of its rows */
} TableSlice;
typedef struct GatheredTable {
  const Table *layout;      /* name, title, columns, scalars; its rows do not count */
  int n_parts, n_slices;    /* all parts hold a table of this name and these columns */
  const char *const *parts; /* [n_parts] paths */
  const TableSlice *slices; /* [n_slices] in the order wanted */
} GatheredTable;
/** As results_write, and the gathered tables (without text) after the others. */
NODISCARD Status results_gather(const char *path, const Table *const *tables, int n_tables, const GatheredTable *gathered, int n_gathered,
                                const Provenance *provenance);

/** A table that grows row by row while a run goes on (thermo). */
typedef struct TableFile TableFile;
NODISCARD Status tablefile_create(const char *path, const Table *layout, const Provenance *provenance, TableFile **file);
/** Open again and keep the first n_rows rows. */
NODISCARD Status tablefile_resume(const char *path, const char *table_name, int64_t n_rows, TableFile **file);
NODISCARD Status tablefile_append(TableFile *file, const double *values); /* buffered; flushed by tablefile_flush and by close */
NODISCARD Status tablefile_flush(TableFile *file);
int64_t tablefile_rows(const TableFile *file);
NODISCARD Status tablefile_close(TableFile **file, bool complete); /* complete: also writes the text twin beside it */
/** After a failure elsewhere: rows that wait are dropped, those on disk stay. */
void tablefile_abandon(TableFile **file);
