/** Opening H5MD trajectories, ours and others'.
 *
 *  Ours are recognised by /parameters/tektite with kind "trajectory". From elsewhere come: another name of the particle group; step and
 *  time as one number (fixed interval, with `offset`) or no time at all; edges as vector or matrix, fixed or one per frame; species,
 *  id, mass fixed, per frame or absent; two components in two dimensions; elements sampled at other times than position, which are
 *  left out with a warning. The number of frames is the smallest number of rows found, because a killed writer may have left one
 *  element a row ahead of the others.
 *
 *  All of step, time, stage and block is read once here: 24 bytes per frame, and asking for the time of a frame then costs nothing. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "trajectory_file.h"

static const char *const known[] = {"position", "image", "velocity", "force", "fraction", "id", "species", "mass", "box", "charge"};

typedef struct Names {
  char text[512];
  char last[256];
  int n;
} Names;

static herr_t collect(hid_t group, const char *name, const H5L_info_t *facts, void *data) {
  (void)facts;
  Names *names = data;
  if (!h5_is_group(group, name)) return 0;
  const size_t used = strlen(names->text);
  (void)snprintf(names->text + used, sizeof names->text - used, "%s%s", names->n == 0 ? "" : ", ", name);
  (void)snprintf(names->last, sizeof names->last, "%s", name);
  names->n++;
  return 0;
}

static Status open_group(Trajectory *t) {
  hid_t particles = -1;
  if (!h5_is_group(t->file, "particles")) return h5_fail(t->file, "holds no trajectory (no group /particles)");
  TRY(h5_group(t->file, "particles", &particles));
  if (h5_is_group(particles, "trajectory")) return h5_group(particles, "trajectory", &t->group);
  Names names = {.n = 0};
  if (H5Literate(particles, H5_INDEX_NAME, H5_ITER_INC, NULL, collect, &names) < 0) return h5_fail(t->file, "/particles: cannot list");
  if (names.n == 0) return h5_fail(t->file, "holds no trajectory (/particles is empty)");
  if (names.n > 1) return h5_fail(t->file, "holds several particle groups (%s) and none is named trajectory", names.text);
  return h5_group(particles, names.last, &t->group);
}

/** Element `name`: [F][N], [F][N][D], or fixed [N], [N][D]. Absent is no failure. */
static Status open_element(Trajectory *t, const char *name, Element *element) {
  element->value = -1;
  (void)snprintf(element->name, sizeof element->name, "%s", name);
  if (!h5_has(t->group, name)) return STATUS_OK;
  char path[96];
  element->is_fixed = !h5_is_group(t->group, name);
  (void)snprintf(path, sizeof path, element->is_fixed ? "%s" : "%s/value", name);
  H5Shape shape;
  TRY(h5_open_dataset(t->group, path, &element->value));
  TRY(h5_shape(element->value, &shape));
  const int axis = element->is_fixed ? 0 : 1;
  if (shape.rank != axis + 1 && shape.rank != axis + 2)
    return h5_fail(t->file, "%s: has %d axes instead of %d or %d", name, shape.rank, axis + 1, axis + 2);
  element->rows       = element->is_fixed ? INT64_MAX : shape.size[0];
  element->components = shape.rank == axis + 1 ? 1 : (shape.size[axis + 1] <= 3 ? (int)shape.size[axis + 1] : 0);
  if (element->components == 0) return h5_fail(t->file, "%s: has %lld components", name, (long long)shape.size[axis + 1]);
  if (element == &t->position) t->n = shape.size[axis];
  if (shape.size[axis] != t->n)
    return h5_fail(t->file, "%s: has %lld particles, position has %lld", name, (long long)shape.size[axis], (long long)t->n);
  return STATUS_OK;
}

/** A foreign element may have been sampled at other times; a killed writer is at most one row ahead or behind. */
static void match_position(const Trajectory *t, Element *element) {
  if (element->value < 0 || element->is_fixed || t->is_ours) return;
  const int64_t ahead = element->rows - t->position.rows;
  if (ahead >= -1 && ahead <= 1) return;
  warn("%s: %s has %lld rows, position has %lld: left out", t->path, element->name, (long long)element->rows, (long long)t->position.rows);
  h5_release(element->value);
  element->value = -1;
}

