/** Every pair function of potential_list(), on every instruction set, by itself: the 20-digit tables of MODELS.md (section 8), the slow
 *  twin on a fine grid (defaults and other parameters), f = -u'/r and k = u'' by differences, the order in which u, u', u'' vanish at
 *  the cut-off, and the inner joint of the sticky spheres. The three-body tables test the twin, whose triplets test_forces relies on. */
#include "../brute.h"
#include "../check.h"
#include "../data/checks.h"
#include "../lcg.h"
#include "twin.h"

/** What MODELS.md says of the cut-off: u, u', u'' go like (r_c - r)^order; SMOOTH: faster than any power. */
enum { SMOOTH = 99 };
typedef struct Joint {
  const char *potential;
  int order_u, order_slope, order_curve;
} Joint;
static const Joint joints[] = {{"ipl3d", 4, 3, 2},
                               {"ipl2d", 4, 3, 2},
                               {"mblj", 2, 1, 0},
                               {"sticky_spheres", 3, 2, 1},
                               {"wahnstrom", 0, 0, 0},
                               {"kob_andersen", 1, 0, 0},
                               {"stillinger_weber", SMOOTH, SMOOTH, SMOOTH}};
static double worst_table, worst_grid, worst_difference;

static PairValue value(const Model *model, int a, int b, double r) { return model->potential->pair(model->parameters, a, b, r); }
/** Digits that the sticky spheres' polynomial and subtractions at the cut-off may cost, as an energy scale. */
static double scale_of(const Model *model) { return strcmp(model->potential->name, "sticky_spheres") == 0 ? 1000 : 1; }

static void check_value(const Model *model, const char *what, double r, double got, double wanted, double scale, double tolerance,
                        double *worst) {
  const double error = fabs(got - wanted) / fmax(fabs(wanted), scale);
  *worst             = fmax(*worst, error);
  CHECK_RESULT_(error <= tolerance, "%s %s %s(%.17g) = %.17g, not %.17g (relative %.2g, allowed %.2g)", simd_name(), model->potential->name,
                what, r, got, wanted, error, tolerance);
}

static void test_table(const Model *model) {
  int n_tables = 0;
  for (size_t t = 0; t < sizeof check_pair_tables / sizeof *check_pair_tables; t++) {
    const CheckPairTable *table = &check_pair_tables[t];
    if (strcmp(table->potential, model->potential->name) != 0) continue;
    n_tables++;
    CHECK_CLOSE(model->potential->range(model->parameters, table->a, table->b), table->range, 5e-16);
    CHECK_CLOSE(model->potential->range(model->parameters, table->b, table->a), table->range, 5e-16);
    for (int k = 0; k < 6; k++) {
      const CheckPairRow *row = &table->rows[k];
      const double r = row->r, scale = scale_of(model);
      const PairValue v = value(model, table->a, table->b, r);
      check_value(model, "u", r, v.u, row->u, scale, 4e-14, &worst_table);
      check_value(model, "u'", r, -v.f * r, row->slope, scale, 4e-14, &worst_table);
      check_value(model, "u''", r, v.k, row->curve, scale, 4e-14, &worst_table);
    }
  }
  CHECK_EQUAL_INT(n_tables, model->mixture.n_species == 2 ? 3 : 1);
}

/** Against the twin from deep inside to beyond the cut-off. */
static void test_grid(const Model *model, const BruteModel *twin) {
  for (int a = 0; a < model->mixture.n_species; a++)
    for (int b = 0; b < model->mixture.n_species; b++) {
      const double range = model->potential->range(model->parameters, a, b);
      CHECK_CLOSE(range, (double)twin->cut[a][b], 5e-16);
      for (int k = 1; k <= 1200; k++) {
        const double r = range * (0.15 + k * 0.86 / 1200.0), scale = scale_of(model);
        const PairValue v = value(model, a, b, r);
        const BrutePair p = brute_pair(twin, a, b, (Real)r);
        check_value(model, "u", r, v.u, (double)p.u, scale, 3e-14, &worst_grid);
        check_value(model, "u'", r, -v.f * r, (double)p.slope, scale, 3e-14, &worst_grid);
        check_value(model, "u''", r, v.k, (double)p.curve, scale * 10, 3e-14, &worst_grid);
      }
      const double beyond[] = {range * (1 + 1e-15), range * 1.001, 1.5 * range, 1e3 * range};
      for (int k = 0; k < 4; k++) {
        const PairValue v = value(model, a, b, beyond[k]);
        CHECK_RESULT_(v.u == 0 && v.f == 0 && v.k == 0, "%s at %g r_c: not 0", model->potential->name, beyond[k] / range);
      }
    }
}

