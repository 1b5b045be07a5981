/* Theory ecnle_liquid: does ECNLE, with the structure of a simulated liquid as its only input, foretell that liquid's relaxation time?
 *
 * For each state of one liquid: measured S(q) -> spheres (phi, d) by a stated mapping (measured_liquid.c) -> barrier F_B at zero
 * pressure, tau_s and tau_alpha (ecnle_times.c), in the liquid's own unit of time, sigma (m/eps)^1/2, by the Enskog time as the ECNLE
 * literature writes it [Mirigian & Schweizer, J. Chem. Phys. 140, 194506 (2014)],
 *
 *   tau_E = sqrt(m / (pi kT)) / (24 rho d^2),
 *
 * with density and temperature of the simulation and the d of the mapping. No number is fitted. Beside it stands tau_alpha of MD, both
 * also in t0 = a0 / sqrt(kT/m), a0 = rho^(-1/3). The two are not the same quantity: the theory's is a mean time to hop, MD's the time in
 * which Fs(q) falls to a level; what may be compared without care is how they grow.
 *
 * Mapping direct takes its d, which enters tau_s only and not F(r), from the peak unless it is given; so does the cage radius of the
 * elastic barrier, as the first minimum of g(r) of those hard spheres. Where there is no barrier the theory has no tau_alpha: empty and
 * flagged, tau_s stands alone. The error of tau_alpha^theory is what the standard error of the mapped number (height of the peak,
 * compressibility) makes of it.
 *
 * Table `growth` sums up each mapping over the states with a barrier: slope of log10 tau^theory over log10 tau^MD (above 1: the theory
 * overestimates the growth), their mean difference, which is the only thing a free prefactor could take away, and the scatter about it. */
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/table.h"
#include "math/curve_fit.h"
#include "stored_value.h"
#include "theory/ecnle_times.h"
#include "theory/measured_liquid.h"
#include "theory/theory.h"

enum { MAX_STATES = 256, N_MAPPINGS = 3, ALL_MAPPINGS = 3 };
enum { TIME_STATE, TIME_MOVED = N_STATE, N_TIMES = 2 * N_STATE }; /* a state, and the same at phi + phi_error */

static const double pi = 3.14159265358979323846, HIGHEST_PHI = 0.9;

typedef struct LiquidRun {
  double temperature;
  StoredValue tau;
  MeasuredLiquid mapped[N_MAPPINGS]; /* [n_mappings] */
  double cage[N_MAPPINGS];           /* d; NAN: that of the mapped hard spheres */
} LiquidRun;

struct TheoryState {
  double density, mass;
  bool is_elastic;
  int n, n_mappings, mappings[N_MAPPINGS];
  LiquidRun *runs; /* [n] */
  size_t n_sums;
  double *sums; /* [n][n_mappings][N_TIMES] */
};

/* ---- keys --------------------------------------------------------------------------------------------------------------------- */

static const char *const mapping_words[] = {"peak", "compressibility", "direct", "all", NULL};
static const ParamSpec structure_specs[] = {
    {.key = "file", .kind = PARAM_STRING, .fallback = "", .help = "results file or text columns; else analysis.h5 of the output directory"},
    {.key = "table", .kind = PARAM_STRING, .fallback = "structure/sq", .help = "table of a results file"},
    {.key = "q", .kind = PARAM_STRING, .fallback = "", .help = "column of q; else q, or c0 of a text file"},
    {.key = "s", .kind = PARAM_STRING, .fallback = "", .help = "column of S(q); else S_NN, or c1 of a text file"},
    {.key = NULL}};
static const ParamSchema structure_schema = {
    .name = "structure", .help = "a measured S(q)", .shorthand = "table", .specs = structure_specs};
static const ParamSpec run_specs[] = {
    {.key = "temperature", .kind = PARAM_DOUBLE, .unit = "eps/kB", .high = 1e6, .open_low = true, .help = "temperature"},
    {.key = "structure", .kind = PARAM_SECTION, .sub = &structure_schema, .help = "its S(q): a table of pass structure"},
    {.key      = "tau_alpha",
     .kind     = PARAM_SECTION,
     .fallback = "",
     .sub      = &stored_value_schema,
     .help     = "its relaxation time: a number, or {table: self_motion/curves_A}"},
    {.key = NULL}};