static Status open_vector(Trajectory *t, const char *name, Element *element, unsigned flag) {
  TRY(open_element(t, name, element));
  match_position(t, element);
  if (element->value < 0) return STATUS_OK;
  if (element->is_fixed || element->components != t->position.components)
    return h5_fail(t->file, "%s: has another shape than position", name);
  t->has |= flag;
  return STATUS_OK;
}

/** Whether element `name` is a number per particle, or a vector: [F][N] or [F][N][3]. Silent, for anything may lie here. */
static bool is_field(const Trajectory *t, hid_t group, const char *name) {
  char path[96];
  for (size_t k = 0; k < sizeof known / sizeof *known; k++)
    if (strcmp(name, known[k]) == 0) return false;
  if (strlen(name) >= sizeof t->fields[0].name || !h5_is_group(group, name)) return false;
  (void)snprintf(path, sizeof path, "%s/value", name);
  const hid_t dataset = h5_has(group, path) ? H5Dopen2(group, path, H5P_DEFAULT) : -1;
  if (dataset < 0) return false;
  const hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
  const bool is_number       = H5Tget_class(type) == H5T_FLOAT || H5Tget_class(type) == H5T_INTEGER;
  hsize_t size[H5S_MAX_RANK] = {0};
  const int rank             = H5Sget_simple_extent_dims(space, size, NULL);
  h5_release(space);
  h5_release(type);
  h5_release(dataset);
  return is_number && (rank == 2 || (rank == 3 && (size[2] == 1 || size[2] == 3))) && size[1] == (hsize_t)t->n;
}

static herr_t collect_field(hid_t group, const char *name, const H5L_info_t *facts, void *data) {
  (void)facts;
  Trajectory *t = data;
  if (t->n_fields == FRAME_MAX_FIELDS || !is_field(t, group, name)) return 0;
  Element *field = &t->fields[t->n_fields];
  if (open_element(t, name, field) != STATUS_OK) return -1;
  match_position(t, field);
  if (field->value >= 0) t->n_fields++;
  return 0;
}

/** In the order of writing where the file knows it. */
static Status open_fields(Trajectory *t) {
  const herr_t ordered = t->is_ours ? H5Literate(t->group, H5_INDEX_CRT_ORDER, H5_ITER_INC, NULL, collect_field, t)
                                    : H5Literate(t->group, H5_INDEX_NAME, H5_ITER_INC, NULL, collect_field, t);
  return ordered < 0 ? STATUS_FILE : STATUS_OK; /* told by open_element */
}

static Status check_boundary(Trajectory *t, hid_t box) {
  if (!h5_has_attribute(box, "boundary")) return STATUS_OK;
  const hid_t attribute = H5Aopen(box, "boundary", H5P_DEFAULT), type = H5Aget_type(attribute), space = H5Aget_space(attribute);
  const hssize_t n   = H5Sget_simple_extent_npoints(space);
  const size_t width = H5Tget_size(type);
  bool is_open       = false;
  if (H5Tget_class(type) == H5T_STRING && n > 0 && n <= 3 && H5Tis_variable_str(type) > 0) {
    char *texts[3] = {NULL, NULL, NULL};
    if (H5Aread(attribute, type, texts) >= 0)
      for (hssize_t k = 0; k < n; k++) {
        is_open = is_open || (texts[k] != NULL && strcmp(texts[k], "none") == 0);
        (void)H5free_memory(texts[k]);
      }
  } else if (H5Tget_class(type) == H5T_STRING && n > 0 && n <= 3 && width < 64) {
    char text[3 * 64] = "";
    if (H5Aread(attribute, type, text) >= 0)
      for (hssize_t k = 0; k < n; k++) is_open = is_open || strncmp(text + (size_t)k * width, "none", width < 5 ? width : 5) == 0;
  }
  h5_release(space);
  h5_release(type);
  h5_release(attribute);
  return is_open ? h5_fail(t->file, "box: is not periodic (boundary none)") : STATUS_OK;
}

