/** Hard-sphere liquids: S(q) and g(r) of Percus-Yevick and Verlet-Weis, S(q) from a table.
 *
 *  Reference digits: project's THEORY.md, B1 and B5 (Baxter factor and inverse transforms in 25-digit arithmetic), made without tektite. */
#include "theory/liquid.h"

#include <math.h>
#include <stddef.h>

#include "base/memory.h"
#include "check.h"
#include "math/panels.h"
#include "math/roots.h"
#include "math/spline.h"

static const double pi = 3.14159265358979323846;

static void test_structure_factor(void) {
  static const struct {
    double q, at_50, at_60;
  } rows[] = {{0, 0.015625, 0.00528925619835},          {0.01, 0.0156251123052, 0.00528929173704}, {0.1, 0.0156362352027, 0.00529281144388},
              {0.5, 0.0159087438655, 0.00537897763311}, {1, 0.016796966226, 0.00565896811516},     {2, 0.0209861365061, 0.00696311099294},
              {4, 0.0568720703824, 0.0173977826623},    {6, 0.597719407032, 0.139310717322},       {7, 3.24003571342, 1.6234770016},
              {7.5, 1.99141800445, 6.1641696062},       {8, 1.07662852302, 1.48443815136},         {10, 0.54995874153, 0.330478141048},
              {13, 1.42602361541, 1.92298209116},       {20, 1.08704640053, 1.20776940272},        {50, 1.02274100934, 1.04362093037},
              {100, 1.00504295645, 1.00965355352}};
  Liquid half, dense;
  liquid_hard_spheres(&half, 0.5, CLOSURE_PERCUS_YEVICK);
  liquid_hard_spheres(&dense, 0.6, CLOSURE_PERCUS_YEVICK);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) { /* 12 digits are given */
    CHECK_CLOSE(1 + liquid_excess(&half, rows[i].q), rows[i].at_50, 6e-12);
    CHECK_CLOSE(1 + liquid_excess(&dense, rows[i].q), rows[i].at_60, 6e-12);
  }
  /* all digits: c(r) of Wertheim, its transform by quadrature in 40 digits (mpmath) */
  static const double exact[][3] = {{0.5, 0.5, 0.0159087438655307386},  {0.5, 7, 3.24003571341566342},  {0.5, 20, 1.08704640053246931},
                                    {0.6, 0.5, 0.00537897763311050333}, {0.6, 7, 1.62347700159590523},  {0.6, 20, 1.20776940271974319},
                                    {0.7, 0.5, 0.0014283661973258352},  {0.7, 7, 0.153374161285359502}, {0.7, 20, 1.6415962276566684}};
  for (size_t i = 0; i < sizeof exact / sizeof exact[0]; i++) {
    Liquid liquid;
    liquid_hard_spheres(&liquid, exact[i][0], CLOSURE_PERCUS_YEVICK);
    CHECK_CLOSE(1 + liquid_excess(&liquid, exact[i][1]), exact[i][2], 1e-12);
  }
  double where = NAN, height = NAN;
  liquid_peak(&half, 4, 12, &where, &height);
  CHECK_CLOSE(where, 7.0064665642, 1e-7);
  CHECK_CLOSE(height, 3.24046351799, 6e-12);
  liquid_peak(&dense, 4, 12, &where, &height);
  CHECK_CLOSE(where, 7.4315508417, 1e-7);
  CHECK_CLOSE(height, 6.54873475865, 6e-12);
}

/** The compressibility limit, and no step where the moment series gives way to the closed form. */
static void test_small_q(void) {
  for (double phi = 0.05; phi < 0.75; phi += 0.05) {
    Liquid liquid;
    liquid_hard_spheres(&liquid, phi, CLOSURE_PERCUS_YEVICK);
    CHECK_CLOSE(1 + liquid_excess(&liquid, 0), pow(1 - phi, 4) / ((1 + 2 * phi) * (1 + 2 * phi)), 1e-13);
    const double below = liquid_excess(&liquid, nextafter(2.5, 0)), above = liquid_excess(&liquid, 2.5);
    CHECK_CLOSE(1 + below, 1 + above, 1e-12);
  }
}