static const ParamSchema run_schema = {.name = "runs", .help = "one state", .specs = run_specs};
static const ParamSpec specs[]      = {
         {.key = "density", .kind = PARAM_DOUBLE, .unit = "1/sigma^3", .high = 1e6, .open_low = true, .help = "particles per volume"},
         {.key = "mass", .kind = PARAM_DOUBLE, .fallback = "1", .unit = "m", .high = 1e6, .open_low = true, .help = "mass of a particle"},
         {.key      = "mapping",
          .kind     = PARAM_CHOICE,
          .fallback = "all",
          .choices  = mapping_words,
          .help     = "hard spheres with the same peak of S(q), with the same compressibility, S(q) as it is, or one after the other"},
         {.key      = "diameter",
          .kind     = PARAM_DOUBLE,
          .fallback = "",
          .unit     = "sigma",
          .high     = 1e6,
          .open_low = true,
          .help     = "d of mapping direct; else that of the peak"},
         {.key = "elastic", .kind = PARAM_BOOLEAN, .fallback = "false", .help = "add the elastic barrier of full ECNLE"},
         {.key      = "cage",
          .kind     = PARAM_DOUBLE,
          .fallback = "",
          .unit     = "d",
          .high     = 10,
          .open_low = true,
          .help     = "cage radius of the elastic barrier; else the first minimum of g(r) of the hard spheres"},
         {.key = "runs", .kind = PARAM_LIST, .sub = &run_schema, .help = "states of one liquid at several temperatures"},
         {.key = NULL}};
static const ParamSchema schema = {.name  = "ecnle_liquid",
                                   .help  = "relaxation times by ECNLE from the structure of a simulated liquid, beside those of MD",
                                   .specs = specs};

/* S(q) as it is: with d and cage of the hard spheres of the same peak, unless the keys say otherwise. */
static Status read_direct(const Params *own, const Params *structure, const TableSource *source, MappingInput *input, LiquidRun *run,
                          int at) {
  MeasuredLiquid peak;
  const MappingInput by_peak = {.mapping = MAPPING_PEAK, .density = input->density, NAN, NAN, NAN};
  if (params_has(own, "diameter")) input->diameter = params_double(own, "diameter");
  const bool needs_cage = params_boolean(own, "elastic") && isnan(run->cage[at]);
  if (isnan(input->diameter) || needs_cage) {
    Liquid spheres;
    double depth = NAN;
    TRY(measured_liquid_map(structure, source, &by_peak, &peak));
    if (isnan(input->diameter)) input->diameter = peak.diameter;
    liquid_hard_spheres(&spheres, peak.phi, CLOSURE_PERCUS_YEVICK);
    if (needs_cage) liquid_cage(&spheres, &run->cage[at], &depth);
    if (needs_cage) run->cage[at] *= peak.diameter / input->diameter;
    if (needs_cage && isnan(run->cage[at]))
      return params_fail(own, "cage", "hard spheres of phi = %g have no cage: give the key", peak.phi);
  }
  return measured_liquid_map(structure, source, input, &run->mapped[at]);
}

static Status read_run(const Params *own, const Params *item, const TableSource *source, const TheoryState *state, LiquidRun *run) {
  static const StoredPlace tau_place = {"self_motion/curves_A", "tau_alpha", "tau_alpha_error", NULL, "analysis.h5"};
  const Params *structure = params_section(item, "structure"), *tau = params_section(item, "tau_alpha");
  run->temperature = params_double(item, "temperature");
  run->tau         = (StoredValue){NAN, NAN};
  if (tau != NULL) TRY(stored_value_read(item, "tau_alpha", source, &tau_place, run->temperature, &run->tau));
  if (run->tau.value <= 0) return params_fail(tau, NULL, "tau_alpha is %g: a positive number is needed", run->tau.value);
  for (int m = 0; m < state->n_mappings; m++) {
    MappingInput input = {.mapping = (Mapping)state->mappings[m], .density = state->density, NAN, NAN, NAN};
    run->cage[m]       = params_has(own, "cage") ? params_double(own, "cage") : NAN;
    if (input.mapping == MAPPING_DIRECT)
      TRY(read_direct(own, structure, source, &input, run, m));
    else
      TRY(measured_liquid_map(structure, source, &input, &run->mapped[m]));
    if (run->mapped[m].phi > HIGHEST_PHI) return params_fail(structure, NULL, "packing fraction %g is too high", run->mapped[m].phi);
  }
  return STATUS_OK;
}

