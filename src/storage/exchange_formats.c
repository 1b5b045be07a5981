/** Any configuration file, by its ending.
 *
 *  A trajectory of another program, or of another model, names and numbers its species in its own way: if all names it uses are
 *  species of this model, names decide; else numbers do. What comes out fits the model: its dimension, no species it does not know. */
#include "storage/exchange_formats.h"

#include <string.h>

#include "base/error.h"
#include "storage/trajectory.h"

static bool has_ending(const char *path, const char *ending) {
  const size_t length = strlen(path), extra = strlen(ending);
  return length > extra && strcmp(path + length - extra, ending) == 0;
}

static Status fit_species(const char *path, const Trajectory *trajectory, const Mixture *mixture, Frame *frame) {
  const int n = frame_species_counts(frame, 0, NULL);
  int map[64];
  bool by_name = n <= 64;
  for (int k = 0; k < n && by_name; k++) {
    map[k]           = -1;
    const char *name = trajectory_species_name(trajectory, k);
    for (int s = 0; s < mixture->n_species; s++)
      if (strcmp(mixture->names[s], name) == 0) map[k] = s;
    by_name = map[k] >= 0;
  }
  if (!by_name && n > mixture->n_species) return fail(STATUS_FILE, "%s: has %d species, the model has %d", path, n, mixture->n_species);
  if (by_name)
    for (int64_t i = 0; i < frame->n; i++) frame->species[i] = map[frame->species[i]];
  return STATUS_OK;
}

/** A two-dimensional configuration of another program, padded with z = 0. */
static void flatten(const Trajectory *trajectory, const Mixture *mixture, Frame *frame) {
  if (trajectory_model(trajectory)[0] != '\0' || mixture->dim != 2 || frame->dim != 3) return;
  for (int64_t i = 0; i < frame->n; i++)
    if (frame->position[3 * i + 2] != 0.0 || frame->velocity[3 * i + 2] != 0.0) return;
  frame->dim      = 2;
  frame->edges[2] = 1.0;
}

static Status read_trajectory(const char *path, int64_t k, const Mixture *mixture, Frame *frame) {
  Trajectory *trajectory = NULL;
  TRY(trajectory_open(path, false, &trajectory));
  Status status = trajectory_read(trajectory, k, frame);
  if (status == STATUS_OK) flatten(trajectory, mixture, frame);
  if (status == STATUS_OK && frame->dim != mixture->dim)
    status = fail(STATUS_FILE, "%s: is %d-dimensional, the model is %d-dimensional", path, frame->dim, mixture->dim);
  if (status == STATUS_OK) status = fit_species(path, trajectory, mixture, frame);
  const Status closed = trajectory_close(&trajectory);
  return status != STATUS_OK ? status : closed;
}

Status configuration_read(const char *path, int64_t k, const Mixture *mixture, Frame *frame) {
  if (has_ending(path, ".h5md") || has_ending(path, ".h5")) return read_trajectory(path, k, mixture, frame);
  if (has_ending(path, ".xyz") || has_ending(path, ".extxyz")) return xyz_read(path, k, mixture, frame);
  if (has_ending(path, ".data")) {
    if (k != 0 && k != -1) return fail(STATUS_FILE, "%s: a LAMMPS data file holds one frame, not frame %lld", path, (long long)k);
    return lammps_read(path, mixture, frame);
  }
  return fail(STATUS_FILE, "%s: unknown ending: a configuration is .h5md, .xyz (extended) or .data (LAMMPS)", path);
}

static Status count_trajectory(const char *path, int64_t *n) {
  Trajectory *trajectory = NULL;
  TRY(trajectory_open(path, false, &trajectory));
  *n = trajectory_frames(trajectory);
  return trajectory_close(&trajectory);
}

Status configuration_count(const char *path, int64_t *n) {
  if (has_ending(path, ".xyz") || has_ending(path, ".extxyz")) return xyz_count(path, n);
  if (has_ending(path, ".h5md") || has_ending(path, ".h5")) return count_trajectory(path, n);
  *n = 1; /* .data; other endings are told when it is read */
  return STATUS_OK;
}
