/** ECNLE against reference numbers and against itself.
 *
 *  Reference digits: project's THEORY.md, part B (B1, B2, B3, B5), made without tektite: exact PY structure factor, trapezoid rule and
 *  Gauss-Legendre panels, 25-digit arithmetic where stated. */
#include <math.h>
#include <stddef.h>

#include "base/memory.h"
#include "base/table.h"
#include "check.h"
#include "math/panels.h"
#include "theory/dynamic_free_energy.h"
#include "theory/ecnle_times.h"
#include "theory/vft.h"

static const double pi           = 3.14159265358979323846;
static const EcnleModel standard = {.closure = CLOSURE_PERCUS_YEVICK, .tau_enskog = 1e-13, .diameter = 0.8e-9, .cage = NAN};

static DynamicFreeEnergy *make_energy(double phi, double pressure, double smallest_r) {
  Liquid liquid;
  liquid_hard_spheres(&liquid, phi, CLOSURE_PERCUS_YEVICK);
  return free_energy_create(&liquid, pressure, smallest_r);
}

/** B5, F at zero pressure; B1, 25 digits. */
static void test_free_energy(void) {
  static const struct {
    double r, at_50, at_60;
  } rows[] = {{0.01, 4.0769580182, -8.4598565275},       {0.02, 2.4855982016, -8.9953372875}, {0.05, 1.18693531, -7.2403287522},
              {0.1, 1.3668522684, -3.0624943171},        {0.2, 2.4686909105, 1.078385191},    {0.3, 2.6558977008, 1.933215015},
              {0.4, 2.3647487878, 2.0192688488},         {0.5, 1.9427821876, 1.8132792053},   {0.75, 0.85740250993, 0.85427804458},
              {1, -0.00068015443803, -0.00018243479288}, {2, -2.0795206454, -2.0794550868},   {3, -3.2958602252, -3.295840875}};
  DynamicFreeEnergy *half = make_energy(0.5, 0, 0.01), *dense = make_energy(0.6, 0, 0.01);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    CHECK(fabs(free_energy_at(half, rows[i].r).value - rows[i].at_50) < 1e-10);
    CHECK(fabs(free_energy_at(dense, rows[i].r).value - rows[i].at_60) < 1e-10);
  }
  const StationaryPoints points = free_energy_stationary(dense, 0);
  CHECK(fabs(free_energy_at(dense, points.r_L1).value + 8.996374679873738) < 1e-12);
  CHECK(fabs(free_energy_at(dense, points.r_B).value - 2.0318177895575971) < 1e-12);
  free_energy_destroy(&half);
  free_energy_destroy(&dense);
}

/** F' and F'' against differences. */
static void test_derivatives(void) {
  DynamicFreeEnergy *energy = make_energy(0.57, 1, 0.019);
  for (double r = 0.02; r < 3; r *= 1.31) {
    const double h             = 1e-4 * r;
    const FreeEnergyPoint here = free_energy_at(energy, r), left = free_energy_at(energy, r - h), right = free_energy_at(energy, r + h);
    const FreeEnergyPoint left2 = free_energy_at(energy, r - 2 * h), right2 = free_energy_at(energy, r + 2 * h);
    const double slope = (8 * (right.value - left.value) - (right2.value - left2.value)) / (12 * h);
    const double curve = (8 * (right.slope - left.slope) - (right2.slope - left2.slope)) / (12 * h);
    CHECK(fabs(here.slope - slope) * r < 1e-9);
    CHECK(fabs(here.curvature - curve) * r * r < 1e-9);
  }
  free_energy_destroy(&energy);
}

