/** Writing H5MD trajectories.
 *
 *  /h5md @version=[1,1], author, creator
 *  /particles/trajectory/                       the only particle group: MDAnalysis and VMD read one, of this name
 *      box @dimension=3 @boundary=periodic x 3
 *          edges/{step, time, value[F][3][3]}   diagonal; step and time are hard links to position's
 *      position/{step int64[F], time float64[F], value[F][N][3]}
 *      image velocity force fraction <fields>   likewise, step and time linked
 *      species int32[N] (1..n)  mass[N]  id int64[N]
 *  /parameters/vmd_structure                    names and radii for VMD
 *  /parameters/tektite                          provenance, @dimension, stage_names, frames/{stage, block} int32[F]
 *  No `unit` attributes and no /observables: MDAnalysis 2.4 refuses both in reduced units.
 *
 *  A frame is one flush, and a flush is all or nothing (atomic_file.c): a killed writer or a full disk leaves the frames before it. The
 *  library keeps no "open" mark in this format (libver V18), so nothing has to be repaired by hand. Readers take the smallest number of
 *  rows of all elements all the same. */
#include "storage/trajectory.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "storage/files.h"
#include "trajectory_file.h"

void trajectory_remember(Trajectory *t, int64_t step, double time, int32_t stage, int32_t block) {
  const size_t k       = (size_t)t->n_frames;
  void *arrays[]       = {t->steps, t->times, t->stages, t->blocks};
  const size_t sizes[] = {sizeof *t->steps, sizeof *t->times, sizeof *t->stages, sizeof *t->blocks};
  for (int a = 0; a < 4; a++) memory_grow(&arrays[a], &t->capacity[a], k + 1, k, sizes[a]);
  t->steps     = arrays[0];
  t->times     = arrays[1];
  t->stages    = arrays[2];
  t->blocks    = arrays[3];
  t->steps[k]  = step;
  t->times[k]  = time;
  t->stages[k] = stage;
  t->blocks[k] = block;
  t->n_frames++;
}

void trajectory_forget(Trajectory *t) {
  memory_free(t->steps);
  memory_free(t->times);
  memory_free(t->stages);
  memory_free(t->blocks);
  memory_free(t->fixed_id);
  memory_free(t->fixed_species);
  memory_free(t->fixed_mass);
  memory_free(t->model);
  h5_free_texts(&t->stage_names, t->n_stages);
  memory_free(t->path);
  memory_free(t);
}

static Status write_h5md(hid_t file) {
  const int version[2] = {1, 1};
  const char *author   = getenv("USER");
  hid_t root = -1, person = -1, creator = -1;
  TRY(h5_group(file, "h5md", &root));
  TRY(h5_put_integers(root, "version", 2, version));
  TRY(h5_group(root, "author", &person));
  TRY(h5_put_text(person, "name", author == NULL || author[0] == '\0' ? "unknown" : author));
  TRY(h5_group(root, "creator", &creator));
  TRY(h5_put_text(creator, "name", "tektite"));
  return h5_put_text(creator, "version", provenance_revision());
}

