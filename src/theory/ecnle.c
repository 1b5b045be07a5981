/* Theory ecnle: alpha relaxation, two-state relaxation and diffusion of hard spheres under pressure by the elastically collective nonlinear
 * Langevin equation, and their mapping to a metallic glass [Ngan, Phan & Zaccone, arXiv:2105.13007; equations as numbered there].
 *
 *   liquid (phi) -> F(r), extrema -> roots for each pressure -> times          a task per phi, all its pressures
 *   F(r) on a grid                                                             a task per curve
 *   ln tau_alpha on the window of the VFT fit                                  a task per phi of the window
 *   onset of the barrier, phi_g, steepness d log10 tau / d phi at phi_g        a task per pressure, and one at zero pressure, which
 *                                                                              without `summary` has phi_g only: both anchors need it
 *
 * T = Tg + (phi_g - phi) / expansion (11). The printed anchor is phi_g = 0.6585; with exact PY input tau_alpha = 100 s is reached at
 * phi_g = 0.6714302 (P = 0) instead, which is the other, self-consistent anchor; the tables show both. What does not exist (no barrier, no
 * second minimum) is NaN and flagged. The elastic barrier is off, as in the paper. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/params.h"
#include "ecnle_state.h"
#include "theory/dynamic_free_energy.h"

enum { MOST_RANGE = 1000000, MOST_AUTO_CURVES = 3 };
static const double SMALLEST_R = 0.004, LARGEST_R = 5, HIGHEST_PHI = 0.9;

static const char *const closure_words[] = {"percus_yevick", "verlet_weis", NULL};
static const char *const anchor_words[]  = {"self_consistent", NULL};
static const ParamSpec specs[]           = {
              {
                  .key      = "phi",
                  .kind     = PARAM_DOUBLES,
                  .fallback = "",
                  .unit     = "1",
                  .high     = 0.9,
                  .open_low = true,
                  .help     = "packing fractions",
    },
              {.key = "phi_range", .kind = PARAM_DOUBLES, .fallback = "", .unit = "1", .help = "[first, last, number] instead of phi"},
              {.key      = "temperature",
               .kind     = PARAM_DOUBLES,
               .fallback = "",
               .unit     = "K",
               .high     = 1e5,
               .open_low = true,
               .help     = "instead of phi, by the thermal mapping"},
              {.key = "temperature_range", .kind = PARAM_DOUBLES, .fallback = "", .unit = "K", .help = "[first, last, number]"},
              {
                  .key      = "structure",
                  .kind     = PARAM_SECTION,
                  .fallback = "",
                  .sub      = &measured_liquid_schema,
                  .help     = "instead of phi, a measured S(q)",
    },
              {.key = "pressure", .kind = PARAM_DOUBLES, .fallback = "0", .unit = "kT/d^3", .high = 1e6, .help = "pressures"},
              {
                  .key      = "pressure_range",
                  .kind     = PARAM_DOUBLES,
                  .fallback = "",
                  .unit     = "kT/d^3",
                  .help     = "[first, last, number] instead of pressure",
    },
              {
                  .key      = "closure",
                  .kind     = PARAM_CHOICE,
                  .fallback = "percus_yevick",
                  .choices  = closure_words,
                  .help     = "structure of hard spheres",
    },
              {.key = "elastic", .kind = PARAM_BOOLEAN, .fallback = "false", .help = "add the elastic barrier of full ECNLE"},
              {.key      = "cage",
               .kind     = PARAM_DOUBLE,
               .fallback = "",
               .unit     = "d",
               .high     = 10,
               .open_low = true,
               .help     = "cage radius of the elastic barrier; else the first minimum of g(r)"},
              {
                  .key      = "tau_enskog",
                  .kind     = PARAM_DOUBLE,
                  .fallback = "1e-13",
                  .unit     = "s",
                  .high     = 1,
                  .open_low = true,
                  .help     = "Enskog time",
    },
              {.key      = "diameter",
               .kind     = PARAM_DOUBLE,
               .fallback = "0.8",
               .unit     = "nm",
               .high     = 1e6,
               .open_low = true,
               .help     = "d for the diffusion constant"},
              {.key      = "glass_temperature",
               .kind     = PARAM_DOUBLE,
               .fallback = "570",
               .unit     = "K",
               .high     = 1e5,
               .open_low = true,
               .help     = "Tg of the thermal mapping"},
              {.key      = "expansion",
               .kind     = PARAM_DOUBLE,
               .fallback = "6e-4",
               .unit     = "1/K",
               .high     = 1,
               .open_low = true,
               .help     = "beta phi_0: -d phi / d T"},
              {.key      = "phi_g",
               .kind     = PARAM_DOUBLE,
               .fallback = "0.6585",
               .unit     = "1",
               .high     = 0.9,
               .open_low = true,
               .choices  = anchor_words,
               .help     = "phi at Tg: as printed, or where tau_alpha(P = 0) is glass_time"},
              {
                  .key      = "glass_time",
                  .kind     = PARAM_DOUBLE,
                  .fallback = "100",
                  .unit     = "s",
                  .high     = 1e12,
                  .open_low = true,
                  .help     = "tau_alpha at Tg",
    },
              {.key      = "summary",
               .kind     = PARAM_BOOLEAN,
               .fallback = "true",
               .help     = "VFT fits, fragilities, onset and glass transition of each pressure (not of a measured S(q))"},
              {.key      = "vft_window",
               .kind     = PARAM_DOUBLES,
               .fallback = "[0.57, 0.64, 15]",
               .unit     = "1",
               .help     = "[first, last, number] of phi in the VFT fit"},
              {.key      = "curves",
               .kind     = PARAM_DOUBLES,
               .fallback = "",
               .unit     = "1",
               .high     = 0.9,
               .open_low = true,
               .help     = "phi of the tables F(r), S(q), g(r); else the first, middle and last one"},
              {.key = "curve_points", .kind = PARAM_INTEGER, .fallback = "300", .low = 2, .high = 100000, .help = "points of F(r)"},
              {.key = NULL}};
static const ParamSchema schema = {.name = "ecnle", .help = "ECNLE theory of hard spheres under pressure", .specs = specs};

double ecnle_curve_r(const TheoryState *state, int i) { return SMALLEST_R * pow(LARGEST_R / SMALLEST_R, i / (state->n_points - 1.0)); }

void ecnle_liquid(const TheoryState *state, double phi, Liquid *liquid) {
  if (state->model.liquid != NULL)
    *liquid = *state->model.liquid;
  else
    liquid_hard_spheres(liquid, phi, state->model.closure);
}

double ecnle_anchor(const TheoryState *state, bool is_self) {
  if (!is_self && !isnan(state->thermal.phi_g)) return state->thermal.phi_g;
  return state->n_marks > 0 ? state->marks[(size_t)(state->n_marks - 1) * N_MARKS + MARK_GLASS_PHI] : NAN;
}

/* ---- input ----------------------------------------------------------------------------------------------------------------- */

