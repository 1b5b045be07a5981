/* Tables of theory ecnle, from complete sums. The first one holds the states, its first columns are what --json shows. */
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/table.h"
#include "ecnle_state.h"
#include "theory/vft.h"

enum { MOST_TABLES = 8 };

static const double *row_of(const TheoryState *state, int phi, int pressure) {
  return state->rows + ((size_t)phi * (size_t)state->n_pressures + (size_t)pressure) * N_STATE;
}

/* ---- states ---------------------------------------------------------------------------------------------------------------- */

/* What was computed: without it a table cannot be compared with a paper. */
static void add_model(const TheoryState *state, Table *table) {
  table_scalar(table, "closure", state->model.closure, "1", "0: Percus-Yevick, 1: Verlet-Weis, 2: measured S(q)");
  table_scalar(table, "is_elastic", state->model.is_elastic, "1", "1: with the elastic barrier");
  table_scalar(table, "is_measured", state->is_measured, "1", "1: spheres that stand for a measured liquid");
  table_scalar(table, "glass_time", state->thermal.glass_time, "s", "tau_alpha at the glass transition");
}

static void add_scalars(const TheoryState *state, Table *table) {
  table_scalar(table, "tau_enskog", state->model.tau_enskog, "s", "Enskog time tau_E");
  table_scalar(table, "diameter", state->model.diameter, "m", "d in the diffusion constant");
  if (!state->is_measured) return;
  double missing = 0, slope = 0;
  table_scalar(table, "phi_effective", state->measured.phi, "1", "packing fraction of the spheres that stand for the measured liquid");
  table_scalar(table, "d_effective", state->measured.diameter, "sigma", "their diameter");
  table_scalar(table, "q_max", state->measured.peak_q, "1/sigma", "main peak of the measured S(q)");
  table_scalar(table, "s_max", state->measured.peak_height, "1", "its height");
  if (state->model.liquid != NULL) liquid_missing(state->model.liquid, 0, &missing, &slope);
  table_scalar(table, "F_missing", missing, "kT",
               "what F(r) lacks at r = 0 because the measured S(q) ends (direct); of a state: its column");
  table_scalar(table, "compressibility", state->measured.compressibility, "1", "rho kT chi_T of the measured liquid");
}

static Table *make_states(const TheoryState *state) {
  static const Column columns[N_STATE] = {
      [STATE_PHI]             = {"phi", "1", "packing fraction", "(pi/6) rho d^3"},
      [STATE_PRESSURE]        = {"pressure", "kT/d^3", "external pressure", ""},
      [STATE_R_L1]            = {"r_L1", "d", "localization length: first minimum of F", "F' = 0"},
      [STATE_R_B]             = {"r_B", "d", "barrier", "F' = 0"},
      [STATE_R_L2]            = {"r_L2", "d", "second minimum of F", "F' = 0"},
      [STATE_F_B1]            = {"F_B1", "kT", "barrier seen from the first minimum", "F(r_B) - F(r_L1)"},
      [STATE_F_B2]            = {"F_B2", "kT", "barrier seen from the second minimum", "F(r_B) - F(r_L2)"},
      [STATE_DELTA]           = {"delta", "kT", "energy of the second minimum above the first", "F_B1 - F_B2"},
      [STATE_K0]              = {"K0", "kT/d^2", "curvature at r_L1", "|F''(r_L1)|"},
      [STATE_KB]              = {"KB", "kT/d^2", "curvature at r_B", "|F''(r_B)|"},
      [STATE_TAU_S]           = {"tau_s", "tau_E", "short relaxation time", "(4)"},
      [STATE_LOG10_TAU_ALPHA] = {"log10_tau_alpha", "log10(s)", "alpha relaxation time", "(3)"},
      [STATE_LOG10_TAU_STAR]  = {"log10_tau_star", "log10(s)", "reversible relaxation time of the two states", "(9)"},
      [STATE_D]               = {"D", "m^2/s", "diffusion constant", "(r_B - r_L1)^2 d^2 / (6 tau_alpha) (13)"},
      [STATE_HAS_BARRIER]     = {"has_barrier", "1", "flag: r_L1 and r_B exist", ""},
      [STATE_HAS_SECOND]      = {"has_second_minimum", "1", "flag: r_L2 exists", ""},
      [STATE_IS_RESOLVED]     = {"is_resolved", "1",
                                 "flag: the search reached below the localization length, and S(q) far enough; 0: no numbers", ""},
      [STATE_MISSING]         = {"F_missing", "kT", "what F lacks at r_L1 because a measured S(q) ends", "tail ~ q^-4 of (S - 1)^2"},
      [STATE_N_STATIONARY]    = {"n_stationary", "1", "stationary points found", ""},
      [STATE_JUMP_1]          = {"jump_1", "d", "jump distance over the barrier", "r_B - r_L1"},
      [STATE_JUMP_2]          = {"jump_2", "d", "jump distance back from the second minimum", "r_L2 - r_B"},
      [STATE_F_ELASTIC]       = {"F_elastic", "kT", "elastic barrier, if asked for", "12 phi r_cage^3 K0 Dr_eff^2"},
      [STATE_LOG10_TAU_21]    = {"log10_tau_21", "log10(s)", "time back from the second minimum", "tau_alpha e^-delta (8)"},
  };
  Table *table = table_create("ecnle/states", "Stationary points of the dynamic free energy and relaxation times", N_STATE, columns);
  for (int i = 0; i < state->n_phi; i++)
    for (int p = 0; p < state->n_pressures; p++) table_row(table, row_of(state, i, p));
  add_scalars(state, table);
  return table;
}

