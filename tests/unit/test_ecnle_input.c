/** Theory ecnle through its keys: ways to give states, measured S(q) and its mappings, wrong input, tasks on several ranks. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/table.h"
#include "capture.h"
#include "check.h"
#include "theory/liquid.h"
#include "theory/measured_liquid.h"
#include "theory/theory.h"

static const double pi = 3.14159265358979323846;

/** A run of the theory in one process, as the stage does it: `ranks` states, tasks dealt out, sums added. */
typedef struct Outcome {
  Status status;
  Table **tables;
  int n_tables;
} Outcome;

static const Table *stored; /* what the table source hands out */

static Status read_stored(const TableSource *source, const char *path, const char *name, Table **table) {
  (void)source;
  (void)path;
  (void)name;
  const Table *from = stored;
  *table            = table_create(from->name, from->title, from->n_columns, from->columns);
  for (size_t i = 0; i < from->n_rows; i++) {
    double row[8];
    for (int c = 0; c < from->n_columns; c++) row[c] = from->values[c][i];
    table_row(*table, row);
  }
  for (int s = 0; s < from->n_scalars; s++) table_scalar(*table, from->scalars[s].name, from->scalars[s].value, "", "");
  return STATUS_OK;
}

static Status run_ranks(const Theory *theory, const Params *keys, int ranks, Outcome *outcome) {
  const TableSource source = {read_stored, NULL, NULL};
  TheoryState *states[4]   = {NULL};
  Status status            = STATUS_OK;
  for (int r = 0; r < ranks && status == STATUS_OK; r++) status = theory->open(keys, &source, &states[r]);
  size_t n      = 0;
  double *total = NULL;
  for (int r = 0; r < ranks && status == STATUS_OK; r++) {
    for (int t = r; t < theory->tasks(states[r]); t += ranks) (void)theory->task(states[r], t);
    const double *sums = theory->sums(states[r], &n);
    if (r == 0) total = memory_array(n, sizeof *total);
    for (size_t i = 0; i < n; i++) total[i] += sums[i];
  }
  if (status == STATUS_OK) memcpy(theory->sums(states[0], &n), total, n * sizeof *total);
  for (int r = 0; r < ranks; r++) {
    const bool is_wanted = r == 0 && status == STATUS_OK;
    if (states[r] != NULL)
      CHECK(theory->close(&states[r], is_wanted ? &outcome->tables : NULL, is_wanted ? &outcome->n_tables : NULL) == STATUS_OK);
  }
  memory_free(total);
  return status;
}

static Outcome run(const char *text, int ranks) {
  const Theory *theory = theory_find("ecnle");
  Outcome outcome      = {.status = STATUS_OK};
  Params *keys         = NULL;
  outcome.status       = params_parse(text, "test.yaml", 0, NULL, &keys);
  if (outcome.status == STATUS_OK) outcome.status = params_bind(keys, theory->schema);
  if (outcome.status == STATUS_OK) outcome.status = run_ranks(theory, keys, ranks, &outcome);
  params_end(&keys);
  return outcome;
}

static void clear(Outcome *outcome) {
  for (int t = 0; t < outcome->n_tables; t++) table_destroy(&outcome->tables[t]);
  memory_free(outcome->tables);
  *outcome = (Outcome){.status = STATUS_OK};
}

static const Table *find_table(const Outcome *outcome, const char *name) {
  for (int t = 0; t < outcome->n_tables; t++)
    if (strcmp(outcome->tables[t]->name, name) == 0) return outcome->tables[t];
  return NULL;
}

