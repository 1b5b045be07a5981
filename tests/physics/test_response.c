/** Second derivatives, elasticity and dipole stiffness against reference numbers (MODELS.md, sections 2 and 6): the deterministic
 *  configurations, which are far from mechanical equilibrium, and the inherent structures of four models. */
#include "../check.h"
#include "../data/checks.h"
#include "../data/response_checks.h"
#include "../lcg.h"
#include "math/lanczos.h"
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

/** Of the pairs that have a kappa, which is all, none moves more against each other than the core. */
static void test_core(const Dipoles *dipoles, const double *z, const PseudoharmonicMode *mode) {
  double largest = 0;
  int64_t best   = 0;
  for (int64_t k = 0; k < dipoles->n; k++) {
    double square = 0;
    for (int a = 0; a < 3; a++) square += pow(z[3 * dipoles->j[k] + a] - z[3 * dipoles->i[k] + a], 2);
    if (square <= largest) continue;
    largest = square;
    best    = k;
  }
  CHECK(mode->core_i == dipoles->i[best] && mode->core_j == dipoles->j[best]);
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
  CHECK(found.n >= 1 && found.n <= 10);
  int n_moved = 0; /* away from the dipole they grew from */
  for (int a = 0; a < found.n; a++) {
    CHECK(a == 0 || found.modes[a].stiffness >= found.modes[a - 1].stiffness);
    test_core(&dipoles, found.vectors + a * length, &found.modes[a]);
    n_moved += found.modes[a].core_i != found.modes[a].i || found.modes[a].core_j != found.modes[a].j;
    for (int b = 0; b < a; b++) CHECK(fabs(dot(found.vectors + a * length, found.vectors + b * length, length)) <= 0.99);
  }
  printf("%-17s %d modes, %d elsewhere than where they began, %d failed\n", glass->potential, found.n, n_moved, found.n_failed);
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
  ModeCount count; /* what a factor says without counting */
  bool is_counted;
  CHECK(lanczos_count_modes(&solid->hessian.matrix, 1e-10, &count, &is_counted) == STATUS_OK && is_counted);
  CHECK_EQUAL_INT(count.zero, modes.n_zero - 3); /* beside the translations */
  CHECK_EQUAL_INT(count.negative, modes.n_negative);
  CHECK_CLOSE(count.lowest, glass->eigenvalues[3], 1e-9);
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
  CHECK(respond_compute(&frame, model.potential, model.parameters, &model.mixture, &settings, true, 0, &response) == STATUS_OK);
  CHECK(response.outcome == RESPOND_MINIMUM && response.modes.n_zero == 3 && response.dipoles.n == 10);
  CHECK_CLOSE(respond_shear(&response, &settings, 0), glass->shear, 1e-9);
  respond_clear(&response);
  frame.position[0] += 0.2;
  CHECK(respond_compute(&frame, model.potential, model.parameters, &model.mixture, &settings, true, 0, &response) == STATUS_OK);
  CHECK(response.outcome == RESPOND_UNQUENCHED && isnan(respond_shear(&response, &settings, 0)) && response.max_force > 1);
  respond_clear(&response);
  lcg_configuration(&frame, 'f', 0.6, 0.5);
  CHECK(respond_compute(&frame, model.potential, model.parameters, &model.mixture, &bold, true, 0, &response) == STATUS_OK);
  CHECK(response.outcome == RESPOND_SADDLE && response.modes.n_negative > 0);
  CHECK(isnan(respond_shear(&response, &bold, 0)) && isfinite(respond_shear(&response, &bold, 1)) && isnan(response.dipoles.mean));
  respond_clear(&response);
  frame_clear(&frame);
  /* two dimers far from each other: each may move and turn */
  frame_resize(&frame, 4, 3);
  for (int axis = 0; axis < 3; axis++) frame.edges[axis] = 20;
  for (int k = 0; k < 12; k++) frame.position[k] = k / 6 * 10 + (k % 6 == 3 ? pow(2, 1.0 / 6) : 0);
  CHECK(respond_compute(&frame, model.potential, model.parameters, &model.mixture, &settings, true, 0, &response) == STATUS_OK);
  CHECK(response.outcome == RESPOND_SADDLE && isnan(response.dipoles.mean) && response.rattlers == 4); /* a gas, no solid */
  printf("two dimers: %d zero modes%s\n", response.modes.n_zero, response.modes.is_counted ? "" : " at least");
  CHECK(response.modes.n_zero > 3 && (!response.modes.is_counted || response.modes.n_zero == 10));
  respond_clear(&response);
  frame_clear(&frame);
  model_close(&model);
}