/** Fourth-order central differences, away from joints. */
static void test_differences(const Model *model) {
  for (int a = 0; a < model->mixture.n_species; a++)
    for (int b = a; b < model->mixture.n_species; b++) {
      const double range = model->potential->range(model->parameters, a, b), sigma = range / 1.2;
      for (int k = 0; k < 200; k++) {
        const double r = range * (0.45 + 0.53 * k / 200.0), h = 2e-4 * r;
        if (strcmp(model->potential->name, "sticky_spheres") == 0 && fabs(r / sigma - 1) < 1e-3) continue; /* x_min = x_c / 1.2 */
        PairValue v[5];
        for (int m = -2; m <= 2; m++) v[m + 2] = value(model, a, b, r + m * h);
        const double scale = scale_of(model), slope = (8 * (v[3].u - v[1].u) - (v[4].u - v[0].u)) / (12 * h);
        double g[5];
        for (int m = -2; m <= 2; m++) g[m + 2] = -v[m + 2].f * (r + m * h);
        const double curve = (8 * (g[3] - g[1]) - (g[4] - g[0])) / (12 * h);
        check_value(model, "du/dr", r, -v[2].f * r, slope, scale, 1e-9, &worst_difference);
        check_value(model, "du'/dr", r, v[2].k, curve, scale * 10, 1e-9, &worst_difference);
      }
    }
}

/** g ~ (r_c - r)^order just below r_c. near, far: g at distances d and 2d. */
static void check_order(const Model *model, const char *what, double near, double far, int order) {
  if (order == SMOOTH) {
    CHECK_RESULT_(fabs(near) < 1e-16, "%s: %s does not vanish: %g", model->potential->name, what, near);
    return;
  }
  const double found = log2(fabs(far / near));
  CHECK_RESULT_(fabs(found - order) < 0.05, "%s %s: %s goes to 0 with power %.3f at the cut-off, not %d", simd_name(),
                model->potential->name, what, found, order);
}
static void test_cutoff(const Model *model) {
  const Joint *joint = NULL;
  for (size_t k = 0; k < sizeof joints / sizeof *joints; k++)
    if (strcmp(joints[k].potential, model->potential->name) == 0) joint = &joints[k];
  CHECK_RESULT_(joint != NULL, "%s: say here how it ends at the cut-off", model->potential->name);
  if (!joint) return;
  for (int a = 0; a < model->mixture.n_species; a++)
    for (int b = a; b < model->mixture.n_species; b++) {
      const double range = model->potential->range(model->parameters, a, b), d = (joint->order_u == SMOOTH ? 1e-2 : 1e-3) * range;
      const PairValue near = value(model, a, b, range - d), far = value(model, a, b, range - 2 * d);
      check_order(model, "u", near.u, far.u, joint->order_u);
      check_order(model, "u'", near.f, far.f, joint->order_slope);
      check_order(model, "u''", near.k, far.k, joint->order_curve);
      const PairValue last = value(model, a, b, range * (1 - 1e-12)); /* the known jumps */
      for (size_t t = 0; t < sizeof check_pair_tables / sizeof *check_pair_tables; t++) {
        const CheckPairTable *table = &check_pair_tables[t];
        if (strcmp(table->potential, model->potential->name) != 0 || table->a != a || table->b != b) continue;
        CHECK(fabs(last.u - table->cut_u) < 1e-9);
        CHECK(fabs(-last.f * range - table->cut_slope) < 1e-8);
        CHECK(fabs(last.k - table->cut_curve) < 1e-7);
      }
    }
}

