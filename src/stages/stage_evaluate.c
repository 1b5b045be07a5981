/* Stage `evaluate`: energy, virial and forces of one configuration, on any number of ranks, into OUT/evaluate.h5md (forces and energies
 * per particle) and on stdout. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "comm/ranks.h"
#include "comm/reduce.h"
#include "engine/system.h"
#include "json_text.h"
#include "output.h"
#include "stages/input.h"
#include "storage/exchange_formats.h"
#include "storage/files.h"
#include "storage/trajectory.h"

static Status read_frame(const Command *command, const Params *root, const Mixture *mixture, Provenance *provenance, Frame *frame) {
  const Params *own = params_section(root, "evaluate");
  char path[MAX_PATH];
  uint64_t digest;
  if (params_has(own, "from"))
    snprintf(path, sizeof path, "%s", params_string(own, "from"));
  else {
    output_path(path, command->out, "run.h5md");
    if (!files_exist(path)) output_path(path, command->out, "start.h5md");
  }
  if (!files_exist(path)) return fail(params_has(own, "from") ? STATUS_INPUT : STATUS_FILE, "%s: no such file (evaluate.from)", path);
  TRY(configuration_read(path, params_integer(own, "frame"), mixture, frame));
  TRY(provenance_file_digest(path, &digest));
  provenance_add_parent(provenance, path, digest);
  return STATUS_OK;
}

static void print_result(const Command *command, const Energies *e, int64_t n, double pressure) {
  static const int at[9] = {0, 3, 4, 3, 1, 5, 4, 5, 2};
  if (command->json) {
    printf("{\"energy\": ");
    json_number(stdout, e->potential);
    printf(", \"energy_per_particle\": ");
    json_number(stdout, e->potential / (double)n);
    printf(", \"virial\": [");
    for (int k = 0; k < 9; k++) {
      printf("%s", k % 3 == 0 ? (k ? "], [" : "[") : ", ");
      json_number(stdout, e->virial[at[k]]);
    }
    printf("]], \"pressure\": ");
    json_number(stdout, pressure);
    printf(", \"max_force\": ");
    json_number(stdout, e->max_force);
    printf(", \"n_pairs\": %lld, \"particles\": %lld}\n", (long long)e->n_pairs, (long long)n);
    return;
  }
  printf("particles   %lld\nenergy      %.17g\nenergy/N    %.17g\n", (long long)n, e->potential, e->potential / (double)n);
  for (int k = 0; k < 9; k += 3)
    printf("%s %22.15g %22.15g %22.15g\n", k ? "        " : "virial  ", e->virial[at[k]], e->virial[at[k + 1]], e->virial[at[k + 2]]);
  printf(
      "pressure    %.17g   (configurational part, tr W/(d V), and kinetic part of the stored velocities)\nmax |F|     %.17g\npairs       "
      "%lld\n",
      pressure, e->max_force, (long long)e->n_pairs);
}

static Status write_file(const Command *command, const Mixture *mixture, const Provenance *provenance, const Frame *frame) {
  char path[MAX_PATH];
  Trajectory *file = NULL;
  TRY(files_make_directory(command->out));
  output_path(path, command->out, "evaluate.h5md");
  const TrajectoryOptions options = {.has = FRAME_VELOCITY | FRAME_IMAGE | FRAME_FORCE};
  TRY(trajectory_create(path, NULL, frame, mixture, &options, provenance, &file));
  Status status = trajectory_append(file, frame);
  if (status == STATUS_OK) status = trajectory_set_complete(file, true);
  const Status closed = trajectory_close(&file);
  return status == STATUS_OK ? closed : status;
}

/** Frame at the root -> forces -> result and file. */
static Status evaluate(const Command *command, Ranks *ranks, const Potential *potential, const void *parameters, const Mixture *mixture,
                       const Provenance *provenance, Frame *frame) {
  double facts[4] = {frame->edges[0], frame->edges[1], frame->edges[2], frame->dim};
  if (ranks_world_rank(ranks) != 0) memset(facts, 0, sizeof facts);
  reduce_sum_doubles(ranks, facts, 4);
  int grid[3];
  system_choose_grid(facts, (int)facts[3], system_reach(potential, parameters, mixture), ranks_world_size(ranks), grid);
  ranks_split(ranks, 1, grid);
  if (ranks_group(ranks) != 0) return STATUS_OK;
  System *system = NULL;
  TRY(system_create(ranks, potential, parameters, mixture, frame, &system));
  Status status = system_forces(system, true);
  if (status == STATUS_OK) {
    const Energies *e  = system_energies(system);
    const int64_t step = frame->step;
    const double time = frame->time, twice = system_twice_kinetic(system), volume = system_volume(system);
    const int dim      = system_dim(system);
    const double trace = e->virial[0] + e->virial[1] + (dim == 3 ? e->virial[2] : 0);
    system_save(system, frame, true);
    frame->step = step, frame->time = time;
    if (ranks_rank(ranks) == 0) {
      status = write_file(command, mixture, provenance, frame);
      if (status == STATUS_OK) print_result(command, e, system_particles(system), (twice + trace) / (dim * volume));
    }
  }
  system_destroy(&system);
  return status;
}

static Status run(const Command *command, Params *root, Ranks *ranks) {
  const Potential *potential;
  void *parameters;
  Mixture mixture;
  TRY(input_model(root, &potential, &parameters, &mixture));
  Provenance provenance;
  char *text = params_text(root);
  Frame frame;
  frame_init(&frame);
  output_provenance(command, root, ranks, text, &provenance);
  Status status = STATUS_OK;
  if (ranks_world_rank(ranks) == 0) status = read_frame(command, root, &mixture, &provenance, &frame);
  status = ranks_agree(ranks, status);
  if (status == STATUS_OK) status = ranks_agree(ranks, evaluate(command, ranks, potential, parameters, &mixture, &provenance, &frame));
  frame_clear(&frame);
  provenance_clear(&provenance);
  memory_free(text);
  potential->release(&parameters);
  return status;
}

extern const Stage stage_evaluate;
const Stage stage_evaluate = {"evaluate", "Energy, virial and forces of one configuration: OUT/evaluate.h5md", STAGE_INPUT, run};
