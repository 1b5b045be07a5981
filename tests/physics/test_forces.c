/** The engine's forces, energies and virial against the slow twin, for every model, in two and three dimensions, on every instruction set:
 *  liquids, lattices, droplets, dilute gases, particles on faces, boxes just larger than two cut-offs, overlaps; few and many particles.
 *  Tolerance 1e-12 (sticky spheres 5e-12) of the largest force, of the sum of |u| and of the sum of |f r|. Where everything is weak the
 *  engine's rounding grid q = 2^quantum is the limit: then (2 + sqrt(terms)) q is allowed (totals on a coarse grid: terms q/2,
 *  for whatever is weak is rounded away). Beside the twin: total force 0, F = -dU/dx of the engine's own energy, v3 = v4 to the last bit,
 *  STATUS_LOST for coinciding particles (its error lines on stderr are meant). */
#include "../brute.h"
#include "../check.h"
#include "../lcg.h"
#include "configurations.h"
#include "twin.h"

enum { SEED = 20240611 };
typedef struct Worst {
  double force, energy, virial, each, momentum, grid;
} Worst; /* relative errors; grid: in q, of weak ones */
static Worst worst[PATHS];
static const Ranks *ranks;

/** One model of the list and its twin. */
typedef struct Subject {
  const char *name, *input;
  BruteModel twin;
  double range, density, fraction_b, tolerance;
  int dim;
} Subject;

static void note(double *record, double value) {
  if (!(value <= *record)) *record = value;
}
/** Whether error is within the tolerance of scale or within the grid; told if not. */
static void judge(const Subject *s, const char *title, const char *what, double error, double scale, double grid, double q,
                  double *relative, double *in_grid) {
  const double allowed = fmax(s->tolerance * scale, grid);
  if (s->tolerance * scale >= grid)
    note(relative, error == 0 ? 0 : error / scale);
  else
    note(in_grid, error / q);
  CHECK_RESULT_(error <= allowed, "%s %s %dD, %s: %s off by %g, allowed %g (scale %g, grid %g)", simd_name(), s->name, s->dim, title, what,
                error, allowed, scale, q);
}

static void compare(const Subject *s, const char *title, const Answer *answer, const Brute *brute, int path) {
  const double q = ldexp(1, answer->quantum), largest = (double)brute->largest;
  int components;
  const double *each = frame_find_field(&answer->frame, "potential_energy", &components), *force = answer->frame.force;
  double max_force = 0, most = 0;
  Real total[3] = {0, 0, 0}, sum = 0, magnitude = 0;
  Worst *w = &worst[path];
  for (int64_t i = 0; i < brute->n; i++) {
    const double neighbors = s->twin.kind == BRUTE_SW ? brute->neighbors[i] * brute->neighbors[i] : brute->neighbors[i];
    double f2 = 0, error = 0;
    for (int axis = 0; axis < 3; axis++) {
      const double f = force[3 * i + axis];
      error          = fmax(error, fabs((double)((Real)f - brute->force[3 * i + axis])));
      f2 += f * f;
      total[axis] += (Real)f;
      magnitude += fabsl((Real)f);
    }
    most      = fmax(most, neighbors);
    max_force = fmax(max_force, sqrt(f2));
    sum += (Real)each[i];
    judge(s, title, "a force", error, largest, (2 + sqrt(neighbors)) * q, q, &w->force, &w->grid);
    judge(s, title, "a particle's energy", fabs((double)((Real)each[i] - brute->energies[i])), (double)brute->energy_largest,
          (2 + sqrt(neighbors)) * q, q, &w->each, &w->grid);
    if (s->dim == 2) CHECK(force[3 * i + 2] == 0);
  }
  const double terms = (double)brute->n * most, grid = (2 + (answer->quantum > -40 ? terms / 2 : sqrt(terms))) * q;
  judge(s, title, "U", fabs((double)((Real)answer->energies.potential - brute->energy)), (double)brute->energy_scale, grid, q, &w->energy,
        &w->grid);
  judge(s, title, "sum of the energies", fabs((double)(sum - (Real)answer->energies.potential)), (double)brute->energy_scale, grid, q,
        &w->energy, &w->grid);
  for (int k = 0; k < 6; k++)
    judge(s, title, "virial", fabs((double)((Real)answer->energies.virial[k] - brute->virial[k])), (double)brute->virial_scale, grid, q,
          &w->virial, &w->grid);
  CHECK_CLOSE(answer->energies.max_force, max_force, 1e-15);
  CHECK_RESULT_(brute->nearest_cut > 1e-14L, "%s %dD, %s: a pair lies on the cut-off, change the test", s->name, s->dim, title);
  CHECK_RESULT_(answer->energies.n_pairs == brute->n_pairs, "%s %s %dD, %s: %lld pairs, not %lld", simd_name(), s->name, s->dim, title,
                (long long)answer->energies.n_pairs, (long long)brute->n_pairs);
  for (int axis = 0; axis < 3; axis++) {
    const double rest = magnitude > 0 ? (double)(fabsl(total[axis]) / magnitude) : 0;
    note(&w->momentum, rest);
    CHECK_RESULT_(rest <= 1e-16, "%s %s %dD, %s: total force %g of %g", simd_name(), s->name, s->dim, title, (double)total[axis],
                  (double)magnitude);
  }
}