/** S - 1 -> A cos q / q^2. */
static void test_tail(void) {
  static const Closure closures[] = {CLOSURE_PERCUS_YEVICK, CLOSURE_VERLET_WEIS};
  for (int c = 0; c < 2; c++) {
    Liquid liquid;
    double wave = NAN;
    liquid_hard_spheres(&liquid, 0.55, closures[c]);
    const double amplitude = liquid_tail(&liquid, &wave), q = 2 * pi * 3000 / wave;
    CHECK_CLOSE(liquid_excess(&liquid, q) * q * q, amplitude, 1e-4);
  }
}

static void test_pair_function(void) {
  static const struct {
    double r, at_50, at_60;
  } rows[] = {{1, 5, 8.125},
              {1.1, 2.780415031, 3.042488027},
              {1.25, 1.033013535, 0.2763071451},
              {1.5, 0.5248287712, 0.5215082887},
              {1.75, 0.9214608295, 1.173146302},
              {1.95, 1.289063379, 1.514596543},
              {2.05, 1.392154827, 1.471045135},
              {2.5, 0.8243865423, 1.024158241},
              {2.9, 1.132253212, 1.103059392}};
  Liquid half, dense;
  liquid_hard_spheres(&half, 0.5, CLOSURE_PERCUS_YEVICK);
  liquid_hard_spheres(&dense, 0.6, CLOSURE_PERCUS_YEVICK);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) { /* 10 digits are given */
    CHECK_CLOSE(liquid_pair(&half, rows[i].r, NULL), rows[i].at_50, 6e-10);
    CHECK_CLOSE(liquid_pair(&dense, rows[i].r, NULL), rows[i].at_60, 6e-10);
  }
  CHECK_CLOSE(liquid_pair(&half, 0.999, NULL), 0, 0);
  CHECK(isnan(liquid_pair(&half, LIQUID_SHELLS + 1.01, NULL)));
}

/** Later shells: residues by Taylor coefficients in 40-digit arithmetic (mpmath), r = 2.9, 3.9 .. 7.9. Shells cancel: 1e-10 at the end. */
static void test_later_shells(void) {
  static const double rows[][7] = {
      {0.05, 1.00004609839309, 1.00000039327613, 0.999999993403799, 0.999999999929212, 1.00000000000115, 1.00000000000001},
      {0.3, 0.987856308322101, 0.997453937612096, 0.999454401358104, 0.999884638259073, 0.999976164904619, 0.999995220528753},
      {0.5, 1.13225321244008, 1.04615447882691, 1.00607604303453, 0.994279868693941, 0.994111078824577, 0.996756140412879},
      {0.66, 0.940896485277691, 0.805089483344765, 1.02585670587536, 1.11810782576428, 1.01573279166288, 0.936726487778189},
      {0.9, 0.221877071113276, 1.52393728185469, 0.776608276968225, 0.955950328118441, 1.21133875411127, 0.750787419641}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    Liquid liquid;
    liquid_hard_spheres(&liquid, rows[i][0], CLOSURE_PERCUS_YEVICK);
    for (int k = 1; k < 7; k++) CHECK(fabs(liquid_pair(&liquid, 1.9 + k, NULL) - rows[i][k]) < (k < 5 ? 1e-12 : 1e-10));
  }
}

/** dg/dr against differences of g, in the second shell and later, for both closures. */
static void test_pair_slope(void) {
  static const double distances[] = {1.07, 1.6, 2.3, 3.4, 4.5, 6.6};
  for (int c = 0; c < 2; c++) {
    Liquid liquid;
    liquid_hard_spheres(&liquid, 0.58, c == 0 ? CLOSURE_PERCUS_YEVICK : CLOSURE_VERLET_WEIS);
    for (size_t i = 0; i < sizeof distances / sizeof distances[0]; i++) {
      const double r = distances[i], h = 1e-5;
      double slope = NAN;
      liquid_pair(&liquid, r, &slope);
      const double difference = (liquid_pair(&liquid, r + h, NULL) - liquid_pair(&liquid, r - h, NULL)) / (2 * h);
      CHECK(fabs(slope - difference) < 1e-7 * (1 + fabs(slope)));
    }
  }
}

/** S(q) - 1 = (24 phi / q) int (g - 1) r sin(qr) dr: all shells together, by quadrature; g - 1 < 1e-6 at r = 8 for phi = 0.2. */
static void test_transform(void) {
  enum { PANELS = 140, ORDER = 20 };
  static double r[PANELS * ORDER], w[PANELS * ORDER];
  Liquid liquid;
  liquid_hard_spheres(&liquid, 0.2, CLOSURE_PERCUS_YEVICK);
  panels_gauss(1, 8, PANELS, ORDER, r, w);
  for (double q = 0.5; q < 30; q += 0.83) {
    double sum = (q * cos(q) - sin(q)) / (q * q); /* r < 1: g - 1 = -1 */
    for (int i = 0; i < PANELS * ORDER; i++) sum += w[i] * r[i] * (liquid_pair(&liquid, r[i], NULL) - 1) * sin(q * r[i]);
    CHECK(fabs(24 * 0.2 / q * sum - liquid_excess(&liquid, q)) < 3e-6);
  }
}