static double *copy_of(const double *values, int n) {
  double *copy = memory_array((size_t)n, sizeof *copy);
  memcpy(copy, values, (size_t)n * sizeof *copy);
  return copy;
}

/* [first, last, number] inside [low, high]. */
static Status read_range(const Params *own, const char *key, double low, double high, int *n, double **values) {
  int length          = 0;
  const double *given = params_doubles(own, key, &length);
  if (length != 3) return params_fail(own, key, "a range is [first, last, number], three numbers; these are %d", length);
  if (given[2] != floor(given[2]) || given[2] < 1 || given[2] > MOST_RANGE)
    return params_fail(own, key, "a range is [first, last, number]: the number of points is %g, it must be whole, from 1 to %d", given[2],
                       MOST_RANGE);
  if (fmin(given[0], given[1]) < low || fmax(given[0], given[1]) > high)
    return params_fail(own, key, "%g .. %g is not inside %g .. %g", given[0], given[1], low, high);
  *n      = (int)given[2];
  *values = memory_array((size_t)*n, sizeof **values);
  for (int i = 0; i < *n; i++) (*values)[i] = *n == 1 ? given[0] : given[0] + (given[1] - given[0]) * i / (*n - 1);
  return STATUS_OK;
}

static Status read_list(const Params *own, const char *list, const char *range, double low, double high, int *n, double **values) {
  if (params_has(own, range)) return read_range(own, range, low, high, n, values);
  const double *given = params_doubles(own, list, n);
  *values             = copy_of(given, *n);
  return STATUS_OK;
}

static Status read_temperatures(const Params *own, TheoryState *state) {
  const ThermalMap *map = &state->thermal;
  const char *key       = params_has(own, "temperature") ? "temperature" : "temperature_range";
  TRY(read_list(own, "temperature", "temperature_range", 1e-3, 1e5, &state->n_phi, &state->phi));
  const double phi_g = isnan(map->phi_g) ? ecnle_glass_transition(&state->model, 0, log10(map->glass_time)) : map->phi_g;
  for (int i = 0; i < state->n_phi; i++) {
    const double temperature = state->phi[i];
    state->phi[i]            = phi_g - (temperature - map->glass_temperature) * map->expansion;
    if (!(state->phi[i] > 0 && state->phi[i] <= HIGHEST_PHI))
      return params_fail(own, key, "T = %g K is phi = %g by the thermal mapping, not inside 0 .. %g", temperature, state->phi[i],
                         HIGHEST_PHI);
  }
  return STATUS_OK;
}