static Status open_liquid(const Params *own, const TableSource *source, TheoryState **made) {
  TheoryState *state = memory_array(1, sizeof *state);
  const int mapping  = params_choice(own, "mapping");
  *made              = state; /* ended by close, whatever happens */
  state->density     = params_double(own, "density");
  state->mass        = params_double(own, "mass");
  state->is_elastic  = params_boolean(own, "elastic");
  state->n_mappings  = mapping == ALL_MAPPINGS ? N_MAPPINGS : 1;
  for (int m = 0; m < state->n_mappings; m++) state->mappings[m] = mapping == ALL_MAPPINGS ? m : mapping;
  const int n = params_count(own, "runs");
  if (n < 1 || n > MAX_STATES) return params_fail(own, "runs", "%d runs; 1 to %d", n, MAX_STATES);
  state->runs = memory_array((size_t)n, sizeof *state->runs);
  state->n    = n;
  for (int k = 0; k < n; k++) TRY(read_run(own, params_item(own, "runs", k), source, state, &state->runs[k]));
  state->n_sums = (size_t)n * (size_t)state->n_mappings * N_TIMES;
  state->sums   = memory_array(state->n_sums, sizeof *state->sums);
  return STATUS_OK;
}

/* ---- tasks: a run and a mapping each ------------------------------------------------------------------------------------------ */

static int count_tasks(const TheoryState *state) { return state->n * state->n_mappings; }

static double enskog_time(const TheoryState *state, const LiquidRun *run, double diameter) {
  return sqrt(state->mass / (pi * run->temperature)) / (24 * state->density * diameter * diameter);
}

static Status do_task(TheoryState *state, int task) {
  const int m                  = task % state->n_mappings;
  const LiquidRun *run         = &state->runs[task / state->n_mappings];
  const MeasuredLiquid *mapped = &run->mapped[m];
  const double pressure        = 0;
  double *row                  = state->sums + (size_t)task * N_TIMES;
  const EcnleModel model       = {.closure    = CLOSURE_PERCUS_YEVICK,
                                  .is_elastic = state->is_elastic,
                                  .tau_enskog = enskog_time(state, run, mapped->diameter),
                                  .diameter   = mapped->diameter,
                                  .cage       = run->cage[m],
                                  .liquid     = mapped->mapping == MAPPING_DIRECT ? &mapped->liquid : NULL};
  ecnle_states(&model, mapped->phi, 1, &pressure, row + TIME_STATE, NULL);
  row[TIME_MOVED + STATE_LOG10_TAU_ALPHA] = NAN;
  if (!isnan(mapped->phi_error)) ecnle_states(&model, mapped->phi + mapped->phi_error, 1, &pressure, row + TIME_MOVED, NULL);
  return STATUS_OK;
}

static double *lend_sums(TheoryState *state, size_t *n) {
  *n = state->n_sums;
  return state->sums;
}

/* ---- tables ------------------------------------------------------------------------------------------------------------------- */

