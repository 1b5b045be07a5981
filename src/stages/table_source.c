/* Reading what a theory is compared with. A results file is recognised by its first bytes (HDF5's signature), everything else is taken
 * as text: one row per line, numbers parted by blanks, tabs, commas or semicolons, lines that begin with # or % left out, every row
 * as long as the first. Columns of text have no names, so they are called c0, c1, .. */
#include "table_source.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/table.h"
#include "output.h"
#include "storage/files.h"
#include "storage/results.h"

enum { MAX_TEXT_COLUMNS = 64 };
static const char separators[] = " \t\r,;";

static bool is_results_file(const char *path) {
  static const char signature[8] = {'\211', 'H', 'D', 'F', '\r', '\n', '\032', '\n'};
  char start[sizeof signature]   = "";
  FILE *file                     = fopen(path, "rb");
  if (file == NULL) return false;
  const bool is_same = fread(start, 1, sizeof start, file) == sizeof start && memcmp(start, signature, sizeof start) == 0;
  fclose(file);
  return is_same;
}

/** Numbers of one line; -1 if something else stands there. */
static int read_line(char *line, double *values) {
  int n      = 0;
  char *rest = NULL;
  for (char *word = strtok_r(line, separators, &rest); word != NULL; word = strtok_r(NULL, separators, &rest)) {
    char *end = NULL;
    if (n == MAX_TEXT_COLUMNS) return -1;
    values[n++] = strtod(word, &end);
    if (*end != '\0') return -1;
  }
  return n;
}

static Table *make_columns(const char *path, int n) {
  char names[MAX_TEXT_COLUMNS][sizeof "c-2147483648"];
  Column columns[MAX_TEXT_COLUMNS];
  for (int c = 0; c < n; c++) {
    (void)snprintf(names[c], sizeof names[c], "c%d", c);
    columns[c] = (Column){names[c], "", "", ""};
  }
  return table_create("text", path, n, columns);
}

static Status read_columns(const char *path, char *text, Table **table) {
  double values[MAX_TEXT_COLUMNS];
  char *rest = NULL;
  int number = 0;
  for (char *line = text; line != NULL; line = rest) {
    rest = strchr(line, '\n');
    if (rest != NULL) *rest++ = '\0';
    number++;
    line += strspn(line, separators);
    if (*line == '#' || *line == '%' || *line == '\0') continue;
    const int n = read_line(line, values);
    if (n < 0) return fail(STATUS_FILE, "%s:%d: not a row of numbers (at most %d)", path, number, MAX_TEXT_COLUMNS);
    if (*table == NULL) *table = make_columns(path, n);
    if (n != (*table)->n_columns)
      return fail(STATUS_FILE, "%s:%d: %d numbers, the rows before have %d", path, number, n, (*table)->n_columns);
    table_row(*table, values);
  }
  return *table != NULL ? STATUS_OK : fail(STATUS_FILE, "%s: holds no rows of numbers", path);
}

static Status read_text(const char *path, Table **table) {
  char *text = NULL;
  TRY(files_read_text(path, &text));
  const Status status = read_columns(path, text, table);
  if (status != STATUS_OK) table_destroy(table);
  memory_free(text);
  return status;
}

/** Files beyond the last that a file can name stay unnamed, with a word about it. */
static void note(SourceFiles *files, const char *path) {
  for (int k = 0; k < files->n; k++)
    if (strcmp(files->paths[k], path) == 0) return;
  if (files->n == MAX_SOURCES) {
    warn("theory: %s is not noted among the parents of theory.h5: a file names %d at most", path, MAX_SOURCES);
    return;
  }
  files->paths[files->n++] = memory_string(path);
}

/** Where the file is: as it is given, or in the output directory (its path there is written to `own`). */
static const char *find_file(const TableSource *source, const char *path, char own[MAX_PATH]) {
  const SourceFiles *files = source->context;
  if (path != NULL && (*path == '/' || files_exist(path))) return path;
  output_path(own, files->out, path != NULL ? path : "analysis.h5");
  return own;
}

static bool has_tables(const TableSource *source, const char *path) {
  char own[MAX_PATH];
  return is_results_file(find_file(source, path, own));
}

static Status read_table(const TableSource *source, const char *path, const char *name, Table **table) {
  SourceFiles *files = source->context;
  char own[MAX_PATH];
  *table = NULL;
  path   = find_file(source, path, own);
  if (!files_exist(path)) return fail(STATUS_FILE, "%s: no such file", path);
  if (!is_results_file(path)) {
    TRY(read_text(path, table));
  } else {
    if (name == NULL) return fail(STATUS_INPUT, "%s: which table of it?", path);
    TRY(results_read(path, name, table));
  }
  note(files, path);
  return STATUS_OK;
}

TableSource table_source(SourceFiles *files) { return (TableSource){read_table, files, has_tables}; }

Status table_source_parents(const SourceFiles *files, Provenance *provenance) {
  for (int k = 0; k < files->n; k++) {
    uint64_t digest = 0;
    TRY(provenance_file_digest(files->paths[k], &digest));
    provenance_add_parent(provenance, files->paths[k], digest);
  }
  return STATUS_OK;
}

void table_source_clear(SourceFiles *files) {
  for (int k = 0; k < files->n; k++) memory_free(files->paths[k]);
  files->n = 0;
}