static Status read_structure(const Params *own, const TableSource *source, TheoryState *state) {
  const Params *section = params_section(own, "structure");
  state->is_measured    = true;
  TRY(measured_liquid_open(section, source, &state->measured));
  state->n_phi = 1;
  state->phi   = copy_of(&state->measured.phi, 1);
  if (state->measured.mapping != MAPPING_DIRECT) {
    if (state->measured.phi > HIGHEST_PHI) return params_fail(section, "mapping", "packing fraction %g is too high", state->measured.phi);
    return STATUS_OK;
  }
  if (params_has(own, "curves")) return params_fail(own, "curves", "with mapping direct there is one liquid: no other phi can be drawn");
  state->model.closure = CLOSURE_TABLE;
  state->model.liquid  = &state->measured.liquid;
  if (state->model.is_elastic && isnan(state->model.cage))
    return params_fail(own, "cage", "with a measured S(q) the elastic barrier needs the cage radius");
  return STATUS_OK;
}

/* Exactly one of phi, temperature, structure; pressures. */
static Status read_states(const Params *own, const TableSource *source, TheoryState *state) {
  const bool by_phi = params_has(own, "phi"), by_phi_range = params_has(own, "phi_range"), by_t = params_has(own, "temperature");
  const bool by_t_range = params_has(own, "temperature_range"), by_structure = params_section(own, "structure") != NULL;
  if (by_phi + by_phi_range + by_t + by_t_range + by_structure != 1)
    return params_fail(own, NULL, "ecnle: give one of phi, phi_range, temperature, temperature_range, structure");
  if (params_given(own, "pressure") && params_has(own, "pressure_range"))
    return params_fail(own, "pressure_range", "give pressure or pressure_range");
  if (by_structure)
    TRY(read_structure(own, source, state));
  else if (by_phi || by_phi_range)
    TRY(read_list(own, "phi", "phi_range", 1e-6, HIGHEST_PHI, &state->n_phi, &state->phi));
  else
    TRY(read_temperatures(own, state));
  return read_list(own, "pressure", "pressure_range", 0, 1e6, &state->n_pressures, &state->pressures);
}

static void choose_curves(const Params *own, TheoryState *state) {
  if (params_has(own, "curves")) {
    const double *given = params_doubles(own, "curves", &state->n_curves);
    state->curve_phi    = copy_of(given, state->n_curves);
    return;
  }
  const int n      = state->n_phi;
  const int at[]   = {0, n / 2, n - 1};
  state->curve_phi = memory_array(MOST_AUTO_CURVES, sizeof(double));
  for (int i = 0; i < MOST_AUTO_CURVES; i++)
    if (i == 0 || at[i] > at[i - 1]) state->curve_phi[state->n_curves++] = state->phi[at[i]];
}

static double *cut(double **rest, size_t n) {
  double *piece = *rest;
  *rest += n;
  return piece;
}

static void make_room(TheoryState *state) {
  const size_t phis = (size_t)state->n_phi, pressures = (size_t)state->n_pressures, fits = (size_t)state->n_vft;
  const size_t rows = phis * pressures * N_STATE, limits = phis * N_LIMITS, curves = (size_t)state->n_curves * (size_t)state->n_points;
  const size_t vft = fits * pressures, marks = (size_t)state->n_marks * N_MARKS;
  state->n_sums = rows + limits + curves + vft + marks;
  state->sums   = memory_array(state->n_sums, sizeof *state->sums);
  double *rest  = state->sums;
  state->rows   = cut(&rest, rows);
  state->limits = cut(&rest, limits);
  state->curves = cut(&rest, curves);
  state->vft    = cut(&rest, vft);
  state->marks  = cut(&rest, marks);
}

static Status open_ecnle(const Params *own, const TableSource *source, TheoryState **made) {
  TheoryState *state = memory_array(1, sizeof *state);
  *made              = state; /* ended by close, whatever happens */
  state->model       = (EcnleModel){.closure    = params_choice(own, "closure") == 1 ? CLOSURE_VERLET_WEIS : CLOSURE_PERCUS_YEVICK,
                                    .is_elastic = params_boolean(own, "elastic"),
                                    .tau_enskog = params_double(own, "tau_enskog"),
                                    .diameter   = 1e-9 * params_double(own, "diameter"),
                                    .cage       = params_has(own, "cage") ? params_double(own, "cage") : NAN};
  state->thermal     = (ThermalMap){.glass_temperature = params_double(own, "glass_temperature"),
                                    .expansion         = params_double(own, "expansion"),
                                    .phi_g             = params_is_word(own, "phi_g") ? NAN : params_double(own, "phi_g"),
                                    .glass_time        = params_double(own, "glass_time")};
  state->n_points    = (int)params_integer(own, "curve_points");
  TRY(read_states(own, source, state));
  if (params_boolean(own, "summary") && !state->is_measured) {
    TRY(read_range(own, "vft_window", 0.01, HIGHEST_PHI, &state->n_vft, &state->vft_phi));
    if (state->n_vft < 4) return params_fail(own, "vft_window", "three parameters need at least 4 points");
    if (state->vft_phi[0] == state->vft_phi[state->n_vft - 1]) return params_fail(own, "vft_window", "first and last are the same");
  }
  state->n_marks = state->n_vft > 0 ? state->n_pressures + 1 : state->is_measured ? 0 : 1;
  choose_curves(own, state);
  make_room(state);
  return STATUS_OK;
}