static const Column comparison_columns[] = {
    {"temperature", "eps/kB", "temperature", ""},
    {"mapping", "1", "0: peak, 1: compressibility, 2: direct", ""},
    {"phi_eff", "1", "packing fraction of the spheres", ""},
    {"d_eff", "sigma", "their diameter", ""},
    {"F_B", "kT", "local barrier at zero pressure", "Eq. 1"},
    {"tau_E", "sigma (m/eps)^1/2", "Enskog time", "sqrt(m / (pi kT)) / (24 rho d^2)"},
    {"log10_tau_theory", "1", "log10 tau_alpha of the theory, in units of MD", "Eqs. 3, 4"},
    {"log10_tau_md", "1", "log10 tau_alpha of MD", ""},
    {"difference", "1", "log10 (tau theory / tau MD)", ""},
    {"has_barrier", "1", "0: no barrier, the theory has no tau_alpha", ""},
    {"is_resolved", "1", "0: S(q) ends too early: no numbers", ""},
    {"log10_tau_s", "1", "log10 tau_s: short-time process, no barrier in it", "Eq. 4"},
    {"phi_error", "1", "standard error of phi_eff", "from that of the peak's height or of the compressibility"},
    {"log10_tau_theory_error", "1", "what it makes of log10 tau_alpha", ""},
    {"log10_tau_md_error", "1", "standard error of log10 tau_alpha of MD", ""},
    {"F_elastic", "kT", "elastic barrier, where asked for", ""},
    {"r_L", "sigma", "localization length", ""},
    {"r_B", "sigma", "place of the barrier", ""},
    {"log10_tau_theory_t0", "1", "log10 tau_alpha/t0 of the theory", "t0 = a0/sqrt(kT/m), a0 = rho^(-1/3)"},
    {"log10_tau_md_t0", "1", "log10 tau_alpha/t0 of MD", ""},
    {"missing", "kT", "what F(r) lacks because S(q) ends (direct)", ""},
    {"inverse_temperature", "kB/eps", "1/T", ""},
};
enum { COMPARISON_COLUMNS = sizeof comparison_columns / sizeof comparison_columns[0] };

static const double *times_of(const TheoryState *state, int k, int m) {
  return state->sums + (size_t)(k * state->n_mappings + m) * N_TIMES;
}

static void add_comparison(const TheoryState *state, int k, int m, Table *table) {
  const LiquidRun *run         = &state->runs[k];
  const MeasuredLiquid *mapped = &run->mapped[m];
  const double *row = times_of(state, k, m), theory = row[STATE_LOG10_TAU_ALPHA], md = log10(run->tau.value);
  const double tau_enskog = enskog_time(state, run, mapped->diameter);
  const double log10_t0   = log10(cbrt(1 / state->density) / sqrt(run->temperature / state->mass));
  table_row(table, (const double[COMPARISON_COLUMNS]){run->temperature,
                                                      mapped->mapping,
                                                      mapped->phi,
                                                      mapped->diameter,
                                                      row[STATE_F_B1],
                                                      tau_enskog,
                                                      theory,
                                                      md,
                                                      theory - md,
                                                      row[STATE_HAS_BARRIER],
                                                      row[STATE_IS_RESOLVED],
                                                      log10(row[STATE_TAU_S] * tau_enskog),
                                                      mapped->phi_error,
                                                      fabs(row[TIME_MOVED + STATE_LOG10_TAU_ALPHA] - theory),
                                                      run->tau.error / run->tau.value / log(10),
                                                      row[STATE_F_ELASTIC],
                                                      row[STATE_R_L1] * mapped->diameter,
                                                      row[STATE_R_B] * mapped->diameter,
                                                      theory - log10_t0,
                                                      md - log10_t0,
                                                      row[STATE_MISSING],
                                                      1 / run->temperature});
}

static Table *make_comparison(const TheoryState *state) {
  Table *table =
      table_create("ecnle_liquid/comparison", "Relaxation time by ECNLE from S(q), and by MD", COMPARISON_COLUMNS, comparison_columns);
  table_scalar(table, "density", state->density, "1/sigma^3", "particles per volume");
  table_scalar(table, "is_elastic", state->is_elastic, "1", "1: with the elastic barrier");
  for (int m = 0; m < state->n_mappings; m++)
    for (int k = 0; k < state->n; k++) add_comparison(state, k, m, table);
  return table;
}

