/* Inherent structures on disk. The configuration is flushed before its row is: a killed writer may leave one configuration without a row,
 * never a row without its configuration; who resumes counts what both hold. */
#include "inherent_files.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "output.h"
#include "storage/files.h"

static const Column columns[] = {
    {"frame", "1", "configuration in the .h5md file, from 0", ""},
    {"parent_frame", "1", "frame of the parent file; -1: quenched while running", ""},
    {"step", "1", "MD step of the parent", ""},
    {"time", "sigma (m/eps)^1/2", "time of the parent", ""},
    {"parent_temperature", "eps/kB", "temperature that the parent's stage asked for; nan: unknown", "T_p"},
    {"replica", "1", "replica of the run, from 0", ""},
    {"energy", "eps", "potential energy per particle at the end of the descent", "U/N"},
    {"pressure", "eps/sigma^d", "pressure at temperature 0", "tr W/(d V)"},
    {"max_force", "eps/sigma", "largest force on a particle at the end", "max |F_i|"},
    {"outcome", "1", "0 converged, 1 stalled, 2 exhausted (max_evaluations), 3 lost: only 0 is an inherent structure", ""},
    {"evaluations", "1", "force evaluations spent", ""},
    {"other_energy", "eps", "potential energy per particle found by the second minimiser", "U/N"},
    {"other_outcome", "1", "outcome of the second minimiser", ""},
    {"other_evaluations", "1", "force evaluations of the second minimiser", ""},
    {"other_distance", "sigma", "largest displacement of a particle between the two minima; nan: one did not converge", "max |d_i|"}};
enum { N_ALL = sizeof columns / sizeof columns[0], N_OTHER = 4, N_OWN = N_ALL - N_OTHER };

static void place(char path[MAX_PATH], const char *directory, const char *stem, const char *ending) {
  char name[64];
  snprintf(name, sizeof name, "%s.%s", stem, ending);
  output_path(path, directory, name);
}

/** step and flow_tolerance only where they were used. */
static void add_settings(const InherentFiles *files, Table *table) {
  const DescentGoal *goal = &files->task->goal;
  const char *name        = files->task->minimizer->name;
  table_word(table, "minimizer", name, "way downhill");
  table_scalar(table, "force_tolerance", goal->force_tolerance, "eps/sigma", "converged when max |F_i| is not larger");
  if (strcmp(name, "fire") == 0) table_scalar(table, "step", goal->step, "1", "largest time step over the stability limit");
  if (strcmp(name, "steepest_descent") == 0)
    table_scalar(table, "flow_tolerance", goal->flow_tolerance, "1", "tolerance of the integration of dr/dt = F");
  table_scalar(table, "bisect", (double)files->bisect, "1", "frames of a block that was bisected in time; 0: every frame was quenched");
  if (!files->other) return;
  table_word(table, "compare", files->other->name, "second minimiser");
  table_scalar(table, "threshold", files->threshold, "sigma", "two minima closer than that are the same");
}

static const char *const settings[] = {"force_tolerance", "step", "flow_tolerance", "bisect"};
enum { N_SETTINGS = sizeof settings / sizeof settings[0] };

bool inherent_copy_settings(const Table *from, Table *to) {
  if (!from || !table_get_word(from, "minimizer")) return false;
  table_word(to, "minimizer", table_get_word(from, "minimizer"), "what the inherent structures were made by");
  for (int k = 0; k < from->n_scalars; k++)
    for (int s = 0; s < N_SETTINGS; s++)
      if (strcmp(from->scalars[k].name, settings[s]) == 0)
        table_scalar(to, settings[s], from->scalars[k].value, from->scalars[k].unit, from->scalars[k].description);
  return true;
}

bool inherent_same_settings(const Table *a, const Table *b) {
  const char *one = a ? table_get_word(a, "minimizer") : NULL, *other = b ? table_get_word(b, "minimizer") : NULL;
  bool same = !one == !other && (!one || strcmp(one, other) == 0);
  for (int s = 0; s < N_SETTINGS && same && one; s++) {
    const double x = table_get_scalar(a, settings[s]), y = table_get_scalar(b, settings[s]);
    same = x == y || (isnan(x) && isnan(y));
  }
  return same;
}

