/** Results: tables that are finished.
 *
 *  The whole file is written under another name and renamed, so that a results file is either complete or not there. An older one is
 *  moved aside, never overwritten. Gathered tables are copied column by column, slice by slice. Each other table has a text twin for the
 * eye and for gnuplot; the HDF5 file is the one that counts. */
#include "storage/results.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "storage/files.h"
#include "table_store.h"

typedef struct Contents {
  const Table *const *tables;
  const GatheredTable *gathered;
  int n_tables, n_gathered;
} Contents;

/* ---- gathering ---------------------------------------------------------------------------------------------------------------- */

/** All slices of one column, slice by slice through `buffer`. */
static Status gather_column(const GatheredTable *gathered, const hid_t *sources, hid_t target, double *buffer) {
  int64_t rows = 0;
  for (int k = 0; k < gathered->n_slices; k++) {
    const TableSlice *slice = &gathered->slices[k];
    if (slice->n_rows == 0) continue;
    TRY(h5_read_rows(sources[slice->part], slice->first, slice->n_rows, H5T_NATIVE_DOUBLE, buffer));
    TRY(h5_write_rows(target, rows, slice->n_rows, H5T_NATIVE_DOUBLE, buffer));
    rows += slice->n_rows;
  }
  return STATUS_OK;
}

static Status open_columns(const GatheredTable *gathered, const hid_t *files, const char *column, hid_t *sources) {
  for (int part = 0; part < gathered->n_parts; part++) {
    hid_t group = -1;
    TRY(h5_group(files[part], gathered->layout->name, &group));
    TRY(h5_open_dataset(group, column, &sources[part]));
    h5_release(group);
  }
  return STATUS_OK;
}

static Status gather_columns(hid_t file, const GatheredTable *gathered, const hid_t *files, hid_t *sources, double *buffer) {
  hid_t group = -1;
  TRY(h5_group(file, gathered->layout->name, &group));
  for (int c = 0; c < gathered->layout->n_columns; c++) {
    const char *column = gathered->layout->columns[c].name;
    hid_t target       = -1;
    TRY(h5_open_dataset(group, column, &target));
    TRY(open_columns(gathered, files, column, sources));
    TRY(gather_column(gathered, sources, target, buffer));
    for (int part = 0; part < gathered->n_parts; part++) h5_release(sources[part]);
    h5_release(target);
  }
  h5_release(group);
  return STATUS_OK;
}

static Status gather(hid_t file, const GatheredTable *gathered) {
  const size_t n_parts = (size_t)gathered->n_parts;
  hid_t *files = memory_array(n_parts, sizeof *files), *sources = memory_array(n_parts, sizeof *sources);
  int64_t longest = 1;
  for (int k = 0; k < gathered->n_slices; k++) longest = gathered->slices[k].n_rows > longest ? gathered->slices[k].n_rows : longest;
  double *buffer = memory_array((size_t)longest, sizeof *buffer);
  for (size_t part = 0; part < n_parts; part++) files[part] = -1;
  Status status = table_store_write(file, gathered->layout, true);
  for (size_t part = 0; part < n_parts && status == STATUS_OK; part++) status = h5_open(gathered->parts[part], false, &files[part]);
  if (status == STATUS_OK) status = gather_columns(file, gathered, files, sources, buffer);
  for (size_t part = 0; part < n_parts; part++) h5_leave(&files[part]);
  memory_free(buffer);
  memory_free(sources);
  memory_free(files);
  return status;
}

/* ---- the file ----------------------------------------------------------------------------------------------------------------- */

static Status fill(hid_t file, const Contents *contents, const Provenance *provenance) {
  hid_t group = -1;
  TRY(provenance_write(file, "results", provenance, &group));
  for (int k = 0; k < contents->n_tables; k++) TRY(table_store_write(file, contents->tables[k], false));
  for (int k = 0; k < contents->n_gathered; k++) TRY(gather(file, &contents->gathered[k]));
  return provenance_set_complete(file, true);
}

/** <directory of path>/<last part of table name>.txt */
static Status write_twin(const char *path, const Table *table) {
  const char *slash = strrchr(path, '/'), *last = strrchr(table->name, '/');
  const size_t directory = slash == NULL ? 0 : (size_t)(slash - path) + 1;
  last                   = last == NULL ? table->name : last + 1;
  char *twin             = memory_array(directory + strlen(last) + 5, 1);
  memcpy(twin, path, directory);
  strcat(strcat(twin, last), ".txt");
  const Status status = table_store_text(twin, table);
  memory_free(twin);
  return status;
}

static Status write_file(const char *temporary, const char *path, const Contents *contents, const Provenance *provenance) {
  hid_t file = -1;
  TRY(h5_create(temporary, &file));
  Status status = fill(file, contents, provenance);
  if (status == STATUS_OK) status = h5_close(&file);
  h5_abandon(&file);
  if (status == STATUS_OK) status = files_sync(temporary);
  if (status == STATUS_OK) status = files_put_in_place(temporary, path);
  if (status != STATUS_OK) (void)unlink(temporary);
  return status;
}

Status results_write(const char *path, const Table *const *tables, int n_tables, const Provenance *provenance) {
  return results_gather(path, tables, n_tables, NULL, 0, provenance);
}

Status results_gather(const char *path, const Table *const *tables, int n_tables, const GatheredTable *gathered, int n_gathered,
                      const Provenance *provenance) {
  const Contents contents = {tables, gathered, n_tables, n_gathered};
  char *temporary         = files_temporary(path);
  const Status status     = write_file(temporary, path, &contents, provenance);
  memory_free(temporary);
  TRY(status);
  for (int k = 0; k < n_tables; k++) TRY(write_twin(path, tables[k]));
  return STATUS_OK;
}

Status results_read(const char *path, const char *name, Table **table) {
  *table     = NULL;
  hid_t file = -1;
  TRY(h5_open(path, false, &file));
  const Status status = table_store_read(file, name, -1, table);
  h5_leave(&file);
  return status;
}
