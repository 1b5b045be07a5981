/** Reading frames of a trajectory.
 *
 *  One frame is one hyperslab of each element. What is fixed in time was read when the file was opened. Species are 1..n in our files;
 *  a foreign file may count from 0, from 1, or use any numbers (atomic numbers, say), which become their rank. Frames are then tidied
 *  (tidy.c): wrapped and in id order, whoever wrote them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "matter/mixture.h"
#include "tidy.h"
#include "trajectory_file.h"

int64_t trajectory_frames(const Trajectory *t) { return t->n_frames; }

const char *trajectory_model(const Trajectory *t) { return t->model == NULL ? "" : t->model; }

int trajectory_stage(const Trajectory *t, const char *name) {
  for (int64_t k = 0; k < t->n_stages; k++)
    if (strcmp(t->stage_names[k], name) == 0) return (int)k;
  return -1;
}

int trajectory_dimension(const Trajectory *t) { return t->dim; }

const char *trajectory_stage_name(const Trajectory *t, int stage) {
  return stage >= 0 && stage < t->n_stages ? t->stage_names[stage] : NULL;
}

const char *trajectory_species_name(const Trajectory *t, int species) {
  static const char *const plain[] = {"A", "B", "C", "D", "E", "F", "G", "H"};
  if (species >= 0 && species < t->n_species_names && t->species_names[species][0] != '\0') return t->species_names[species];
  return species >= 0 && species < (int)(sizeof plain / sizeof *plain) ? plain[species] : "?";
}

static Status find_frame(const Trajectory *t, int64_t *k) {
  const int64_t asked = *k;
  if (*k < 0) *k += t->n_frames;
  if (*k < 0 || *k >= t->n_frames)
    return fail(STATUS_FILE, "%s: has no frame %lld: it has %lld", t->path, (long long)asked, (long long)t->n_frames);
  return STATUS_OK;
}

Status trajectory_when(Trajectory *t, int64_t k, int64_t *step, double *time, int32_t *stage, int32_t *block) {
  TRY(find_frame(t, &k));
  if (step != NULL) *step = t->steps[k];
  if (time != NULL) *time = t->times[k];
  if (stage != NULL) *stage = t->stages[k];
  if (block != NULL) *block = t->blocks[k];
  return STATUS_OK;
}

static Status read_edges(Trajectory *t, int64_t k, Frame *frame) {
  double rows[9] = {0};
  const int dim  = t->position.components;
  if (t->edges_fixed)
    TRY(h5_read_array(t->edges, H5T_NATIVE_DOUBLE, rows));
  else
    TRY(h5_read_rows(t->edges, k, 1, H5T_NATIVE_DOUBLE, rows));
  for (int axis = 0; axis < 3; axis++) frame->edges[axis] = 1.0;
  for (int a = 0; a < t->dim; a++) {
    frame->edges[a] = t->edges_rank == 1 ? rows[a] : rows[a * dim + a];
    for (int b = 0; b < dim && t->edges_rank == 2; b++)
      if (a != b && rows[a * dim + b] != 0.0)
        return h5_fail(t->file, "frame %lld: the box is not rectangular (edges[%d][%d] = %g)", (long long)k, a, b, rows[a * dim + b]);
  }
  return STATUS_OK;
}

/** [N][2] or [N][3] in the file to [n][3]; in two dimensions the third component stays 0. */
static Status read_vectors(Trajectory *t, const Element *element, int64_t k, double *values) {
  const int components = element->components;
  TRY(h5_read_rows(element->value, k, 1, H5T_NATIVE_DOUBLE, values));
  if (components == 2)
    for (int64_t i = t->n - 1; i >= 0; i--) {
      const double x = values[2 * i], y = values[2 * i + 1];
      values[3 * i]     = x;
      values[3 * i + 1] = y;
      values[3 * i + 2] = 0.0;
    }
  else if (t->dim == 2)
    for (int64_t i = 0; i < t->n; i++) values[3 * i + 2] = 0.0;
  return STATUS_OK;
}

