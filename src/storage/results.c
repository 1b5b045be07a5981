/** Results: tables that are finished.
 *
 *  The whole file is written under another name and renamed, so that a results file is either complete or not there. An older one is
 *  moved aside, never overwritten. Each table has a text twin for the eye and for gnuplot; the HDF5 file is the one that counts. */
#include "storage/results.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "storage/files.h"
#include "table_store.h"

static Status fill(hid_t file, const Table *const *tables, int n_tables, const Provenance *provenance) {
  hid_t group = -1;
  TRY(provenance_write(file, "results", provenance, &group));
  for (int k = 0; k < n_tables; k++) TRY(table_store_write(file, tables[k], false));
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

static Status write_file(const char *temporary, const char *path, const Table *const *tables, int n_tables, const Provenance *provenance) {
  hid_t file = -1;
  TRY(h5_create(temporary, &file));
  Status status = fill(file, tables, n_tables, provenance);
  if (status == STATUS_OK) status = h5_close(&file);
  h5_abandon(&file);
  if (status == STATUS_OK) status = files_sync(temporary);
  if (status == STATUS_OK) status = files_put_in_place(temporary, path);
  if (status != STATUS_OK) (void)unlink(temporary);
  return status;
}

Status results_write(const char *path, const Table *const *tables, int n_tables, const Provenance *provenance) {
  char *temporary     = files_temporary(path);
  const Status status = write_file(temporary, path, tables, n_tables, provenance);
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