/* ---- rattlers: a slab of an fcc crystal of sticky spheres, all bonds at rest, and what may float or hang around it ------------------- */

static const double BOND = 0x1.1f59ac3c7d6c0p+0; /* 2^(1/6) */
enum { MOST = 128 };
typedef struct Slab {
  int n;
  double x[MOST][3];
  bool is_solid[MOST];
} Slab;

static void slab_put(Slab *slab, bool is_solid, double x, double y, double z) {
  memcpy(slab->x[slab->n], (double[]){x, y, z}, sizeof slab->x[0]);
  slab->is_solid[slab->n++] = is_solid;
}
/** Layers number first .. last of the (100) planes. */
static void slab_layers(Slab *slab, int first, int last) {
  const double half = BOND / sqrt(2);
  for (int z = first; z <= last; z++)
    for (int x = 0; x < 6; x++)
      for (int y = 0; y < 6; y++)
        if ((x + y + z) % 2 == 0) slab_put(slab, true, x * half, y * half, z * half);
}
/** Three particles above one at (x, y, z): with it, a tetrahedron. */
static void slab_tripod(Slab *slab, double x, double y, double z) {
  for (int k = 0; k < 3; k++) {
    const double turn = 2 * acos(-1.0) * k / 3;
    slab_put(slab, false, x + BOND / sqrt(3) * cos(turn), y + BOND / sqrt(3) * sin(turn), z + BOND * sqrt(2.0 / 3));
  }
}
/** Solid only, or all. */
static void slab_frame(const Slab *slab, bool is_all, double height, Frame *frame) {
  int n = 0;
  for (int k = 0; k < slab->n; k++) n += is_all || slab->is_solid[k];
  frame_resize(frame, n, 3);
  for (int axis = 0; axis < 3; axis++) frame->edges[axis] = axis < 2 ? 3 * sqrt(2) * BOND : height;
  n = 0;
  for (int k = 0; k < slab->n; k++) {
    if (!is_all && !slab->is_solid[k]) continue;
    for (int axis = 0; axis < 3; axis++)
      frame->position[3 * n + axis] = slab->x[k][axis] - frame->edges[axis] * floor(slab->x[k][axis] / frame->edges[axis]);
    frame->species[n++] = 0;
  }
}

static void compare_responses(const Slab *slab, const Response *all, const Response *solid) {
  int row[MOST], n = 0;
  for (int k = 0; k < slab->n; k++)
    if (slab->is_solid[k]) row[n++] = k;
  CHECK(all->outcome == RESPOND_MINIMUM && solid->outcome == RESPOND_MINIMUM);
  CHECK(solid->rattlers == 0 && all->rattlers == slab->n - n && all->modes.n_zero == 3);
  for (int plane = 0; plane < 3; plane++) CHECK(all->elasticity.shear[plane] == solid->elasticity.shear[plane]);
  CHECK(all->elasticity.bulk == solid->elasticity.bulk && solid->elasticity.shear[0] > 0.1);
  CHECK(all->dipoles.n == solid->dipoles.n && all->modes.n == solid->modes.n && all->pseudoharmonics.n == solid->pseudoharmonics.n);
  CHECK(solid->dipoles.n > 0 && solid->modes.n > 0 && solid->pseudoharmonics.n > 0);
  for (int64_t k = 0; k < solid->dipoles.n && all->dipoles.n == solid->dipoles.n; k++) {
    CHECK(all->dipoles.i[k] == row[solid->dipoles.i[k]] && all->dipoles.j[k] == row[solid->dipoles.j[k]]);
    CHECK(all->dipoles.kappa[k] == solid->dipoles.kappa[k] && solid->dipoles.kappa[k] > 0);
  }
  for (int k = 0; k < solid->modes.n && all->modes.n == solid->modes.n; k++)
    CHECK(all->modes.eigenvalue[k] == solid->modes.eigenvalue[k] && all->modes.participation[k] == solid->modes.participation[k]);
  for (int k = 0; k < solid->pseudoharmonics.n && all->pseudoharmonics.n == solid->pseudoharmonics.n; k++) {
    const PseudoharmonicMode *a = &all->pseudoharmonics.modes[k], *b = &solid->pseudoharmonics.modes[k];
    CHECK(a->core_i == row[b->core_i] && a->core_j == row[b->core_j]);
    CHECK(a->i == row[b->i] && a->j == row[b->j] && a->stiffness == b->stiffness);
  }
  n = 0;
  for (int k = 0; k < slab->n; k++)
    CHECK(slab->is_solid[k] ? all->dipoles.local[k] == solid->dipoles.local[n++] : isnan(all->dipoles.local[k]));
}

