/** Results and growing tables: values, units and scalars come back; the text twin is there; old files are kept; a resumed table goes on. */
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "check.h"
#include "storage/files.h"
#include "storage/results.h"

static Provenance provenance  = {.stage = "analyze", .model = "ipl2d", .input_text = "x: 1\n", .ranks = 1, .replicas = 1};
static const Column columns[] = {
    {"time", "tau", "time", ""}, {"msd", "sigma^2", "mean squared displacement", "<|r(t) - r(0)|^2>"}, {"n", "1", "samples", ""}};

static Table *make(const char *name, int n_rows) {
  Table *table = table_create(name, "motion of A", 3, columns);
  for (int k = 0; k < n_rows; k++) table_row(table, (double[]){0.1 * k, k / 3.0, k == 2 ? NAN : (double)k});
  table_scalar(table, "diffusion", 0.25, "sigma^2/tau", "long-time slope / 6");
  table_scalar(table, "tau_alpha", NAN, "tau", "not reached");
  table_word(table, "minimizer", "steepest_descent", "way downhill");
  return table;
}

static void check_table(const Table *table, int n_rows) {
  CHECK_TEXT(table->title, "motion of A");
  CHECK_EQUAL_INT(table->n_columns, 3);
  CHECK_EQUAL_INT(table->n_rows, n_rows);
  CHECK_TEXT(table->columns[1].name, "msd");
  CHECK_TEXT(table->columns[1].unit, "sigma^2");
  CHECK_TEXT(table->columns[1].equation, "<|r(t) - r(0)|^2>");
  CHECK_TEXT(table->columns[0].equation, "");
  for (int k = 0; k < n_rows; k++) {
    CHECK(table->values[0][k] == 0.1 * k && table->values[1][k] == k / 3.0);
    CHECK(k == 2 ? isnan(table->values[2][k]) : table->values[2][k] == k);
  }
  CHECK_EQUAL_INT(table->n_scalars, 2);
  CHECK(table_get_scalar(table, "diffusion") == 0.25);
  CHECK_TEXT(table->scalars[0].unit, "sigma^2/tau");
  CHECK_TEXT(table->scalars[1].description, "not reached");
  CHECK_EQUAL_INT(table->n_words, 1);
  CHECK_TEXT(table_get_word(table, "minimizer"), "steepest_descent");
  CHECK_TEXT(table->words[0].description, "way downhill");
}

static void test_results(void) {
  Table *tables[] = {make("self_motion/curves_A", 5), make("self_motion", 3), make("empty", 0)}, *got = NULL;
  provenance_add_parent(&provenance, "run.h5md", 0xabc);
  CHECK(results_write("analysis.h5", (const Table *const *)tables, 3, &provenance) == STATUS_OK);
  CHECK(results_write("analysis.h5", (const Table *const *)tables, 3, &provenance) == STATUS_OK);
  CHECK(files_exist("analysis.h5.old-1") && !files_exist("analysis.h5.tmp") && files_exist("curves_A.txt"));
  const int rows[] = {5, 3, 0};
  for (int k = 0; k < 3; k++) {
    CHECK(results_read("analysis.h5", tables[k]->name, &got) == STATUS_OK);
    check_table(got, rows[k]);
    table_destroy(&got);
    table_destroy(&tables[k]);
  }
  CHECK(results_read("analysis.h5", "nothing", &got) == STATUS_FILE && got == NULL);
  CHECK(results_read("absent.h5", "nothing", &got) == STATUS_FILE);
  Story story;
  CHECK(story_read("analysis.h5", &story) == STATUS_OK);
  CHECK_TEXT(story.kind, "results");
  CHECK(story.n_parents == 1 && story.complete == 1);
  CHECK_TEXT(story.parents[0].path, "run.h5md");
  CHECK_TEXT(story.parents[0].digest, "0000000000000abc");
  story_clear(&story);
  provenance_clear(&provenance);
  char *text = NULL;
  CHECK(files_read_text("curves_A.txt", &text) == STATUS_OK);
  CHECK(text[0] == '#' && strstr(text, "\n# diffusion = 0.25 [sigma^2/tau]") != NULL);
  CHECK(strstr(text, "\n                0.1       0.3333333333                  1\n") != NULL);
  memory_free(text);
}

static void append(TableFile *file, int first, int end) {
  for (int k = first; k < end; k++) CHECK(tablefile_append(file, (double[]){0.1 * k, k / 3.0, k == 2 ? NAN : (double)k}) == STATUS_OK);
}