static Status open_box(Trajectory *t) {
  hid_t box = -1;
  if (!h5_is_group(t->group, "box")) return h5_fail(t->file, "lacks a box");
  TRY(h5_group(t->group, "box", &box));
  TRY(check_boundary(t, box));
  if (!h5_has(box, "edges")) return h5_fail(t->file, "box: lacks edges");
  t->edges_fixed = !h5_is_group(box, "edges");
  TRY(h5_open_dataset(box, t->edges_fixed ? "edges" : "edges/value", &t->edges));
  H5Shape shape;
  TRY(h5_shape(t->edges, &shape));
  const int axis = t->edges_fixed ? 0 : 1, dim = t->position.components;
  t->edges_rank = shape.rank - axis;
  t->edges_rows = t->edges_fixed ? INT64_MAX : shape.size[0];
  const bool is_good =
      (t->edges_rank == 1 || t->edges_rank == 2) && shape.size[axis] == dim && (t->edges_rank == 1 || shape.size[axis + 1] == dim);
  if (!is_good) return h5_fail(t->file, "box: edges are neither %d numbers nor a matrix of %d x %d", dim, dim, dim);
  h5_release(box);
  return STATUS_OK;
}

/** Explicit step or time: all rows. Fixed interval: value of frame k is offset + k * step. */
static Status read_series(Trajectory *t, const char *name, hid_t memory_type, int64_t n, void *values, bool *is_list) {
  char path[64];
  (void)snprintf(path, sizeof path, "position/%s", name);
  hid_t dataset = -1;
  H5Shape shape;
  TRY(h5_open_dataset(t->group, path, &dataset));
  TRY(h5_shape(dataset, &shape));
  *is_list = shape.rank == 1;
  if (shape.rank > 1) return h5_fail(t->file, "%s: has %d axes", path, shape.rank);
  if (shape.rank == 1) {
    if (n > 0) TRY(h5_read_rows(dataset, 0, n, memory_type, values));
  } else {
    double interval = 0.0;
    TRY(h5_read_array(dataset, H5T_NATIVE_DOUBLE, &interval));
    const double offset = h5_get_double(dataset, "offset", 0.0);
    for (int64_t k = 0; k < n; k++) {
      if (memory_type == H5T_NATIVE_INT64)
        ((int64_t *)values)[k] = (int64_t)offset + k * (int64_t)interval;
      else
        ((double *)values)[k] = offset + (double)k * interval;
    }
  }
  h5_release(dataset);
  return STATUS_OK;
}

static Status read_times(Trajectory *t, int64_t n) {
  int64_t *steps  = memory_array((size_t)n, sizeof *steps);
  double *times   = memory_array((size_t)n, sizeof *times);
  int32_t *stages = memory_array((size_t)n, sizeof *stages), *blocks = memory_array((size_t)n, sizeof *blocks);
  for (int64_t k = 0; k < n; k++) stages[k] = blocks[k] = -1;
  bool is_list  = false;
  Status status = read_series(t, "step", H5T_NATIVE_INT64, n, steps, &is_list);
  if (status == STATUS_OK && h5_has(t->group, "position/time")) {
    status = read_series(t, "time", H5T_NATIVE_DOUBLE, n, times, &is_list);
  } else {
    for (int64_t k = 0; k < n; k++) times[k] = (double)steps[k];
  }
  if (status == STATUS_OK && t->is_ours && n > 0) status = h5_read_rows(t->stage, 0, n, H5T_NATIVE_INT32, stages);
  if (status == STATUS_OK && t->is_ours && n > 0) status = h5_read_rows(t->block, 0, n, H5T_NATIVE_INT32, blocks);
  for (int64_t k = 0; k < n && status == STATUS_OK; k++) trajectory_remember(t, steps[k], times[k], stages[k], blocks[k]);
  memory_free(blocks);
  memory_free(stages);
  memory_free(times);
  memory_free(steps);
  return status;
}