/* ---- structure and free energy --------------------------------------------------------------------------------------------- */

/* Of each phi: the cage, the peak of S(q), where barriers exist. */
static Table *make_limits(const TheoryState *state) {
  enum { N_COLUMNS = 13 };
  static const Column columns[N_COLUMNS] = {
      {"phi", "1", "packing fraction", ""},
      {"S_0", "1", "S(q -> 0)", ""},
      {"q_peak", "1/d", "main peak of S(q)", ""},
      {"S_peak", "1", "its height", ""},
      {"contact", "1", "g(d)", ""},
      {"r_cage", "d", "first minimum of g(r)", ""},
      {"g_cage", "1", "g(r_cage)", ""},
      {"g_is_negative", "1", "flag: g(r_cage) < 0, which is unphysical (PY above phi = 0.6126)", ""},
      {"P_onset", "kT/d^3", "a barrier needs at least this pressure (negative: none)", "-max F'"},
      {"r_onset", "d", "where the barrier appears at P_onset", ""},
      {"P_c", "kT/d^3", "threshold pressure: barrier and second minimum merge", "-min F'"},
      {"r_merge", "d", "where they merge", ""},
      {"tau_s", "tau_E", "short relaxation time", "(4)"},
  };
  Table *table = table_create("ecnle/limits", "Structure, and the pressures between which a barrier exists", N_COLUMNS, columns);
  for (int i = 0; i < state->n_phi; i++) {
    const double *limits = state->limits + (size_t)i * N_LIMITS, phi = state->phi[i];
    Liquid liquid;
    double q = NAN, height = NAN, cage = NAN, depth = NAN;
    ecnle_liquid(state, phi, &liquid);
    liquid_peak(&liquid, 4, 12, &q, &height);
    liquid_cage(&liquid, &cage, &depth);
    const double is_negative = isnan(depth) ? NAN : depth < 0;
    table_row(table, (const double[N_COLUMNS]){phi, 1 + liquid_excess(&liquid, 0), q, height, liquid.contact, cage, depth, is_negative,
                                               -limits[LIMIT_RISE], limits[LIMIT_R_RISE], -limits[LIMIT_FALL], limits[LIMIT_R_FALL],
                                               row_of(state, i, 0)[STATE_TAU_S]});
  }
  return table;
}

static Table *make_free_energy(const TheoryState *state) {
  static const Column columns[] = {{"phi", "1", "packing fraction", ""},
                                   {"pressure", "kT/d^3", "external pressure", ""},
                                   {"r", "d", "displacement", ""},
                                   {"F", "kT", "dynamic free energy", "(1) + P r (2)"}};
  Table *table                  = table_create("ecnle/free_energy", "Dynamic free energy", 4, columns);
  for (int c = 0; c < state->n_curves; c++)
    for (int p = 0; p < state->n_pressures; p++)
      for (int i = 0; i < state->n_points; i++) {
        const double r = ecnle_curve_r(state, i), pressure = state->pressures[p];
        const double value = state->curves[(size_t)c * (size_t)state->n_points + (size_t)i] + pressure * r;
        table_row(table, (const double[]){state->curve_phi[c], pressure, r, value});
      }
  return table;
}

