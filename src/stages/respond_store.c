/** One file per rank and table, for one process can write an HDF5 file at a time. Rows of a configuration are flushed table by table, its
 *  row in the table of configurations last: what a kill leaves behind it is cut off when the rank goes on, and skipped when the parts are
 *  put together, because that row says how many rows the others hold. Ranks may come and go between two runs: a part belongs to whoever
 *  has its number, the others only read it. */
#include "respond_store.h"

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "output.h"
#include "storage/files.h"

/* ---- what is there ------------------------------------------------------------------------------------------------------------ */

static void part_path(char path[MAX_PATH], const char *directory, int rank, RespondTable which) {
  const int n = snprintf(path, MAX_PATH, "%s/%05d.%s.h5", directory, rank, respond_table_names[which]);
  require(n > 0 && n < MAX_PATH, "path too long: %s", directory);
}

/** The same part's file of another table. */
static char *sibling(const char *path, RespondTable which) {
  const char *own   = respond_table_names[TABLE_CONFIGURATIONS];
  const size_t stem = strlen(path) - strlen(own) - strlen(".h5");
  char *result      = memory_array(stem + 32, 1);
  memcpy(result, path, stem);
  return strcat(strcat(result, respond_table_names[which]), ".h5");
}

Status respond_parts_read(const char *directory, RespondParts *parts) {
  char pattern[MAX_PATH];
  glob_t found;
  *parts = (RespondParts){0};
  output_path(pattern, directory, "[0-9]*.configurations.h5");
  if (glob(pattern, 0, NULL, &found) != 0) return STATUS_OK;
  parts->paths  = memory_array(found.gl_pathc, sizeof *parts->paths);
  parts->parts  = memory_array(found.gl_pathc, sizeof *parts->parts);
  Status status = STATUS_OK;
  for (size_t k = 0; k < found.gl_pathc && status == STATUS_OK; k++) {
    parts->paths[parts->n_parts] = memory_string(found.gl_pathv[k]);
    status = results_read(found.gl_pathv[k], respond_table_names[TABLE_CONFIGURATIONS], &parts->parts[parts->n_parts++]);
  }
  globfree(&found);
  return status;
}

void respond_parts_clear(RespondParts *parts) {
  for (int k = 0; k < parts->n_parts; k++) {
    memory_free(parts->paths[k]);
    table_destroy(&parts->parts[k]);
  }
  memory_free(parts->paths);
  memory_free(parts->parts);
  *parts = (RespondParts){0};
}

bool respond_parts_hold(const RespondParts *parts, int64_t frame) {
  for (int k = 0; k < parts->n_parts; k++) {
    const double *frames = table_column(parts->parts[k], "frame");
    for (size_t row = 0; row < parts->parts[k]->n_rows; row++)
      if ((int64_t)frames[row] == frame) return true;
  }
  return false;
}

bool respond_parts_fit(const RespondParts *parts, uint64_t input_digest) {
  bool fits = true;
  for (int k = 0; k < parts->n_parts && fits; k++) {
    Story story = {0};
    fits        = story_read(parts->paths[k], &story) == STATUS_OK && story.input_digest == input_digest;
    story_clear(&story);
  }
  return fits;
}

void respond_parts_remove(const char *directory) {
  char pattern[MAX_PATH];
  glob_t found;
  output_path(pattern, directory, "[0-9]*.*.h5*");
  if (glob(pattern, 0, NULL, &found) == 0) {
    for (size_t k = 0; k < found.gl_pathc; k++) (void)unlink(found.gl_pathv[k]);
    globfree(&found);
  }
  (void)rmdir(directory);
}

/* ---- put together ------------------------------------------------------------------------------------------------------------- */

static int64_t rows_of(const Table *configurations, RespondTable which, size_t row) {
  char name[48];
  if (which == TABLE_CONFIGURATIONS) return 1;
  snprintf(name, sizeof name, "rows_%s", respond_table_names[which]);
  return (int64_t)table_column(configurations, name)[row];
}

typedef struct Ordered {
  double frame;
  TableSlice slice;
} Ordered;
static int compare_frames(const void *a, const void *b) {
  const Ordered *x = a, *y = b;
  return (x->frame > y->frame) - (x->frame < y->frame);
}

/** Where the rows of each configuration lie, by frame; *n of them. */
static TableSlice *order_slices(const RespondParts *parts, RespondTable which, int *n) {
  size_t total = 0, count = 0;
  for (int k = 0; k < parts->n_parts; k++) total += parts->parts[k]->n_rows;
  Ordered *ordered = memory_array(total, sizeof *ordered);
  for (int k = 0; k < parts->n_parts; k++) {
    int64_t first = 0;
    for (size_t row = 0; row < parts->parts[k]->n_rows; row++) {
      const int64_t rows = rows_of(parts->parts[k], which, row);
      ordered[count++]   = (Ordered){table_column(parts->parts[k], "frame")[row], {k, first, rows}};
      first += rows;
    }
  }
  qsort(ordered, count, sizeof *ordered, compare_frames);
  TableSlice *slices = memory_array(count, sizeof *slices);
  for (size_t k = 0; k < count; k++) slices[k] = ordered[k].slice;
  memory_free(ordered);
  *n = (int)count;
  return slices;
}

static Status read_parts(const RespondParts *parts, RespondTable which, Table **tables) {
  for (int k = 0; k < parts->n_parts; k++) {
    char *path          = sibling(parts->paths[k], which);
    const Status status = results_read(path, respond_table_names[which], &tables[k]);
    memory_free(path);
    TRY(status);
  }
  return STATUS_OK;
}