static Status length_of(hid_t where, const char *name, hid_t *dataset, int64_t *least) {
  H5Shape shape;
  TRY(h5_open_dataset(where, name, dataset));
  TRY(h5_shape(*dataset, &shape));
  if (shape.rank == 1 && shape.size[0] < *least) *least = shape.size[0];
  return STATUS_OK;
}

static void least_rows(const Element *element, int64_t *least) {
  if (element->value >= 0 && element->rows < *least) *least = element->rows;
}

static Status count_frames(Trajectory *t, int64_t *n) {
  const Element *elements[] = {&t->position, &t->image, &t->velocity, &t->force, &t->fraction, &t->id, &t->species, &t->mass};
  *n                        = t->edges_rows;
  for (size_t k = 0; k < sizeof elements / sizeof *elements; k++) least_rows(elements[k], n);
  for (int k = 0; k < t->n_fields; k++) least_rows(&t->fields[k], n);
  TRY(length_of(t->group, "position/step", &t->step, n));
  if (h5_has(t->group, "position/time")) TRY(length_of(t->group, "position/time", &t->time, n));
  if (t->is_ours) {
    TRY(length_of(t->frames_group, "stage", &t->stage, n));
    TRY(length_of(t->frames_group, "block", &t->block, n));
  }
  if (*n < 0 || !h5_is_plausible(t->file, *n)) return h5_fail(t->file, "is damaged (claims %lld frames)", (long long)*n);
  return STATUS_OK;
}

static Status open_elements(Trajectory *t) {
  TRY(open_element(t, "position", &t->position));
  if (t->position.value < 0) return h5_fail(t->file, "lacks positions");
  if (t->position.is_fixed) return h5_fail(t->file, "position: does not depend on time; not a trajectory");
  if (t->position.components < 2) return h5_fail(t->file, "position: has %d components", t->position.components);
  if (t->n < 1) return h5_fail(t->file, "position: has no particles");
  if (!h5_is_plausible(t->file, t->n)) return h5_fail(t->file, "is damaged (claims %lld particles)", (long long)t->n);
  if (!t->is_ours) t->dim = t->position.components;
  TRY(open_vector(t, "image", &t->image, FRAME_IMAGE));
  TRY(open_vector(t, "velocity", &t->velocity, FRAME_VELOCITY));
  TRY(open_vector(t, "force", &t->force, FRAME_FORCE));
  t->fraction.value = -1;
  if (t->is_ours) TRY(open_vector(t, "fraction", &t->fraction, FRAME_FRACTION));
  Element *labels[] = {&t->id, &t->species, &t->mass};
  for (int k = 0; k < 3; k++) {
    TRY(open_element(t, known[5 + k], labels[k]));
    match_position(t, labels[k]);
    if (labels[k]->value >= 0 && labels[k]->components != 1)
      return h5_fail(t->file, "%s: has %d components", known[5 + k], labels[k]->components);
  }
  return open_fields(t);
}

static Status read_fixed(Trajectory *t) {
  const size_t n = (size_t)t->n;
  if (t->id.value >= 0 && t->id.is_fixed) {
    t->fixed_id = memory_array(n, sizeof *t->fixed_id);
    TRY(h5_read_array(t->id.value, H5T_NATIVE_INT64, t->fixed_id));
  }
  if (t->species.value >= 0 && t->species.is_fixed) {
    t->fixed_species = memory_array(n, sizeof *t->fixed_species);
    TRY(h5_read_array(t->species.value, H5T_NATIVE_INT32, t->fixed_species));
  }
  if (t->mass.value >= 0 && t->mass.is_fixed) {
    t->fixed_mass = memory_array(n, sizeof *t->fixed_mass);
    TRY(h5_read_array(t->mass.value, H5T_NATIVE_DOUBLE, t->fixed_mass));
  }
  if (t->mass.value >= 0) t->has |= FRAME_MASS;
  return STATUS_OK;
}

