/* Inherent structures on disk. The configuration is flushed before its row is: a killed writer may leave one configuration without a row,
 * never a row without its configuration; who resumes counts what both hold. */
#include "inherent_files.h"

#include <math.h>
#include <stdio.h>

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
  Table *table = table_create("frames", "inherent structures", files->compares ? N_ALL : N_OWN, columns);
  if (files->compares) table_scalar(table, "threshold", files->threshold, "sigma", "two minima closer than that are the same");
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
