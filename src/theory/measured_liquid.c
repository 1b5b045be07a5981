/* From a measured S(q) to a liquid of spheres. Three mappings, stated because they are choices.
 *
 * peak: the PY packing whose main peak of S(q) is as high as that of the number-number structure factor S_NN. The effective diameter
 * follows from the place of the peak, d = q_max(PY, d = 1) / q_max. Only the length scale of the cage is asked to look alike. If the
 * table is one of pass `structure`, its fitted q_max_NN and s_max_NN are taken.
 *
 * compressibility: the PY packing with the same dimensionless compressibility, as ECNLE does for thermal liquids [Mirigian & Schweizer,
 * J. Chem. Phys. 140, 194506 (2014)],
 *
 *   S_PY(0) = (1-phi)^4 / (1+2phi)^2 = rho kT chi_T,   d^3 = 6 phi / (pi density).
 *
 * For a mixture rho kT chi_T is not S_NN(0) but 1 / sum_ab sqrt(x_a x_b) (S^-1)_ab [Kirkwood & Buff]: a scalar of the tables of pass
 * `structure`; or given.
 *
 * direct: S(q) as it was measured stands in the equations,
 *
 *   phi = (pi/6) density d^3,   d^3 = sum_a x_a d_a^3.
 *
 * Below the first q S is constant, beyond the last one it is 1, and g(d) is given or that of Carnahan and Starling,
 * (1 - phi/2) / (1 - phi)^3. What a soft liquid has not, the slow tail of S(q), is then missing in F(r), too. How much is missing at r is
 * estimated (liquid_missing): with a^2 the mean of (S - 1)^2 over the last sixth of the table, which ends at Q, and S - 1 ~ q^-2 beyond,
 * F lacks int_Q w e^{-q^2 r^2 / 3} dq, at r = 0 a^2 Q^3 / (24 pi phi).
 *
 * The table must not have gaps: a step in q more than three times as wide as the usual one on either side. */
#include "theory/measured_liquid.h"

#include <math.h>
#include <stddef.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/table.h"
#include "math/roots.h"
#include "math/spline.h"
#include "theory/theory.h"

static const double pi = 3.14159265358979323846;

enum { FEWEST_ROWS = 16, FINER = 8, NEAR = 6 };

static const char *const mapping_words[] = {"peak", "compressibility", "direct", NULL};
static const ParamSpec specs[]           = {
              {
                  .key      = "file",
                  .kind     = PARAM_STRING,
                  .fallback = "",
                  .help     = "results file or text columns; else analysis.h5 of the output directory",
    },
              {.key = "table", .kind = PARAM_STRING, .fallback = "structure/sq", .help = "table of a results file"},
              {.key = "q", .kind = PARAM_STRING, .fallback = "", .help = "column of q; else q, or c0 of a text file"},
              {.key = "s", .kind = PARAM_STRING, .fallback = "", .help = "column of S(q); else S_NN, or c1 of a text file"},
              {.key      = "mapping",
               .kind     = PARAM_CHOICE,
               .fallback = "peak",
               .choices  = mapping_words,
               .help     = "hard spheres with the same peak of S(q), with the same compressibility, or S(q) as it is"},
              {.key      = "density",
               .kind     = PARAM_DOUBLE,
               .fallback = "",
               .unit     = "1/sigma^3",
               .high     = 1e6,
               .open_low = true,
               .help     = "particles per volume (direct, compressibility)"},
              {.key      = "diameters",
               .kind     = PARAM_DOUBLES,
               .fallback = "",
               .unit     = "sigma",
               .high     = 1e6,
               .open_low = true,
               .help     = "effective diameter of each species (direct)"},
              {
                  .key      = "fractions",
                  .kind     = PARAM_DOUBLES,
                  .fallback = "1",
                  .unit     = "1",
                  .high     = 1,
                  .help     = "mole fraction of each species (direct)",
    },
              {.key      = "compressibility",
               .kind     = PARAM_DOUBLE,
               .fallback = "",
               .unit     = "1",
               .high     = 1,
               .open_low = true,
               .help     = "rho kT chi_T, if not the table's (compressibility)"},
              {.key      = "contact",
               .kind     = PARAM_DOUBLE,
               .fallback = "",
               .unit     = "1",
               .high     = 1e4,
               .open_low = true,
               .help     = "g(d) for tau_s (direct); else Carnahan-Starling's"},
              {.key = NULL}};
