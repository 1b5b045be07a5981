/* Curves of pass structure: means, error bars, summary numbers.
 *
 * Every curve is linear in the sums, x = sum_slots X_g / sum_slots w_g with w_g the frames of a slot: error^2 =
 * n / (n - 1) sum_g (X_g - w_g x)^2 / (sum_g w_g)^2 over the n slots that hold frames; NaN if there is one only.
 *
 * Long wavelengths. rho kB T chi_T = 1 / sum_ab sqrt(x_a x_b) (S^-1)_ab at q -> 0 [Kirkwood & Buff, J. Chem. Phys. 19, 774 (1951), in the
 * S_ab of Ashcroft and Langreth]; for one species this is S(0). The same expression at each q, and S_NN, are extrapolated: a straight line
 * in q^2 through the bins below a quarter of q_max_NN, weights n_vectors; fewer than four bins give NaN.
 *
 * First shell. r_peak: top of a parabola through the seven bins around the highest one of g_ab; r_min: lowest of the means over five
 * bins between r_peak and 2 r_peak; coordination: n_ab(r_min). */
#include "structure_tables.h"

#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "main_peak.h"
#include "math/polynomial.h"
#include "pair_counts.h"

enum { MOST_COLUMNS = 5 + 2 * (SPECIES_PAIRS + 1) + MAX_SPECIES * MAX_SPECIES, TEXT = 96 };

static const double PI = 3.14159265358979323846;

/** A linear form of a slot: sum_pairs factor[pair] slot[start(pair) + bin]. */
typedef struct Form {
  char label[TEXT / 2]; /* "NN", "AB" */
  double factor[SPECIES_PAIRS];
} Form;

/** Columns under construction, with room for their texts. */
typedef struct Columns {
  int n;
  Column columns[MOST_COLUMNS];
  char names[MOST_COLUMNS][TEXT], texts[MOST_COLUMNS][TEXT];
} Columns;

size_t structure_distances(const StructureSums *all, int pair) { return 1 + (size_t)pair * (size_t)all->n_distances; }

size_t structure_powers(const StructureSums *all, int pair) {
  return structure_distances(all, all->n_pairs) + (size_t)pair * (size_t)all->waves->n_bins;
}

static bool is_present(const StructureSums *all, int species) { return all->counts[species] > 0; }

static double count_all(const StructureSums *all) {
  double n = 0;
  for (int s = 0; s < all->mixture.n_species; s++) n += all->counts[s];
  return n;
}

static double count_frames(const StructureSums *all) {
  double n = 0;
  for (size_t g = 0; g < STRUCTURE_SLOTS; g++) n += all->sums[g * all->slot_size];
  return n;
}

typedef size_t Start(const StructureSums *, int pair);

/* Mean per frame of a form at one bin, and its standard error. */
static void estimate(const StructureSums *all, Start *start, const Form *form, int bin, double *mean, double *error) {
  double values[STRUCTURE_SLOTS], total = 0, frames = 0, spread = 0, n = 0;
  for (size_t g = 0; g < STRUCTURE_SLOTS; g++) {
    const double *slot = all->sums + g * all->slot_size;
    values[g]          = 0;
    if (slot[0] <= 0) continue;
    for (int pair = 0; pair < all->n_pairs; pair++)
      if (form->factor[pair] != 0) values[g] += form->factor[pair] * slot[start(all, pair) + (size_t)bin];
    total += values[g];
    frames += slot[0];
    n += 1;
  }
  *mean = total / frames;
  for (size_t g = 0; g < STRUCTURE_SLOTS; g++) {
    const double excess = values[g] - all->sums[g * all->slot_size] * *mean;
    spread += excess * excess;
  }
  *error = n > 1 ? sqrt(n / (n - 1) * spread) / frames : NAN;
}

static void add_column(Columns *to, const char *unit, const char *stem, const char *label, const char *ending, const char *text,
                       const char *equation) {
  (void)snprintf(to->names[to->n], TEXT, "%s%s%s", stem, label, ending);
  (void)snprintf(to->texts[to->n], TEXT, "%s", text);
  to->columns[to->n] = (Column){to->names[to->n], unit, to->texts[to->n], equation};
  to->n++;
}

static const char *pair_label(const StructureSums *all, int a, int b, char label[TEXT / 2]) {
  (void)snprintf(label, TEXT / 2, "%s%s", all->mixture.names[a], all->mixture.names[b]);
  return label;
}

