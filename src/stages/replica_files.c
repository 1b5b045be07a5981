/* Files of a replica. Outputs are flushed and synced before the checkpoint that counts their rows is renamed into place; a restart cuts
 * them back to those rows, so an interrupted run leaves the same files as an uninterrupted one. */
#include "replica_files.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "storage/checkpoint.h"
#include "storage/exchange_formats.h"
#include "storage/files.h"

static const Column thermo_columns[] = {
    {"step", "1", "MD step since the start of the run", ""},
    {"time", "sigma (m/eps)^1/2", "time since the start of the run", ""},
    {"stage", "1", "stage of the run, from 0", ""},
    {"temperature", "eps/kB", "kinetic temperature", "2K/N_f"},
    {"potential_energy", "eps", "potential energy per particle", "U/N"},
    {"kinetic_energy", "eps", "kinetic energy per particle", "K/N"},
    {"pressure", "eps/sigma^d", "pressure", "(2K + tr W)/(d V)"},
    {"conserved", "eps", "conserved quantity per particle: energy (nve), Nose-Hoover invariant (nvt)", "H'/N"},
    {"friction", "time^-1", "thermostat friction", "xi"},
    {"target", "eps/kB", "thermostat temperature", ""}};
static const Column window_columns[] = {{"step", "1", "MD step at the end of the window", ""},
                                        {"stage", "1", "stage of the run, from 0", ""},
                                        {"length", "sigma (m/eps)^1/2", "length of the window", ""},
                                        {"fs_end", "1", "Fs of the largest species at the window's end", ""},
                                        {"fs_difference", "1", "largest difference of Fs to the window before", "max |Fs_k - Fs_k-1|"},
                                        {"msd_ratio", "1", "largest log ratio of the MSD to the window before", "max |ln MSD_k/MSD_k-1|"},
                                        {"is_stationary", "1", "both within the tolerance", ""}};
enum { N_THERMO = sizeof thermo_columns / sizeof thermo_columns[0], N_WINDOWS = sizeof window_columns / sizeof window_columns[0] };

static Status start_path(const ReplicaFiles *files, char path[MAX_PATH]) {
  const Params *run = params_section(files->task->root, "run");
  if (params_has(run, "from")) {
    snprintf(path, MAX_PATH, "%s", params_string(run, "from"));
    return STATUS_OK;
  }
  output_path(path, files->task->command->out, "start.h5md");
  if (files_exist(path)) return STATUS_OK;
  return fail(STATUS_FILE, "%s is missing: run `tektite create` (or `tektite chain`) first, or say run.from", path);
}

Status replica_files_start(ReplicaFiles *files, Frame *frame) {
  const ReplicaTask *task = files->task;
  const Params *run       = params_section(task->root, "run");
  char path[MAX_PATH];
  uint64_t digest = 0;
  TRY(start_path(files, path));
  const char *ending = strrchr(path, '.');
  int64_t k          = params_has(run, "frame") ? params_integer(run, "frame") : -1;
  if (!params_has(run, "frame") && ending && strcmp(ending, ".h5md") == 0) {
    Trajectory *trajectory = NULL;
    TRY(trajectory_open(path, false, &trajectory));
    const int64_t n   = trajectory_frames(trajectory);
    const char *model = trajectory_model(trajectory);
    Status status     = n > 0 ? STATUS_OK : fail(STATUS_FILE, "%s: no frame", path);
    if (status == STATUS_OK && *model && strcmp(model, task->potential->name) != 0)
      status = fail(STATUS_INPUT, "%s was made for the model %s, the input says %s", path, model, task->potential->name);
    const Status closed = trajectory_close(&trajectory);
    TRY(status);
    TRY(closed);
    k = task->number % n;
  }
  TRY(configuration_read(path, k, task->mixture, frame));
  TRY(provenance_file_digest(path, &digest));
  provenance_add_parent(&files->provenance, path, digest);
  return STATUS_OK;
}

Status replica_files_create(ReplicaFiles *files, const Frame *first) {
  const ReplicaTask *task = files->task;
  const RunPlan *plan     = task->plan;
  char path[MAX_PATH], topology[MAX_PATH];
  TRY(files_make_directory(task->directory));
  output_path(path, task->directory, "checkpoint.h5.prev"); /* first: it must not stand in for a checkpoint that has gone */
  TRY(files_move_aside(path));
  output_path(path, task->directory, "checkpoint.h5");
  TRY(files_move_aside(path));
  output_path(path, task->directory, "run.h5md");
  output_path(topology, task->directory, "top.xyz");
  const TrajectoryOptions options = {.single_precision = plan->is_single_precision,
                                     .has              = FRAME_VELOCITY | FRAME_IMAGE,
                                     .stage_names      = plan->names,
                                     .n_stages         = plan->n_stages};
  TRY(trajectory_create(path, topology, first, task->mixture, &options, &files->provenance, &files->frames));
  Table *thermo  = table_create("run/thermo", "state of the run", N_THERMO, thermo_columns);
  Table *windows = table_create("run/windows", "windows of stages that wait for stationarity", N_WINDOWS, window_columns);
  output_path(path, task->directory, "thermo.h5");
  Status status = tablefile_create(path, thermo, &files->provenance, &files->thermo);
  bool waits    = false;
  for (int k = 0; k < plan->n_stages; k++) waits = waits || plan->stages[k].is_until_stationary;
  output_path(path, task->directory, "windows.h5");
  if (status == STATUS_OK && waits) status = tablefile_create(path, windows, &files->provenance, &files->windows);
  table_destroy(&thermo);
  table_destroy(&windows);
  files->inherent.task = task->quench;
  if (status == STATUS_OK && plan->has_quenches)
    status = inherent_create(&files->inherent, task->directory, "inherent_run", first, task->mixture, plan->names, plan->n_stages,
                             &files->provenance);
  return status;
}