/** B5, main table. NaN: does not exist. */
static const double state_table[][14] = {{0.5, 0, 0.0644774645, 0.2715832359, NAN, 1.571919104, NAN, NAN, 627.0012986, 62.68877385,
                                          116.6210728, -10.871534817, NAN, 3.403673890e-10},
                                         {0.5, 1, 0.0629305258, 0.2894193246, 2.999929792, 1.788381151, 3.254414340, -1.466033190,
                                          666.3094442, 49.75695113, 116.6210728, -10.851750564, -10.941951942, 3.889311648e-10},
                                         {0.55, 0, 0.0357839925, 0.3033425976, NAN, 4.696704825, NAN, NAN, 2236.6923033, 45.55059195,
                                          253.4368708, -10.096833362, NAN, 9.543329779e-11},
                                         {0.55, 1, 0.0353428880, 0.3295319463, 2.999969911, 4.976809469, 2.980354449, 1.996455020,
                                          2297.7433793, 32.02120856, 253.4368708, -9.956742460, -10.879099801, 8.356496119e-11},
                                         {0.6, 0, 0.0194791982, 0.3715003035, NAN, 11.028192469, NAN, NAN, 7789.4491352, 32.41342739,
                                          609.6569495, -7.327803739, NAN, 2.811705738e-13},
                                         {0.6, 1, 0.0193516835, 0.4049947817, 2.999987966, 11.396574639, 2.715456131, 8.681118508,
                                          7895.3570773, 27.55732238, 609.6569495, -7.135707480, -10.905943064, 2.168239890e-13},
                                         {0.64, 0, 0.0115828488, 0.4241040063, NAN, 20.307285317, NAN, NAN, 22236.1460577, 36.30593676,
                                          1342.6701387, -3.208027334, NAN, 2.930545800e-17},
                                         {0.64, 1, 0.0115380528, 0.4537660266, 2.999994567, 20.734277888, 2.568310123, 18.165967765,
                                          22411.0006795, 31.09289690, 1342.6701387, -2.990629489, -10.880009053, 2.041505879e-17},
                                         {0.6585, 0, 0.0089825041, 0.4430807472, NAN, 26.623481894, NAN, NAN, 37053.2542778, 38.40662267,
                                          1994.0471747, -0.416269665, NAN, 5.241727564e-20},
                                         {0.6585, 1, 0.0089555973, 0.4712787347, 2.999996323, 27.071301622, 2.516183729, 24.555117893,
                                          37277.7222484, 32.50690713, 1994.0471747, -0.186880300, -10.851032503, 3.505906104e-20}};

static void test_state_table(void) {
  /* Half a unit of the last printed digit: absolute for roots, barriers, logarithms; relative for the others. */
  static const double absolute[14] = {0, 0, 6e-11, 6e-11, 6e-10, 6e-10, 6e-10, 6e-10, 0, 0, 0, 6e-10, 6e-10, 0};
  static const double relative[14] = {0, 0, 0, 0, 0, 0, 0, 0, 1e-9, 2e-9, 1e-9, 0, 0, 1.5e-9};
  for (size_t i = 0; i < sizeof state_table / sizeof state_table[0]; i++) {
    const double *expected = state_table[i];
    double row[N_STATE];
    ecnle_states(&standard, expected[STATE_PHI], 1, &expected[STATE_PRESSURE], row, NULL);
    CHECK(row[STATE_HAS_BARRIER] == 1 && row[STATE_IS_RESOLVED] == 1 && row[STATE_HAS_SECOND] == (expected[STATE_PRESSURE] > 0));
    for (int c = 2; c < 14; c++) {
      const double difference = fabs(row[c] - expected[c]);
      const bool is_good      = isnan(expected[c]) ? isnan(row[c]) : difference <= absolute[c] + relative[c] * fabs(expected[c]);
      if (!is_good) printf("phi %g P %g column %d: %.13g, expected %.13g\n", expected[0], expected[1], c, row[c], expected[c]);
      CHECK(is_good);
    }
  }
}