/* The forms NN, AA, AB, BB.. of species that are there. scale(all, a, b): what turns one pair's sum into its curve. */
static int make_forms(const StructureSums *all, Form forms[SPECIES_PAIRS + 1], double (*scale)(const StructureSums *, int a, int b)) {
  int n                  = 1;
  forms[0]               = (Form){.label = "NN"};
  const double all_scale = scale(all, -1, -1);
  for (int a = 0; a < all->mixture.n_species; a++)
    for (int b = a; b < all->mixture.n_species; b++) {
      if (!is_present(all, a) || !is_present(all, b)) continue;
      Form *form                      = &forms[n++];
      *form                           = (Form){.factor = {0}};
      form->factor[pair_row(a, b)]    = scale(all, a, b);
      forms[0].factor[pair_row(a, b)] = all_scale;
      (void)pair_label(all, a, b, form->label);
    }
  return n;
}

static void make_form_columns(Columns *columns, int n_forms, const Form *forms, const char *stem, const char *what, const char *equation) {
  for (int f = 0; f < n_forms; f++) {
    char text[TEXT];
    (void)snprintf(text, sizeof text, "%s, %s", what, f == 0 ? "all particles alike" : forms[f].label);
    add_column(columns, "1", stem, forms[f].label, "", text, f == 0 ? "" : equation);
    add_column(columns, "1", stem, forms[f].label, "_error", "standard error over pieces of time and runs", "");
  }
}

static void put_scalar(Table *table, const char *stem, const char *label, const char *ending, double value, const char *unit,
                       const char *text) {
  char name[TEXT];
  (void)snprintf(name, sizeof name, "%s%s%s", stem, label, ending);
  table_scalar(table, name, value, unit, text);
}

/* ---- g(r) ---------------------------------------------------------------------------------------------------------------------- */

/* Pairs in a frame of which a pair's count is the part inside a shell. */
static double pairs_of(const StructureSums *all, int a, int b) {
  const double n = a < 0 ? count_all(all) : all->counts[a];
  return a == b ? n * (n - 1) / 2 : n * all->counts[b];
}

/* Volume / pairs: only the shell is missing. No pairs at all: NaN. */
static double gr_scale(const StructureSums *all, int a, int b) {
  const double pairs = pairs_of(all, a, b);
  return pairs > 0 ? all->volume / pairs : NAN;
}

static double shell_volume(int dim, double inner, double outer) {
  return dim == 2 ? PI * (outer * outer - inner * inner) : 4 * PI / 3 * (outer * outer * outer - inner * inner * inner);
}

/* Top of a parabola through the seven bins around the highest one. */
static double find_peak(const double *r, const double *g, int n_rows, int top) {
  double values[7], x[7], weight[7], position, value, ignored;
  Polynomial fit;
  if (top < 3 || top + 3 >= n_rows || !(g[top] > 0)) return NAN;
  for (int k = 0; k < 7; k++) {
    x[k]      = r[top + k - 3] - r[top];
    values[k] = g[top + k - 3];
    weight[k] = 1;
  }
  (void)polynomial_fit(3, 7, x, values, weight, &fit);
  polynomial_top(&fit, &position, &ignored, &value, &ignored);
  return fabs(position) <= x[6] ? r[top] + position : NAN;
}

/* Row of the first minimum behind row `top`; -1 if g(r) does not reach far enough to tell: r_peak to 2 r_peak. */
static int find_minimum(const double *r, const double *g, int n_rows, int top) {
  double lowest = INFINITY;
  int low       = -1;
  if (!(g[top] > 0) || r[n_rows - 1] < 2 * r[top]) return -1;
  for (int i = top + 2; i + 2 < n_rows && r[i] < 2 * r[top]; i++) {
    const double mean = (g[i - 2] + g[i - 1] + g[i] + g[i + 1] + g[i + 2]) / 5;
    if (!(mean < lowest)) continue;
    lowest = mean;
    low    = i;
  }
  return low;
}

/* First shell of b around a: see above. */
static void add_shell(const StructureSums *all, Table *table, int a, int b) {
  char label[TEXT / 2], name[TEXT];
  (void)snprintf(name, sizeof name, "g_%s", pair_label(all, a < b ? a : b, a < b ? b : a, label));
  const double *r = table_column(table, "r"), *g = table_column(table, name);
  (void)snprintf(name, sizeof name, "n_%s", pair_label(all, a, b, label));
  const double *n  = table_column(table, name);
  const int n_rows = (int)table->n_rows;
  int top          = 0;
  for (int i = 1; i < n_rows; i++)
    if (g[i] > g[top]) top = i;
  const int low = find_minimum(r, g, n_rows, top);
  if (a <= b) put_scalar(table, "r_peak_", label, "", find_peak(r, g, n_rows, top), "sigma", "highest peak of g(r)");
  if (a <= b) put_scalar(table, "r_min_", label, "", low >= 0 ? r[low] : NAN, "sigma", "first minimum of g(r) behind its highest peak");
  put_scalar(table, "coordination_", label, "", low >= 0 ? n[low] : NAN, "1", "particles of the second species within r_min of the first");
}

