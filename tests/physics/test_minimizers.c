/** Every minimiser on every model: it converges to 1e-10, goes down, keeps the centre, and gives the same bits twice. The reference
 *  inherent structures, shaken by 1e-3, come back with U/N and P to 1e-9. A pair of particles ends where the potential says. The gradient
 *  flow ends in the same minimum whatever the tolerance of its integration. */
#include "../check.h"
#include "../data/checks.h"
#include "../lcg.h"
#include "analysis/jump.h"
#include "comm/ranks.h"
#include "descent/quench.h"
#include "twin.h"

static const double TOLERANCE = 1e-10;

static QuenchTask task_of(const Ranks *alone, const Model *model, const char *minimizer) {
  return (QuenchTask){.ranks      = alone,
                      .potential  = model->potential,
                      .parameters = model->parameters,
                      .mixture    = &model->mixture,
                      .minimizer  = minimizer_find(minimizer),
                      .goal       = {.force_tolerance = TOLERANCE, .max_evaluations = 100000, .step = 0.7, .flow_tolerance = 1e-6}};
}

/** Energy of a frame as it is. */
static double energy_of(const Ranks *alone, const Model *model, const Frame *frame) {
  Answer answer;
  answer_compute(&answer, alone, model, frame, false);
  const double energy = answer.energies.potential;
  answer_clear(&answer);
  return energy;
}

static void test_one(const Ranks *alone, const Model *model, const char *minimizer, const Frame *start) {
  const QuenchTask task = task_of(alone, model, minimizer);
  const double before   = energy_of(alone, model, start);
  Frame frame, again;
  Quench quench, second;
  frame_init(&frame);
  frame_init(&again);
  frame_copy(&frame, start);
  frame_copy(&again, start);
  CHECK(quench_frame(&task, &frame, &quench) == STATUS_OK);
  CHECK(quench_frame(&task, &again, &second) == STATUS_OK);
  printf("%-18s %dD %-18s %6lld evaluations, U/N %.10f, max |F| %.1e\n", model->potential->name, start->dim, minimizer,
         (long long)quench.evaluations, quench.energy / (double)frame.n, quench.max_force);
  CHECK_EQUAL_INT(quench.outcome, OUTCOME_CONVERGED);
  CHECK(quench.max_force <= TOLERANCE);
  CHECK(quench.energy < before);
  CHECK_CLOSE(energy_of(alone, model, &frame), quench.energy, 1e-12);
  CHECK(memcmp(frame.position, again.position, 3 * (size_t)frame.n * sizeof(double)) == 0);
  CHECK(quench.energy == second.energy && quench.pressure == second.pressure && quench.evaluations == second.evaluations);
  double moved[3] = {0}, sum = 0;
  const double *energies = frame_find_field(&frame, "potential_energy", NULL);
  for (int64_t k = 0; k < 3 * frame.n; k++) {
    moved[k % 3] += frame.position[k] + frame.image[k] * frame.edges[k % 3] - start->position[k];
    if (k % 3 == 2 && frame.dim == 2) CHECK(frame.position[k] == 0);
  }
  for (int64_t i = 0; i < frame.n; i++) sum += energies[i];
  CHECK_CLOSE(sum, quench.energy, 1e-11);
  for (int axis = 0; axis < frame.dim; axis++) CHECK(fabs(moved[axis]) < 1e-9 * (double)frame.n);
  frame_clear(&frame);
  frame_clear(&again);
}

static void test_model(const Ranks *alone, const char *name, const char *input, char lattice, double density, double fraction_b, bool all) {
  Model model;
  Frame start;
  if (!model_open(&model, name, input)) return;
  frame_init(&start);
  lcg_configuration(&start, lattice, density, fraction_b);
  for (int k = 0; minimizer_list[k]; k++)
    if (all || k < 3) test_one(alone, &model, minimizer_list[k]->name, &start);
  frame_clear(&start);
  model_close(&model);
}

