#pragma once
/** A Table as an HDF5 group and as text. Shared by results.c and tablefile.c; private to storage. */
#include "base/table.h"
#include "h5.h"

/** Group with all columns; `grows`: columns without rows that can grow, else all rows of the table. */
NODISCARD Status table_store_write(hid_t file, const Table *table, bool grows);
/** Table of that name; caller destroys. At most `most` rows (-1: all). */
NODISCARD Status table_store_read(hid_t file, const char *name, int64_t most, Table **table);
/** Rows that every column has. */
NODISCARD Status table_store_rows(hid_t group, const char *const *columns, int n_columns, int64_t *rows);
/** Text twin: '#' lines with title, scalars and columns, then aligned numbers. */
NODISCARD Status table_store_text(const char *path, const Table *table);