/* ---- tasks ----------------------------------------------------------------------------------------------------------------- */

static int count_tasks(const TheoryState *state) { return state->n_phi + state->n_curves + state->n_vft + state->n_marks; }

static void do_curve(TheoryState *state, int curve) {
  Liquid liquid;
  ecnle_liquid(state, state->curve_phi[curve], &liquid);
  DynamicFreeEnergy *energy = free_energy_create(&liquid, 0, SMALLEST_R);
  for (int i = 0; i < state->n_points; i++)
    state->curves[curve * state->n_points + i] = free_energy_at(energy, ecnle_curve_r(state, i)).value;
  free_energy_destroy(&energy);
}

static void do_vft(TheoryState *state, int point) {
  const int n  = state->n_pressures;
  double *rows = memory_array((size_t)n * N_STATE, sizeof *rows);
  ecnle_states(&state->model, state->vft_phi[point], n, state->pressures, rows, NULL);
  for (int p = 0; p < n; p++) state->vft[point * n + p] = log(10) * rows[p * N_STATE + STATE_LOG10_TAU_ALPHA];
  memory_free(rows);
}

static void do_marks(TheoryState *state, int which) {
  const double pressure = which < state->n_marks - 1 ? state->pressures[which] : 0;
  double *marks         = state->marks + (size_t)which * N_MARKS;
  marks[MARK_GLASS_PHI] = ecnle_glass_transition(&state->model, pressure, log10(state->thermal.glass_time));
  if (state->n_vft == 0) return;
  marks[MARK_ONSET_PHI] = ecnle_onset(&state->model, pressure, &marks[MARK_ONSET_R]);
  const bool is_glass   = !isnan(marks[MARK_GLASS_PHI]);
  marks[MARK_STEEPNESS] = is_glass ? ecnle_steepness(&state->model, marks[MARK_GLASS_PHI], pressure) : NAN;
}

static void do_states(TheoryState *state, int which) {
  const int n  = state->n_pressures;
  double *rows = state->rows + (size_t)which * (size_t)n * N_STATE;
  ecnle_states(&state->model, state->phi[which], n, state->pressures, rows, state->limits + (size_t)which * N_LIMITS);
}

static Status do_task(TheoryState *state, int task) {
  if (task < state->n_phi) {
    do_states(state, task);
    return STATUS_OK;
  }
  task -= state->n_phi;
  if (task < state->n_curves) {
    do_curve(state, task);
  } else if (task - state->n_curves < state->n_vft) {
    do_vft(state, task - state->n_curves);
  } else {
    do_marks(state, task - state->n_curves - state->n_vft);
  }
  return STATUS_OK;
}

static double *lend_sums(TheoryState *state, size_t *n) {
  *n = state->n_sums;
  return state->sums;
}

static Status close_ecnle(TheoryState **closed, Table ***tables, int *n_tables) {
  TheoryState *state = *closed;
  if (tables != NULL) ecnle_tables(state, tables, n_tables);
  measured_liquid_clear(&state->measured);
  memory_free(state->phi);
  memory_free(state->pressures);
  memory_free(state->curve_phi);
  memory_free(state->vft_phi);
  memory_free(state->sums);
  memory_free(state);
  *closed = NULL;
  return STATUS_OK;
}

extern const Theory theory_ecnle;
const Theory theory_ecnle = {.name   = "ecnle",
                             .help   = "barriers, alpha time, two-state time and diffusion of hard spheres under pressure (ECNLE)",
                             .source = "Ngan, Phan, Zaccone, arXiv:2105.13007; Mirigian & Schweizer, J. Chem. Phys. 140, 194506 (2014)",
                             .schema = &schema,
                             .open   = open_ecnle,
                             .tasks  = count_tasks,
                             .task   = do_task,
                             .sums   = lend_sums,
                             .close  = close_ecnle,
                             .n_json = STATE_MISSING + 1};