/** The frame on every path against its twin; v3 against v4. */
static void test_frame(const Subject *s, const char *title, const Frame *frame) {
  Brute brute;
  Answer answers[PATHS];
  bool is_here[PATHS] = {false};
  brute_compute(&s->twin, frame, &brute);
  for (int path = 0; path < PATHS; path++) {
    Model model;
    if (!path_select(path) || !model_open(&model, s->name, s->input)) continue;
    answer_compute(&answers[path], ranks, &model, frame, true);
    is_here[path] = true;
    CHECK_RESULT_(answers[path].status == STATUS_OK, "%s %s %dD, %s: status %d", simd_name(), s->name, s->dim, title,
                  (int)answers[path].status);
    if (answers[path].status == STATUS_OK) compare(s, title, &answers[path], &brute, path);
    model_close(&model);
  }
  if (is_here[0] && is_here[1])
    CHECK_RESULT_(answer_equal(&answers[0], &answers[1]), "%s %dD, %s: v4 and v3 differ", s->name, s->dim, title);
  for (int path = 0; path < PATHS; path++)
    if (is_here[path]) answer_clear(&answers[path]);
  brute_clear(&brute);
}

/** Edges in these proportions for n particles at `density`, none smaller than barely two cut-offs. */
static void box(const Subject *s, int64_t n, double density, const double shape[3], double edges[3]) {
  double volume = 1;
  for (int axis = 0; axis < s->dim; axis++) volume *= shape[axis];
  const double unit = pow((double)n / density / volume, 1.0 / s->dim);
  for (int axis = 0; axis < 3; axis++) edges[axis] = fmax(unit * shape[axis], 2 * s->range * (1 + 1e-7));
}
static const double cube[3] = {1, 1, 1}, brick[3] = {1, 1.37, 0.82};

static void test_liquids(const Subject *s, Lcg *lcg) {
  static const int64_t counts[] = {1, 2, 3, 7, 8, 9, 17, 63, 64, 65, 1000};
  const double f                = s->fraction_b;
  double edges[3];
  char title[100];
  Frame frame;
  frame_init(&frame);
  for (size_t k = 0; k < sizeof counts / sizeof *counts; k++)
    for (int is_brick = 0; is_brick < 2; is_brick++) {
      box(s, counts[k], s->density, is_brick ? brick : cube, edges);
      configuration_sites(&frame, counts[k], s->dim, edges, 0.15, f, lcg);
      snprintf(title, sizeof title, "liquid of %d, %s", (int)counts[k], is_brick ? "brick" : "cube");
      test_frame(s, title, &frame);
    }
  static const double prisms[3][3] = {{1, 1, 1.4}, {1, 1.4, 1}, {1.4, 1, 1}}; /* two edges alike: not a cube */
  for (int k = 0; k < 3; k++) {
    box(s, 150, s->density, prisms[k], edges);
    configuration_sites(&frame, 150, s->dim, edges, 0.15, f, lcg);
    test_frame(s, "prism", &frame);
  }
  const double narrow = 2 * s->range * (1 + 1e-9), wide[3] = {narrow, narrow, narrow}, slab[3] = {narrow, 3 * narrow, 1.01 * narrow};
  configuration_sites(&frame, 65, s->dim, wide, 0.1, f, lcg);
  test_frame(s, "65 in a cube of two cut-offs", &frame);
  configuration_sites(&frame, 200, s->dim, slab, 0.1, f, lcg);
  test_frame(s, "200 in a box as narrow as two cut-offs", &frame);
  frame_clear(&frame);
}

