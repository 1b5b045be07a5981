/** Second derivatives, elasticity and dipole stiffness against reference numbers (MODELS.md, sections 2 and 6): the deterministic
 *  configurations, which are far from mechanical equilibrium, and the inherent structures of four models. */
#include "../check.h"
#include "../data/checks.h"
#include "../data/response_checks.h"
#include "../lcg.h"
#include "response/dipole.h"
#include "response/elasticity.h"
#include "response/hessian.h"
#include "response/pairs.h"
#include "response/pseudoharmonic.h"
#include "response/respond.h"
#include "response/solid.h"
#include "twin.h"

enum { N_CURVATURES = sizeof check_curvatures / sizeof *check_curvatures, N_GLASSES = sizeof check_glasses / sizeof *check_glasses };
static const size_t MEMORY = (size_t)1 << 30;

static double dot(const double *a, const double *b, int64_t n) {
  double sum = 0;
  for (int64_t k = 0; k < n; k++) sum += a[k] * b[k];
  return sum;
}

/** U_gg, Xi, Tr M, v.M.v and |Mv|^2 of a jittered lattice. */
static void test_curvature(const CheckConfiguration *c, const CheckCurvature *wanted) {
  Model model;
  Frame frame;
  Pairs pairs;
  Hessian hessian;
  CHECK_TEXT(c->label, wanted->label);
  frame_init(&frame);
  lcg_configuration(&frame, c->lattice, c->density, c->fraction_b);
  if (!model_open(&model, c->potential, c->input)) return;
  CHECK(pairs_build(&frame, model.potential, model.parameters, model.mixture.n_species, &pairs) == STATUS_OK);
  CHECK_EQUAL_INT(pairs_count(&pairs), c->pairs[0] + c->pairs[1] + c->pairs[2]);
  hessian_build(&pairs, model.potential, model.parameters, &hessian);
  const int d = frame.dim, shear = hessian_shear(&hessian, 0);
  const int64_t length = frame.n * d;
  double *v = memory_array((size_t)length, sizeof *v), *mv = memory_array((size_t)length, sizeof *mv), trace = 0;
  Lcg lcg = {777};
  for (int64_t k = 0; k < length; k++) v[k] = 2 * lcg_next(&lcg) - 1;
  block_matrix_multiply(&hessian.matrix, v, mv);
  for (int i = 0; i < frame.n; i++)
    for (int k = 0; k < d; k++) trace += block_matrix_find(&hessian.matrix, i, i)[k * d + k];
  const double *xi = hessian.xi + (size_t)shear * (size_t)length, tolerance = 1e-10;
  CHECK_CLOSE(hessian.energy, c->energy, tolerance);
  CHECK_CLOSE(hessian.max_force, c->max_force, tolerance);
  CHECK_CLOSE(hessian.slope[shear], -c->virial_xy, 1e-8);
  CHECK_CLOSE(hessian.born[shear][shear] + hessian.slope[hessian_gradient(0)], wanted->born, tolerance);
  CHECK_CLOSE(dot(xi, xi, length), wanted->xi2, tolerance);
  for (int k = 0; k < d; k++) CHECK_CLOSE(xi[k], wanted->xi_first[k], 1e-9);
  CHECK_CLOSE(trace, wanted->trace, tolerance);
  CHECK_CLOSE(dot(v, mv, length), wanted->vmv, tolerance);
  CHECK_CLOSE(dot(mv, mv, length), wanted->mv2, tolerance);
  printf("%-15s U_gg %.1e  Xi^2 %.1e  Tr M %.1e  vMv %.1e  |Mv|^2 %.1e\n", c->label,
         (hessian.born[shear][shear] + hessian.slope[1]) / wanted->born - 1, dot(xi, xi, length) / wanted->xi2 - 1,
         trace / wanted->trace - 1, dot(v, mv, length) / wanted->vmv - 1, dot(mv, mv, length) / wanted->mv2 - 1);
  memory_free(v);
  memory_free(mv);
  hessian_clear(&hessian);
  pairs_clear(&pairs);
  frame_clear(&frame);
  model_close(&model);
}