static Table *make_structure_factor(const TheoryState *state) {
  static const Column columns[] = {
      {"phi", "1", "packing fraction", ""}, {"q", "1/d", "wave number", ""}, {"S", "1", "structure factor", ""}};
  const double step = 0.05, last = 40;
  Table *table = table_create("ecnle/structure_factor", "Structure factor in use", 3, columns);
  for (int c = 0; c < state->n_curves; c++) {
    Liquid liquid;
    ecnle_liquid(state, state->curve_phi[c], &liquid);
    for (int i = 0; i * step <= last; i++)
      table_row(table, (const double[]){state->curve_phi[c], i * step, 1 + liquid_excess(&liquid, i * step)});
  }
  return table;
}

static Table *make_pair_function(const TheoryState *state) {
  static const Column columns[] = {{"phi", "1", "packing fraction", ""}, {"r", "d", "distance", ""}, {"g", "1", "pair distribution", ""}};
  const double step = 0.01, last = 6;
  Table *table = table_create("ecnle/pair_function", "Pair distribution g(r) of the hard spheres", 3, columns);
  for (int c = 0; c < state->n_curves; c++) {
    Liquid liquid;
    ecnle_liquid(state, state->curve_phi[c], &liquid);
    for (int i = 0; 1 + i * step <= last + step / 2; i++)
      table_row(table, (const double[]){state->curve_phi[c], 1 + i * step, liquid_pair(&liquid, 1 + i * step, NULL)});
  }
  return table;
}

/* ---- temperature ----------------------------------------------------------------------------------------------------------- */

static double temperature_of(const TheoryState *state, double phi, double phi_g) {
  return state->thermal.glass_temperature + (phi_g - phi) / state->thermal.expansion;
}

static Table *make_thermal(const TheoryState *state) {
  enum { N_COLUMNS = 11 };
  static const Column columns[N_COLUMNS] = {
      {"phi", "1", "packing fraction", ""},
      {"pressure", "kT/d^3", "external pressure", ""},
      {"T", "K", "temperature, mapping anchored at phi_g", "Tg + (phi_g - phi) / (beta phi_0) (11)"},
      {"inverse_T", "1/K", "1000 / T", ""},
      {"T_self", "K", "temperature, mapping anchored where tau_alpha(P = 0) is the glass time", "(11)"},
      {"F_B1", "kT", "barrier seen from the first minimum", ""},
      {"F_B2", "kT", "barrier seen from the second minimum", ""},
      {"delta", "kT", "F_B1 - F_B2", ""},
      {"log10_tau_alpha", "log10(s)", "alpha relaxation time", "(3)"},
      {"log10_tau_star", "log10(s)", "reversible relaxation time", "(9)"},
      {"log10_D", "log10(m^2/s)", "diffusion constant", "(13)"},
  };
  Table *table       = table_create("ecnle/thermal", "States over temperature", N_COLUMNS, columns);
  const double phi_g = ecnle_anchor(state, false), self = ecnle_anchor(state, true);
  for (int i = 0; i < state->n_phi; i++)
    for (int p = 0; p < state->n_pressures; p++) {
      const double *s = row_of(state, i, p), temperature = temperature_of(state, s[STATE_PHI], phi_g);
      table_row(table, (const double[N_COLUMNS]){s[STATE_PHI], s[STATE_PRESSURE], temperature, 1000 / temperature,
                                                 temperature_of(state, s[STATE_PHI], self), s[STATE_F_B1], s[STATE_F_B2], s[STATE_DELTA],
                                                 s[STATE_LOG10_TAU_ALPHA], s[STATE_LOG10_TAU_STAR], log10(s[STATE_D])});
    }
  table_scalar(table, "phi_g", phi_g, "1", "anchor of T");
  table_scalar(table, "phi_g_self", self, "1", "anchor of T_self: tau_alpha(P = 0) is glass_time there");
  table_scalar(table, "glass_temperature", state->thermal.glass_temperature, "K", "Tg of the mapping");
  table_scalar(table, "expansion", state->thermal.expansion, "1/K", "beta phi_0 of the mapping");
  return table;
}