static void test_absurd(const Subject *s, Lcg *lcg) {
  const double f = s->fraction_b;
  double edges[3];
  Frame frame;
  frame_init(&frame);
  box(s, 700, 8 * s->density, cube, edges);
  configuration_sites(&frame, 700, s->dim, edges, 0.1, f, lcg);
  test_frame(s, "eight times too dense", &frame);
  box(s, 600, s->density, brick, edges);
  configuration_sites(&frame, 600, s->dim, edges, 0.15, f, lcg);
  configuration_squeeze(&frame);
  test_frame(s, "squeezed droplet", &frame);
  configuration_squeeze(&frame);
  frame.n = 150;
  if (s->twin.kind == BRUTE_SW) test_frame(s, "droplet squeezed twice", &frame); /* many triplets; soft enough */
  box(s, 300, 0.02 * s->density, cube, edges);
  configuration_sites(&frame, 300, s->dim, edges, 0.49, f, lcg);
  test_frame(s, "dilute", &frame);
  box(s, 20, 1e-6, brick, edges);
  configuration_sites(&frame, 20, s->dim, edges, 0.5, f, lcg);
  test_frame(s, "alone", &frame);
  box(s, 500, s->density, cube, edges);
  configuration_sites(&frame, 500, s->dim, edges, 0, f, lcg);
  test_frame(s, "lattice with holes", &frame);
  configuration_sites(&frame, 500, s->dim, edges, 0.12, f, lcg);
  configuration_faces(&frame, 0.2, lcg);
  test_frame(s, "on the faces", &frame);
  const double full[3] = {7 * 1.0307, 8 * 1.0307, 9 * 1.0307};
  if (7 * 1.0307 >= 2 * s->range) {
    configuration_sites(&frame, s->dim == 3 ? 7 * 8 * 9 : 7 * 8, s->dim, full, 0, f, lcg);
    test_frame(s, "full lattice", &frame);
  }
  frame_clear(&frame);
}

static void test_one_species(const Subject *s, Lcg *lcg) {
  double edges[3];
  Frame frame;
  frame_init(&frame);
  box(s, 130, s->density, brick, edges);
  configuration_sites(&frame, 130, s->dim, edges, 0.15, 0, lcg);
  test_frame(s, "all A", &frame);
  if (s->fraction_b > 0) {
    configuration_sites(&frame, 130, s->dim, edges, 0.15, 1, lcg);
    test_frame(s, "all B", &frame);
    frame.species[77] = 0;
    test_frame(s, "one A", &frame);
  }
  frame_clear(&frame);
}

/** Distance at which the pair force reaches `force`. */
static double distance_of(const Subject *s, int a, int b, double force) {
  Real low = 1e-9L, high = s->twin.cut[a][b] / 2;
  for (int k = 0; k < 200; k++) {
    const Real middle = sqrtl(low * high);
    if (-brute_pair(&s->twin, a, b, middle).slope > (Real)force)
      low = middle;
    else
      high = middle;
  }
  return (double)low;
}

static void test_overlaps(const Subject *s, Lcg *lcg) {
  static const double forces[] = {1e3, 1e5, 1e7, 1e9, 1e11, 5e12, 1e16};
  double edges[3];
  char title[60];
  Frame frame;
  frame_init(&frame);
  box(s, 150, s->density, brick, edges);
  for (size_t k = 0; k < sizeof forces / sizeof *forces; k++) {
    configuration_sites(&frame, 150, s->dim, edges, 0.1, s->fraction_b, lcg);
    configuration_overlap(&frame, distance_of(s, frame.species[0], frame.species[1], forces[k]), lcg);
    snprintf(title, sizeof title, "overlap of force %g", forces[k]);
    if (forces[k] < 1e13) test_frame(s, title, &frame);
    if (forces[k] > 1e13 || forces[k] == 1e3) {
      for (int axis = 0; axis < 3; axis++)
        if (forces[k] == 1e3) frame.position[3 + axis] = frame.position[axis];
      for (int path = 0; path < PATHS; path++) {
        Model model;
        Answer answer;
        if (!path_select(path) || !model_open(&model, s->name, s->input)) continue;
        answer_compute(&answer, ranks, &model, &frame, path == 0);
        CHECK_RESULT_(answer.status == STATUS_LOST, "%s %s %dD: status %d for %s", simd_name(), s->name, s->dim, (int)answer.status,
                      forces[k] == 1e3 ? "coinciding particles" : title);
        answer_clear(&answer);
        model_close(&model);
      }
    }
  }
  frame_clear(&frame);
}