static Status write_box(Trajectory *t) {
  static const char periodic[3][16] = {"periodic", "periodic", "periodic"};
  hid_t box = -1, edges = -1;
  TRY(h5_group(t->group, "box", &box));
  const int dimension = 3;
  const hid_t scalar = H5Screate(H5S_SCALAR), three = H5Screate_simple(1, (const hsize_t[]){3}, NULL), text = H5Tcopy(H5T_C_S1);
  (void)H5Tset_size(text, sizeof periodic[0]);
  const hid_t first  = H5Acreate2(box, "dimension", H5T_STD_I32LE, scalar, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t other  = H5Acreate2(box, "boundary", text, three, H5P_DEFAULT, H5P_DEFAULT);
  const bool is_good = first >= 0 && other >= 0 && H5Awrite(first, H5T_NATIVE_INT, &dimension) >= 0 && H5Awrite(other, text, periodic) >= 0;
  Status status      = is_good ? STATUS_OK : h5_fail(box, "cannot write the box");
  h5_release(first);
  h5_release(other);
  h5_release(text);
  h5_release(three);
  h5_release(scalar);
  if (status == STATUS_OK) status = h5_group(box, "edges", &edges);
  if (status == STATUS_OK) status = h5_create_rows(edges, "value", (H5Shape){3, {0, 3, 3, 1}}, H5T_IEEE_F64LE, 0, NULL, &t->edges);
  hid_t position = -1;
  if (status == STATUS_OK) status = h5_group(t->group, "position", &position);
  if (status == STATUS_OK) status = h5_link(position, "step", edges);
  if (status == STATUS_OK) status = h5_link(position, "time", edges);
  h5_release(position);
  h5_release(edges);
  h5_release(box);
  return status;
}

/** An element that grows: [F][N] or [F][N][3]. Position comes first and owns step and time; the others link to them. */
static Status make_element(Trajectory *t, Element *element, const char *name, int components, hid_t file_type) {
  hid_t home = -1, position = -1;
  (void)snprintf(element->name, sizeof element->name, "%s", name);
  element->components = components;
  TRY(h5_group(t->group, name, &home));
  if (element == &t->position) {
    TRY(h5_create_rows(home, "step", (H5Shape){1, {0, 1, 1, 1}}, H5T_STD_I64LE, 0, NULL, &t->step));
    TRY(h5_create_rows(home, "time", (H5Shape){1, {0, 1, 1, 1}}, H5T_IEEE_F64LE, 0, NULL, &t->time));
  } else {
    TRY(h5_group(t->group, "position", &position));
    TRY(h5_link(position, "step", home));
    TRY(h5_link(position, "time", home));
    h5_release(position);
  }
  const H5Shape row = {components == 1 ? 2 : 3, {0, t->n, components, 1}};
  TRY(h5_create_rows(home, "value", row, file_type, 0, NULL, &element->value));
  h5_release(home);
  return STATUS_OK;
}

static Status make_elements(Trajectory *t, const Frame *first) {
  const hid_t real = t->single_precision ? H5T_IEEE_F32LE : H5T_IEEE_F64LE;
  TRY(make_element(t, &t->position, "position", 3, real));
  TRY(write_box(t));
  if (t->has & FRAME_IMAGE) TRY(make_element(t, &t->image, "image", 3, H5T_STD_I32LE));
  if (t->has & FRAME_VELOCITY) TRY(make_element(t, &t->velocity, "velocity", 3, real));
  if (t->has & FRAME_FORCE) TRY(make_element(t, &t->force, "force", 3, H5T_IEEE_F64LE));
  if (t->has & FRAME_FRACTION) TRY(make_element(t, &t->fraction, "fraction", 3, H5T_STD_I64LE));
  for (int k = 0; k < first->n_fields; k++) {
    TRY(make_element(t, &t->fields[k], first->fields[k].name, first->fields[k].components, H5T_IEEE_F64LE));
    t->n_fields++;
  }
  return STATUS_OK;
}

static Status write_fixed(const Trajectory *t, const Frame *first, const Mixture *mixture) {
  const H5Shape list = {1, {t->n, 1, 1, 1}};
  const size_t n     = (size_t)t->n;
  int32_t *species   = memory_array(n, sizeof *species);
  double *mass       = memory_array(n, sizeof *mass);
  for (size_t i = 0; i < n; i++) {
    const int32_t kind = first->species[i];
    require(kind >= 0 && kind < mixture->n_species, "species %d of %d", kind, mixture->n_species);
    species[i] = kind + 1;
    mass[i]    = first->has & FRAME_MASS ? first->mass[i] : mixture->masses[kind];
  }
  Status status = h5_write_array(t->group, "species", list, H5T_STD_I32LE, H5T_NATIVE_INT32, species);
  if (status == STATUS_OK) status = h5_write_array(t->group, "mass", list, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, mass);
  if (status == STATUS_OK) status = h5_write_array(t->group, "id", list, H5T_STD_I64LE, H5T_NATIVE_INT64, first->id);
  memory_free(mass);
  memory_free(species);
  return status;
}

static Status write_vmd(const Trajectory *t, const Mixture *mixture) {
  enum { WIDTH = 16 };
  const H5Shape list = {1, {mixture->n_species, 1, 1, 1}};
  int32_t index[MAX_SPECIES];
  float radius[MAX_SPECIES];
  char names[MAX_SPECIES][WIDTH];
  memset(names, 0, sizeof names);
  for (int k = 0; k < mixture->n_species; k++) {
    index[k]  = k + 1;
    radius[k] = (float)(0.5 * mixture->sizes[k]);
    (void)snprintf(names[k], WIDTH, "%s", mixture->names[k]);
  }
  hid_t group      = -1;
  const hid_t text = H5Tcopy(H5T_C_S1);
  (void)H5Tset_size(text, WIDTH);
  Status status = h5_group(t->file, "parameters/vmd_structure", &group);
  if (status == STATUS_OK) status = h5_write_array(group, "indexOfSpecies", list, H5T_STD_I32LE, H5T_NATIVE_INT32, index);
  if (status == STATUS_OK) status = h5_write_array(group, "name", list, text, text, names);
  if (status == STATUS_OK) status = h5_write_array(group, "type", list, text, text, names);
  if (status == STATUS_OK) status = h5_write_array(group, "radius", list, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, radius);
  h5_release(group);
  h5_release(text);
  return status;
}

static Status write_story(Trajectory *t, const TrajectoryOptions *options, const Provenance *provenance) {
  hid_t group           = -1;
  const int32_t nothing = -1;
  const H5Shape list    = {1, {0, 1, 1, 1}};
  TRY(provenance_write(t->file, "trajectory", provenance, &group));
  TRY(h5_put_integer(group, "dimension", t->dim));
  TRY(h5_put_text(group, "units", "reduced (Lennard-Jones like): length sigma, energy epsilon, mass m, time sigma sqrt(m/epsilon)"));
  if (options->n_stages > 0) TRY(h5_write_texts(group, "stage_names", (H5Shape){1, {options->n_stages, 1, 1, 1}}, options->stage_names));
  TRY(h5_group(group, "frames", &t->frames_group));
  TRY(h5_create_rows(t->frames_group, "stage", list, H5T_STD_I32LE, H5T_NATIVE_INT32, &nothing, &t->stage));
  TRY(h5_create_rows(t->frames_group, "block", list, H5T_STD_I32LE, H5T_NATIVE_INT32, &nothing, &t->block));
  h5_release(group);
  return STATUS_OK;
}

/** Plain XYZ, first frame: names of the particles for programs that do not take them from H5MD. */
static Status write_topology(const char *path, const Frame *first, const Mixture *mixture) {
  char *text  = NULL;
  size_t size = 0;
  FILE *out   = open_memstream(&text, &size);
  require(out != NULL, "open_memstream");
  (void)fprintf(out, "%lld\ntopology, written by tektite: species of each particle, first frame\n", (long long)first->n);
  for (int64_t i = 0; i < first->n; i++) {
    const double *x = &first->position[3 * i];
    (void)fprintf(out, "%s %.8f %.8f %.8f\n", mixture->names[first->species[i]], x[0], x[1], first->dim == 3 ? x[2] : 0.0);
  }
  require(fclose(out) == 0, "out of memory for %s", path);
  const Status status = files_write_text(path, text);
  free(text);
  return status;
}

static Status fill_new_file(Trajectory *t, const Frame *first, const Mixture *mixture, const TrajectoryOptions *options,
                            const Provenance *provenance) {
  TRY(write_h5md(t->file));
  TRY(h5_group(t->file, "particles/trajectory", &t->group));
  TRY(make_elements(t, first));
  TRY(write_fixed(t, first, mixture));
  TRY(write_vmd(t, mixture));
  TRY(write_story(t, options, provenance));
  return h5_flush(t->file);
}

Status trajectory_create(const char *path, const char *topology, const Frame *first, const Mixture *mixture,
                         const TrajectoryOptions *options, const Provenance *provenance, Trajectory **trajectory) {
  *trajectory = NULL;
  require(first->n > 0, "a trajectory without particles");
  char *temporary    = files_temporary(path); /* a killed writer leaves no half-made file under the true name */
  Trajectory t       = {.group = -1, .frames_group = -1, .n = first->n, .dim = first->dim};
  t.single_precision = options->single_precision;
  t.has              = options->has;
  Status status      = h5_create(temporary, &t.file);
  if (status == STATUS_OK) {
    status = fill_new_file(&t, first, mixture, options, provenance);
    if (status == STATUS_OK) status = h5_close(&t.file);
    h5_abandon(&t.file);
    if (status == STATUS_OK && topology != NULL) status = write_topology(topology, first, mixture);
    if (status == STATUS_OK) status = files_put_in_place(temporary, path);
    if (status != STATUS_OK) (void)unlink(temporary);
  }
  memory_free(temporary);
  return status == STATUS_OK ? trajectory_open(path, true, trajectory) : status;
}

static Status put(const Trajectory *t, const Element *element, hid_t type, const void *data) {
  return h5_write_rows(element->value, t->n_frames, 1, type, data);
}

static Status append_elements(Trajectory *t, const Frame *frame) {
  const double edges[9] = {frame->edges[0], 0, 0, 0, frame->edges[1], 0, 0, 0, frame->dim == 3 ? frame->edges[2] : 1.0};
  TRY(h5_write_rows(t->step, t->n_frames, 1, H5T_NATIVE_INT64, &frame->step));
  TRY(h5_write_rows(t->time, t->n_frames, 1, H5T_NATIVE_DOUBLE, &frame->time));
  TRY(h5_write_rows(t->edges, t->n_frames, 1, H5T_NATIVE_DOUBLE, edges));
  TRY(h5_write_rows(t->stage, t->n_frames, 1, H5T_NATIVE_INT32, &frame->stage));
  TRY(h5_write_rows(t->block, t->n_frames, 1, H5T_NATIVE_INT32, &frame->block));
  TRY(put(t, &t->position, H5T_NATIVE_DOUBLE, frame->position));
  if (t->has & FRAME_IMAGE) TRY(put(t, &t->image, H5T_NATIVE_INT32, frame->image));
  if (t->has & FRAME_VELOCITY) TRY(put(t, &t->velocity, H5T_NATIVE_DOUBLE, frame->velocity));
  if (t->has & FRAME_FORCE) TRY(put(t, &t->force, H5T_NATIVE_DOUBLE, frame->force));
  if (t->has & FRAME_FRACTION) TRY(put(t, &t->fraction, H5T_NATIVE_INT64, frame->fraction));
  for (int k = 0; k < t->n_fields; k++) {
    int components       = 0;
    const double *values = frame_find_field(frame, t->fields[k].name, &components);
    require(values != NULL && components == t->fields[k].components, "frame without field %s", t->fields[k].name);
    TRY(put(t, &t->fields[k], H5T_NATIVE_DOUBLE, values));
  }
  return h5_flush(t->file);
}

Status trajectory_append(Trajectory *t, const Frame *frame) {
  require(t->writes, "%s is open for reading", t->path);
  if (t->is_broken) return fail(STATUS_FILE, "%s: cannot write after an earlier failure", t->path);
  if (frame->n != t->n || frame->dim != t->dim)
    return fail(STATUS_FILE, "%s: holds frames of %lld particles in %d dimensions, not %lld in %d", t->path, (long long)t->n, t->dim,
                (long long)frame->n, frame->dim);
  if (memcmp(frame->id, t->fixed_id, (size_t)t->n * sizeof *t->fixed_id) != 0)
    return fail(STATUS_FILE, "%s: holds frames of other particles (ids differ)", t->path);
  const Status status = append_elements(t, frame);
  if (status == STATUS_OK)
    trajectory_remember(t, frame->step, frame->time, frame->stage, frame->block);
  else
    t->is_broken = true;
  return status;
}

Status trajectory_truncate(Trajectory *t, int64_t n_frames) {
  require(t->writes, "%s is open for reading", t->path);
  if (n_frames < 0 || n_frames > t->n_frames)
    return fail(STATUS_FILE, "%s: has %lld frames, fewer than the %lld it should", t->path, (long long)t->n_frames, (long long)n_frames);
  const hid_t rows[]      = {t->step,           t->time,        t->edges,          t->stage,       t->block,
                             t->position.value, t->image.value, t->velocity.value, t->force.value, t->fraction.value};
  const unsigned wanted[] = {0, 0, 0, 0, 0, 0, FRAME_IMAGE, FRAME_VELOCITY, FRAME_FORCE, FRAME_FRACTION};
  t->is_broken            = true; /* until all is well */
  for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
    if (wanted[k] == 0 || (t->has & wanted[k])) TRY(h5_set_rows(rows[k], n_frames));
  for (int k = 0; k < t->n_fields; k++) TRY(h5_set_rows(t->fields[k].value, n_frames));
  TRY(h5_flush(t->file));
  t->n_frames  = n_frames;
  t->is_broken = false;
  return STATUS_OK;
}

Status trajectory_set_complete(Trajectory *t, bool complete) {
  require(t->writes, "%s is open for reading", t->path);
  if (t->is_broken) return STATUS_FILE;
  TRY(provenance_set_complete(t->file, complete));
  return h5_flush(t->file);
}

Status trajectory_sync(Trajectory *t) {
  if (t->is_broken) return STATUS_FILE;
  TRY(h5_flush(t->file));
  return files_sync(t->path);
}

Status trajectory_close(Trajectory **trajectory) {
  Trajectory *t = *trajectory;
  if (t == NULL) return STATUS_OK;
  *trajectory   = NULL;
  Status status = STATUS_OK;
  if (t->is_broken)
    status = STATUS_FILE;
  else if (t->writes)
    status = h5_close(&t->file);
  if (t->writes)
    h5_abandon(&t->file);
  else
    h5_leave(&t->file);
  trajectory_forget(t);
  return status;
}