static void test_reference(const Ranks *alone, const char *name, int n, int n_b, double edge, const double *positions, double energy,
                           double pressure) {
  Model model;
  if (!model_open(&model, name, "{}")) return;
  for (int k = 0; minimizer_list[k]; k++) {
    const QuenchTask task = task_of(alone, &model, minimizer_list[k]->name);
    Frame frame;
    Quench quench;
    Lcg g = {99};
    frame_init(&frame);
    frame_resize(&frame, n, 3);
    for (int axis = 0; axis < 3; axis++) frame.edges[axis] = edge;
    for (int i = 0; i < n; i++) frame.species[i] = i >= n - n_b;
    for (int q = 0; q < 3 * n; q++) {
      const double x    = positions[q] + 1e-3 * (2 * lcg_next(&g) - 1);
      frame.position[q] = x - edge * floor(x / edge);
    }
    CHECK(quench_frame(&task, &frame, &quench) == STATUS_OK);
    CHECK_EQUAL_INT(quench.outcome, OUTCOME_CONVERGED);
    CHECK_CLOSE(quench.energy, energy, 1e-9);
    CHECK_CLOSE(quench.pressure, pressure, 1e-9);
    printf("%-18s %-18s reference: U %.1e, P %.1e\n", name, minimizer_list[k]->name, fabs(quench.energy / energy - 1),
           fabs(quench.pressure / pressure - 1));
    frame_clear(&frame);
  }
  model_close(&model);
}

/** Two particles of the Wahnstrom mixture, far too close or too far: r = 2^(1/6), U = -1, each half of the way. The angle costs
 *  no energy: it is right to 1e-8, the energy to 1e-12. */
static void test_pair(const Ranks *alone, double distance) {
  Model model;
  if (!model_open(&model, "wahnstrom", "{}")) return;
  for (int k = 0; minimizer_list[k]; k++) {
    const QuenchTask task = task_of(alone, &model, minimizer_list[k]->name);
    Frame frame;
    Quench quench;
    frame_init(&frame);
    frame_resize(&frame, 2, 3);
    for (int axis = 0; axis < 3; axis++) frame.edges[axis] = 8;
    const double middle[3] = {7.9, 4, 4}, way[3] = {0.6, 0.8, 0};
    for (int q = 0; q < 6; q++) {
      const double x    = middle[q % 3] + (q < 3 ? -0.5 : 0.5) * distance * way[q % 3];
      frame.position[q] = x - 8 * floor(x / 8);
    }
    CHECK(quench_frame(&task, &frame, &quench) == STATUS_OK);
    CHECK_EQUAL_INT(quench.outcome, OUTCOME_CONVERGED);
    CHECK_CLOSE(quench.energy, -1.0, 1e-12);
    for (int q = 0; q < 6; q++) {
      const double x = frame.position[q] + frame.image[q] * 8, wanted = middle[q % 3] + (q < 3 ? -0.5 : 0.5) * pow(2, 1.0 / 6) * way[q % 3];
      CHECK_RESULT_(fabs(remainder(x - wanted, 8)) < 1e-8, "%s from %g: %.12g, not %.12g", minimizer_list[k]->name, distance, x, wanted);
    }
    frame_clear(&frame);
  }
  model_close(&model);
}

/** From a melt: minima far away, many basins. */
static void test_flow(const Ranks *alone) {
  Model model;
  Frame frames[2];
  Quench quench;
  if (!model_open(&model, "ipl3d", "{}")) return;
  for (int k = 0; k < 2; k++) {
    Lcg g           = {7};
    QuenchTask task = task_of(alone, &model, "steepest_descent");
    frame_init(&frames[k]);
    lcg_configuration(&frames[k], 'f', 0.82, 0.5);
    for (int64_t q = 0; q < 3 * frames[k].n; q++) {
      const double edge = frames[k].edges[0], x = frames[k].position[q] + 0.5 * (lcg_next(&g) - 0.5);
      frames[k].position[q] = x - edge * floor(x / edge);
    }
    task.goal.flow_tolerance = k == 0 ? 1e-5 : 1e-7;
    CHECK(quench_frame(&task, &frames[k], &quench) == STATUS_OK);
    CHECK_EQUAL_INT(quench.outcome, OUTCOME_CONVERGED);
  }
  const Jump jump = jump_measure(&frames[0], &frames[1]);
  printf("gradient flow, tolerances 1e-5 and 1e-7: largest difference %.1e\n", jump.largest);
  CHECK(jump.largest < 1e-6);
  frame_clear(&frames[0]);
  frame_clear(&frames[1]);
  model_close(&model);
}