/** Potential energy by the engine with coordinate k moved by h. */
static double energy_at(const Model *model, const Frame *frame, int64_t k, double h) {
  const double edge = frame->edges[k % 3], before = frame->position[k];
  Answer answer;
  frame->position[k] = before + h - edge * floor((before + h) / edge);
  answer_compute(&answer, ranks, model, frame, false);
  frame->position[k] = before;
  CHECK_EQUAL_INT(answer.status, STATUS_OK);
  const double energy = answer.energies.potential;
  answer_clear(&answer);
  return energy;
}
/** Whether no neighbour of i is near the cut-off, where some models jump. */
static bool is_smooth(const Subject *s, const Frame *frame, int64_t i, double margin) {
  Real d[3];
  for (int64_t j = 0; j < frame->n; j++) {
    if (j == i) continue;
    const Real r = brute_distance(frame, i, j, d), inner = s->twin.sigma[frame->species[i]][frame->species[j]] * powl(2, 1 / (Real)6);
    if (fabsl(r - s->twin.cut[frame->species[i]][frame->species[j]]) < (Real)margin) return false;
    if (s->twin.kind == BRUTE_STICKY && fabsl(r - inner) < (Real)margin) return false;
  }
  return true;
}
static double test_differences(const Subject *s, Lcg *lcg) {
  const double h = 5e-4;
  double edges[3], largest_error = 0;
  Frame frame;
  frame_init(&frame);
  box(s, 70, s->density, brick, edges);
  configuration_sites(&frame, 70, s->dim, edges, 0.12, s->fraction_b, lcg);
  for (int path = 0; path < PATHS; path++) {
    Model model;
    Answer answer;
    if (!path_select(path) || !model_open(&model, s->name, s->input)) continue;
    answer_compute(&answer, ranks, &model, &frame, false);
    int done = 0;
    for (int64_t i = 0; i < frame.n && done < 5; i++) {
      if (!is_smooth(s, &frame, i, 3 * h)) continue;
      done++;
      for (int axis = 0; axis < s->dim; axis++) {
        const int64_t k    = 3 * i + axis;
        const double slope = (8 * (energy_at(&model, &frame, k, h) - energy_at(&model, &frame, k, -h)) -
                              (energy_at(&model, &frame, k, 2 * h) - energy_at(&model, &frame, k, -2 * h))) /
                             (12 * h);
        const double error = fabs(slope + answer.frame.force[k]) / answer.energies.max_force;
        largest_error      = fmax(largest_error, error);
        CHECK_RESULT_(error < 1e-7, "%s %s %dD: force %.12g, but -dU/dx is %.12g", simd_name(), s->name, s->dim, answer.frame.force[k],
                      -slope);
      }
    }
    CHECK(done >= 2);
    answer_clear(&answer);
    model_close(&model);
  }
  frame_clear(&frame);
  return largest_error;
}

static void test_model(const char *name, int dim) {
  Subject s = {.name = name, .input = "{}", .dim = dim};
  Model model;
  Lcg lcg           = {SEED};
  const bool has_it = brute_default(name, &s.twin);
  CHECK_RESULT_(has_it, "%s: no twin in brute.h", name);
  if (!has_it || !model_open(&model, name, s.input)) return;
  s.range      = model_range(&model);
  s.density    = dim == model.mixture.dim ? model.mixture.density : dim == 2 ? 0.8 : 0.9;
  s.fraction_b = model.mixture.n_species == 2 ? model.mixture.fractions[1] : 0;
  s.tolerance  = s.twin.kind == BRUTE_STICKY ? 5e-12 : 1e-12;
  model_close(&model);
  memset(worst, 0, sizeof worst);
  test_liquids(&s, &lcg);
  test_absurd(&s, &lcg);
  test_one_species(&s, &lcg);
  test_overlaps(&s, &lcg);
  const double differences = test_differences(&s, &lcg);
  for (int path = 0; path < PATHS; path++) {
    const Worst *w = &worst[path];
    if (path_select(path))
      printf("%-16s %dD %s: F %.1e  U %.1e  virial %.1e  u_i %.1e  sum F %.0e  weak %.2f q  -dU/dx %.1e\n", name, dim, path_names[path],
             w->force, w->energy, w->virial, w->each, w->momentum, w->grid, differences);
  }
}

int main(int argc, char **argv) {
  Ranks *world = ranks_start(&argc, &argv);
  ranks        = world;
  printf("seed %d\n", SEED);
  for (int k = 0; potential_list()[k]; k++)
    for (int dim = 2; dim <= 3; dim++) test_model(potential_list()[k]->name, dim);
  ranks_end(&world);
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