static void test_growing(void) {
  Table *layout = make("thermo", 0), *got = NULL;
  TableFile *file = NULL;
  CHECK(tablefile_create("run.thermo.h5", layout, &provenance, &file) == STATUS_OK);
  append(file, 0, 10000);
  CHECK_EQUAL_INT(tablefile_rows(file), 10000);
  CHECK(tablefile_flush(file) == STATUS_OK && tablefile_flush(file) == STATUS_OK);
  CHECK(tablefile_close(&file, false) == STATUS_OK && file == NULL);
  CHECK(tablefile_close(&file, false) == STATUS_OK);
  CHECK(!files_exist("run.thermo.txt"));
  CHECK(tablefile_resume("run.thermo.h5", "thermo", 10001, &file) == STATUS_FILE);
  CHECK(tablefile_resume("run.thermo.h5", "other", 0, &file) == STATUS_FILE);
  CHECK(tablefile_resume("run.thermo.h5", "thermo", 7000, &file) == STATUS_OK);
  append(file, 7000, 7005);
  CHECK(tablefile_close(&file, true) == STATUS_OK);
  CHECK(results_read("run.thermo.h5", "thermo", &got) == STATUS_OK);
  check_table(got, 7005);
  table_destroy(&got);
  table_destroy(&layout);
  CHECK(files_exist("run.thermo.txt"));
}

static void test_files(void) {
  char *text = NULL;
  CHECK(files_make_directory("a/b/c") == STATUS_OK && files_make_directory("a/b/c/") == STATUS_OK && files_exist("a/b/c"));
  CHECK(files_write_text("a/text", "one\ntwo\n") == STATUS_OK);
  CHECK(files_read_text("a/text", &text) == STATUS_OK);
  CHECK_TEXT(text, "one\ntwo\n");
  memory_free(text);
  CHECK(files_make_directory("a/text") == STATUS_FILE && files_make_directory("a/text/b") == STATUS_FILE);
  CHECK(files_read_text("a/none", &text) == STATUS_FILE && files_read_text("a", &text) == STATUS_FILE);
  CHECK(files_move_aside("a/text") == STATUS_OK && files_move_aside("a/text") == STATUS_OK && files_exist("a/text.old-1"));
  CHECK(files_sync("a/text.old-1") == STATUS_OK && files_sync("analysis.h5") == STATUS_OK && files_sync("a/none") == STATUS_FILE);
  uint64_t digest = 0;
  CHECK(provenance_file_digest("a/text.old-1", &digest) == STATUS_OK && digest == provenance_digest("one\ntwo\n"));
  CHECK(provenance_digest("") == 0xef46db3751d8e999u); /* the published value of xxh64 */
}

/** Rows of two parts, put together in another order; a part may hold more rows than are asked for. */
static void test_gather(void) {
  const char *const parts[] = {"part-0.h5", "part-1.h5"};
  for (int part = 0; part < 2; part++) {
    Table *layout   = table_create("dipoles", "pairs", 3, columns);
    TableFile *file = NULL;
    CHECK(tablefile_create(parts[part], layout, &provenance, &file) == STATUS_OK);
    for (int k = 0; k < 5; k++) CHECK(tablefile_append(file, (double[]){part, k, NAN}) == STATUS_OK);
    CHECK(tablefile_close(&file, false) == STATUS_OK);
    table_destroy(&layout);
  }
  Table *whole = make("configurations", 2), *layout = make("dipoles", 4), *got = NULL; /* rows of the layout do not count */
  const TableSlice slices[]    = {{1, 3, 2}, {0, 0, 1}, {1, 0, 0}, {0, 2, 2}};
  const GatheredTable gathered = {layout, 2, 4, parts, slices};
  CHECK(results_gather("gathered.h5", (const Table *const *)&whole, 1, &gathered, 1, &provenance) == STATUS_OK);
  CHECK(results_read("gathered.h5", "dipoles", &got) == STATUS_OK);
  const double part[] = {1, 1, 0, 0, 0}, row[] = {3, 4, 0, 2, 3};
  CHECK_EQUAL_INT(got->n_rows, 5);
  for (size_t k = 0; k < 5 && k < got->n_rows; k++) CHECK(got->values[0][k] == part[k] && got->values[1][k] == row[k]);
  CHECK(table_get_scalar(got, "diffusion") == 0.25);
  CHECK_TEXT(got->columns[1].unit, "sigma^2");
  table_destroy(&got);
  CHECK(results_read("gathered.h5", "configurations", &got) == STATUS_OK);
  check_table(got, 2);
  table_destroy(&got);
  const char *const absent[]  = {"part-0.h5", "absent.h5"};
  const GatheredTable missing = {layout, 2, 4, absent, slices};
  CHECK(results_gather("never.h5", NULL, 0, &missing, 1, &provenance) == STATUS_FILE && !files_exist("never.h5"));
  table_destroy(&whole);
  table_destroy(&layout);
}

int main(void) {
  const char *base = getenv("TMPDIR");
  char directory[4096];
  snprintf(directory, sizeof directory, "%s/tektite-XXXXXX", base == NULL ? "/tmp" : base);
  CHECK(mkdtemp(directory) != NULL && chdir(directory) == 0);
  CHECK(freopen("errors.txt", "w", stderr) != NULL);
  test_results();
  test_gather();
  test_growing();
  test_files();
  CHECK_EQUAL_INT(memory_live(), 0);
  if (check_failures == 0) {
    char command[4200];
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    CHECK(system(command) == 0);
  }
  return check_report();
}