static void test_stationary_points(void) {
  static const double pressures[] = {0, 0.3, 1, 1.5, 3};
  for (double phi = 0.44; phi < 0.75; phi += 0.03) {
    DynamicFreeEnergy *energy = make_energy(phi, 3, 1);
    double before             = 0;
    for (int p = 0; p < 5; p++) {
      const StationaryPoints points = free_energy_stationary(energy, pressures[p]);
      const double roots[]          = {points.r_L1, points.r_B, points.r_L2};
      CHECK(points.has_barrier && points.is_resolved && points.has_second == (p > 0) && points.n == (p > 0 ? 3 : 2));
      for (int k = 0; k < (p > 0 ? 3 : 2); k++) { /* |F'| moves the root by less than 1e-12 of r */
        const FreeEnergyPoint at = free_energy_at(energy, roots[k]);
        CHECK(fabs(at.slope + pressures[p]) < 1e-12 * (3 / roots[k] + fabs(at.curvature) * roots[k]));
        CHECK(k == 1 ? at.curvature < 0 : at.curvature > 0);
      }
      CHECK(points.F_B1 > before); /* rises with P */
      before = points.F_B1;
      if (p > 0 && pressures[p] <= 1.5 && phi > 0.495) CHECK(points.r_L2 * pressures[p] / 3 > 0.9999 && points.r_L2 * pressures[p] / 3 < 1);
    }
    free_energy_destroy(&energy);
  }
}

/** B2: trends with pressure and density. */
static void test_trends(void) {
  static const double pressures[] = {0.5, 1, 1.5};
  double last[3][N_STATE];
  for (int k = 0; k < 8; k++) {
    const double phi = 0.52 + 0.02 * k;
    double rows[3][N_STATE];
    ecnle_states(&standard, phi, 3, pressures, rows[0], NULL);
    for (int p = 0; p < 3; p++) {
      if (p > 0) {
        CHECK(rows[p][STATE_F_B1] > rows[p - 1][STATE_F_B1] && rows[p][STATE_F_B2] < rows[p - 1][STATE_F_B2]);
        CHECK(rows[p][STATE_DELTA] > rows[p - 1][STATE_DELTA]);
        CHECK(rows[p][STATE_LOG10_TAU_ALPHA] > rows[p - 1][STATE_LOG10_TAU_ALPHA]);
        CHECK(rows[p][STATE_LOG10_TAU_STAR] < rows[p - 1][STATE_LOG10_TAU_STAR]);
      }
      if (k > 0) {
        CHECK(rows[p][STATE_F_B1] > last[p][STATE_F_B1] && rows[p][STATE_F_B2] < last[p][STATE_F_B2]);
        CHECK(rows[p][STATE_R_L1] < last[p][STATE_R_L1] && rows[p][STATE_D] < last[p][STATE_D]);
      }
      CHECK_CLOSE(rows[p][STATE_JUMP_1] + rows[p][STATE_JUMP_2], rows[p][STATE_R_L2] - rows[p][STATE_R_L1], 1e-14);
      CHECK(rows[p][STATE_LOG10_TAU_STAR] < rows[p][STATE_LOG10_TAU_ALPHA]);
      /* (7) - (9): tau* = tau_12 / (1 + e^Delta) = tau_21 / (1 + e^-Delta) = tau_12 tau_21 / (tau_12 + tau_21); logarithms are known to
       * 1e-14 of their size */
      const double delta = rows[p][STATE_DELTA], star = rows[p][STATE_LOG10_TAU_STAR], forth = rows[p][STATE_LOG10_TAU_ALPHA],
                   back = rows[p][STATE_LOG10_TAU_21], largest = 1e-14 * (1 + fmax(fmax(fabs(forth), fabs(back)), fabs(delta)));
      CHECK(fabs(forth - log10(1 + exp(delta)) - star) < largest && fabs(back - log10(1 + exp(-delta)) - star) < largest);
      CHECK(fabs(forth + back - log10(pow(10, forth) + pow(10, back)) - star) < largest);
      memcpy(last[p], rows[p], sizeof rows[p]);
    }
  }
}

