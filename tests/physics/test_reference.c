/** The ten deterministic configurations of MODELS.md, section 2: the slow twin and every instruction set against 20-digit numbers.
 *  Tolerance 1e-12 of each number (sticky spheres 5e-12: their polynomial cancels three digits); the components of a force are judged by
 *  its length, and virial_xy, which cancels over the pairs, by the trace. v3 and v4 must agree to the last bit. */
#include "../brute.h"
#include "../check.h"
#include "../data/checks.h"
#include "../lcg.h"
#include "twin.h"

enum { N_CONFIGURATIONS = sizeof check_configurations / sizeof *check_configurations };
static double worst_error; /* of the configuration at hand */

/** |got - wanted| <= tolerance * scale. */
static void check_number(const CheckConfiguration *c, const char *who, const char *what, double got, double wanted, double scale,
                         double tolerance) {
  const double error = fabs(got - wanted) / scale;
  worst_error        = fmax(worst_error, error);
  CHECK_RESULT_(error <= tolerance, "%s %s %s: %.17g, not %.17g (relative %.2g, allowed %.2g)", c->label, who, what, got, wanted, error,
                tolerance);
}

static BruteModel twin_of(const CheckConfiguration *c) {
  static const double sigma[3] = {1, 0.8, 0.88}, epsilon[3] = {1, 1.5, 0.5};
  BruteModel model = {0};
  CHECK(brute_default(c->potential, &model));
  if (strcmp(c->label, "mBLJ_altBB1.32") == 0) model = brute_mblj(sigma, epsilon, (double[3]){1.5, 2, 1.32});
  return model;
}

static void test_configuration(const CheckConfiguration *c, const Frame *frame) {
  char types[41] = "";
  int n_b        = 0;
  CHECK_EQUAL_INT(frame->n, c->n);
  for (int k = 0; k < frame->n; k++) n_b += frame->species[k];
  for (int k = 0; k < 40; k++) types[k] = (char)('0' + frame->species[k]);
  CHECK_EQUAL_INT(n_b, c->n_b);
  CHECK_TEXT(types, c->first_types);
  for (int axis = 0; axis < frame->dim; axis++) {
    CHECK_CLOSE(frame->edges[axis], c->edge, 2e-16);
    CHECK_CLOSE(frame->position[axis], c->x_first[axis], 1e-14);
    CHECK_CLOSE(frame->position[3 * (frame->n - 1) + axis], c->x_last[axis], 1e-14);
  }
}

/** Everything about forces that the reference knows, from any forces[n][3]. */
static void check_forces(const CheckConfiguration *c, const char *who, const double *force, int dim, double tolerance) {
  double largest = 0, sum = 0;
  int index = -1;
  for (int i = 0; i < c->n; i++) {
    double f2 = 0;
    for (int axis = 0; axis < dim; axis++) f2 += force[3 * i + axis] * force[3 * i + axis];
    if (f2 > largest) largest = f2, index = i;
    sum += f2;
  }
  const double *first = c->force_first, length = sqrt(first[0] * first[0] + first[1] * first[1] + first[2] * first[2]);
  for (int axis = 0; axis < dim; axis++) check_number(c, who, "F_0", force[axis], first[axis], length, tolerance);
  check_number(c, who, "F_max", sqrt(largest), c->max_force, c->max_force, tolerance);
  check_number(c, who, "sum F^2", sum, c->sum_force2, c->sum_force2, tolerance);
  CHECK_EQUAL_INT(index, c->max_index);
}
static void check_virial(const CheckConfiguration *c, const char *who, const double virial[6], const Frame *frame, double tolerance) {
  const int dim      = frame->dim;
  const double trace = virial[0] + virial[1] + (dim == 3 ? virial[2] : 0), scale = fabs(c->pressure_virial);
  check_number(c, who, "W", trace / dim, c->pressure_virial, scale, tolerance);
  check_number(c, who, "P", trace / dim / frame_volume(frame), c->pressure, fabs(c->pressure), tolerance);
  check_number(c, who, "virial xy", virial[3], c->virial_xy, scale, tolerance);
  for (int axis = 0; axis < dim; axis++)
    check_number(c, who, "virial diagonal", virial[axis], c->virial_diagonal[axis], fabs(c->virial_diagonal[axis]), tolerance);
}