/** All combinations, phi outside; the first columns as scripts expect them; the same on three ranks. */
static void test_scan(void) {
  static const char *const names[] = {"phi",   "pressure",        "r_L1",           "r_B", "r_L2", "F_B1", "F_B2", "delta", "K0", "KB",
                                      "tau_s", "log10_tau_alpha", "log10_tau_star", "D"};
  Outcome one                      = run("{phi: [0.4, 0.55, 0.6], pressure: [0, 1], vft_window: [0.57, 0.6, 4]}", 1);
  Outcome three                    = run("{phi: [0.4, 0.55, 0.6], pressure: [0, 1], vft_window: [0.57, 0.6, 4]}", 3);
  CHECK(one.status == STATUS_OK && three.status == STATUS_OK && one.n_tables == 7 && three.n_tables == 7);
  const Table *states = one.tables[0];
  for (int c = 0; c < 14; c++) CHECK_TEXT(states->columns[c].name, names[c]);
  CHECK_TEXT(states->name, "ecnle/states");
  CHECK_EQUAL_INT(states->n_rows, 6);
  CHECK(states->values[0][1] == 0.4 && states->values[1][1] == 1 && states->values[0][2] == 0.55);
  CHECK(isnan(table_column(states, "F_B1")[0]) && table_column(states, "has_barrier")[0] == 0);
  CHECK(fabs(table_column(states, "F_B1")[5] - 11.396574639) < 6e-10);
  CHECK(isnan(table_column(states, "F_B2")[4]) && table_column(states, "has_second_minimum")[4] == 0);
  for (int t = 0; t < one.n_tables && t < three.n_tables; t++)
    for (int c = 0; c < one.tables[t]->n_columns; c++)
      CHECK(memcmp(one.tables[t]->values[c], three.tables[t]->values[c], one.tables[t]->n_rows * sizeof(double)) == 0 ||
            (printf("%s %s\n", one.tables[t]->name, one.tables[t]->columns[c].name), 0));
  clear(&one);
  clear(&three);
}

/** Near the threshold pressure a part of the window has no barrier: no fit over what is left, and the count is told. */
static void test_window(void) {
  capture_start();
  Outcome outcome      = run("{phi: 0.62, pressure: [3.9, 4, 4.2]}", 1);
  const char *said     = capture_end();
  const Table *summary = find_table(&outcome, "ecnle/summary");
  const double *points = table_column(summary, "vft_points"), *b = table_column(summary, "vft_B"), *m = table_column(summary, "vft_m");
  CHECK(table_get_scalar(summary, "vft_window_points") == 15 && isnan(table_get_scalar(summary, "vft_points")));
  int incomplete = 0;
  for (int p = 0; p < 3; p++) {
    CHECK(points[p] >= 0 && points[p] <= 15 && isfinite(b[p]) == (points[p] == 15) && isfinite(m[p]) == (points[p] == 15));
    incomplete += points[p] < 15;
  }
  CHECK(incomplete > 0 && strstr(said, "of 15 points of vft_window") != NULL);
  clear(&outcome);
}

/** T and phi by both anchors, there and back. */
static void test_temperature(void) {
  Outcome outcome     = run("{temperature: [600, 570], vft_window: [0.57, 0.64, 4]}", 1);
  const Table *states = outcome.tables[0], *thermal = find_table(&outcome, "ecnle/thermal");
  CHECK_CLOSE(table_column(states, "phi")[0], 0.6585 - 30 * 6e-4, 1e-14);
  CHECK_CLOSE(table_column(states, "phi")[1], 0.6585, 1e-14);
  CHECK_CLOSE(table_column(thermal, "T")[0], 600, 1e-13);
  CHECK(fabs(table_column(thermal, "T_self")[0] - (600 + (0.6714302012 - 0.6585) / 6e-4)) < 1e-6);
  clear(&outcome);
  outcome = run("{temperature: 570, phi_g: self_consistent, summary: false}", 1);
  CHECK(fabs(table_column(outcome.tables[0], "phi")[0] - 0.6714302012) < 6e-11);
  CHECK(fabs(table_column(outcome.tables[0], "log10_tau_alpha")[0] - 2) < 1e-8);
  thermal = find_table(&outcome, "ecnle/thermal"); /* both anchors, also without a summary */
  CHECK(fabs(table_column(thermal, "T")[0] - 570) < 1e-9 && fabs(table_column(thermal, "T_self")[0] - 570) < 1e-9);
  CHECK(fabs(table_get_scalar(thermal, "phi_g_self") - 0.6714302012) < 6e-11 && table_get_scalar(thermal, "glass_time") == 100);
  clear(&outcome);
}