/** h and its slopes by the arms' lengths and the cosine, from its slopes by S; both arms inside the cut-off or nothing. */
static void test_triplets(void) {
  Model model;
  if (!model_open(&model, "stillinger_weber", "{}")) return;
  for (size_t k = 0; k < sizeof check_triplets / sizeof *check_triplets; k++) {
    const CheckTriplet *t = &check_triplets[k];
    const double s[3]     = {t->r1 * t->r1, t->r2 * t->r2, t->r1 * t->r2 * t->cosine};
    const TripletValue v  = model.potential->triplet(model.parameters, s);
    CHECK_CLOSE(v.h, t->h, 1e-9); /* rows are written with 16 digits, near h = 0 the cosine decides */
    CHECK_CLOSE(2 * t->r1 * v.first[0] + t->r2 * t->cosine * v.first[2], t->slope_1, 1e-9);
    CHECK_CLOSE(2 * t->r2 * v.first[1] + t->r1 * t->cosine * v.first[2], t->slope_2, 1e-9);
    CHECK_CLOSE(t->r1 * t->r2 * v.first[2], t->slope_cosine, 1e-9);
    for (int m = 0; m < 3; m++)
      for (int n = 0; n < 3; n++) CHECK(v.second[m][n] == v.second[n][m]);
  }
  for (int side = 0; side < 2; side++) {
    const TripletValue v = model.potential->triplet(model.parameters, (double[]){side ? 1 : 3.24, side ? 3.3 : 1, 0.2});
    CHECK(v.h == 0 && v.first[0] == 0 && v.second[2][2] == 0);
  }
  model_close(&model);
}

static void glass_frame(const CheckGlass *glass, Frame *frame) {
  frame_init(frame);
  frame_resize(frame, glass->n, 3);
  for (int axis = 0; axis < 3; axis++) frame->edges[axis] = glass->edge;
  for (int k = 0; k < 3 * glass->n; k++) frame->position[k] = glass->positions[k] - glass->edge * floor(glass->positions[k] / glass->edge);
  for (int i = 0; i < glass->n; i++) frame->species[i] = i >= glass->n - glass->n_b;
}

static double kappa_of(const Dipoles *dipoles, int i, int j) {
  for (int64_t k = 0; k < dipoles->n; k++)
    if (dipoles->i[k] == i && dipoles->j[k] == j) return dipoles->kappa[k];
  return NAN;
}

static void test_elasticity(const CheckGlass *glass, Solid *solid) {
  Elasticity e;
  elasticity_compute(solid, &e);
  CHECK_CLOSE(solid->hessian.energy, glass->energy, 1e-12);
  CHECK(solid->hessian.max_force < 1e-10);
  CHECK_CLOSE(e.pressure, glass->pressure, 1e-9);
  CHECK_CLOSE(e.stress[3], glass->shear_stress, 1e-9);
  CHECK_CLOSE(e.shear_born[0], glass->born, 1e-9);
  CHECK_CLOSE(e.shear_nonaffine[0], glass->nonaffine, 1e-9);
  CHECK_CLOSE(e.shear[0], glass->shear, 1e-9);
  CHECK_CLOSE(e.shear[0], glass->strained, 1e-6);
  printf("%-17s G %.1e  Born %.1e  non-affine %.1e  P %.1e\n", glass->potential, e.shear[0] / glass->shear - 1,
         e.shear_born[0] / glass->born - 1, e.shear_nonaffine[0] / glass->nonaffine - 1, e.pressure / glass->pressure - 1);
}

static void test_dipoles(const CheckGlass *glass, Solid *solid, DipoleMethod method) {
  Dipoles dipoles;
  const DipoleOptions options = {.n_pairs = DIPOLE_ALL, .method = method};
  CHECK(dipoles_compute(solid, &options, &dipoles) == STATUS_OK);
  CHECK_EQUAL_INT(dipoles.method, method);
  CHECK_EQUAL_INT(dipoles.n, glass->n_pairs);
  CHECK_CLOSE(dipoles.mean, glass->kappa_mean, 1e-8);
  CHECK_CLOSE(dipoles.smallest, glass->kappa_min, 1e-8);
  CHECK_CLOSE(dipoles.median, glass->kappa_median, 1e-8);
  for (int k = 0; k < 5; k++) CHECK_CLOSE(kappa_of(&dipoles, glass->first[k].i, glass->first[k].j), glass->first[k].kappa, 1e-8);
  CHECK_CLOSE(kappa_of(&dipoles, glass->softest.i, glass->softest.j), glass->kappa_min, 1e-8);
  printf("%-17s %-10s mean %.1e  min %.1e\n", glass->potential, dipole_method_names[method], dipoles.mean / glass->kappa_mean - 1,
         dipoles.smallest / glass->kappa_min - 1);
  dipoles_clear(&dipoles);
}