/** What nothing holds is left out, and the rest is what it is alone, to the last bit. */
static void test_decorated_slab(const Model *model, const RespondSettings *settings) {
  const double half = BOND / sqrt(2), low = -BOND * sqrt(3) / 2, top = 3 * half;
  Slab slab = {0};
  Frame frame;
  Response all, solid;
  frame_init(&frame);
  slab_put(&slab, false, 1, 1, 14); /* alone */
  slab_layers(&slab, 0, 1);
  slab_put(&slab, false, half, 0, top + BOND);     /* on one particle */
  slab_put(&slab, false, half / 2, half / 2, low); /* on two */
  slab_layers(&slab, 2, 3);
  slab_put(&slab, false, 4 * half, 3 * half, top + BOND); /* a tetrahedron on a stalk */
  slab_tripod(&slab, 4 * half, 3 * half, top + BOND);
  slab_put(&slab, false, 2, 2, 10); /* a tetrahedron that floats */
  slab_tripod(&slab, 2, 2, 10);
  slab_put(&slab, false, 4, 4, 14); /* a dimer */
  slab_put(&slab, false, 4, 4, 14 + BOND);
  slab_frame(&slab, false, 20, &frame);
  CHECK(respond_compute(&frame, model->potential, model->parameters, &model->mixture, settings, true, 0, &solid) == STATUS_OK);
  slab_frame(&slab, true, 20, &frame);
  CHECK(respond_compute(&frame, model->potential, model->parameters, &model->mixture, settings, true, 0, &all) == STATUS_OK);
  compare_responses(&slab, &all, &solid);
  printf("a slab and %d rattlers: G %.6g, kappa %.6g\n", (int)all.rattlers, all.elasticity.shear[0], all.dipoles.mean);
  respond_clear(&all);
  RespondSettings small = *settings; /* no factor */
  small.memory          = 1;
  CHECK(respond_compute(&frame, model->potential, model->parameters, &model->mixture, &small, true, 0, &all) == STATUS_OK);
  CHECK(all.rattlers == 13 && all.dipoles.method == DIPOLE_ITERATION);
  CHECK_CLOSE(all.elasticity.shear[0], solid.elasticity.shear[0], 1e-9);
  CHECK_CLOSE(all.dipoles.mean, solid.dipoles.mean, 1e-9);
  respond_clear(&all);
  respond_clear(&solid);
  frame_clear(&frame);
}

/** What has zero modes and may not be left out: marked, with their number. */
static void test_loose_solids(const Model *model, const RespondSettings *settings) {
  const double half = BOND / sqrt(2);
  Slab two = {0}, bridge = {0};
  Frame frame;
  Response response;
  frame_init(&frame);
  slab_layers(&two, 0, 1); /* two solids */
  slab_layers(&two, 8, 9);
  slab_frame(&two, true, 20, &frame);
  CHECK(respond_compute(&frame, model->potential, model->parameters, &model->mixture, settings, true, 0, &response) == STATUS_OK);
  CHECK(response.outcome == RESPOND_SADDLE && response.rattlers == 0 && isnan(response.elasticity.shear[0]) &&
        isnan(response.dipoles.mean));
  CHECK(response.modes.is_counted && response.modes.n_zero >= 6 && response.dipoles.method == DIPOLE_AUTOMATIC);
  respond_clear(&response);
  slab_layers(&bridge, 0, 4); /* a particle between both surfaces, in line: it hands on a force, and moves sideways */
  slab_put(&bridge, true, 0, 0, 4 * half + BOND);
  slab_frame(&bridge, true, 4 * half + 2 * BOND, &frame);
  CHECK(respond_compute(&frame, model->potential, model->parameters, &model->mixture, settings, true, 0, &response) == STATUS_OK);
  CHECK(response.outcome == RESPOND_SADDLE && response.rattlers == 0 && response.modes.is_counted && response.modes.n_zero == 5);
  respond_clear(&response);
  frame_clear(&frame);
}

static void test_rattlers(void) {
  const RespondSettings settings = {.has_shear       = true,
                                    .has_dipoles     = true,
                                    .dipole.n_pairs  = DIPOLE_ALL,
                                    .force_tolerance = 1e-8,
                                    .n_modes         = 10,
                                    .pseudoharmonic  = {.n_starts = 4, .n_modes = 4, .most = 1000, .tolerance = 1e-8, .same = 0.99},
                                    .memory          = MEMORY};
  Model model;
  if (!model_open(&model, "sticky_spheres", "{}")) return;
  test_decorated_slab(&model, &settings);
  test_loose_solids(&model, &settings);
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
  test_rattlers();
  CHECK(memory_live() == 0);
  return check_report();
}