/** What does not converge says so, and its energies are unknown. */
static void test_failures(const Ranks *alone) {
  Model model;
  Frame frame;
  Quench quench;
  if (!model_open(&model, "ipl3d", "{}")) return;
  for (int k = 0; minimizer_list[k]; k++) {
    QuenchTask task = task_of(alone, &model, minimizer_list[k]->name);
    frame_init(&frame);
    lcg_configuration(&frame, 'f', 0.82, 0.5);
    task.goal.max_evaluations = 60;
    CHECK(quench_frame(&task, &frame, &quench) == STATUS_OK);
    CHECK_EQUAL_INT(quench.outcome, OUTCOME_EXHAUSTED);
    CHECK(quench.max_force > TOLERANCE && quench.evaluations < 400);
    CHECK(isnan(frame_find_field(&frame, "potential_energy", NULL)[0]));
    memcpy(frame.position + 3, frame.position, 3 * sizeof(double)); /* two particles on one place */
    CHECK(quench_frame(&task, &frame, &quench) == STATUS_OK);
    CHECK_EQUAL_INT(quench.outcome, OUTCOME_LOST);
    CHECK(isnan(quench.energy) && isnan(frame_find_field(&frame, "potential_energy", NULL)[0]));
    frame_clear(&frame);
  }
  model_close(&model);
}

int main(int argc, char **argv) {
  Ranks *ranks = ranks_start(&argc, &argv);
  Ranks *alone = ranks_alone(ranks);
  test_model(alone, "ipl3d", "{}", 'f', 0.82, 0.5, true);
  test_model(alone, "mblj", "{}", 'f', 1.2, 0.2, true);
  test_model(alone, "sticky_spheres", "{}", 'f', 0.6, 0.5, true);
  test_model(alone, "sticky_spheres", "{preset: rho0.70}", 'f', 0.7, 0.5, false);
  test_model(alone, "sticky_spheres", "{preset: rho0.95}", 'f', 0.95, 0.5, false);
  test_model(alone, "wahnstrom", "{}", 'f', 1.296, 0.5, false);
  test_model(alone, "kob_andersen", "{}", 'f', 1.2, 0.2, false);
  test_model(alone, "stillinger_weber", "{}", 'd', 0.52, 0, true);
  test_model(alone, "ipl2d", "{}", '2', 0.86, 0.5, true);
  test_model(alone, "kob_andersen", "{}", '2', 1.2, 0.35, false);
  test_model(alone, "mblj", "{}", '2', 1.2, 0.35, false);
  test_model(alone, "wahnstrom", "{}", '2', 1.1, 0.5, false);
  test_model(alone, "sticky_spheres", "{}", '2', 0.8, 0.5, false);
  test_reference(alone, "ipl3d", CHECK_IPL_N, CHECK_IPL_N_B, check_ipl_edge, check_ipl_positions, check_ipl_energy, check_ipl_pressure);
  test_reference(alone, "mblj", CHECK_MBLJ_N, CHECK_MBLJ_N_B, check_mblj_edge, check_mblj_positions, check_mblj_energy,
                 check_mblj_pressure);
  test_reference(alone, "sticky_spheres", CHECK_SS_N, CHECK_SS_N_B, check_ss_edge, check_ss_positions, check_ss_energy, check_ss_pressure);
  test_reference(alone, "stillinger_weber", CHECK_SW_N, CHECK_SW_N_B, check_sw_edge, check_sw_positions, check_sw_energy,
                 check_sw_pressure);
  test_pair(alone, 0.9);
  test_pair(alone, 1.6);
  test_flow(alone);
  test_failures(alone);
  ranks_beside_end(&alone);
  ranks_end(&ranks);
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