static void test_inner_joint(const Model *model) {
  static const double sigma[3] = {1, 1.18, 1.4};
  for (int pair = 0; pair < 3; pair++) {
    const double s = sigma[pair], r = s * pow(2, 1.0 / 6), curve = 72 / cbrt(2) / (s * s);
    for (int side = -1; side <= 1; side++) {
      const PairValue v = value(model, pair / 2, (pair + 1) / 2, r * (1 + side * 1e-9));
      CHECK_RESULT_(fabs(v.u + 1) < 2e-12 && fabs(v.f * r - -side * 1e-9 * r * curve) < 1e-10 && fabs(v.k / curve - 1) < 1e-7,
                    "sticky spheres %d at x_min%+de-9: u + 1 = %g, u' = %g, u''/72 2^(1/3) - 1 = %g", pair, side, v.u + 1, -v.f * r,
                    v.k / curve - 1);
    }
  }
}

static void test_triplets(void) {
  BruteModel twin = {0};
  CHECK(brute_default("stillinger_weber", &twin));
  for (size_t k = 0; k < sizeof check_triplets / sizeof *check_triplets; k++) {
    const CheckTriplet *t = &check_triplets[k];
    Real h[4];
    brute_triplet(&twin, (Real)t->r1, (Real)t->r2, (Real)t->cosine, h);
    CHECK_CLOSE((double)h[0], t->h, 2e-14);
    CHECK_CLOSE((double)h[1], t->slope_1, 2e-14);
    CHECK_CLOSE((double)h[2], t->slope_2, 2e-14);
    CHECK_CLOSE((double)h[3], t->slope_cosine, 2e-14);
  }
}

static void test_other_parameters(void) {
  static const double sigma[3] = {0.9, 1.1, 1.3}, epsilon[3] = {0.7, 1.6, 2.5}, cut[3] = {1.9, 2.4, 2.2};
  const struct {
    const char *potential, *input;
    BruteModel twin;
  } others[] = {
      {"ipl3d", "{exponent: 12, cutoff: 1.6, sigma: [0.9, 1.1, 1.3], epsilon: 2.5}", brute_ipl(12, 1.6, sigma, 2.5)},
      {"ipl2d", "{exponent: 18, cutoff: 1.3, sigma: [0.9, 1.1, 1.3], epsilon: 0.3}", brute_ipl(18, 1.3, sigma, 0.3)},
      {"mblj", "{sigma: [0.9, 1.1, 1.3], epsilon: [0.7, 1.6, 2.5], cutoff: [1.9, 2.4, 2.2]}", brute_mblj(sigma, epsilon, cut)},
      {"sticky_spheres", "{cutoff: 1.5, sigma: [0.9, 1.1, 1.3], epsilon: 2.5}", brute_sticky(1.5, sigma, 2.5)},
      {"wahnstrom", "{sigma: [0.9, 1.1, 1.3], epsilon: [0.7, 1.6, 2.5], cutoff: 2.7, shifted: true}",
       brute_wahnstrom(sigma, epsilon, 2.7, true)},
      {"kob_andersen", "{sigma: [0.9, 1.1, 1.3], epsilon: [0.7, 1.6, 2.5], cutoff: 2.2}", brute_kob_andersen(sigma, epsilon, 2.2)},
      {"stillinger_weber", "{lambda: 21, A: 6.5, B: 0.7, a: 1.7, gamma: 0.9, cosine: -0.25, sigma: 1.2, epsilon: 2}",
       brute_stillinger_weber(21, 6.5, 0.7, 1.7, 0.9, -0.25L, 1.2, 2)}};
  for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
    Model model;
    if (model_open(&model, others[k].potential, others[k].input)) test_grid(&model, &others[k].twin);
    model_close(&model);
  }
}

int main(void) {
  test_triplets();
  for (int path = 0; path < PATHS; path++) {
    if (!path_select(path)) continue;
    for (const Potential *const *p = potential_list(); *p; p++) {
      Model model;
      BruteModel twin   = {0};
      const bool has_it = brute_default((*p)->name, &twin);
      CHECK_RESULT_(has_it, "%s: no twin in brute.h", (*p)->name);
      if (!has_it || !model_open(&model, (*p)->name, "{}")) continue;
      worst_table = worst_grid = worst_difference = 0;
      test_table(&model);
      test_grid(&model, &twin);
      test_differences(&model);
      test_cutoff(&model);
      if (strcmp((*p)->name, "sticky_spheres") == 0) test_inner_joint(&model);
      printf("%s %-16s table %.1e  twin %.1e  differences %.1e\n", path_names[path], (*p)->name, worst_table, worst_grid, worst_difference);
      model_close(&model);
    }
    test_other_parameters();
  }
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