/** C and its gradient at a given vector, and the mode that the softest dipole leads to. */
static void test_pseudoharmonic(const CheckGlass *glass, Solid *solid) {
  const int64_t length = 3 * glass->n;
  double *v = memory_array((size_t)length, sizeof *v), *gradient = memory_array((size_t)length, sizeof *gradient);
  Lcg lcg = {777};
  for (int64_t k = 0; k < length; k++) v[k] = 2 * lcg_next(&lcg) - 1;
  CHECK_CLOSE(pseudoharmonic_cost(solid, v, gradient), glass->cost_v, 1e-12);
  CHECK_CLOSE(sqrt(dot(gradient, gradient, length)), glass->gradient_v, 1e-12);
  CHECK(fabs(dot(gradient, v, length)) < 1e-12 * glass->gradient_v * sqrt(dot(v, v, length)));
  Dipoles dipoles;
  Pseudoharmonics found;
  const DipoleOptions options    = {.n_pairs = DIPOLE_ALL};
  PseudoharmonicOptions settings = {.n_starts = 1, .n_modes = 10, .most = 1000, .tolerance = 1e-10, .same = 0.99};
  CHECK(dipoles_compute(solid, &options, &dipoles) == STATUS_OK);
  pseudoharmonic_find(solid, &dipoles, &settings, &found);
  CHECK_EQUAL_INT(found.n, 1);
  if (found.n == 1) {
    const PseudoharmonicMode *m = &found.modes[0];
    CHECK_EQUAL_INT(m->i, glass->softest.i);
    CHECK_CLOSE(m->cost_start, glass->cost_start, 1e-8);
    CHECK_CLOSE(m->cost, glass->cost, 1e-8);
    CHECK_CLOSE(m->stiffness, glass->stiffness, 1e-8);
    CHECK_CLOSE(m->participation, glass->participation, 1e-8);
    printf("%-17s C %.1e  stiffness %.1e, %d iterations\n", glass->potential, m->cost / glass->cost - 1,
           m->stiffness / glass->stiffness - 1, m->iterations);
  }
  pseudoharmonic_clear(&found);
  settings.n_starts = 60;
  pseudoharmonic_find(solid, &dipoles, &settings, &found);
  printf("%-17s %d modes, %d failed\n", glass->potential, found.n, found.n_failed);
  CHECK(found.n >= 1 && found.n <= 10);
  for (int a = 0; a < found.n; a++) {
    CHECK(a == 0 || found.modes[a].stiffness >= found.modes[a - 1].stiffness);
    for (int b = 0; b < a; b++) CHECK(fabs(dot(found.vectors + a * length, found.vectors + b * length, length)) <= 0.99);
  }
  pseudoharmonic_clear(&found);
  dipoles_clear(&dipoles);
  memory_free(gradient);
  memory_free(v);
}

/** Lowest eigenvalues; a structure turned into a saddle, and a particle with nothing to hold it. */
static void test_modes(const CheckGlass *glass, const Solid *solid) {
  Modes modes;
  double worst = 0;
  CHECK(modes_compute(solid, 6, &modes) == STATUS_OK);
  CHECK_EQUAL_INT(modes.n, 6);
  CHECK_EQUAL_INT(modes.n_zero, 3);
  for (int k = 0; k < modes.n; k++) {
    CHECK_CLOSE(modes.eigenvalue[k], glass->eigenvalues[3 + k], 1e-9);
    CHECK(modes.participation[k] > 1.0 / glass->n && modes.participation[k] < 1);
    worst = fmax(worst, fabs(modes.eigenvalue[k] / glass->eigenvalues[3 + k] - 1));
  }
  printf("%-17s eigenvalues %.1e\n", glass->potential, worst);
  modes_clear(&modes);
}

static void test_outcomes(void) {
  const CheckGlass *glass        = &check_glasses[2]; /* sticky spheres: short range */
  const RespondSettings settings = {
      .has_shear = true, .has_dipoles = true, .dipole.n_pairs = 10, .force_tolerance = 1e-8, .memory = MEMORY};
  RespondSettings bold = settings;
  Model model;
  Frame frame;
  Response response;
  bold.allows_unquenched = true;
  if (!model_open(&model, glass->potential, "{}")) return;
  glass_frame(glass, &frame);
  CHECK(respond_compute(&frame, model.potential, model.parameters, &model.mixture, &settings, 0, &response) == STATUS_OK);
  CHECK(response.outcome == RESPOND_MINIMUM && response.modes.n_zero == 3 && response.dipoles.n == 10);
  CHECK_CLOSE(respond_shear(&response, &settings, 0), glass->shear, 1e-9);
  respond_clear(&response);
  frame.position[0] += 0.2;
  CHECK(respond_compute(&frame, model.potential, model.parameters, &model.mixture, &settings, 0, &response) == STATUS_OK);
  CHECK(response.outcome == RESPOND_UNQUENCHED && isnan(respond_shear(&response, &settings, 0)) && response.max_force > 1);
  respond_clear(&response);
  lcg_configuration(&frame, 'f', 0.6, 0.5);
  CHECK(respond_compute(&frame, model.potential, model.parameters, &model.mixture, &bold, 0, &response) == STATUS_OK);
  CHECK(response.outcome == RESPOND_SADDLE && response.modes.n_negative > 0);
  CHECK(isnan(respond_shear(&response, &bold, 0)) && isfinite(respond_shear(&response, &bold, 1)) && isnan(response.dipoles.mean));
  respond_clear(&response);
  frame_clear(&frame);
  /* two dimers far from each other: each may move and turn */
  frame_resize(&frame, 4, 3);
  for (int axis = 0; axis < 3; axis++) frame.edges[axis] = 20;
  for (int k = 0; k < 12; k++) frame.position[k] = k / 6 * 10 + (k % 6 == 3 ? pow(2, 1.0 / 6) : 0);
  CHECK(respond_compute(&frame, model.potential, model.parameters, &model.mixture, &settings, 0, &response) == STATUS_OK);
  CHECK(response.outcome == RESPOND_SADDLE && isnan(response.dipoles.mean));
  printf("two dimers: %d zero modes%s\n", response.modes.n_zero, response.modes.is_counted ? "" : " at least");
  CHECK(response.modes.n_zero > 3 && (!response.modes.is_counted || response.modes.n_zero == 10));
  respond_clear(&response);
  frame_clear(&frame);
  model_close(&model);
}