static double cage_depth(double phi, void *context) {
  (void)context;
  Liquid liquid;
  double r = NAN, g = NAN;
  liquid_hard_spheres(&liquid, phi, CLOSURE_PERCUS_YEVICK);
  liquid_cage(&liquid, &r, &g);
  return g;
}

static void test_cage(void) {
  static const double rows[][3] = {{0.5, 1.4439913, 0.499951232},
                                   {0.55, 1.3825814, NAN},
                                   {0.6, 1.3236626, 0.079913546},
                                   {0.64, 1.2791155, -0.208},
                                   {0.6585, NAN, -0.382}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    Liquid liquid;
    double r = NAN, g = NAN;
    liquid_hard_spheres(&liquid, rows[i][0], CLOSURE_PERCUS_YEVICK);
    liquid_cage(&liquid, &r, &g);
    if (!isnan(rows[i][1])) CHECK(fabs(r - rows[i][1]) < 6e-8);
    if (!isnan(rows[i][2])) CHECK(fabs(g - rows[i][2]) < (rows[i][2] < 0 ? 6e-4 : 6e-10));
  }
  /* PY's g(r) is negative at its first minimum above this packing fraction. */
  CHECK(fabs(root_between(cage_depth, NULL, 0.55, 0.65, 1e-12) - 0.6125745) < 6e-8);
}

/** Verlet-Weis: the contact value is that of Carnahan-Starling to 0.2 % up to freezing; S(q) is PY's at phi_w; g(r) joins PY's at large r.
 */
static void test_verlet_weis(void) {
  for (double phi = 0.2; phi < 0.5; phi += 0.05) {
    Liquid liquid, behind;
    const double packing = phi - phi * phi / 16;
    liquid_hard_spheres(&liquid, phi, CLOSURE_VERLET_WEIS);
    liquid_hard_spheres(&behind, packing, CLOSURE_PERCUS_YEVICK);
    CHECK_CLOSE(liquid.contact, (1 - phi / 2) / pow(1 - phi, 3), 2e-3);
    const double d = cbrt(packing / phi);
    CHECK_CLOSE(1 + liquid_excess(&liquid, 7), 1 + liquid_excess(&behind, 7 * d), 1e-14);
    CHECK(fabs(liquid_pair(&liquid, 4, NULL) - liquid_pair(&behind, 4 / d, NULL)) < 1e-6);
    CHECK_CLOSE(liquid_pair(&liquid, 0.9999, NULL), 0, 0);
  }
}

static void test_table(void) {
  enum { ROWS = 2000 };
  double *q = memory_array(ROWS, sizeof *q), *s = memory_array(ROWS, sizeof *s);
  Liquid spheres, measured;
  liquid_hard_spheres(&spheres, 0.5, CLOSURE_PERCUS_YEVICK);
  for (int i = 0; i < ROWS; i++) {
    q[i] = 0.3 + 0.02 * i;
    s[i] = 1 + liquid_excess(&spheres, q[i]);
  }
  Spline *spline = spline_create(ROWS, q, s);
  liquid_measured(&measured, 0.5, 5, spline, q[0], q[ROWS - 1]);
  for (double x = 0.7; x < 40; x += 0.37) CHECK(fabs(liquid_excess(&measured, x) - liquid_excess(&spheres, x)) < 1e-5);
  CHECK_CLOSE(liquid_excess(&measured, 0.1), s[0] - 1, 1e-15); /* kept below, 0 beyond */
  CHECK_CLOSE(liquid_excess(&measured, 41), 0, 0);
  CHECK(isnan(liquid_pair(&measured, 1.5, NULL)));
  spline_destroy(&spline);
  memory_free(q);
  memory_free(s);
}

int main(void) {
  test_structure_factor();
  test_small_q();
  test_tail();
  test_pair_function();
  test_later_shells();
  test_pair_slope();
  test_transform();
  test_cage();
  test_verlet_weis();
  test_table();
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