/** F(r) and g(r) of the tables are those of the functions; g(r) below 0 is told. */
static void test_curves(void) {
  capture_start();
  Outcome outcome  = run("{phi_range: [0.55, 0.65, 3], pressure: 2, curves: [0.6], summary: false}", 1);
  const char *said = capture_end();
  CHECK(strstr(said, "negative at its first minimum for 1 of 3") != NULL);
  const Table *energy = find_table(&outcome, "ecnle/free_energy"), *limits = find_table(&outcome, "ecnle/limits");
  CHECK_EQUAL_INT(energy->n_rows, 300);
  const double *r = table_column(energy, "r"), *f = table_column(energy, "F");
  CHECK_CLOSE(r[299], 5, 1e-14);
  for (int i = 1; i < 300; i++) CHECK(fabs(f[i] - f[i - 1]) < 3 * fabs(log(r[i] / r[i - 1])) * (1 + 12) + 2 * (r[i] - r[i - 1]));
  CHECK(table_column(limits, "g_is_negative")[2] == 1 && table_column(limits, "g_is_negative")[1] == 0);
  CHECK(fabs(table_column(limits, "P_c")[1] - 4.04993) < 6e-6);
  clear(&outcome);
}

/** PY's S(q) at phi, sigma: q up to 250/sigma. */
static Table *make_measured(double phi, double sigma, double step) {
  static const Column columns[] = {{"q", "1/sigma", "", ""}, {"S_NN", "1", "", ""}};
  Table *table                  = table_create("structure/sq", "", 2, columns);
  Liquid liquid;
  liquid_hard_spheres(&liquid, phi, CLOSURE_PERCUS_YEVICK);
  for (double x = 0.3; x < 250; x += step) table_row(table, (double[]){x / sigma, 1 + liquid_excess(&liquid, x)});
  return table;
}

static void test_mappings(void) {
  const double phi = 0.52, sigma = 1.3, density = 6 * phi / (pi * sigma * sigma * sigma);
  char text[256];
  Table *table          = make_measured(phi, sigma, 0.02);
  stored                = table;
  Outcome spheres       = run("{phi: 0.52, pressure: [0, 1], summary: false}", 1);
  const Table *expected = spheres.tables[0];

  Outcome peak = run("{structure: sq.txt, pressure: [0, 1], summary: false}", 1);
  CHECK_CLOSE(table_get_scalar(peak.tables[0], "phi_effective"), phi, 1e-7);
  CHECK_CLOSE(table_get_scalar(peak.tables[0], "d_effective"), sigma, 1e-6);
  CHECK(fabs(table_column(peak.tables[0], "F_B1")[1] - table_column(expected, "F_B1")[1]) < 1e-4);
  clear(&peak);

  /* The table ends at q = 250: what it lacks is the slow tail. */
  (void)snprintf(text, sizeof text, "{structure: {mapping: direct, density: %.17g, diameters: %g, contact: %.17g}, pressure: [0, 1]}",
                 density, sigma, (1 + phi / 2) / ((1 - phi) * (1 - phi)));
  Outcome direct = run(text, 1);
  CHECK(direct.status == STATUS_OK && find_table(&direct, "ecnle/summary") == NULL && find_table(&direct, "ecnle/pair_function") == NULL);
  CHECK_CLOSE(table_column(direct.tables[0], "phi")[0], phi, 1e-12);
  CHECK(table_get_scalar(direct.tables[0], "F_missing") < 20); /* hard spheres never come to rest: a bound at r = 0 only */
  for (int p = 0; p < 2; p++) {
    CHECK(fabs(table_column(direct.tables[0], "F_B1")[p] - table_column(expected, "F_B1")[p]) < 1e-4);
    CHECK(fabs(table_column(direct.tables[0], "r_L1")[p] - table_column(expected, "r_L1")[p]) < 1e-5);
    CHECK_CLOSE(table_column(direct.tables[0], "tau_s")[p], table_column(expected, "tau_s")[p], 0.02);
  }
  clear(&direct);

  const double limit = pow(1 - phi, 4) / ((1 + 2 * phi) * (1 + 2 * phi));
  (void)snprintf(text, sizeof text, "{structure: {mapping: compressibility, compressibility: %.17g, density: %.17g}, summary: false}",
                 limit, density);
  Outcome compressed = run(text, 1);
  CHECK_CLOSE(table_column(compressed.tables[0], "phi")[0], phi, 1e-12);
  CHECK_CLOSE(table_get_scalar(compressed.tables[0], "d_effective"), sigma, 1e-12);
  clear(&compressed);
  table_scalar(table, "compressibility", limit, "1", "");
  compressed = run("{structure: {mapping: compressibility}, summary: false}", 1);
  CHECK_CLOSE(table_column(compressed.tables[0], "phi")[0], phi, 1e-12);
  CHECK(isnan(table_get_scalar(compressed.tables[0], "d_effective")));
  clear(&compressed);

  /* What pass structure fitted goes before the rows. */
  table_scalar(table, "q_max_NN", 7.0064665642 / 2, "1", "");
  table_scalar(table, "s_max_NN", 3.24046351799, "1", "");
  Outcome fitted = run("{structure: sq.txt, summary: false}", 1);
  CHECK_CLOSE(table_column(fitted.tables[0], "phi")[0], 0.5, 1e-9);
  CHECK_CLOSE(table_get_scalar(fitted.tables[0], "d_effective"), 2, 1e-7);
  clear(&fitted);
  clear(&spheres);
  table_destroy(&table);
}