static void test_glass(const CheckGlass *glass) {
  Model model;
  Frame frame;
  Solid solid;
  glass_frame(glass, &frame);
  if (!model_open(&model, glass->potential, "{}")) return;
  CHECK(solid_build(&frame, model.potential, model.parameters, &model.mixture, MEMORY, &solid) == STATUS_OK);
  CHECK(solid.is_positive && solid.factor);
  test_elasticity(glass, &solid);
  test_dipoles(glass, &solid, DIPOLE_SELECTED);
  test_dipoles(glass, &solid, DIPOLE_SOLVES);
  if (glass->n_pairs < 1000) test_dipoles(glass, &solid, DIPOLE_ITERATION); /* slow */
  test_modes(glass, &solid);
  test_pseudoharmonic(glass, &solid);
  solid_clear(&solid);
  frame_clear(&frame);
  model_close(&model);
}

/** Silicon's lattice, 2^3 cells, bond 2^(1/6). */
static void test_diamond(const CheckDiamond *wanted) {
  static const double fcc[4][3] = {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};
  const double cell             = 4 * pow(2, 1.0 / 6) / sqrt(3);
  char input[32];
  Model model;
  Frame frame;
  Solid solid;
  Elasticity e;
  frame_init(&frame);
  frame_resize(&frame, 64, 3);
  for (int i = 0; i < 64; i++)
    for (int axis = 0; axis < 3; axis++) {
      const int corner             = i / 8 >> axis & 1;
      frame.edges[axis]            = 2 * cell;
      frame.position[3 * i + axis] = cell * (corner + fcc[i % 4][axis] + (i / 4 % 2 ? 0.25 : 0));
    }
  snprintf(input, sizeof input, "{lambda: %g}", wanted->lambda);
  if (!model_open(&model, "stillinger_weber", input)) return;
  CHECK(solid_build(&frame, model.potential, model.parameters, &model.mixture, MEMORY, &solid) == STATUS_OK);
  elasticity_compute(&solid, &e);
  CHECK_CLOSE(solid.hessian.energy / 64, -2, 1e-9);
  CHECK(solid.hessian.max_force < 1e-12);
  for (int plane = 0; plane < 3; plane++) {
    CHECK_CLOSE(e.shear[plane], wanted->relaxed, 1e-6);
    CHECK_CLOSE(e.shear_born[plane], wanted->unrelaxed, 1e-6);
  }
  CHECK_CLOSE(e.born[0][0] - e.nonaffine[0][0], e.born[2][2] - e.nonaffine[2][2], 1e-9); /* cubic */
  CHECK_CLOSE(e.bulk, (e.born[0][0] - e.nonaffine[0][0] + 2 * (e.born[0][1] - e.nonaffine[0][1]) + e.pressure) / 3, 1e-12);
  printf("diamond, lambda %g: C44 %.9g relaxed, %.9g unrelaxed\n", wanted->lambda, e.shear[0], e.shear_born[0]);
  solid_clear(&solid);
  frame_clear(&frame);
  model_close(&model);
}

int main(void) {
  for (int k = 0; k < N_CURVATURES; k++) test_curvature(&check_configurations[k], &check_curvatures[k]);
  for (int k = 0; k < N_GLASSES; k++) test_glass(&check_glasses[k]);
  for (int k = 0; k < 2; k++) test_diamond(&check_diamonds[k]);
  test_triplets();
  test_outcomes();
  CHECK(memory_live() == 0);
  return check_report();
}