enum { SUMMARY_FIXED = 9, SUMMARY_VFT = 10, SUMMARY_COVARIANCE = 6, N_SUMMARY = SUMMARY_FIXED + SUMMARY_VFT + SUMMARY_COVARIANCE };

/* Points of the window with a tau_alpha. */
static int count_vft(const TheoryState *state, int pressure) {
  int n = 0;
  for (int i = 0; i < state->n_vft; i++) n += isfinite(state->vft[(size_t)i * (size_t)state->n_pressures + (size_t)pressure]);
  return n;
}

static VftFit fit_vft(const TheoryState *state, int pressure) {
  const int n         = state->n_vft;
  double *temperature = memory_array(2 * (size_t)n, sizeof *temperature), *log_tau = temperature + n;
  for (int i = 0; i < n; i++) {
    temperature[i] = temperature_of(state, state->vft_phi[i], ecnle_anchor(state, false));
    log_tau[i]     = state->vft[(size_t)i * (size_t)state->n_pressures + (size_t)pressure];
  }
  const VftFit fit = vft_fit(n, temperature, log_tau, state->thermal.glass_time);
  memory_free(temperature);
  return fit;
}

static void fill_summary(const TheoryState *state, int pressure, double row[N_SUMMARY]) {
  const double *marks = state->marks + (size_t)pressure * N_MARKS;
  const double glass = marks[MARK_GLASS_PHI], steepness = marks[MARK_STEEPNESS] * state->thermal.expansion;
  const double t_glass = temperature_of(state, glass, ecnle_anchor(state, false)),
               t_self  = temperature_of(state, glass, ecnle_anchor(state, true));
  const VftFit fit     = fit_vft(state, pressure);
  int at               = 0;
  row[at++]            = state->pressures[pressure];
  row[at++]            = marks[MARK_ONSET_PHI];
  row[at++]            = marks[MARK_ONSET_R];
  row[at++]            = glass;
  row[at++]            = marks[MARK_STEEPNESS];
  row[at++]            = t_glass;
  row[at++]            = t_glass * steepness;
  row[at++]            = t_self;
  row[at++]            = t_self * steepness;
  for (int a = 0; a < VFT_PARAMETERS; a++) {
    row[at++] = fit.values[a];
    row[at++] = fit.errors[a];
  }
  row[at++] = fit.rms;
  row[at++] = fit.glass_temperature;
  row[at++] = fit.fragility;
  row[at++] = count_vft(state, pressure);
  for (int a = 0; a < VFT_PARAMETERS; a++)
    for (int b = a; b < VFT_PARAMETERS; b++) row[at++] = fit.covariance[a][b];
  require(at == N_SUMMARY, "%d numbers in a row of %d", at, N_SUMMARY);
}