const ParamSchema measured_liquid_schema = {
    .name = "structure", .help = "a measured S(q) instead of phi", .shorthand = "file", .specs = specs};

/* ---- the table ------------------------------------------------------------------------------------------------------------- */

static Status check_rows(const Params *own, int n, const double *q, const double *s) {
  for (int i = 0; i < n; i++) {
    if (!isfinite(q[i]) || !isfinite(s[i]))
      return params_fail(own, "file", "S(q): row %d is not finite (q = %g, S = %g)", i + 1, q[i], s[i]);
    if (q[i] < 0 || s[i] <= 0) return params_fail(own, "file", "S(q): row %d is not positive (q = %g, S = %g)", i + 1, q[i], s[i]);
    if (i > 0 && q[i] <= q[i - 1])
      return params_fail(own, "file", "S(q): q does not ascend at row %d (%g after %g)", i + 1, q[i], q[i - 1]);
  }
  return STATUS_OK;
}

static int highest_row(int n, const double *s) {
  int top = 0;
  for (int i = 1; i < n; i++)
    if (s[i] > s[top]) top = i;
  return top;
}

/* Median of the steps from row k - 1 to row k, k in [from, to); the lower one of two, 0 of none. */
static double usual_step(int n, const double *q, int from, int to) {
  double steps[NEAR];
  int count = 0;
  for (int k = from < 1 ? 1 : from; k < (to < n ? to : n); k++) {
    int at = count++;
    for (; at > 0 && steps[at - 1] > q[k] - q[k - 1]; at--) steps[at] = steps[at - 1];
    steps[at] = q[k] - q[k - 1];
  }
  return count > 0 ? steps[(count - 1) / 2] : 0;
}

Status measured_liquid_check(const Params *own, int n, const double *q, const double *s) {
  if (n < FEWEST_ROWS) return params_fail(own, "file", "S(q): %d rows are too few; at least %d", n, FEWEST_ROWS);
  TRY(check_rows(own, n, q, s));
  for (int i = 1; i < n; i++)
    if (q[i] - q[i - 1] > 3 * fmax(usual_step(n, q, i - NEAR, i), usual_step(n, q, i + 1, i + 1 + NEAR)) * (1 + 1e-9))
      return params_fail(own, "file", "S(q): a gap between q = %g and %g", q[i - 1], q[i]);
  const double peak = q[highest_row(n, s)];
  if (q[n - 1] < 1.5 * peak) return params_fail(own, "file", "S(q): ends at q = %g, too close to its highest point at %g", q[n - 1], peak);
  return STATUS_OK;
}

static Status find_column(const Params *own, const Table *table, const char *key, const char *const *names, const double **column) {
  if (params_has(own, key)) {
    *column = table_column(table, params_string(own, key));
    if (*column == NULL) return params_fail(own, key, "no column '%s' in table %s", params_string(own, key), table->name);
    return STATUS_OK;
  }
  *column = NULL;
  for (int i = 0; names[i] != NULL && *column == NULL; i++) *column = table_column(table, names[i]);
  if (*column == NULL) return params_fail(own, key, "table %s has no column '%s': name one", table->name, names[0]);
  return STATUS_OK;
}

/* Peak of the table: what pass structure fitted, or the top of a spline. */
static void find_peak(const Params *own, const Table *table, int n, const double *q, const double *s, MeasuredLiquid *measured) {
  if (!params_has(own, "s")) {
    measured->peak_q      = table_get_scalar(table, "q_max_NN");
    measured->peak_height = table_get_scalar(table, "s_max_NN");
    measured->peak_error  = table_get_scalar(table, "s_max_NN_error");
    if (isfinite(measured->peak_q) && isfinite(measured->peak_height)) return;
  }
  const int top        = highest_row(n, s);
  measured->peak_error = NAN;
  Liquid liquid;
  Spline *spline = spline_create(n, q, s);
  liquid_measured(&liquid, 0.5, 1, spline, q[0], q[n - 1]);
  liquid_peak(&liquid, q[top > 2 ? top - 2 : 0], q[top + 2 < n ? top + 2 : n - 1], &measured->peak_q, &measured->peak_height);
  spline_destroy(&spline);
}

/* ---- mappings -------------------------------------------------------------------------------------------------------------- */

