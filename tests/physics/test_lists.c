/* Neighbour lists while particles move: every list of a run is compared with brute force (no interacting pair may miss, none may stand
 * twice), for all models in 2D and 3D, in the smallest legal boxes, in flat and long boxes, with lists that live 2, 6 or 40 steps, on every
 * instruction set. The list policy must not change a bit of the trajectory. */
#include "dynamics/md.h"
#include "matter/starts.h"
#include "twin.h"

static Ranks *ranks;

typedef struct Case {
  const char *what;
  double stretch[3];
  int64_t n;
} Case; /* n 0: as few as the box allows */

/** Digest of a short hot run; 0 after a failure. */
static uint64_t play(const Model *model, const Frame *start, double list_steps, bool check) {
  System *system = NULL;
  Md *md         = NULL;
  Frame end;
  const MdSettings settings = {.ensemble         = ENSEMBLE_NVT,
                               .timestep         = 0.5 * model->mixture.timestep,
                               .temperature_from = 0.5,
                               .temperature_to   = 0.5,
                               .coupling_time    = model->mixture.coupling_time,
                               .chain_length     = 1,
                               .steps            = 120,
                               .drift_every      = 50};
  frame_init(&end);
  uint64_t digest = 0;
  if (system_create(ranks, model->potential, model->parameters, &model->mixture, start, &system) == STATUS_OK) {
    system_thermalize(system, 0.5, 7, 0);
    if (md_start(system, &settings, &md) == STATUS_OK) {
      system_set_skin(system, settings.timestep, list_steps, 0);
      system_set_check(system, check);
      Status status = STATUS_OK;
      for (int k = 0; k < settings.steps && status == STATUS_OK; k++) {
        Request request = REQUEST_NONE;
        status          = md_step(md, k % 40 == 0, &request);
      }
      CHECK(status == STATUS_OK);
      md_settle(md);
      system_save(system, &end, false);
      digest = frame_digest(&end);
    }
  }
  md_end(&md);
  system_destroy(&system);
  frame_clear(&end);
  return digest;
}

static void try_case(const char *name, int dim, const Case *c) {
  Model model;
  if (!model_open(&model, name, "{}")) return;
  const double reach   = system_reach(model.potential, model.parameters, &model.mixture) - 0.31; /* the cut-off */
  const double density = model.mixture.dim == dim ? model.mixture.density : dim == 2 ? 0.6 : 0.4;
  double volume        = 1, edges[3];
  for (int axis = 0; axis < 3; axis++) {
    edges[axis] = axis < dim ? 2.001 * reach * c->stretch[axis] : 1;
    volume *= edges[axis];
  }
  const int64_t n    = c->n ? c->n : (int64_t)(volume * density);
  const double scale = c->n ? pow((double)n / density / volume, 1.0 / dim) : 1;
  Frame frame;
  frame_init(&frame);
  starts_species(&model.mixture, n, density, dim, 11, &frame);
  for (int axis = 0; axis < dim; axis++) frame.edges[axis] = edges[axis] * scale;
  if (starts_random(&model.mixture, 11, 0, 0.95 * model.mixture.closest, &frame) == STATUS_OK) {
    const uint64_t digest = play(&model, &frame, 6, true);
    CHECK(digest != 0);
    CHECK(play(&model, &frame, 2, true) == digest);
    CHECK(play(&model, &frame, 40, true) == digest);
    CHECK(play(&model, &frame, 0, false) == digest);
  } else
    CHECK(false);
  printf("%-4s %-17s %dD %-8s N %lld, box %.3g %.3g %.3g\n", simd_name(), name, dim, c->what, (long long)n, frame.edges[0], frame.edges[1],
         frame.edges[2]);
  frame_clear(&frame);
  model_close(&model);
}

int main(int argc, char **argv) {
  static const Case cases[] = {
      {"smallest", {1, 1, 1}, 0}, {"long", {3.1, 1, 1.2}, 0}, {"flat", {1.1, 2.9, 1}, 0}, {"usual", {1, 1, 1}, 1000}};
  ranks = ranks_start(&argc, &argv);
  for (int path = 0; path < PATHS; path++) {
    if (!path_select(path)) continue;
    for (const Potential *const *p = potential_list(); *p; p++)
      for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
        for (int dim = 2; dim <= 3; dim++) try_case((*p)->name, dim, &cases[k]);
  }
  ranks_end(&ranks);
  CHECK(memory_live() == 0);
  return check_report();
}
