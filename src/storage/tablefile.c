/** A table that grows while a run goes on.
 *
 *  Rows wait in memory until tablefile_flush, which the run calls when it writes a checkpoint or a progress line: HDF5 pays for each
 *  write, not for each row. A flush is all or nothing (atomic_file.c), so that a killed run leaves whole rows.
 *  A resumed run cuts the table to the rows its checkpoint knows and goes on as if it had never stopped. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "storage/files.h"
#include "storage/results.h"
#include "table_store.h"

enum { BUFFER_ROWS = 4096 };

struct TableFile {
  char *path, *name;
  hid_t file, group;
  bool is_broken;
  int n_columns;
  hid_t *columns;
  int64_t n_rows; /* on disk */
  size_t n_waiting, capacity;
  double *waiting; /* [n_columns][capacity] */
};

static void forget(TableFile *t) {
  memory_free(t->waiting);
  memory_free(t->columns);
  memory_free(t->name);
  memory_free(t->path);
  memory_free(t);
}

static Status fill_new_file(hid_t file, const Table *layout, const Provenance *provenance) {
  hid_t group = -1;
  TRY(provenance_write(file, "results", provenance, &group));
  return table_store_write(file, layout, true);
}

Status tablefile_create(const char *path, const Table *layout, const Provenance *provenance, TableFile **file) {
  *file           = NULL;
  hid_t h5        = -1;
  char *temporary = files_temporary(path); /* a killed writer leaves no half-made file under the true name */
  Status status   = h5_create(temporary, &h5);
  if (status == STATUS_OK) {
    status = fill_new_file(h5, layout, provenance);
    if (status == STATUS_OK) status = h5_close(&h5);
    h5_abandon(&h5);
    if (status == STATUS_OK) status = files_put_in_place(temporary, path);
    if (status != STATUS_OK) (void)unlink(temporary);
  }
  memory_free(temporary);
  return status == STATUS_OK ? tablefile_resume(path, layout->name, 0, file) : status;
}

static Status open_columns(TableFile *t, int64_t n_rows) {
  Table *layout = NULL;
  TRY(table_store_read(t->file, t->name, 0, &layout));
  t->n_columns  = layout->n_columns;
  t->columns    = memory_array((size_t)t->n_columns, sizeof *t->columns);
  t->capacity   = BUFFER_ROWS;
  t->waiting    = memory_array((size_t)t->n_columns * BUFFER_ROWS, sizeof *t->waiting);
  Status status = h5_group(t->file, t->name, &t->group);
  int64_t rows  = 0;
  for (int c = 0; c < t->n_columns && status == STATUS_OK; c++) {
    int64_t length = 0;
    status         = h5_open_dataset(t->group, layout->columns[c].name, &t->columns[c]);
    if (status == STATUS_OK) status = h5_check_index(t->columns[c]);
    if (status == STATUS_OK) status = table_store_rows(t->group, &layout->columns[c].name, 1, &length);
    rows = c == 0 || length < rows ? length : rows;
  }
  table_destroy(&layout);
  TRY(status);
  if (n_rows < 0 || n_rows > rows)
    return h5_fail(t->file, "%s: has %lld rows, fewer than the %lld it should", t->name, (long long)rows, (long long)n_rows);
  t->n_rows = n_rows;
  TRY(provenance_set_complete(t->file, false));
  for (int c = 0; c < t->n_columns; c++) TRY(h5_set_rows(t->columns[c], n_rows));
  return h5_flush(t->file);
}

Status tablefile_resume(const char *path, const char *table_name, int64_t n_rows, TableFile **file) {
  *file    = NULL;
  hid_t h5 = -1;
  TRY(h5_open(path, true, &h5));
  TableFile *t        = memory_array(1, sizeof *t);
  t->path             = memory_string(path);
  t->name             = memory_string(table_name);
  t->file             = h5;
  t->group            = -1;
  const Status status = open_columns(t, n_rows);
  if (status != STATUS_OK) {
    h5_abandon(&t->file);
    forget(t);
    return status;
  }
  *file = t;
  return STATUS_OK;
}

static Status write_waiting(TableFile *t) {
  const int64_t n = (int64_t)t->n_waiting;
  for (int c = 0; c < t->n_columns; c++)
    TRY(h5_write_rows(t->columns[c], t->n_rows, n, H5T_NATIVE_DOUBLE, t->waiting + (size_t)c * t->capacity));
  TRY(h5_flush(t->file));
  t->n_rows += n;
  t->n_waiting = 0;
  return STATUS_OK;
}

Status tablefile_flush(TableFile *t) {
  if (t->is_broken) return STATUS_FILE;
  if (t->n_waiting == 0) return STATUS_OK;
  const Status status = write_waiting(t);
  if (status != STATUS_OK) t->is_broken = true;
  return status;
}

Status tablefile_append(TableFile *t, const double *values) {
  if (t->n_waiting == t->capacity) TRY(tablefile_flush(t));
  for (int c = 0; c < t->n_columns; c++) t->waiting[(size_t)c * t->capacity + t->n_waiting] = values[c];
  t->n_waiting++;
  return STATUS_OK;
}

int64_t tablefile_rows(const TableFile *t) { return t->n_rows + (int64_t)t->n_waiting; }

/** Beside the file, its ending replaced: run.thermo.h5 -> run.thermo.txt. */
static Status write_twin(const TableFile *t) {
  Table *table = NULL;
  TRY(table_store_read(t->file, t->name, -1, &table));
  const char *slash = strrchr(t->path, '/'), *dot = strrchr(t->path, '.');
  const bool ends   = dot != NULL && (slash == NULL || dot > slash + 1) && dot != t->path;
  const size_t stem = ends ? (size_t)(dot - t->path) : strlen(t->path);
  char *twin        = memory_array(stem + 5, 1);
  memcpy(twin, t->path, stem);
  strcat(twin, ".txt");
  const Status status = table_store_text(twin, table);
  memory_free(twin);
  table_destroy(&table);
  return status;
}

Status tablefile_close(TableFile **file, bool complete) {
  TableFile *t = *file;
  if (t == NULL) return STATUS_OK;
  *file         = NULL;
  Status status = tablefile_flush(t);
  if (status == STATUS_OK && complete) status = write_twin(t); /* complete means: the twin is there too */
  if (status == STATUS_OK && complete) status = provenance_set_complete(t->file, true);
  if (status == STATUS_OK) status = h5_close(&t->file);
  h5_abandon(&t->file);
  forget(t);
  return status;
}

void tablefile_abandon(TableFile **file) {
  TableFile *t = *file;
  if (t == NULL) return;
  *file = NULL;
  h5_abandon(&t->file);
  forget(t);
}