/* States with a barrier and a tau_alpha of MD. */
static void add_growth(const TheoryState *state, int m, Table *table) {
  const size_t n = (size_t)state->n;
  double *md = memory_array(n, sizeof *md), *theory = memory_array(n, sizeof *theory), mean = 0, square = 0;
  CurveData data = {.x = md, .y = theory};
  for (int k = 0; k < state->n; k++) {
    const double level = times_of(state, k, m)[STATE_LOG10_TAU_ALPHA], measured = log10(state->runs[k].tau.value);
    if (!isfinite(level) || !isfinite(measured)) continue;
    md[data.n]       = measured;
    theory[data.n++] = level;
    mean += level - measured;
  }
  mean /= data.n > 0 ? (double)data.n : NAN;
  for (size_t k = 0; k < data.n; k++) square += pow(theory[k] - md[k] - mean, 2);
  const CurveFit line = data.n >= 2 ? curve_fit_line(&data) : (CurveFit){.values = {NAN, NAN}, .errors = {NAN, NAN}};
  table_row(table, (const double[]){state->mappings[m], (double)data.n, line.values[1], line.errors[1], mean,
                                    data.n > 1 ? sqrt(square / (double)data.n) : NAN});
  memory_free(md);
  memory_free(theory);
}

static Table *make_growth(const TheoryState *state) {
  static const Column columns[] = {
      {"mapping", "1", "0: peak, 1: compressibility, 2: direct", ""},
      {"states", "1", "states with a barrier and with tau_alpha of MD", ""},
      {"slope", "1", "d log10 tau theory / d log10 tau MD", "straight line, equal weights"},
      {"slope_error", "1", "its standard error, from the residuals", ""},
      {"mean_difference", "1", "mean of log10 (tau theory / tau MD): what one free prefactor would take away", ""},
      {"spread", "1", "root mean square of the difference about its mean: what it would leave", ""},
  };
  Table *table = table_create("ecnle_liquid/growth", "Growth of the relaxation time, ECNLE against MD", 6, columns);
  for (int m = 0; m < state->n_mappings; m++) add_growth(state, m, table);
  return table;
}

/* States without numbers, and spheres so dense that PY is unphysical. */
static void tell_flags(const TheoryState *state) {
  int unresolved = 0, negative = 0;
  double worst = 0;
  for (int k = 0; k < state->n; k++)
    for (int m = 0; m < state->n_mappings; m++) {
      const double *row = times_of(state, k, m);
      unresolved += row[STATE_IS_RESOLVED] == 0;
      if (row[STATE_IS_RESOLVED] == 0) worst = fmax(worst, row[STATE_MISSING]); /* NaN does not count */
      if (state->runs[k].mapped[m].mapping == MAPPING_DIRECT) continue;
      Liquid spheres;
      double cage = NAN, depth = NAN;
      liquid_hard_spheres(&spheres, state->runs[k].mapped[m].phi, CLOSURE_PERCUS_YEVICK);
      liquid_cage(&spheres, &cage, &depth);
      negative += depth < 0;
    }
  if (negative > 0)
    warn("ecnle_liquid: %d states are mapped to hard spheres so dense that g(r) is negative at its first minimum: unphysical", negative);
  if (unresolved > 0)
    warn("ecnle_liquid: %d states cannot be resolved, no numbers: where S(q) ends F(r) may lack up to %.2g kT", unresolved, worst);
}

static Status close_liquid(TheoryState **closed, Table ***tables, int *n_tables) {
  TheoryState *state = *closed;
  if (tables != NULL) {
    tell_flags(state);
    *tables      = memory_array(2, sizeof **tables);
    (*tables)[0] = make_comparison(state);
    (*tables)[1] = make_growth(state);
    *n_tables    = 2;
  }
  for (int k = 0; k < state->n; k++)
    for (int m = 0; m < state->n_mappings; m++) measured_liquid_clear(&state->runs[k].mapped[m]);
  memory_free(state->runs);
  memory_free(state->sums);
  memory_free(state);
  *closed = NULL;
  return STATUS_OK;
}

extern const Theory theory_ecnle_liquid;
const Theory theory_ecnle_liquid = {
    .name   = "ecnle_liquid",
    .help   = "relaxation times by ECNLE from the measured S(q) of a liquid, beside those of MD",
    .source = "Mirigian & Schweizer, J. Chem. Phys. 140, 194506 (2014); Ngan, Phan, Zaccone, arXiv:2105.13007",
    .schema = &schema,
    .open   = open_liquid,
    .tasks  = count_tasks,
    .task   = do_task,
    .sums   = lend_sums,
    .close  = close_liquid};
