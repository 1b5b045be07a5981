/** A group is all minima of one parent temperature. Intervals are percentile bootstraps over the configurations of the group: pairs and
 * modes of one configuration are not independent. Nor are configurations that follow each other in a trajectory, often enough the same
 * minimum: each quantity has its integrated autocorrelation along the minima of a replica, and errors and intervals are those of the number
 * of independent ones (math/statistics.h). */
#include "response/ensemble.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "math/statistics.h"
#include "response/modes.h"

enum { STATE_BINS = 40, FEWEST_MODES = 10 };
static const double LEVEL = 0.9, PI = 3.14159265358979323846;

typedef struct Group {
  double temperature;
  int n_all, n;      /* configurations; minima among them */
  int *row;          /* [n] */
  Spectrum *spectra; /* [n] */
  double omega_limit;
  double independent; /* configurations that the minima are worth */
} Group;

static bool same_temperature(double a, double b) { return a == b || (isnan(a) && isnan(b)); }
static int compare_temperatures(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  if (isnan(x) || isnan(y)) return isnan(x) - isnan(y);
  return (x > y) - (x < y);
}

/** Distinct values, ascending, NaN last; *n of them. */
static double *temperatures_of(const Table *table, int *n) {
  const double *column = table_column(table, "parent_temperature");
  double *values       = memory_array(table->n_rows, sizeof *values);
  memcpy(values, column, table->n_rows * sizeof *values);
  qsort(values, table->n_rows, sizeof *values, compare_temperatures);
  *n = 0;
  for (size_t k = 0; k < table->n_rows; k++)
    if (*n == 0 || !same_temperature(values[*n - 1], values[k])) values[(*n)++] = values[k];
  return values;
}

/** Particles of the solid: rattlers left out. */
static double solid_particles(const Ensemble *e, int row) {
  const double *particles = table_column(e->configurations, "particles"), *rattlers = table_column(e->configurations, "rattlers");
  return particles[row] - (rattlers ? rattlers[row] : 0);
}

/** Means of a group: volume per particle, of all and of the solid, and the edge. */
typedef struct Size {
  double each, each_solid, edge;
} Size;

static Size mean_size(const Ensemble *e, const Group *g) {
  const double *volume = table_column(e->configurations, "volume"), *particles = table_column(e->configurations, "particles");
  Size size    = {0, 0, 0};
  double whole = 0;
  for (int k = 0; k < g->n; k++) {
    const int row = g->row[k];
    size.each += volume[row] / particles[row] / g->n;
    size.each_solid += volume[row] / solid_particles(e, row) / g->n;
    whole += volume[row] / g->n;
  }
  size.edge = pow(whole, 1.0 / e->dim);
  return size;
}

/** Lowest modes of each configuration of the group. */
static void find_spectra(const Ensemble *e, Group *g) {
  g->spectra = memory_array((size_t)g->n, sizeof *g->spectra);
  if (!e->modes) return;
  const double *frame = table_column(e->configurations, "frame");
  const double *of = table_column(e->modes, "frame"), *eigenvalue = table_column(e->modes, "eigenvalue");
  size_t at = 0;
  for (int k = 0; k < g->n; k++) {
    const int row = g->row[k];
    while (at < e->modes->n_rows && of[at] < frame[row]) at++;
    const size_t first = at;
    while (at < e->modes->n_rows && of[at] == frame[row]) at++;
    g->spectra[k] =
        (Spectrum){.n = (int)(at - first), .freedom = (int64_t)solid_particles(e, row) * e->dim, .eigenvalue = eigenvalue + first};
  }
}

/** Minima of one temperature, or of all. */
static Group group_of(const Ensemble *e, double temperature, bool is_all) {
  const Table *table         = e->configurations;
  const double *temperatures = table_column(table, "parent_temperature"), *outcome = table_column(table, "outcome");
  Group g = {.temperature = temperature, .row = memory_array(table->n_rows, sizeof *g.row)};
  for (size_t k = 0; k < table->n_rows; k++) {
    if (!is_all && !same_temperature(temperatures[k], temperature)) continue;
    g.n_all++;
    if (outcome[k] == 0) g.row[g.n++] = (int)k;
  }
  find_spectra(e, &g);
  g.omega_limit = modes_complete_below(g.spectra, NULL, g.n);
  return g;
}
static void group_clear(Group *g) {
  memory_free(g->row);
  memory_free(g->spectra);
}

typedef struct Average {
  double mean, error, independent;
  Interval interval;
} Average;