static Status read_names(Trajectory *t) {
  hid_t dataset = -1;
  char **names  = NULL;
  int64_t n     = 0;
  if (!h5_has(t->file, "parameters/vmd_structure/name")) return STATUS_OK;
  TRY(h5_open_dataset(t->file, "parameters/vmd_structure/name", &dataset));
  TRY(h5_read_texts(dataset, &names, &n));
  for (int64_t k = 0; k < n && k < MAX_SPECIES_NAMES; k++) (void)snprintf(t->species_names[k], SPECIES_NAME, "%s", names[k]);
  t->n_species_names = n < MAX_SPECIES_NAMES ? (int)n : MAX_SPECIES_NAMES;
  h5_free_texts(&names, n);
  return STATUS_OK;
}

static Status read_our_story(Trajectory *t) {
  hid_t group = -1, dataset = -1;
  if (!h5_is_group(t->file, "parameters/tektite")) return STATUS_OK;
  TRY(h5_group(t->file, "parameters/tektite", &group));
  char *kind = h5_get_text(group, "kind", "");
  t->is_ours = strcmp(kind, "trajectory") == 0;
  memory_free(kind);
  if (!t->is_ours) return h5_fail(t->file, "was written by tektite but is no trajectory");
  t->model = h5_get_text(group, "model", "");
  t->dim   = (int)h5_get_integer(group, "dimension", 3);
  if (t->dim != 2 && t->dim != 3) return h5_fail(t->file, "is damaged (dimension %d)", t->dim);
  if (h5_has(group, "stage_names")) {
    TRY(h5_open_dataset(group, "stage_names", &dataset));
    TRY(h5_read_texts(dataset, &t->stage_names, &t->n_stages));
  }
  if (!h5_is_group(group, "frames")) return h5_fail(t->file, "is damaged (lacks /parameters/tektite/frames)");
  return h5_group(group, "frames", &t->frames_group);
}

static Status check_for_writing(const Trajectory *t) {
  if (!t->is_ours) return h5_fail(t->file, "was not written by tektite: cannot append");
  if (t->fixed_id == NULL) return h5_fail(t->file, "is damaged (lacks ids)");
  if (t->edges_fixed || t->edges_rank != 2) return h5_fail(t->file, "is damaged (box)");
  const hid_t always[] = {t->step, t->time, t->stage, t->block, t->edges};
  for (size_t k = 0; k < sizeof always / sizeof *always; k++) TRY(h5_check_index(always[k]));
  const Element *elements[] = {&t->position, &t->image, &t->velocity, &t->force, &t->fraction};
  for (size_t k = 0; k < sizeof elements / sizeof *elements; k++)
    if (elements[k]->value >= 0) TRY(h5_check_index(elements[k]->value));
  for (int k = 0; k < t->n_fields; k++) TRY(h5_check_index(t->fields[k].value));
  return STATUS_OK;
}

static Status open_all(Trajectory *t) {
  int64_t n = 0;
  TRY(read_our_story(t));
  TRY(open_group(t));
  TRY(open_elements(t));
  TRY(open_box(t));
  TRY(count_frames(t, &n));
  TRY(read_fixed(t));
  TRY(read_names(t));
  TRY(read_times(t, n));
  return t->writes ? check_for_writing(t) : STATUS_OK;
}

Status trajectory_open(const char *path, bool append, Trajectory **trajectory) {
  *trajectory = NULL;
  hid_t file  = -1;
  TRY(h5_open(path, append, &file));
  Trajectory *t       = memory_array(1, sizeof *t);
  t->path             = memory_string(path);
  t->file             = file;
  t->writes           = append;
  t->group            = -1;
  t->frames_group     = -1;
  const Status status = open_all(t);
  if (status != STATUS_OK) {
    if (append)
      h5_abandon(&t->file);
    else
      h5_leave(&t->file);
    trajectory_forget(t);
    return status;
  }
  *trajectory = t;
  return STATUS_OK;
}