enum { PEAK_LOW = 4, PEAK_HIGH = 12 }; /* q d of the main peak of hard spheres */

static double peak_height(double phi, void *wanted) {
  Liquid liquid;
  double q = NAN, height = NAN;
  liquid_hard_spheres(&liquid, phi, CLOSURE_PERCUS_YEVICK);
  liquid_peak(&liquid, PEAK_LOW, PEAK_HIGH, &q, &height);
  return height - *(const double *)wanted;
}

/* How far phi moves when the measured number moves by its standard error; NAN if that is unknown. */
static double error_of(double (*condition)(double phi, void *wanted), double phi, double wanted, double error) {
  double moved = wanted + error;
  return error > 0 ? fabs(root_between(condition, &moved, fmax(0.1, phi - 0.1), fmin(0.99, phi + 0.1), 1e-14) - phi) : NAN;
}

static Status map_peak(const Params *own, MeasuredLiquid *measured) {
  Liquid liquid;
  double q = NAN, height = NAN;
  if (!isfinite(measured->peak_height)) return params_fail(own, "file", "S(q) has no peak");
  measured->phi = root_between(peak_height, &measured->peak_height, 0.1, 0.72, 1e-14);
  if (isnan(measured->phi))
    return params_fail(own, "mapping", "no hard spheres of phi = 0.1 .. 0.72 have a peak as high as S(%g) = %g", measured->peak_q,
                       measured->peak_height);
  liquid_hard_spheres(&liquid, measured->phi, CLOSURE_PERCUS_YEVICK);
  liquid_peak(&liquid, PEAK_LOW, PEAK_HIGH, &q, &height);
  measured->diameter  = q / measured->peak_q;
  measured->phi_error = error_of(peak_height, measured->phi, measured->peak_height, measured->peak_error);
  return STATUS_OK;
}

static double compressibility_of(double phi, void *wanted) {
  return 2 * log((1 - phi) * (1 - phi) / (1 + 2 * phi)) - log(*(const double *)wanted);
}

static Status map_compressibility(const Params *own, const MappingInput *input, MeasuredLiquid *measured) {
  if (!isnan(input->compressibility)) {
    measured->compressibility       = input->compressibility;
    measured->compressibility_error = NAN;
  }
  if (!(measured->compressibility > 0 && measured->compressibility < 1))
    return params_fail(own, "mapping", "the table has no scalar 'compressibility' between 0 and 1: give the key");
  measured->phi = root_between(compressibility_of, &measured->compressibility, 1e-6, 0.99, 1e-15);
  if (isnan(measured->phi)) return params_fail(own, "mapping", "no hard spheres have the compressibility %g", measured->compressibility);
  measured->diameter  = cbrt(6 * measured->phi / (pi * input->density));
  measured->phi_error = error_of(compressibility_of, measured->phi, measured->compressibility, measured->compressibility_error);
  return STATUS_OK;
}

/* d^3 = sum x_a d_a^3. */
static Status read_diameter(const Params *own, double *diameter) {
  int n = 0, n_fractions = 0;
  double cube = 0, total = 0;
  if (!params_has(own, "density")) return params_fail(own, "density", "mapping direct needs the density");
  if (!params_has(own, "diameters")) return params_fail(own, "diameters", "mapping direct needs effective diameters");
  const double *diameters = params_doubles(own, "diameters", &n), *fractions = params_doubles(own, "fractions", &n_fractions);
  if (n != n_fractions) return params_fail(own, "fractions", "%d fractions for %d diameters", n_fractions, n);
  for (int a = 0; a < n; a++) {
    cube += fractions[a] * diameters[a] * diameters[a] * diameters[a];
    total += fractions[a];
  }
  if (fabs(total - 1) > 1e-6) return params_fail(own, "fractions", "mole fractions sum up to %g", total);
  *diameter = cbrt(cube);
  return STATUS_OK;
}

/* Mean of (S - 1)^2 at the end of the table. Products of neighbours: noise has none. */
static double rest_of_table(int n, const double *q, const double *s) {
  const double end = q[n - 1];
  double squares = 0, rows = 0;
  for (int i = n - 1; i >= 1 && (rows < 2 || q[i] > end * 5 / 6); i--) {
    squares += (s[i] - 1) * (s[i - 1] - 1);
    rows += 1;
  }
  return fmax(squares / rows, 0);
}