/** Whether minimum k of the group begins a sequence of its own: another replica, or the time goes back. */
static bool begins(const Ensemble *e, const Group *g, int k) {
  const double *replica = table_column(e->configurations, "replica"), *parent = table_column(e->configurations, "parent_frame");
  if (k == 0) return true;
  const int row = g->row[k], before = g->row[k - 1];
  return (replica && isfinite(replica[row]) && replica[row] != replica[before]) || (parent && parent[row] <= parent[before]);
}

static Average average(const Ensemble *e, const Group *g, const char *name) {
  const double *column = table_column(e->configurations, name);
  double *values       = memory_array((size_t)g->n, sizeof *values);
  int *first = memory_array((size_t)g->n, sizeof *first), n = 0, n_sequences = 0;
  for (int k = 0; k < g->n; k++) {
    if (begins(e, g, k) && (n_sequences == 0 || first[n_sequences - 1] < n)) first[n_sequences++] = n;
    if (isfinite(column[g->row[k]])) values[n++] = column[g->row[k]];
  }
  if (n_sequences > 0 && first[n_sequences - 1] == n) n_sequences--;
  Average a = {.mean = statistics_mean(values, (size_t)n), .independent = statistics_independent(values, n, first, n_sequences)};
  const Bootstrap draws = {n, a.independent, e->n_resamples, LEVEL, e->seed};
  a.error               = statistics_correlated_error(values, n, a.independent);
  a.interval            = statistics_bootstrap(statistics_chosen_mean, values, &draws);
  memory_free(first);
  memory_free(values);
  return a;
}

/** The quartic law of a group: below which frequency, by how many modes. */
typedef struct Quartic {
  double limit, prefactor, exponent, exponent_error;
  int n_modes;
  Interval interval;
} Quartic;

/** A_g well below the first phonon and below what is known. */
static Quartic quartic(const Ensemble *e, const Group *g, double phonon) {
  Quartic q = {isfinite(phonon) ? fmin(e->omega_limit * phonon, g->omega_limit) : NAN, NAN, NAN, NAN, 0, {NAN, NAN}};
  if (!(q.limit > 0)) return q;
  q.n_modes  = modes_count_below(g->spectra, g->n, q.limit);
  q.exponent = modes_cumulative_exponent(g->spectra, g->n, q.limit, &q.exponent_error);
  q.exponent_error *= sqrt(g->n / g->independent);
  if (q.n_modes < FEWEST_MODES) return q;
  const QuarticSample sample = {g->spectra, q.limit};
  int *all                   = memory_array((size_t)g->n, sizeof *all);
  for (int k = 0; k < g->n; k++) all[k] = k;
  q.prefactor           = modes_quartic_prefactor(&sample, all, g->n);
  const Bootstrap draws = {g->n, g->independent, e->n_resamples, LEVEL, e->seed};
  q.interval            = statistics_bootstrap(modes_quartic_prefactor, &sample, &draws);
  memory_free(all);
  return q;
}

static const Column temperature_columns[] = {
    {"parent_temperature", "eps/kB", "temperature of the parent liquid", ""},
    {"configurations", "1", "configurations", ""},
    {"minima", "1", "of them inherent structures: these enter the means", ""},
    {"independent", "1", "configurations that these are worth, by the autocorrelation of G or kappa (the stronger) along each replica",
     "n/(1 + 2 sum rho)"},
    {"G_mean", "eps/sigma^d", "shear modulus", "Kapteijns 2021, A1"},
    {"G_stderr", "eps/sigma^d", "its standard error over independent configurations", ""},
    {"G_low", "eps/sigma^d", "bootstrap interval, 5 %", ""},
    {"G_high", "eps/sigma^d", "bootstrap interval, 95 %", ""},
    {"G_born_mean", "eps/sigma^d", "affine (Born) part", ""},
    {"bulk_mean", "eps/sigma^d", "bulk modulus -V dP/dV", ""},
    {"kappa_mean", "eps/sigma^2", "dipole stiffness, mean over pairs and configurations", "Kapteijns 2021, 2"},
    {"kappa_stderr", "eps/sigma^2", "its standard error over independent configurations", ""},
    {"kappa_low", "eps/sigma^2", "bootstrap interval, 5 %", ""},
    {"kappa_high", "eps/sigma^2", "bootstrap interval, 95 %", ""},
    {"kappa_reduced", "1", "kappa a0^2/T, a0 = (V/N)^(1/d)", "Kapteijns 2021, 3"},
    {"omega_phonon", "1/time", "first phonon, 2 pi c_s/L, c_s = sqrt(G/rho), unit mass; rho without rattlers", ""},
    {"omega_limit", "1/time",
     "modes below this enter A_g: respond.omega_limit times the first phonon, or where modes are not known any more", ""},
    {"n_modes", "1", "number of them", ""},
    {"cumulative_exponent", "1", "of the number of modes below omega_limit, were it a power of omega: 5 where the quartic law holds",
     "(n - 1)/sum ln(omega_limit/omega)"},
    {"cumulative_exponent_stderr", "1", "its standard error", ""},
    {"A_g", "time^5", "D(omega) = A_g omega^4, D per mode (d N); nan with fewer than ten modes; means what it says if the exponent is 5",
     ""},
    {"A_g_low", "time^5", "bootstrap interval, 5 %", ""},
    {"A_g_high", "time^5", "bootstrap interval, 95 %", ""}};