Status replica_files_resume(ReplicaFiles *files, const Archive *archive) {
  char path[MAX_PATH];
  int64_t n_frames, n_thermo, n_windows, n_inherent;
  TRY(archive_get_int(archive, "rows/frames", &n_frames));
  TRY(archive_get_int(archive, "rows/thermo", &n_thermo));
  TRY(archive_get_int(archive, "rows/windows", &n_windows));
  TRY(archive_get_int(archive, "rows/inherent", &n_inherent));
  output_path(path, files->task->directory, "run.h5md");
  TRY(trajectory_open(path, true, &files->frames));
  if (trajectory_frames(files->frames) < n_frames)
    return fail(STATUS_FILE, "%s holds %lld frames, the checkpoint counts %lld: it is not the file of this run", path,
                (long long)trajectory_frames(files->frames), (long long)n_frames);
  TRY(trajectory_truncate(files->frames, n_frames));
  output_path(path, files->task->directory, "thermo.h5");
  TRY(tablefile_resume(path, "run/thermo", n_thermo, &files->thermo));
  output_path(path, files->task->directory, "windows.h5");
  if (n_windows >= 0) TRY(tablefile_resume(path, "run/windows", n_windows, &files->windows));
  if (n_inherent >= 0) TRY(inherent_resume(&files->inherent, files->task->directory, "inherent_run", n_inherent));
  return STATUS_OK;
}
void replica_files_put(const ReplicaFiles *files, Archive *archive) {
  archive_put_int(archive, "rows/frames", trajectory_frames(files->frames));
  archive_put_int(archive, "rows/thermo", tablefile_rows(files->thermo));
  archive_put_int(archive, "rows/windows", files->windows ? tablefile_rows(files->windows) : -1);
  archive_put_int(archive, "rows/inherent", files->inherent.table ? inherent_rows(&files->inherent) : -1);
}
Status replica_files_checkpoint(ReplicaFiles *files, const Archive *archive) {
  char path[MAX_PATH];
  TRY(tablefile_flush(files->thermo));
  if (files->windows) TRY(tablefile_flush(files->windows));
  TRY(trajectory_sync(files->frames));
  output_path(path, files->task->directory, "thermo.h5");
  TRY(files_sync(path));
  output_path(path, files->task->directory, "windows.h5");
  if (files->windows) TRY(files_sync(path));
  if (files->inherent.table) TRY(inherent_sync(&files->inherent, files->task->directory, "inherent_run"));
  output_path(path, files->task->directory, "checkpoint.h5");
  return checkpoint_write(path, archive, &files->provenance);
}
static bool is_complete(const ReplicaFiles *files, const char *name) {
  char path[MAX_PATH];
  Story story = {0};
  output_path(path, files->task->directory, name);
  const bool complete = files_exist(path) && story_read(path, &story) == STATUS_OK && story.complete;
  story_clear(&story);
  return complete;
}
bool replica_files_are_complete(const ReplicaFiles *files, const Archive *archive) {
  int64_t n_windows = -1, n_inherent = -1;
  return archive_get_int(archive, "rows/windows", &n_windows) == STATUS_OK &&
         archive_get_int(archive, "rows/inherent", &n_inherent) == STATUS_OK &&
         (n_inherent < 0 || (is_complete(files, "inherent_run.h5md") && is_complete(files, "inherent_run.h5"))) &&
         is_complete(files, "run.h5md") && is_complete(files, "thermo.h5") && (n_windows < 0 || is_complete(files, "windows.h5"));
}
Status replica_files_close(ReplicaFiles *files, bool complete) {
  Status status = STATUS_OK, closed;
  if (files->frames && complete) status = trajectory_set_complete(files->frames, true);
  closed = trajectory_close(&files->frames);
  status = status == STATUS_OK ? closed : status;
  closed = tablefile_close(&files->thermo, complete);
  status = status == STATUS_OK ? closed : status;
  closed = tablefile_close(&files->windows, complete);
  status = status == STATUS_OK ? closed : status;
  closed = inherent_close(&files->inherent, complete);
  return status == STATUS_OK ? closed : status;
}
void replica_files_abandon(ReplicaFiles *files) {
  tablefile_abandon(&files->thermo);
  tablefile_abandon(&files->windows);
  inherent_abandon(&files->inherent);
  (void)!trajectory_close(&files->frames); /* every frame was flushed when it was written */
}
