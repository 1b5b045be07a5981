/** `export FILE.h5md TARGET`: frames of a trajectory as extended XYZ or LAMMPS data, for other programs.
 *
 *  The mixture is made of what the file itself says (names of species, masses), so foreign H5MD files can be exported too. An existing
 *  target is moved aside. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "json_text.h"
#include "matter/frame.h"
#include "matter/mixture.h"
#include "stages/stage.h"
#include "storage/exchange_formats.h"
#include "storage/files.h"
#include "storage/trajectory.h"

typedef struct Plan {
  const char *source, *target;
  bool is_lammps, all;
  int64_t frame; /* negative: from the end */
} Plan;

static bool ends_with(const char *text, const char *ending) {
  const size_t n = strlen(text), m = strlen(ending);
  return n > m && strcmp(text + n - m, ending) == 0;
}

static Status read_which(const char *word, Plan *plan) {
  if (strcmp(word, "frames=all") == 0 || strcmp(word, "frame=all") == 0) {
    plan->all = true;
    return STATUS_OK;
  }
  char *end          = NULL;
  const char *number = strncmp(word, "frame=", 6) == 0 ? word + 6 : "";
  const long value   = strtol(number, &end, 10);
  if (end == number || *end != '\0' || value == LONG_MAX || value == LONG_MIN) {
    return fail(STATUS_INPUT, "export: '%s': frame=K (negative: from the end) or frames=all is expected", word);
  }
  plan->frame = value;
  return STATUS_OK;
}

static Status read_plan(const Command *command, Plan *plan) {
  if (command->n_arguments < 2 || command->n_arguments > 3) {
    return fail(STATUS_INPUT, "export wants: tektite export FILE.h5md TARGET.xyz|TARGET.data [frame=K|frames=all]");
  }
  *plan = (Plan){.source = command->arguments[0], .target = command->arguments[1], .frame = -1};
  if (command->n_arguments == 3) TRY(read_which(command->arguments[2], plan));
  plan->is_lammps = ends_with(plan->target, ".data");
  if (!plan->is_lammps && !ends_with(plan->target, ".xyz")) {
    return fail(STATUS_INPUT, "export: %s: the target must end in .xyz (extended XYZ) or .data (LAMMPS)", plan->target);
  }
  if (plan->is_lammps && plan->all) return fail(STATUS_INPUT, "export: a LAMMPS data file holds one frame; choose one with frame=K");
  return STATUS_OK;
}

/** Names and masses as the file has them. */
static Status find_mixture(const Trajectory *file, const Frame *frame, Mixture *mixture) {
  *mixture                    = (Mixture){.dim = frame->dim};
  int64_t counts[MAX_SPECIES] = {0};
  mixture->n_species          = frame_species_counts(frame, MAX_SPECIES, counts);
  if (mixture->n_species > MAX_SPECIES) {
    return fail(STATUS_INPUT, "export: %d species in the file, tektite knows at most %d", mixture->n_species, MAX_SPECIES);
  }
  for (int s = 0; s < mixture->n_species; s++) {
    snprintf(mixture->names[s], sizeof mixture->names[s], "%.15s", trajectory_species_name(file, s));
    mixture->masses[s]    = 1;
    mixture->sizes[s]     = 1;
    mixture->fractions[s] = frame->n > 0 ? (double)counts[s] / (double)frame->n : 0;
  }
  for (int64_t i = 0; (frame->has & FRAME_MASS) && i < frame->n; i++) mixture->masses[frame->species[i]] = frame->mass[i];
  return STATUS_OK;
}

static Status export_frames(const Plan *plan, Trajectory *file, int64_t *n_done) {
  const int64_t n   = trajectory_frames(file);
  const int64_t one = plan->frame < 0 ? n + plan->frame : plan->frame;
  if (n == 0) return fail(STATUS_FILE, "%s: no frames", plan->source);
  if (!plan->all && (one < 0 || one >= n)) {
    return fail(STATUS_INPUT, "export: frame=%lld: %s has %lld frames, 0 to %lld", (long long)plan->frame, plan->source, (long long)n,
                (long long)n - 1);
  }
  TRY(files_move_aside(plan->target));
  Frame frame;
  frame_init(&frame);
  Status status = STATUS_OK;
  for (int64_t k = plan->all ? 0 : one; status == STATUS_OK && k < (plan->all ? n : one + 1); k++) {
    Mixture mixture;
    status = trajectory_read(file, k, &frame);
    if (status == STATUS_OK) status = find_mixture(file, &frame, &mixture);
    if (status != STATUS_OK) break;
    status = plan->is_lammps ? lammps_write(plan->target, &frame, &mixture) : xyz_write(plan->target, *n_done > 0, &frame, &mixture);
    ++*n_done;
  }
  frame_clear(&frame);
  return status;
}

static Status export_run(const Command *command, Params *root, Ranks *ranks) {
  (void)root, (void)ranks;
  Plan plan;
  TRY(read_plan(command, &plan));
  if (!error_is_voice()) return STATUS_OK;
  Trajectory *file = NULL;
  int64_t n_done   = 0;
  TRY(trajectory_open(plan.source, false, &file));
  Status status       = export_frames(&plan, file, &n_done);
  const Status closed = trajectory_close(&file);
  if (status == STATUS_OK) status = closed;
  if (status != STATUS_OK) return status;
  if (command->json) {
    printf("{\"target\": ");
    json_string(stdout, plan.target);
    printf(", \"frames\": %lld}\n", (long long)n_done);
  } else if (!command->quiet) {
    printf("%s: %lld frame%s\n", plan.target, (long long)n_done, n_done == 1 ? "" : "s");
  }
  return STATUS_OK;
}

const Stage stage_export = {"export", "Frames of a trajectory as extended XYZ or LAMMPS data", STAGE_FILES, export_run};