/** G and kappa; where neither is there, the energy. */
static double independent_of(const Ensemble *e, const Group *g, const Average *shear, const Average *kappa) {
  const double least = fmin(shear->independent, kappa->independent);
  return isnan(least) && table_column(e->configurations, "energy") ? average(e, g, "energy").independent : least;
}

static void add_temperature(const Ensemble *e, Group *g, Table *table) {
  const Average shear = average(e, g, "G"), born = average(e, g, "G_born"), bulk = average(e, g, "bulk_modulus"),
                kappa = average(e, g, "kappa_mean");
  const Size size     = mean_size(e, g);
  const double a2 = pow(size.each, 2.0 / e->dim), phonon = 2 * PI * sqrt(shear.mean * size.each_solid) / size.edge;
  g->independent     = independent_of(e, g, &shear, &kappa);
  const Quartic q    = quartic(e, g, phonon);
  const double row[] = {g->temperature,
                        g->n_all,
                        g->n,
                        g->independent,
                        shear.mean,
                        shear.error,
                        shear.interval.low,
                        shear.interval.high,
                        born.mean,
                        bulk.mean,
                        kappa.mean,
                        kappa.error,
                        kappa.interval.low,
                        kappa.interval.high,
                        kappa.mean * a2 / g->temperature,
                        phonon,
                        q.limit,
                        q.n_modes,
                        q.exponent,
                        q.exponent_error,
                        q.prefactor,
                        q.interval.low,
                        q.interval.high};
  require(sizeof row / sizeof *row == sizeof temperature_columns / sizeof *temperature_columns, "columns");
  table_row(table, row);
}

Table *ensemble_temperatures(const Ensemble *ensemble) {
  int n;
  double *temperatures = temperatures_of(ensemble->configurations, &n);
  Table *table         = table_create("temperatures", "means over configurations, per temperature of the parent liquid",
                                      sizeof temperature_columns / sizeof *temperature_columns, temperature_columns);
  for (int k = 0; k < n; k++) {
    Group group = group_of(ensemble, temperatures[k], false);
    add_temperature(ensemble, &group, table);
    group_clear(&group);
  }
  memory_free(temperatures);
  return table;
}

double ensemble_error(const Ensemble *ensemble, const char *name) {
  Group group        = group_of(ensemble, NAN, true);
  const double error = average(ensemble, &group, name).error;
  group_clear(&group);
  return error;
}

static void add_states(const Group *g, Table *table) {
  double counts[STATE_BINS] = {0}, freedom = 0;
  const double width = g->omega_limit / STATE_BINS;
  if (!(width > 0)) return;
  for (int k = 0; k < g->n; k++) {
    freedom += (double)g->spectra[k].freedom;
    for (int l = 0; l < g->spectra[k].n; l++) {
      const double omega = sqrt(g->spectra[k].eigenvalue[l]);
      if (omega < g->omega_limit) counts[(int)fmin(omega / width, STATE_BINS - 1)]++;
    }
  }
  double below = 0;
  for (int bin = 0; bin < STATE_BINS; bin++) {
    below += counts[bin];
    table_row(table, (double[]){g->temperature, (bin + 0.5) * width, counts[bin] / (freedom * width), counts[bin], below / freedom});
  }
}

Table *ensemble_states(const Ensemble *ensemble) {
  static const Column columns[] = {{"parent_temperature", "eps/kB", "temperature of the parent liquid", ""},
                                   {"omega", "1/time", "frequency, middle of the bin (sqrt of the eigenvalue, unit mass)", ""},
                                   {"density", "time", "D(omega) = (d N)^-1 sum delta(omega - omega_l)", ""},
                                   {"count", "1", "modes in the bin, all configurations", ""},
                                   {"cumulative", "1", "share of modes up to the end of the bin", ""}};
  int n;
  double *temperatures = temperatures_of(ensemble->configurations, &n);
  Table *table         = table_create("density_of_states", "lowest part of the vibrational density of states", 5, columns);
  for (int k = 0; k < n; k++) {
    Group group = group_of(ensemble, temperatures[k], false);
    add_states(&group, table);
    group_clear(&group);
  }
  memory_free(temperatures);
  return table;
}