static void make_gr_columns(const StructureSums *all, int n_forms, const Form *forms, Columns *columns) {
  add_column(columns, "sigma", "r", "", "", "distance, middle of the bin", "");
  make_form_columns(columns, n_forms, forms, "g_", "pair distribution",
                    "V <pairs in the shell> / (V_shell N_a N_b); N_a (N_a-1)/2 if a = b");
  for (int a = 0; a < all->mixture.n_species; a++)
    for (int b = 0; b < all->mixture.n_species; b++) {
      char label[TEXT / 2], text[TEXT];
      if (!is_present(all, a) || !is_present(all, b)) continue;
      (void)snprintf(text, sizeof text, "number of %s around a %s, up to the outer end of the bin", all->mixture.names[b],
                     all->mixture.names[a]);
      add_column(columns, "1", "n_", pair_label(all, a, b, label), "", text, "");
    }
}

/* One row; inside: pairs per frame up to this bin, by pair of species. */
static void add_gr_row(const StructureSums *all, int n_forms, const Form *forms, int bin, double *inside, Table *table) {
  const double inner = bin * all->distance_width, outer = (bin + 1) * all->distance_width;
  const double shell = shell_volume(all->dim, inner, outer);
  double row[MOST_COLUMNS];
  int at    = 0;
  row[at++] = (inner + outer) / 2;
  for (int f = 0; f < n_forms; f++, at += 2) {
    estimate(all, structure_distances, &forms[f], bin, &row[at], &row[at + 1]);
    row[at] /= shell;
    row[at + 1] /= shell;
  }
  for (int pair = 0; pair < all->n_pairs; pair++) {
    double mean = 0, ignored = 0;
    Form one         = {.label = ""};
    one.factor[pair] = 1;
    estimate(all, structure_distances, &one, bin, &mean, &ignored);
    inside[pair] += mean;
  }
  for (int a = 0; a < all->mixture.n_species; a++)
    for (int b = 0; b < all->mixture.n_species; b++)
      if (is_present(all, a) && is_present(all, b)) row[at++] = inside[pair_row(a, b)] * (a == b ? 2 : 1) / all->counts[a];
  table_row(table, row);
}

Table *structure_table_gr(const StructureSums *all) {
  Form forms[SPECIES_PAIRS + 1];
  Columns columns              = {0};
  double inside[SPECIES_PAIRS] = {0};
  const int n_forms            = make_forms(all, forms, gr_scale);
  make_gr_columns(all, n_forms, forms, &columns);
  Table *table = table_create("structure/gr", "Pair distribution g(r) and coordination numbers n(r)", columns.n, columns.columns);
  for (int bin = 0; bin < all->n_distances; bin++) add_gr_row(all, n_forms, forms, bin, inside, table);
  for (int a = 0; a < all->mixture.n_species; a++)
    for (int b = 0; b < all->mixture.n_species; b++)
      if (is_present(all, a) && is_present(all, b)) add_shell(all, table, a, b);
  table_scalar(table, "frames", count_frames(all), "1", "frames averaged");
  return table;
}

/* ---- S(q) ---------------------------------------------------------------------------------------------------------------------- */

/* To be divided by the number of vectors of the bin. S_NN: cross terms count twice (make_forms gives every pair the same scale). */
static double sq_scale(const StructureSums *all, int a, int b) {
  return a < 0 ? 1 / count_all(all) : 1 / sqrt(all->counts[a] * all->counts[b]);
}

/* rho kB T chi_T of one row: 1 / (u . S^-1 u), u_a = sqrt(x_a), by elimination; S[a][b] of the species that are there. */
static double compressibility(const StructureSums *all, int n_forms, const double *curves) {
  double matrix[MAX_SPECIES][MAX_SPECIES + 1], result = 0;
  int n = 0, form = 1;
  for (int s = 0; s < all->mixture.n_species; s++)
    if (is_present(all, s)) matrix[n++][MAX_SPECIES] = sqrt(all->counts[s] / count_all(all));
  for (int a = 0; a < n; a++)
    for (int b = a; b < n && form < n_forms; b++) matrix[a][b] = matrix[b][a] = curves[form++];
  for (int a = 0; a < n; a++) { /* u . S^-1 u = sum of (eliminated u_a)^2 / pivot_a, as S is symmetric and positive */
    if (!(matrix[a][a] > 1e-12 * curves[0])) return NAN;
    result += matrix[a][MAX_SPECIES] * matrix[a][MAX_SPECIES] / matrix[a][a];
    for (int b = a + 1; b < n; b++) {
      const double ratio = matrix[b][a] / matrix[a][a];
      for (int c = a + 1; c < n; c++) matrix[b][c] -= ratio * matrix[a][c];
      matrix[b][MAX_SPECIES] -= ratio * matrix[a][MAX_SPECIES];
    }
  }
  return 1 / result;
}