static Status read_images(Trajectory *t, int64_t k, int32_t *image) {
  TRY(h5_read_rows(t->image.value, k, 1, H5T_NATIVE_INT32, image));
  if (t->image.components == 2)
    for (int64_t i = t->n - 1; i >= 0; i--) {
      const int32_t x = image[2 * i], y = image[2 * i + 1];
      image[3 * i]     = x;
      image[3 * i + 1] = y;
      image[3 * i + 2] = 0;
    }
  return STATUS_OK;
}

static Status read_row(const Element *element, int64_t k, hid_t type, const void *fixed, size_t bytes, void *values) {
  if (element->value < 0) return STATUS_OK;
  if (!element->is_fixed) return h5_read_rows(element->value, k, 1, type, values);
  memcpy(values, fixed, bytes);
  return STATUS_OK;
}

/** File numbers to 0-based species. */
static Status number_species(const Trajectory *t, Frame *frame) {
  int32_t *species = frame->species;
  int32_t least = INT32_MAX, most = INT32_MIN;
  if (t->species.value < 0) return STATUS_OK;
  for (int64_t i = 0; i < frame->n; i++) {
    if (species[i] < least) least = species[i];
    if (species[i] > most) most = species[i];
  }
  if (least < 0 || (t->is_ours && least < 1)) return h5_fail(t->file, "species: holds the number %d", least);
  if (least == 0) return STATUS_OK;
  if (t->is_ours || most <= MAX_SPECIES) {
    for (int64_t i = 0; i < frame->n; i++) species[i]--;
    return STATUS_OK;
  }
  int32_t rank = -1;
  for (int32_t value = least; value <= most && rank < MAX_SPECIES_NAMES;) {
    int32_t next = INT32_MAX;
    rank++;
    for (int64_t i = 0; i < frame->n; i++) {
      if (species[i] > value && species[i] < next) next = species[i];
      if (species[i] == value) species[i] = -1 - rank;
    }
    if (next == INT32_MAX) break;
    value = next;
  }
  for (int64_t i = 0; i < frame->n; i++) {
    if (species[i] >= 0) return h5_fail(t->file, "species: holds more than %d different numbers", MAX_SPECIES_NAMES);
    species[i] = -1 - species[i];
  }
  return STATUS_OK;
}

static Status read_labels(Trajectory *t, int64_t k, Frame *frame) {
  const size_t n = (size_t)t->n;
  TRY(read_row(&t->id, k, H5T_NATIVE_INT64, t->fixed_id, n * sizeof *frame->id, frame->id));
  TRY(read_row(&t->species, k, H5T_NATIVE_INT32, t->fixed_species, n * sizeof *frame->species, frame->species));
  TRY(read_row(&t->mass, k, H5T_NATIVE_DOUBLE, t->fixed_mass, n * sizeof *frame->mass, frame->mass));
  return number_species(t, frame);
}

Status trajectory_read(Trajectory *t, int64_t k, Frame *frame) {
  TRY(find_frame(t, &k));
  frame_resize(frame, t->n, t->dim);
  frame->step  = t->steps[k];
  frame->time  = t->times[k];
  frame->stage = t->stages[k];
  frame->block = t->blocks[k];
  frame->has   = t->has;
  TRY(read_edges(t, k, frame));
  TRY(read_vectors(t, &t->position, k, frame->position));
  if (t->has & FRAME_VELOCITY) TRY(read_vectors(t, &t->velocity, k, frame->velocity));
  if (t->has & FRAME_FORCE) TRY(read_vectors(t, &t->force, k, frame->force));
  if (t->has & FRAME_IMAGE) TRY(read_images(t, k, frame->image));
  if (t->has & FRAME_FRACTION) TRY(h5_read_rows(t->fraction.value, k, 1, H5T_NATIVE_INT64, frame->fraction));
  for (int f = 0; f < t->n_fields; f++)
    TRY(h5_read_rows(t->fields[f].value, k, 1, H5T_NATIVE_DOUBLE, frame_field(frame, t->fields[f].name, t->fields[f].components)));
  TRY(read_labels(t, k, frame));
  char where[4200];
  (void)snprintf(where, sizeof where, "%s: frame %lld", t->path, (long long)k);
  return tidy_frame(frame, where);
}