static void copy_rows(const Table *from, const TableSlice *slice, Table *to) {
  double *row = memory_array((size_t)to->n_columns, sizeof *row);
  for (int64_t k = slice->first; k < slice->first + slice->n_rows; k++) {
    for (int c = 0; c < to->n_columns; c++) row[c] = from->values[c][k];
    table_row(to, row);
  }
  memory_free(row);
}

Status respond_parts_table(const RespondParts *parts, RespondTable which, int dim, Table **table) {
  int n;
  TableSlice *slices  = order_slices(parts, which, &n);
  Table **tables      = memory_array((size_t)parts->n_parts, sizeof *tables);
  const Status status = read_parts(parts, which, tables);
  *table              = respond_table_layout(which, dim);
  for (int k = 0; k < n && status == STATUS_OK; k++) copy_rows(tables[slices[k].part], &slices[k], *table);
  for (int k = 0; k < parts->n_parts; k++) table_destroy(&tables[k]);
  memory_free(tables);
  memory_free(slices);
  if (status != STATUS_OK) table_destroy(table);
  return status;
}

void respond_parts_gather(const RespondParts *parts, RespondTable which, int dim, GatheredTable *gathered) {
  int n;
  const TableSlice *slices = order_slices(parts, which, &n);
  char **paths             = memory_array((size_t)parts->n_parts, sizeof *paths);
  for (int k = 0; k < parts->n_parts; k++) paths[k] = sibling(parts->paths[k], which);
  *gathered = (GatheredTable){respond_table_layout(which, dim), parts->n_parts, n, (const char *const *)paths, slices};
}

void respond_gathered_clear(GatheredTable *gathered) {
  Table *layout = (Table *)(size_t)gathered->layout;
  for (int k = 0; k < gathered->n_parts; k++) memory_free((void *)(size_t)gathered->parts[k]);
  memory_free((void *)(size_t)gathered->parts);
  memory_free((void *)(size_t)gathered->slices);
  table_destroy(&layout);
  *gathered = (GatheredTable){0};
}

/* ---- one rank's own ----------------------------------------------------------------------------------------------------------- */

struct RespondStore {
  const RespondSettings *settings;
  int dim;
  TableFile *files[N_RESPOND_TABLES]; /* NULL: not wanted */
};

static Status open_table(RespondStore *store, const char *directory, int rank, RespondTable which, const Table *done,
                         const Provenance *provenance) {
  char path[MAX_PATH];
  int64_t rows = 0;
  part_path(path, directory, rank, which);
  if (done) {
    for (size_t row = 0; row < done->n_rows; row++) rows += rows_of(done, which, row);
    return tablefile_resume(path, respond_table_names[which], rows, &store->files[which]);
  }
  (void)unlink(path); /* of a rank that was killed before it had begun */
  Table *layout       = respond_table_layout(which, store->dim);
  const Status status = tablefile_create(path, layout, provenance, &store->files[which]);
  table_destroy(&layout);
  return status;
}

Status respond_store_open(const char *directory, int rank, int dim, const RespondSettings *settings, const Provenance *provenance,
                          RespondStore **store) {
  char path[MAX_PATH];
  Table *done   = NULL;
  Status status = STATUS_OK;
  part_path(path, directory, rank, TABLE_CONFIGURATIONS);
  if (files_exist(path)) TRY(results_read(path, respond_table_names[TABLE_CONFIGURATIONS], &done));
  *store             = memory_array(1, sizeof **store);
  (*store)->settings = settings;
  (*store)->dim      = dim;
  for (int which = 0; which < N_RESPOND_TABLES && status == STATUS_OK; which++)
    if (respond_table_wanted((RespondTable)which, settings))
      status = open_table(*store, directory, rank, (RespondTable)which, done, provenance);
  table_destroy(&done);
  if (status == STATUS_OK) return STATUS_OK;
  for (int which = 0; which < N_RESPOND_TABLES; which++) tablefile_abandon(&(*store)->files[which]);
  memory_free(*store);
  *store = NULL;
  return status;
}

static Status append(TableFile *file, const Table *rows) {
  double *row   = memory_array((size_t)rows->n_columns, sizeof *row);
  Status status = STATUS_OK;
  for (size_t k = 0; k < rows->n_rows && status == STATUS_OK; k++) {
    for (int c = 0; c < rows->n_columns; c++) row[c] = rows->values[c][k];
    status = tablefile_append(file, row);
  }
  memory_free(row);
  return status == STATUS_OK ? tablefile_flush(file) : status;
}

Status respond_store_add(RespondStore *store, const Response *response, const RespondOrigin *origin, const int32_t *species,
                         double seconds) {
  Status status = STATUS_OK;
  for (int which = 0; which < N_RESPOND_TABLES && status == STATUS_OK; which++) {
    if (!store->files[which]) continue;
    Table *rows = respond_table_layout((RespondTable)which, store->dim);
    respond_table_rows((RespondTable)which, response, store->settings, origin, species, seconds, rows);
    status = append(store->files[which], rows);
    table_destroy(&rows);
  }
  return status;
}

Status respond_store_close(RespondStore **store) {
  Status worst = STATUS_OK;
  if (!*store) return STATUS_OK;
  for (int which = 0; which < N_RESPOND_TABLES; which++) {
    const Status status = tablefile_close(&(*store)->files[which], false);
    if (status != STATUS_OK) worst = status;
  }
  memory_free(*store);
  *store = NULL;
  return worst;
}