static MainPeak find_peak_of(const Table *table, const char *column) {
  return main_peak_find((int)table->n_rows, table_column(table, "q"), table_column(table, column), table_column(table, "n_vectors"));
}

/* Straight line in q^2 through the bins below `limit`; value at 0. */
static void extrapolate(const Table *table, const char *column, double limit, double *value, double *error) {
  const double *q = table_column(table, "q"), *s = table_column(table, column), *vectors = table_column(table, "n_vectors");
  double *q2 = memory_array(table->n_rows, sizeof *q2);
  Polynomial line;
  int n = 0;
  for (; n < (int)table->n_rows && q[n] < limit; n++) q2[n] = q[n] * q[n];
  *value = *error = NAN;
  if (n >= 4 && polynomial_fit(2, n, q2, s, vectors, &line)) {
    *value = line.terms[0];
    *error = sqrt(line.covariance[0]);
  }
  memory_free(q2);
}

static void add_limits(Table *table, double limit) {
  double value = NAN, error = NAN;
  extrapolate(table, "S_NN", limit, &value, &error);
  table_scalar(table, "s_0", value, "1", "S_NN(q) at q -> 0");
  table_scalar(table, "s_0_error", error, "1", "standard error of s_0, from the scatter about the line");
  extrapolate(table, "compressibility", limit, &value, &error);
  table_scalar(table, "compressibility", value, "1", "rho kB T chi_T, q -> 0 of the column");
  table_scalar(table, "compressibility_error", error, "1", "standard error of compressibility, from the scatter about the line");
}

/* q_max and height of S_NN and of every S_aa. */
static void add_peaks(const StructureSums *all, Table *table) {
  double limit = NAN;
  for (int s = -1; s < all->mixture.n_species; s++) {
    if (s >= 0 && !is_present(all, s)) continue;
    char label[TEXT / 2], column[TEXT];
    (void)snprintf(column, sizeof column, "S_%s", s < 0 ? "NN" : pair_label(all, s, s, label));
    const char *name    = s < 0 ? "NN" : all->mixture.names[s];
    const MainPeak peak = find_peak_of(table, column);
    if (s < 0) limit = peak.highest / 4;
    put_scalar(table, "q_max_", name, "", peak.position, "1/sigma", "main peak of S(q)");
    put_scalar(table, "q_max_", name, "_error", peak.position_error, "1/sigma", "standard error of q_max, from the scatter about the fit");
    put_scalar(table, "s_max_", name, "", peak.height, "1", "height of the main peak");
    put_scalar(table, "s_max_", name, "_error", peak.height_error, "1", "standard error of s_max, from the scatter about the fit");
  }
  add_limits(table, limit);
}

Table *structure_table_sq(const StructureSums *all) {
  const DensityWaves *waves = all->waves;
  Form forms[SPECIES_PAIRS + 1];
  Columns columns   = {0};
  const int n_forms = make_forms(all, forms, sq_scale);
  for (int a = 0; a < all->mixture.n_species; a++)
    for (int b = a + 1; b < all->mixture.n_species; b++) forms[0].factor[pair_row(a, b)] *= 2;
  add_column(&columns, "1/sigma", "q", "", "", "mean length of the bin's vectors", "");
  make_form_columns(&columns, n_forms, forms, "S_", "structure factor", "<Re rho_a(q) rho_b(q)*> / sqrt(N_a N_b)");
  add_column(&columns, "1", "compressibility", "", "", "1 / sum_ab sqrt(x_a x_b) (S^-1)_ab: rho kB T chi_T at q -> 0", "");
  add_column(&columns, "1", "n_vectors", "", "", "wave vectors measured (of q and -q one)", "");
  add_column(&columns, "1", "n_lattice", "", "", "wave vectors in the bin (of q and -q one)", "");
  Table *table = table_create("structure/sq", "Structure factors on the reciprocal lattice of the box", columns.n, columns.columns);
  for (int bin = 0; bin < waves->n_bins; bin++) {
    double row[MOST_COLUMNS], curves[SPECIES_PAIRS + 1];
    int at = 0;
    if (waves->n_used[bin] == 0) continue;
    row[at++] = waves->mean_q[bin];
    for (int f = 0; f < n_forms; f++, at += 2) {
      estimate(all, structure_powers, &forms[f], bin, &row[at], &row[at + 1]);
      curves[f] = row[at] /= waves->n_used[bin];
      row[at + 1] /= waves->n_used[bin];
    }
    row[at++] = compressibility(all, n_forms, curves);
    row[at++] = waves->n_used[bin];
    row[at++] = waves->n_present[bin];
    table_row(table, row);
  }
  add_peaks(all, table);
  table_scalar(table, "frames", count_frames(all), "1", "frames averaged");
  return table;
}
