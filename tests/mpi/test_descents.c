/** A descent has the same bits in a group of any domain grid as on one rank: positions, images, energies per particle, U, P, max |F| and
 * the number of evaluations; for every minimiser, for pairs and triplets, in 2D and 3D, from starts so far up that particles leave their
 *  domains. Where they go too far for the grid, the group says so. */
#include "../check.h"
#include "../lcg.h"
#include "../physics/twin.h"
#include "comm/exchange.h"
#include "comm/ranks.h"
#include "descent/quench.h"

enum { COPIES = 4 };

/** The check configuration, four of it in a row along x, every coordinate shaken by up to `shake`. */
static void make_start(Frame *frame, char lattice, double density, double fraction_b, double shake) {
  Frame cell;
  Lcg g = {77};
  frame_init(&cell);
  lcg_configuration(&cell, lattice, density, fraction_b);
  frame_resize(frame, COPIES * cell.n, cell.dim);
  memcpy(frame->edges, cell.edges, sizeof cell.edges);
  frame->edges[0] *= COPIES;
  for (int64_t k = 0; k < frame->n; k++) {
    const int64_t from = k % cell.n;
    frame->species[k]  = cell.species[from];
    for (int axis = 0; axis < cell.dim; axis++) {
      const double edge = frame->edges[axis], offset = axis == 0 ? (double)(k / cell.n) * cell.edges[0] : 0;
      const double x                = cell.position[3 * from + axis] + offset + shake * (2 * lcg_next(&g) - 1);
      frame->position[3 * k + axis] = x - edge * floor(x / edge);
    }
  }
  frame_clear(&cell);
}

static bool is_same(const Frame *a, const Quench *qa, const Frame *b, const Quench *qb) {
  const size_t n = (size_t)a->n;
  return a->n == b->n && memcmp(a->position, b->position, 3 * n * sizeof(double)) == 0 &&
         memcmp(a->image, b->image, 3 * n * sizeof(int32_t)) == 0 &&
         memcmp(frame_find_field(a, "potential_energy", NULL), frame_find_field(b, "potential_energy", NULL), n * sizeof(double)) == 0 &&
         qa->outcome == qb->outcome && qa->energy == qb->energy && qa->pressure == qb->pressure && qa->max_force == qb->max_force &&
         qa->evaluations == qb->evaluations;
}

/** All grids of the world's size that fit, narrow ones only if wanted. Returns how many strayed. */
static int test_grids(Ranks *ranks, const QuenchTask *task, const Frame *start, const Frame *alone, const Quench *expected, bool narrow) {
  static const int grids[][3] = {{1, 1, 1}, {2, 1, 1}, {1, 2, 1}, {3, 1, 1}, {4, 1, 1}, {2, 2, 1}, {8, 1, 1}, {2, 2, 2}};
  const double reach          = system_reach(task->potential, task->parameters, task->mixture);
  int strayed                 = 0;
  for (size_t k = 0; k < sizeof grids / sizeof *grids; k++) {
    const int *g = grids[k];
    int largest[3];
    if (g[0] * g[1] * g[2] != ranks_world_size(ranks) || !system_grid_fits(start->edges, start->dim, reach, g, largest) ||
        narrow != (g[0] == 8))
      continue;
    ranks_split(ranks, 1, g);
    QuenchTask own = *task;
    Frame frame;
    Quench quench;
    own.ranks = ranks;
    frame_init(&frame);
    if (ranks_rank(ranks) == 0) frame_copy(&frame, start);
    CHECK(quench_frame(&own, &frame, &quench) == STATUS_OK);
    strayed += quench.outcome == OUTCOME_STRAYED;
    if (ranks_rank(ranks) == 0 && quench.outcome != OUTCOME_STRAYED)
      CHECK_RESULT_(is_same(alone, expected, &frame, &quench), "%s %dD %s on %dx%dx%d: %s, %lld evaluations, U %.17g, not %s, %lld, %.17g",
                    task->potential->name, start->dim, task->minimizer->name, g[0], g[1], g[2], outcome_name(quench.outcome),
                    (long long)quench.evaluations, quench.energy, outcome_name(expected->outcome), (long long)expected->evaluations,
                    expected->energy);
    CHECK(quench.evaluations == expected->evaluations || quench.outcome == OUTCOME_STRAYED); /* known to all */
    if (ranks_rank(ranks) == 0)
      printf("%-18s %dD %-18s %dx%dx%d: %s, %lld evaluations\n", task->potential->name, start->dim, task->minimizer->name, g[0], g[1], g[2],
             outcome_name(quench.outcome), (long long)quench.evaluations);
    frame_clear(&frame);
  }
  return strayed;
}

/** which: first letters of the minimisers. Returns how many descents on wide or narrow grids strayed. */
static int test_model(Ranks *ranks, const char *name, char lattice, double density, double fraction_b, double shake, const char *which,
                      bool narrow) {
  Model model;
  Frame start, alone;
  int strayed = 0;
  Ranks *own  = ranks_alone(ranks);
  if (!model_open(&model, name, "{}")) return 0;
  frame_init(&start);
  frame_init(&alone);
  make_start(&start, lattice, density, fraction_b, shake);
  for (int k = 0; minimizer_list[k]; k++) {
    if (!strchr(which, minimizer_list[k]->name[0])) continue;
    const QuenchTask task = {.ranks      = own,
                             .potential  = model.potential,
                             .parameters = model.parameters,
                             .mixture    = &model.mixture,
                             .minimizer  = minimizer_list[k],
                             .goal       = {.force_tolerance = 1e-8, .max_evaluations = 50, .step = 0.7, .flow_tolerance = 1e-3}};
    Quench expected;
    frame_copy(&alone, &start);
    CHECK(quench_frame(&task, &alone, &expected) == STATUS_OK);
    strayed += test_grids(ranks, &task, &start, &alone, &expected, narrow);
  }
  frame_clear(&start);
  frame_clear(&alone);
  model_close(&model);
  ranks_beside_end(&own);
  return strayed;
}

int main(int argc, char **argv) {
  Ranks *ranks = ranks_start(&argc, &argv);
  int strayed  = 0;
  strayed += test_model(ranks, "ipl3d", 'f', 0.82, 0.5, 0.2, "fcls", false);
  strayed += test_model(ranks, "stillinger_weber", 'd', 0.52, 0, 0.1, "fl", false);
  strayed += test_model(ranks, "ipl2d", '2', 0.86, 0.5, 0.2, "fs", false);
  CHECK_EQUAL_INT(strayed, 0);
  strayed = test_model(ranks, "kob_andersen", 'f', 1.2, 0.2, 0.05, "f", true); /* domains hardly wider than the cut-off */
  CHECK_EQUAL_INT(strayed, ranks_world_size(ranks) == 8);
  ranks_end(&ranks);
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