static Status map_direct(const Params *own, const MappingInput *input, int n, const double *q, const double *s, MeasuredLiquid *measured) {
  const double d     = input->diameter;
  measured->diameter = d;
  measured->phi      = pi / 6 * input->density * d * d * d;
  if (q[0] > 0.5 * q[highest_row(n, s)])
    return params_fail(own, "file", "S(q): begins at q = %g, too near to its highest point at %g for mapping direct", q[0],
                       q[highest_row(n, s)]);
  if (measured->phi >= 1)
    return params_fail(own, "diameters", "packing fraction (pi/6) density sum x d^3 = %g; it must be below 1", measured->phi);
  double *scaled = memory_array((size_t)n, sizeof *scaled);
  for (int i = 0; i < n; i++) scaled[i] = q[i] * d;
  measured->spline = spline_create(n, scaled, s);
  memory_free(scaled);
  for (int i = 0; i < FINER * (n - 1); i++) {
    const int k    = i / FINER;
    const double x = d * (q[k] + (q[k + 1] - q[k]) * (i % FINER) / FINER);
    if (!(spline_value(measured->spline, x) > 0))
      return params_fail(own, "file", "S(q): a smooth curve through the rows is not positive at q = %g", x / d);
  }
  const double phi = measured->phi, usual = (1 - phi / 2) / ((1 - phi) * (1 - phi) * (1 - phi));
  const double contact = isnan(input->contact) ? usual : input->contact;
  liquid_measured(&measured->liquid, phi, contact, measured->spline, q[0] * d, q[n - 1] * d);
  measured->liquid.rest = rest_of_table(n, q, s);
  return STATUS_OK;
}

static Status map_table(const Params *own, const MappingInput *input, const Table *table, MeasuredLiquid *measured) {
  static const char *const q_names[] = {"q", "c0", NULL}, *const s_names[] = {"S_NN", "S", "c1", NULL};
  const double *q = NULL, *s = NULL;
  measured->compressibility       = table_get_scalar(table, "compressibility");
  measured->compressibility_error = table_get_scalar(table, "compressibility_error");
  if (input->mapping == MAPPING_COMPRESSIBILITY) return map_compressibility(own, input, measured);
  TRY(find_column(own, table, "q", q_names, &q));
  TRY(find_column(own, table, "s", s_names, &s));
  const int n = (int)table->n_rows;
  TRY(measured_liquid_check(own, n, q, s));
  find_peak(own, table, n, q, s, measured);
  return input->mapping == MAPPING_PEAK ? map_peak(own, measured) : map_direct(own, input, n, q, s, measured);
}

Status measured_liquid_map(const Params *own, const TableSource *source, const MappingInput *input, MeasuredLiquid *measured) {
  *measured = (MeasuredLiquid){.mapping               = input->mapping,
                               .phi                   = NAN,
                               .phi_error             = NAN,
                               .diameter              = NAN,
                               .peak_q                = NAN,
                               .peak_height           = NAN,
                               .peak_error            = NAN,
                               .compressibility       = NAN,
                               .compressibility_error = NAN};
  if (input->mapping == MAPPING_COMPRESSIBILITY && !isnan(input->compressibility)) return map_compressibility(own, input, measured);
  Table *table = NULL;
  TRY(source->read(source, params_has(own, "file") ? params_string(own, "file") : NULL, params_string(own, "table"), &table));
  const Status status = map_table(own, input, table, measured);
  table_destroy(&table);
  return status;
}

static double number_or_nan(const Params *own, const char *key) { return params_has(own, key) ? params_double(own, key) : NAN; }

Status measured_liquid_open(const Params *own, const TableSource *source, MeasuredLiquid *measured) {
  MappingInput input = {.mapping         = (Mapping)params_choice(own, "mapping"),
                        .density         = number_or_nan(own, "density"),
                        .diameter        = NAN,
                        .contact         = number_or_nan(own, "contact"),
                        .compressibility = number_or_nan(own, "compressibility")};
  *measured          = (MeasuredLiquid){.mapping = input.mapping};
  if (input.mapping == MAPPING_DIRECT) TRY(read_diameter(own, &input.diameter));
  return measured_liquid_map(own, source, &input, measured);
}

void measured_liquid_clear(MeasuredLiquid *measured) { spline_destroy(&measured->spline); }