Status inherent_read_rows(const char *path, Table **rows) {
  static const char ending[] = ".h5md";
  const size_t length = strlen(path), end = strlen(ending);
  *rows = NULL;
  if (length <= end || strcmp(path + length - end, ending) != 0) return STATUS_OK;
  char *beside        = memory_string(path);
  beside[length - 2]  = '\0';
  const Status status = files_exist(beside) ? results_read(beside, "frames", rows) : STATUS_OK;
  memory_free(beside);
  return status;
}

Status inherent_create(InherentFiles *files, const char *directory, const char *stem, const Frame *first, const Mixture *mixture,
                       const char *const *stages, int n_stages, const Provenance *provenance) {
  char path[MAX_PATH];
  Frame layout;
  frame_init(&layout);
  frame_copy(&layout, first);
  (void)frame_field(&layout, "potential_energy", 1);
  TRY(files_make_directory(directory));
  const TrajectoryOptions options = {.has = FRAME_IMAGE, .stage_names = stages, .n_stages = n_stages};
  place(path, directory, stem, "h5md");
  Status status = trajectory_create(path, NULL, &layout, mixture, &options, provenance, &files->frames);
  frame_clear(&layout);
  TRY(status);
  Table *table = table_create("frames", "inherent structures", files->other ? N_ALL : N_OWN, columns);
  add_settings(files, table);
  place(path, directory, stem, "h5");
  status = tablefile_create(path, table, provenance, &files->table);
  table_destroy(&table);
  return status;
}

Status inherent_count(const char *directory, const char *stem, int64_t *rows) {
  char path[MAX_PATH];
  Trajectory *frames = NULL;
  Table *table       = NULL;
  *rows              = 0;
  place(path, directory, stem, "h5");
  if (!files_exist(path)) return STATUS_OK;
  TRY(results_read(path, "frames", &table));
  const int64_t n = (int64_t)table->n_rows;
  table_destroy(&table);
  place(path, directory, stem, "h5md");
  TRY(trajectory_open(path, false, &frames));
  *rows = trajectory_frames(frames) < n ? trajectory_frames(frames) : n;
  return trajectory_close(&frames);
}

Status inherent_resume(InherentFiles *files, const char *directory, const char *stem, int64_t n) {
  char path[MAX_PATH];
  place(path, directory, stem, "h5md");
  TRY(trajectory_open(path, true, &files->frames));
  TRY(trajectory_truncate(files->frames, n));
  place(path, directory, stem, "h5");
  return tablefile_resume(path, "frames", n, &files->table);
}

int64_t inherent_rows(const InherentFiles *files) { return tablefile_rows(files->table); }

Status inherent_append(InherentFiles *files, const Frame *frame, const InherentRow *row) {
  const double n  = (double)frame->n;
  const Quench *q = &row->quench, *other = &row->other;
  const double values[] = {(double)inherent_rows(files),
                           (double)row->parent_frame,
                           (double)frame->step,
                           frame->time,
                           row->temperature,
                           row->replica,
                           q->energy / n,
                           q->pressure,
                           q->max_force,
                           q->outcome,
                           (double)q->evaluations,
                           other->energy / n,
                           other->outcome,
                           (double)other->evaluations,
                           row->distance};
  _Static_assert(sizeof values / sizeof values[0] == N_ALL, "one value per column");
  TRY(trajectory_append(files->frames, frame));
  return tablefile_append(files->table, values);
}

Status inherent_flush(InherentFiles *files) { return tablefile_flush(files->table); }

Status inherent_sync(InherentFiles *files, const char *directory, const char *stem) {
  char path[MAX_PATH];
  TRY(tablefile_flush(files->table));
  TRY(trajectory_sync(files->frames));
  place(path, directory, stem, "h5");
  return files_sync(path);
}

Status inherent_close(InherentFiles *files, bool complete) {
  Status status = STATUS_OK;
  if (files->frames && complete) status = trajectory_set_complete(files->frames, true);
  Status closed = tablefile_close(&files->table, complete && status == STATUS_OK);
  status        = status == STATUS_OK ? closed : status;
  closed        = trajectory_close(&files->frames);
  return status == STATUS_OK ? closed : status;
}

void inherent_abandon(InherentFiles *files) {
  tablefile_abandon(&files->table);
  (void)!trajectory_close(&files->frames);
}