/** Cut where S(q) still swings: told, and no barrier is no finding then (there is one at phi = 0.433). */
static void test_short_table(void) {
  static const char text[] = "{structure: {mapping: direct, density: 0.8270, diameters: 1}}"; /* phi = 0.43302 */
  Table *table             = make_measured(0.43302, 1, 0.02);
  stored                   = table;
  Outcome whole            = run(text, 1);
  CHECK(table_column(whole.tables[0], "has_barrier")[0] == 1 && table_column(whole.tables[0], "is_resolved")[0] == 1);
  clear(&whole);
  table->n_rows = 600;
  capture_start();
  Outcome cut      = run(text, 1);
  const char *said = capture_end();
  CHECK(strstr(said, "has not come to rest") != NULL && table_get_scalar(cut.tables[0], "F_missing") > 0.1);
  CHECK(isnan(table_column(cut.tables[0], "has_barrier")[0]) && isnan(table_column(cut.tables[0], "tau_s")[0]));
  CHECK(table_column(cut.tables[0], "is_resolved")[0] == 0 && table_column(cut.tables[0], "F_missing")[0] > 0.01);
  clear(&cut);
  table_destroy(&table);
}

/** What F lacks is told at the well, where e^{-k r^2} makes it small, and is about what it does lack; no barrier in a thin liquid is sure.
 */
static void test_missing(void) {
  static const struct { double phi, end; } cases[] = {{0.55, 40}, {0.55, 100}, {0.52, 250}, {0.4, 250}};
  for (int c = 0; c < 4; c++) {
    const double phi = cases[c].phi;
    char text[160];
    Table *table = make_measured(phi, 1, 0.02);
    while (table->values[0][table->n_rows - 1] > cases[c].end) table->n_rows--;
    stored = table;
    (void)snprintf(text, sizeof text, "{structure: {mapping: direct, density: %.17g, diameters: 1}}", 6 * phi / pi);
    capture_start();
    Outcome cut = run(text, 1);
    (void)capture_end();
    (void)snprintf(text, sizeof text, "{phi: %g, summary: false}", phi);
    Outcome whole     = run(text, 1);
    const double lack = table_column(cut.tables[0], "F_missing")[0], resolved = table_column(cut.tables[0], "is_resolved")[0];
    const double wrong = fabs(table_column(cut.tables[0], "F_B1")[0] - table_column(whole.tables[0], "F_B1")[0]);
    CHECK(resolved == (c > 0));
    if (c == 0) CHECK(lack > 0.1 && isnan(wrong));
    if (c == 1) CHECK(lack > wrong && lack < 3 * wrong);
    if (c >= 2) CHECK(lack < 1e-20 && table_get_scalar(cut.tables[0], "F_missing") > 0.05);
    if (c == 2) CHECK(wrong < 1e-6);
    if (c == 3) CHECK(table_column(cut.tables[0], "has_barrier")[0] == 0);
    clear(&cut);
    clear(&whole);
    table_destroy(&table);
  }
}

/** One message that holds `words`, status 2, nothing left behind. */
static void check_refused(const char *text, const char *words) {
  capture_start();
  Outcome outcome  = run(text, 1);
  const char *said = capture_end();
  if (outcome.status != STATUS_INPUT || strstr(said, words) == NULL) printf("%s: status %d: %s\n", text, (int)outcome.status, said);
  CHECK(outcome.status == STATUS_INPUT && strstr(said, words) != NULL);
  const char *first = strstr(said, "error:");
  CHECK(first != NULL && strstr(first + 1, "error:") == NULL);
  clear(&outcome);
}

