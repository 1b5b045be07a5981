/** A whole configuration in memory.
 *
 *  All arrays exist in every frame, also those that the flags call absent: then they hold neutral values (image 0, velocity 0,
 *  mass 1), so that readers need no special case. frame_resize allocates only when the number of particles changes; a reader that
 *  walks through a trajectory therefore allocates once.
 *
 *  Fields keep their place in fields[] and are freed with the frame. frame_resize drops them: the currency holds one
 *  configuration, and a field left over from another one would be a lie.
 *
 *  The digest hashes, in id order, the ids, then the exact fractions (which hold the position without rounding) or else the
 *  positions, then images and velocities. -0.0 and 0.0 are different bits and therefore different digests: the promise of equal
 *  digests is one of equal bits. */
#include "matter/frame.h"

#include <math.h>
#include <string.h>
#include <xxhash.h>

#include "base/error.h"
#include "base/memory.h"

static void release_fields(Frame *frame) {
  for (int k = 0; k < frame->n_fields; k++) memory_free(frame->fields[k].values);
  memset(frame->fields, 0, sizeof frame->fields);
  frame->n_fields = 0;
}

static void release_arrays(Frame *frame) {
  memory_free(frame->id);
  memory_free(frame->species);
  memory_free(frame->position);
  memory_free(frame->image);
  memory_free(frame->velocity);
  memory_free(frame->force);
  memory_free(frame->mass);
  memory_free(frame->fraction);
}

void frame_init(Frame *frame) {
  memset(frame, 0, sizeof *frame);
  frame->dim   = 3;
  frame->stage = -1;
  frame->block = -1;
}

static void make_arrays(Frame *frame, size_t n) {
  release_arrays(frame);
  frame->id       = memory_array(n, sizeof *frame->id);
  frame->species  = memory_array(n, sizeof *frame->species);
  frame->position = memory_array(3 * n, sizeof *frame->position);
  frame->image    = memory_array(3 * n, sizeof *frame->image);
  frame->velocity = memory_array(3 * n, sizeof *frame->velocity);
  frame->force    = memory_array(3 * n, sizeof *frame->force);
  frame->mass     = memory_array(n, sizeof *frame->mass);
  frame->fraction = memory_array(3 * n, sizeof *frame->fraction);
}

void frame_resize(Frame *frame, int64_t n, int dim) {
  require(n >= 0 && (dim == 2 || dim == 3), "n = %lld, dim = %d", (long long)n, dim);
  const size_t count = (size_t)n;
  release_fields(frame);
  if (frame->id == NULL || frame->n != n) {
    make_arrays(frame, count);
  } else {
    memset(frame->species, 0, count * sizeof *frame->species);
    memset(frame->position, 0, 3 * count * sizeof *frame->position);
    memset(frame->image, 0, 3 * count * sizeof *frame->image);
    memset(frame->velocity, 0, 3 * count * sizeof *frame->velocity);
    memset(frame->force, 0, 3 * count * sizeof *frame->force);
    memset(frame->fraction, 0, 3 * count * sizeof *frame->fraction);
  }
  for (size_t i = 0; i < count; i++) {
    frame->id[i]   = (int64_t)i;
    frame->mass[i] = 1.0;
  }
  frame->n    = n;
  frame->dim  = dim;
  frame->has  = 0;
  frame->step = 0;
  frame->time = 0.0;
  for (int axis = 0; axis < 3; axis++) frame->edges[axis] = 1.0;
  frame->stage = -1;
  frame->block = -1;
}

double *frame_field(Frame *frame, const char *name, int components) {
  require(components == 1 || components == 3, "field %s has %d components", name, components);
  for (int k = 0; k < frame->n_fields; k++) {
    FrameField *field = &frame->fields[k];
    if (strcmp(field->name, name) != 0) continue;
    require(field->components == components, "field %s has %d components, not %d", name, field->components, components);
    return field->values;
  }
  require(frame->n_fields < FRAME_MAX_FIELDS, "no room for field %s", name);
  FrameField *field = &frame->fields[frame->n_fields++];
  require(strlen(name) < sizeof field->name, "field name %s is too long", name);
  memcpy(field->name, name, strlen(name) + 1);
  field->components = components;
  field->values     = memory_array((size_t)frame->n * (size_t)components, sizeof *field->values);
  return field->values;
}

const double *frame_find_field(const Frame *frame, const char *name, int *components) {
  for (int k = 0; k < frame->n_fields; k++) {
    if (strcmp(frame->fields[k].name, name) != 0) continue;
    if (components != NULL) *components = frame->fields[k].components;
    return frame->fields[k].values;
  }
  return NULL;
}

void frame_copy(Frame *to, const Frame *from) {
  if (to == from) return;
  const size_t n = (size_t)from->n;
  frame_resize(to, from->n, from->dim);
  memcpy(to->edges, from->edges, sizeof to->edges);
  to->step  = from->step;
  to->time  = from->time;
  to->stage = from->stage;
  to->block = from->block;
  to->has   = from->has;
  if (n == 0) return;
  memcpy(to->id, from->id, n * sizeof *to->id);
  memcpy(to->species, from->species, n * sizeof *to->species);
  memcpy(to->position, from->position, 3 * n * sizeof *to->position);
  memcpy(to->image, from->image, 3 * n * sizeof *to->image);
  memcpy(to->velocity, from->velocity, 3 * n * sizeof *to->velocity);
  memcpy(to->force, from->force, 3 * n * sizeof *to->force);
  memcpy(to->mass, from->mass, n * sizeof *to->mass);
  memcpy(to->fraction, from->fraction, 3 * n * sizeof *to->fraction);
  for (int k = 0; k < from->n_fields; k++) {
    const FrameField *field = &from->fields[k];
    double *values          = frame_field(to, field->name, field->components);
    memcpy(values, field->values, n * (size_t)field->components * sizeof *values);
  }
}

void frame_clear(Frame *frame) {
  release_fields(frame);
  release_arrays(frame);
  frame_init(frame);
}

int frame_species_counts(const Frame *frame, int max_species, int64_t *counts) {
  int32_t largest = -1;
  for (int k = 0; k < max_species; k++) counts[k] = 0;
  for (int64_t i = 0; i < frame->n; i++) {
    const int32_t species = frame->species[i];
    if (species > largest) largest = species;
    if (species >= 0 && species < max_species) counts[species]++;
  }
  return largest + 1;
}

double frame_volume(const Frame *frame) { return frame->edges[0] * frame->edges[1] * (frame->dim == 3 ? frame->edges[2] : 1.0); }

uint64_t frame_digest(const Frame *frame) {
  const size_t n       = (size_t)frame->n;
  XXH64_state_t *state = XXH64_createState();
  require(state != NULL && XXH64_reset(state, 0) == XXH_OK, "xxhash");
  XXH64_update(state, frame->id, n * sizeof *frame->id);
  if (frame->has & FRAME_FRACTION)
    XXH64_update(state, frame->fraction, 3 * n * sizeof *frame->fraction);
  else
    XXH64_update(state, frame->position, 3 * n * sizeof *frame->position);
  XXH64_update(state, frame->image, 3 * n * sizeof *frame->image);
  XXH64_update(state, frame->velocity, 3 * n * sizeof *frame->velocity);
  const uint64_t digest = XXH64_digest(state);
  XXH64_freeState(state);
  return digest;
}