/** B2: onset of the barrier; just below it there is none, just above it there is one. */
static void test_onset(void) {
  static const double rows[][2] = {{0, 0.43153515379}, {0.5, 0.42653}, {1, 0.42104}, {1.5, 0.41495}};
  for (int i = 0; i < 4; i++) {
    double r              = NAN;
    const double pressure = rows[i][0], phi = ecnle_onset(&standard, pressure, &r);
    CHECK(fabs(phi - rows[i][1]) < (i == 0 ? 6e-12 : 6e-6));
    if (i == 0) CHECK(fabs(r - 0.190535) < 6e-7);
    for (int side = -1; side <= 1; side += 2) {
      double row[N_STATE];
      ecnle_states(&standard, phi + side * 1e-9, 1, &pressure, row, NULL);
      CHECK(row[STATE_HAS_BARRIER] == (side > 0) && row[STATE_IS_RESOLVED] == 1);
      CHECK(isnan(row[STATE_LOG10_TAU_ALPHA]) == (side < 0) && isnan(row[STATE_F_B1]) == (side < 0) && isnan(row[STATE_D]) == (side < 0));
      CHECK(row[STATE_TAU_S] > 30);
      if (side > 0) CHECK(fabs(row[STATE_R_L1] - r) < 1e-3 && fabs(row[STATE_R_B] - r) < 1e-3 && row[STATE_F_B1] < 1e-9);
    }
  }
}

/** B2: threshold pressure; beyond it only the localized state is left. */
static void test_threshold(void) {
  static const double rows[][3] = {{0.45, 4.81745, 0.503}, {0.5, 4.53610, 0.547},  {0.55, 4.25667, 0.606},
                                   {0.6, 4.04993, 0.652},  {0.64, 3.93057, 0.681}, {0.6585, 3.88757, 0.691}};
  for (int i = 0; i < 6; i++) {
    double limits[4], states[2][N_STATE];
    ecnle_states(&standard, rows[i][0], 1, &(double){0}, states[0], limits);
    CHECK(fabs(-limits[3] - rows[i][1]) < 6e-6 && fabs(limits[2] - rows[i][2]) < 6e-4);
    const double pressures[] = {-limits[3] * (1 - 1e-9), -limits[3] * (1 + 1e-9)};
    ecnle_states(&standard, rows[i][0], 2, pressures, states[0], NULL);
    CHECK(states[0][STATE_HAS_SECOND] == 1 && states[0][STATE_F_B2] < 1e-9);
    CHECK(states[1][STATE_HAS_BARRIER] == 0 && states[1][STATE_HAS_SECOND] == 0 && states[1][STATE_R_L1] > 0);
    CHECK(isnan(states[1][STATE_R_B]) && isnan(states[1][STATE_F_B2]) && isnan(states[1][STATE_LOG10_TAU_STAR]));
  }
}

/** B2, B3: 100 s, fragility (direct; at tau_alpha = 100 s, T by the anchor 0.6585). */
static void test_glass_transition(void) {
  static const double rows[][3] = {{0, 0.6714302012, 67.18}, {0.5, 0.670864, 66.85}, {1, 0.670264, 66.51}, {1.5, 0.669622, 66.14}};
  for (int i = 0; i < 4; i++) {
    const double phi = ecnle_glass_transition(&standard, rows[i][0], 2);
    CHECK(fabs(phi - rows[i][1]) < (i == 0 ? 6e-11 : 6e-7));
    const double temperature = 570 + (0.6585 - phi) / 6e-4;
    CHECK(fabs(temperature * 6e-4 * ecnle_steepness(&standard, phi, rows[i][0]) - rows[i][2]) < 0.006);
  }
}