static void test_twin(const CheckConfiguration *c, const Frame *frame) {
  const BruteModel model = twin_of(c);
  const double tolerance = 5e-14; /* positions rounded to doubles */
  Brute brute;
  brute_compute(&model, frame, &brute);
  double *force = memory_array(3 * (size_t)frame->n, sizeof *force), virial[6];
  for (int64_t k = 0; k < 3 * frame->n; k++) force[k] = (double)brute.force[k];
  for (int k = 0; k < 6; k++) virial[k] = (double)brute.virial[k];
  worst_error = 0;
  check_number(c, "twin", "U", (double)brute.energy, c->energy, fabs(c->energy), tolerance);
  check_number(c, "twin", "U_3", (double)brute.energy_3, c->energy_3, fmax(fabs(c->energy_3), 1e-300), tolerance);
  check_forces(c, "twin", force, frame->dim, tolerance);
  check_virial(c, "twin", virial, frame, tolerance);
  for (int pair = 0; pair < 3; pair++) CHECK_EQUAL_INT(brute.species_pairs[pair], c->pairs[pair]);
  printf("%-15s twin %.1e", c->label, worst_error);
  memory_free(force);
  brute_clear(&brute);
}

static void test_engine(const CheckConfiguration *c, const Ranks *ranks, const Frame *frame) {
  const double tolerance = strcmp(c->potential, "sticky_spheres") == 0 ? 5e-12 : 1e-12;
  Answer answers[PATHS];
  bool is_here[PATHS];
  for (int path = 0; path < PATHS; path++) {
    Model model;
    if (!(is_here[path] = path_select(path))) continue;
    worst_error = 0;
    if (!model_open(&model, c->potential, c->input)) continue;
    Answer *answer = &answers[path];
    answer_compute(answer, ranks, &model, frame, true);
    CHECK_EQUAL_INT(answer->status, STATUS_OK);
    check_number(c, path_names[path], "U", answer->energies.potential, c->energy, fabs(c->energy), tolerance);
    check_number(c, path_names[path], "max_force", answer->energies.max_force, c->max_force, c->max_force, tolerance);
    check_forces(c, path_names[path], answer->frame.force, frame->dim, tolerance);
    check_virial(c, path_names[path], answer->energies.virial, frame, tolerance);
    CHECK_EQUAL_INT(answer->energies.n_pairs, c->pairs[0] + c->pairs[1] + c->pairs[2]);
    printf("  %s %.1e", path_names[path], worst_error);
    model_close(&model);
  }
  if (is_here[0] && is_here[1]) CHECK_RESULT_(answer_equal(&answers[0], &answers[1]), "%s: v4 and v3 differ", c->label);
  if (is_here[1]) printf("  v1 %s v3", answer_equal(&answers[1], &answers[2]) ? "=" : "!=");
  for (int path = 0; path < PATHS; path++)
    if (is_here[path]) answer_clear(&answers[path]);
  printf("\n");
}

int main(int argc, char **argv) {
  Ranks *ranks = ranks_start(&argc, &argv);
  for (int k = 0; k < N_CONFIGURATIONS; k++) {
    const CheckConfiguration *c = &check_configurations[k];
    Frame frame;
    frame_init(&frame);
    lcg_configuration(&frame, c->lattice, c->density, c->fraction_b);
    test_configuration(c, &frame);
    test_twin(c, &frame);
    test_engine(c, ranks, &frame);
    frame_clear(&frame);
  }
  ranks_end(&ranks);
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
