/* Stage `create`: starting configurations, one frame per replica, into OUT/start.h5md. A start is a function of (seed, replica) only. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/params.h"
#include "comm/ranks.h"
#include "json_text.h"
#include "matter/starts.h"
#include "output.h"
#include "potentials/potential.h"
#include "stages/input.h"
#include "stages/stage.h"
#include "storage/exchange_formats.h"
#include "storage/files.h"
#include "storage/trajectory.h"

static int replicas_of(const Command *command, const Params *root) {
  const Params *run = params_section(root, "run");
  return command->replicas ? command->replicas : run ? (int)params_integer(run, "replicas") : 1;
}

static Status make(const Params *root, const Mixture *mixture, int replica, Frame *frame) {
  const Params *own   = params_section(root, "create");
  const uint64_t seed = (uint64_t)params_integer(root, "seed");
  if (params_has(own, "from")) {
    TRY(configuration_read(params_string(own, "from"), params_integer(own, "frame"), mixture, frame));
    for (int64_t i = 0; i < frame->n; i++) frame->mass[i] = mixture->masses[frame->species[i] < mixture->n_species ? frame->species[i] : 0];
    frame->has |= FRAME_MASS;
    frame->step = 0, frame->time = 0, frame->stage = -1, frame->block = -1;
    return STATUS_OK;
  }
  starts_species(mixture, params_integer(own, "particles"), params_double(own, "density"), mixture->dim, seed, frame);
  if (params_choice(own, "start") == 1) {
    starts_lattice(frame);
    return STATUS_OK;
  }
  return starts_random(mixture, seed, (uint32_t)replica, params_double(own, "closest"), frame);
}

/** Root of the world only. */
static Status create(const Command *command, const Params *root, const Ranks *ranks, const Potential *potential, const Mixture *mixture) {
  (void)potential;
  const int replicas = replicas_of(command, root);
  char path[MAX_PATH];
  Frame frame;
  Trajectory *file = NULL;
  Provenance provenance;
  char *text = params_text(root);
  output_path(path, command->out, "start.h5md");
  output_provenance(command, root, ranks, text, &provenance);
  provenance.replicas     = replicas;
  provenance.input_digest = output_digest(root, (const char *const[]){"model", "seed", "create", NULL}) + (uint64_t)replicas;
  frame_init(&frame);
  Status status = files_make_directory(command->out);
  if (status == STATUS_OK && params_has(params_section(root, "create"), "from")) {
    uint64_t digest = 0;
    status          = provenance_file_digest(params_string(params_section(root, "create"), "from"), &digest);
    if (status == STATUS_OK) provenance_add_parent(&provenance, params_string(params_section(root, "create"), "from"), digest);
  }
  for (int k = 0; k < replicas && status == STATUS_OK; k++) {
    status = make(root, mixture, k, &frame);
    if (status == STATUS_OK && k == 0) {
      const TrajectoryOptions options = {.has = frame.has & (FRAME_VELOCITY | FRAME_IMAGE)};
      status                          = trajectory_create(path, NULL, &frame, mixture, &options, &provenance, &file);
    }
    if (status == STATUS_OK) {
      frame.step = k; /* a frame per replica: rows need increasing steps */
      status     = trajectory_append(file, &frame);
    }
  }
  if (status == STATUS_OK) status = trajectory_set_complete(file, true);
  const Status closed = trajectory_close(&file);
  if (status == STATUS_OK) status = closed;
  if (status == STATUS_OK && command->json) {
    printf("{\"file\": ");
    json_string(stdout, path);
    printf(", \"particles\": %lld, \"replicas\": %d, \"density\": %.17g, \"edge\": %.17g}\n", (long long)frame.n, replicas,
           (double)frame.n / frame_volume(&frame), frame.edges[0]);
  } else if (status == STATUS_OK && !command->quiet)
    printf("create: %s, %d configuration%s of %lld particles, density %.6g, box edge %.6g\n", path, replicas, replicas > 1 ? "s" : "",
           (long long)frame.n, (double)frame.n / frame_volume(&frame), frame.edges[0]);
  frame_clear(&frame);
  provenance_clear(&provenance);
  memory_free(text);
  return status;
}

static Status run(const Command *command, Params *root, Ranks *ranks) {
  const Potential *potential;
  void *parameters;
  Mixture mixture;
  TRY(input_model(root, &potential, &parameters, &mixture));
  Status status = STATUS_OK;
  if (ranks_world_rank(ranks) == 0) status = create(command, root, ranks, potential, &mixture);
  potential->release(&parameters);
  return ranks_agree(ranks, status);
}

extern const Stage stage_create;
const Stage stage_create = {"create", "Make starting configurations: OUT/start.h5md", STAGE_INPUT, run};