/** Where pressure takes the barrier away below phi = 0.72, and beyond that: the glass transition is found by its definition. */
static void test_far_glass_transition(void) {
  EcnleModel corrected = standard;
  corrected.closure    = CLOSURE_VERLET_WEIS;
  const struct {
    const EcnleModel *model;
    double pressure, level, low, high;
  } cases[] = {{&standard, 3.8, 2, 0.664, 0.6645}, {&corrected, 0, 7, 0.715, 0.725}};
  for (int i = 0; i < 2; i++) {
    double row[N_STATE];
    const double phi = ecnle_glass_transition(cases[i].model, cases[i].pressure, cases[i].level);
    CHECK(phi > cases[i].low && phi < cases[i].high);
    ecnle_states(cases[i].model, phi, 1, &cases[i].pressure, row, NULL);
    CHECK(fabs(row[STATE_LOG10_TAU_ALPHA] - cases[i].level) < 1e-8);
  }
  CHECK(isnan(ecnle_glass_transition(&standard, 5, 2))); /* above the threshold pressure long before 100 s */
}

/** B2, B3: windows of the VFT fit with points every 0.005: ln tau0, B, T(0.6585) - T0, m. */
static void test_vft(void) {
  static const struct {
    double first;
    int n;
    double log_tau0, b, distance, fragility;
  } rows[] = {{0.57, 15, -45.87, 7838, 172.7, 77.99}, {0.55, 19, -42.97, 6473, 150.5, NAN}, {0.6, 9, -48.42, 9088, 190.6, NAN}};
  for (int i = 0; i < 3; i++) {
    double temperature[32], log_tau[32];
    for (int k = 0; k < rows[i].n; k++) {
      double row[N_STATE];
      const double phi = rows[i].first + 0.005 * k;
      ecnle_states(&standard, phi, 1, &(double){0}, row, NULL);
      temperature[k] = 570 + (0.6585 - phi) / 6e-4;
      log_tau[k]     = log(10) * row[STATE_LOG10_TAU_ALPHA];
    }
    const VftFit fit = vft_fit(rows[i].n, temperature, log_tau, 100);
    CHECK(fit.is_converged);
    CHECK(fabs(fit.values[VFT_LOG_TAU0] - rows[i].log_tau0) < 0.006 && fabs(fit.values[VFT_B] - rows[i].b) < 0.6);
    CHECK(fabs(570 - fit.values[VFT_T0] - rows[i].distance) < 0.06);
    if (!isnan(rows[i].fragility)) CHECK(fabs(fit.fragility - rows[i].fragility) < 0.006);
  }
}

/** Exact VFT data come back with vanishing errors; the printed curve has Tg = 570.24 K and m = 66.30 (B2). */
static void test_vft_exact(void) {
  double temperature[12], log_tau[12];
  for (int k = 0; k < 12; k++) {
    temperature[k] = 600 + 15 * k;
    log_tau[k]     = -44.65 + 9062.25 / (temperature[k] - 386.25);
  }
  const VftFit fit = vft_fit(12, temperature, log_tau, 100);
  CHECK(fit.is_converged);
  CHECK_CLOSE(fit.values[VFT_LOG_TAU0], -44.65, 1e-8);
  CHECK_CLOSE(fit.values[VFT_B], 9062.25, 1e-8);
  CHECK_CLOSE(fit.values[VFT_T0], 386.25, 1e-8);
  CHECK(fit.errors[VFT_B] < 1e-4 && fit.rms < 1e-9);
  CHECK(fabs(fit.glass_temperature - 570.236) < 6e-4 && fabs(fit.fragility - 66.30) < 6e-3);
  log_tau[5] = NAN; /* not the window that was asked for */
  CHECK(!vft_fit(12, temperature, log_tau, 100).is_converged && isnan(vft_fit(12, temperature, log_tau, 100).values[VFT_B]));
  for (int k = 0; k < 12; k++) log_tau[k] = k;
  CHECK(!vft_fit(2, temperature, log_tau, 100).is_converged && isnan(vft_fit(2, temperature, log_tau, 100).fragility));
}