static Table *make_summary(const TheoryState *state) {
  static const Column columns[N_SUMMARY] = {
      {"pressure", "kT/d^3", "external pressure", ""},
      {"phi_c", "1", "onset of the barrier", ""},
      {"r_c", "d", "where it appears", ""},
      {"phi_glass", "1", "tau_alpha is the glass time", ""},
      {"steepness", "1", "d log10 tau_alpha / d phi at phi_glass", ""},
      {"T_glass", "K", "temperature of phi_glass, anchor phi_g", "(11)"},
      {"m", "1", "fragility, directly", "T_glass beta phi_0 d log10 tau_alpha / d phi (14)"},
      {"T_glass_self", "K", "temperature of phi_glass, self-consistent anchor", "(11)"},
      {"m_self", "1", "fragility with it", "(14)"},
      {"vft_ln_tau0", "ln(s)", "VFT fit in the window vft_window, anchor phi_g, unit weights in ln tau", "(12)"},
      {"vft_ln_tau0_error", "ln(s)", "standard error", ""},
      {"vft_B", "K", "VFT fit", "(12)"},
      {"vft_B_error", "K", "standard error", ""},
      {"vft_T0", "K", "VFT fit", "(12)"},
      {"vft_T0_error", "K", "standard error", ""},
      {"vft_rms", "1", "root mean square deviation of ln tau", ""},
      {"vft_T_glass", "K", "the fit reaches the glass time", ""},
      {"vft_m", "1", "fragility of the fit there", "B Tg / (ln 10 (Tg - T0)^2) (15)"},
      {"vft_points", "1", "points of the window that have a tau_alpha; where one has none there is no fit", ""},
      {"vft_cov_tau0_tau0", "1", "covariance of the fit", ""},
      {"vft_cov_tau0_B", "K", "covariance of the fit", ""},
      {"vft_cov_tau0_T0", "K", "covariance of the fit", ""},
      {"vft_cov_B_B", "K^2", "covariance of the fit", ""},
      {"vft_cov_B_T0", "K^2", "covariance of the fit", ""},
      {"vft_cov_T0_T0", "K^2", "covariance of the fit", ""},
  };
  Table *table = table_create("ecnle/summary", "Glass transition, fragility and VFT fit at each pressure", N_SUMMARY, columns);
  for (int p = 0; p < state->n_pressures; p++) {
    double row[N_SUMMARY];
    fill_summary(state, p, row);
    table_row(table, row);
  }
  table_scalar(table, "vft_first_phi", state->vft_phi[0], "1", "window of the VFT fit");
  table_scalar(table, "vft_last_phi", state->vft_phi[state->n_vft - 1], "1", "window of the VFT fit");
  table_scalar(table, "vft_window_points", state->n_vft, "1", "points of the window; column vft_points: how many of them exist");
  return table;
}

/* ---- all ------------------------------------------------------------------------------------------------------------------- */

static void tell_flags(const TheoryState *state) {
  int unresolved = 0, negative = 0, ended = 0;
  double worst = 0;
  for (int i = 0; i < state->n_phi; i++) {
    Liquid liquid;
    double cage = NAN, depth = NAN;
    ecnle_liquid(state, state->phi[i], &liquid);
    liquid_cage(&liquid, &cage, &depth);
    negative += depth < 0;
    for (int p = 0; p < state->n_pressures; p++) {
      const double *row = row_of(state, i, p);
      if (row[STATE_IS_RESOLVED] != 0) continue;
      unresolved++;
      ended += row[STATE_MISSING] > 0;
      worst = fmax(worst, row[STATE_MISSING]); /* NaN does not count */
    }
  }
  if (negative > 0)
    warn("ecnle: g(r) is negative at its first minimum for %d of %d packing fractions: the approximation is unphysical there", negative,
         state->n_phi);
  for (int p = 0; p < state->n_pressures && state->n_vft > 0; p++)
    if (count_vft(state, p) < state->n_vft)
      warn("ecnle: P = %g: only %d of %d points of vft_window have a tau_alpha: no VFT fit", state->pressures[p], count_vft(state, p),
           state->n_vft);
  for (int p = 0; p < state->n_pressures && state->n_vft > 0; p++)
    if (isnan(state->marks[(size_t)p * N_MARKS + MARK_GLASS_PHI]))
      warn("ecnle: P = %g: tau_alpha reaches %g s nowhere up to phi = %g: no glass transition, no fragility", state->pressures[p],
           state->thermal.glass_time, ECNLE_HIGHEST_GLASS);
  if (unresolved > 0) warn("ecnle: %d states cannot be resolved: no numbers", unresolved);
  if (worst > 0) warn("ecnle: S(q) has not come to rest where its table ends: F(r) may lack up to %.2g kT in %d states", worst, ended);
}

void ecnle_tables(const TheoryState *state, Table ***tables, int *n_tables) {
  int n   = 0;
  *tables = memory_array(MOST_TABLES, sizeof **tables);
  tell_flags(state);
  (*tables)[n++] = make_states(state);
  (*tables)[n++] = make_limits(state);
  (*tables)[n++] = make_free_energy(state);
  (*tables)[n++] = make_structure_factor(state);
  if (state->model.liquid == NULL) (*tables)[n++] = make_pair_function(state);
  if (!state->is_measured) (*tables)[n++] = make_thermal(state); /* its map is of a metallic glass */
  if (state->n_vft > 0) (*tables)[n++] = make_summary(state);
  for (int t = 0; t < n; t++) add_model(state, (*tables)[t]);
  *n_tables = n;
}