static void test_wrong_keys(void) {
  check_refused("{phi: 1}", "phi");
  check_refused("{phi: [0.5, 1.2]}", "phi");
  check_refused("{phi: 0}", "phi");
  check_refused("{phi: 0.5, pressure: -1}", "pressure");
  check_refused("{phi: 0.5, pressure_range: [-1, 1, 3]}", "not inside");
  check_refused("{phi: 0.5, pressure: 1, pressure_range: [0, 1, 3]}", "pressure or pressure_range");
  check_refused("{phi_range: [0.5, 1.1, 3]}", "not inside");
  check_refused("{phi_range: [0.5, 0.6]}", "[first, last, number]");
  check_refused("{phi_range: [0.5, 0.6, 3.5]}", "the number of points is 3.5, it must be whole, from 1 to 1000000");
  check_refused("{phi_range: [0.5, 0.6, 2e6]}", "from 1 to 1000000");
  check_refused("{phi: []}", "an empty list");
  check_refused("{pressure: 1}", "give one of phi");
  check_refused("{phi: 0.5, temperature: 500}", "give one of phi");
  check_refused("{temperature: 5000}", "thermal mapping");
  check_refused("{phi: 0.5, closure: hypernetted}", "closure");
  check_refused("{phi: 0.5, vft_window: [0.57, 0.64, 3]}", "at least 4");
  check_refused("{phi: 0.5, vft_window: [0.6, 0.6, 5]}", "are the same");
}

static void test_wrong_tables(void) {
  Table *table     = make_measured(0.5, 1, 0.05);
  stored           = table;
  const char *peak = "{structure: sq.txt, summary: false}";
  double *q = table->values[0], *s = table->values[1];
  const double q_right = q[100], s_right = s[100];
  s[100] = NAN;
  check_refused(peak, "row 101 is not finite");
  s[100] = -1;
  check_refused(peak, "row 101 is not positive");
  s[100] = s_right;
  q[100] = q[99];
  check_refused(peak, "does not ascend at row 101");
  q[100] = q_right;
  for (size_t i = 100; i < table->n_rows; i++) q[i] += 0.2;
  check_refused(peak, "a gap between");
  for (size_t i = 100; i < table->n_rows; i++) q[i] -= 0.2;
  const size_t all = table->n_rows;
  table->n_rows    = 150;
  check_refused(peak, "ends at q");
  table->n_rows = all;
  for (size_t i = 110; i < all; i++) q[i] += 1.5; /* two rows alone in a wide gap */
  q[108] += 0.5, q[109] += 1;
  check_refused(peak, "a gap between q = 5.65 and 6.2");
  q[108] -= 0.5, q[109] -= 1;
  for (size_t i = 110; i < all; i++) q[i] -= 1.5;
  table->n_rows = 10;
  check_refused(peak, "too few");
  table->n_rows = all;
  check_refused("{structure: {file: sq.txt, s: S_AA}}", "no column 'S_AA'");
  const char *direct = "{structure: {file: sq.txt, mapping: direct, density: 0.9, diameters: 1}}";
  check_refused("{structure: {file: sq.txt, mapping: direct, density: 0.9, diameters: 1}, curves: [0.3]}", "there is one liquid");
  for (size_t i = 0; i < all; i++) q[i] += 20;
  check_refused(direct, "too near to its highest point");
  for (size_t i = 0; i < all; i++) q[i] -= 20;
  check_refused("{structure: {file: sq.txt, mapping: direct}}", "needs the density");
  check_refused("{structure: {file: sq.txt, mapping: direct, density: 1}}", "diameters");
  check_refused("{structure: {file: sq.txt, mapping: direct, density: 1, diameters: [1, 1.2], fractions: [0.5, 0.4]}}", "sum up to 0.9");
  check_refused("{structure: {file: sq.txt, mapping: direct, density: 1, diameters: 2}}", "must be below 1");
  check_refused("{structure: {file: sq.txt, mapping: direct, density: 0.9, diameters: 1}, elastic: true}", "cage");
  check_refused("{structure: {file: sq.txt, mapping: compressibility}}", "give the key");
  for (size_t i = 0; i < all; i++) s[i] = 1 + 1e-3 * exp(-(q[i] - 7) * (q[i] - 7));
  check_refused(peak, "no hard spheres");
  table_destroy(&table);
}

int main(void) {
  test_scan();
  test_window();
  test_temperature();
  test_curves();
  test_mappings();
  test_short_table();
  test_missing();
  test_wrong_keys();
  test_wrong_tables();
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