/** The elastic barrier is the work against the springs of all particles outside the cage. */
static void test_elastic(void) {
  enum { PANELS = 400, ORDER = 20 };
  static double x[PANELS * ORDER], w[PANELS * ORDER]; /* x = r_cage / r */
  EcnleModel model = standard;
  model.is_elastic = true;
  model.cage       = 1.32;
  double with[N_STATE], without[N_STATE], work = 0;
  ecnle_states(&model, 0.6, 1, &(double){0}, with, NULL);
  ecnle_states(&standard, 0.6, 1, &(double){0}, without, NULL);
  const double c = model.cage, j = with[STATE_R_B] - with[STATE_R_L1];
  const double moved = 3 / (c * c * c) * (c * c * j * j / 32 - c * j * j * j / 192 + j * j * j * j / 3072);
  panels_gauss(0, 1, PANELS, ORDER, x, w);
  for (int i = 0; i < PANELS * ORDER; i++) { /* r^2 dr = c^3 dx / x^4, u = moved x^2 */
    const double u = moved * x[i] * x[i];
    work += w[i] * 4 * pi * (6 * 0.6 / pi) * c * c * c / pow(x[i], 4) * with[STATE_K0] * u * u / 2;
  }
  CHECK_CLOSE(with[STATE_F_ELASTIC], work, 1e-12);
  CHECK(isnan(without[STATE_F_ELASTIC]));
  CHECK_CLOSE(with[STATE_F_B1], without[STATE_F_B1], 0);
  const double gain = (with[STATE_LOG10_TAU_ALPHA] - without[STATE_LOG10_TAU_ALPHA]) * log(10);
  CHECK(gain > 0 && gain < with[STATE_F_ELASTIC]); /* the "1 +" of (3) */
  CHECK(gain > 0.99 * with[STATE_F_ELASTIC]);
}

/** Narrow peaks of S(q) at high density: numbers of panels 48 times narrower below q = 20 pi, 16 times beyond (P = 1). */
static void test_dense(void) {
  static const double rows[][5] = {{0.72, 0.0035389351, 0.5125920450, 65.3093667669, 8787.70657661},
                                   {0.74, 0.0025233427, 0.5215032673, 87.7401620431, 15237.40406191},
                                   {0.76, 0.0017583961, 0.5285928252, 119.0729372584, 27553.77535604},
                                   {0.78, 0.0011925593, 0.5340577992, 163.8911193913, 52336.11286696},
                                   {0.8, 0.0007829622, 0.5380807182, 229.8714610243, 105387.00927281}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    double row[N_STATE];
    ecnle_states(&standard, rows[i][0], 1, &(double){1}, row, NULL);
    CHECK(fabs(row[STATE_R_L1] - rows[i][1]) < 6e-11 && fabs(row[STATE_R_B] - rows[i][2]) < 1e-10);
    CHECK_CLOSE(row[STATE_F_B1], rows[i][3], 1e-11);
    CHECK_CLOSE(row[STATE_TAU_S], rows[i][4], 1e-10);
  }
}

/** Too narrow to be resolved, or no cage at all: flags, no numbers. */
static void test_flags(void) {
  double row[N_STATE];
  ecnle_states(&standard, 0.9, 1, &(double){0}, row, NULL);
  CHECK(row[STATE_IS_RESOLVED] == 0);
  for (int c = STATE_R_L1; c < N_STATE; c++) CHECK(c == STATE_IS_RESOLVED || isnan(row[c]));
  ecnle_states(&standard, 0.2, 1, &(double){2}, row, NULL);
  CHECK(row[STATE_IS_RESOLVED] == 1 && row[STATE_HAS_BARRIER] == 0 && row[STATE_HAS_SECOND] == 0);
  for (int c = STATE_R_L1; c <= STATE_KB; c++) CHECK(isnan(row[c]));
}

int main(void) {
  test_free_energy();
  test_derivatives();
  test_state_table();
  test_stationary_points();
  test_trends();
  test_onset();
  test_threshold();
  test_glass_transition();
  test_far_glass_transition();
  test_vft();
  test_vft_exact();
  test_elastic();
  test_dense();
  test_flags();
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
