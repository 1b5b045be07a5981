/* Which files and which frames a reading stage works on.
 *
 * A run with one replica leaves OUT/run.h5md, one with several OUT/r000/run.h5md, OUT/r001/run.h5md and so on; all replicas are the same
 * system and belong together. A file holds the frames of all stages of the run (melt, cool, prod ..), told apart by the stage index that
 * each frame carries; correlations are only asked inside one of them. When no stage is named, the one to take is decided over all files
 * together: a replica that was lost early must not bring its frames of another stage into the average. */
#include "run_files.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/memory.h"
#include "inherent_files.h"
#include "storage/exchange_formats.h"
#include "storage/files.h"
#include "storage/provenance.h"

enum { MAX_PATH = 4096, MAX_REPLICAS = 100000, NO_STAGE = -2 };

static bool is_directory(const char *path) {
  struct stat entry;
  return stat(path, &entry) == 0 && S_ISDIR(entry.st_mode);
}

static void add_file(RunFiles *files, size_t *capacity, const char *path, int replica) {
  void *array = files->files;
  memory_grow(&array, capacity, (size_t)files->n + 1, (size_t)files->n, sizeof *files->files);
  files->files             = array;
  files->files[files->n++] = (RunFile){.path = memory_string(path), .timestep = NAN, .replica = replica};
}

/* PLACE/name or PLACE/r000/name, PLACE/r001/name .. */
static void find_named(const char *place, const char *name, RunFiles *files) {
  size_t capacity = 0;
  char path[MAX_PATH];
  (void)snprintf(path, sizeof path, "%s/%s", place, name);
  if (files_exist(path)) {
    add_file(files, &capacity, path, -1);
    return;
  }
  for (int replica = 0; replica < MAX_REPLICAS; replica++) {
    (void)snprintf(path, sizeof path, "%s/r%03d/%s", place, replica, name);
    if (!files_exist(path)) break;
    add_file(files, &capacity, path, replica);
  }
}

static Status find_files(RunFilesKind kind, const char *place, RunFiles *files) {
  size_t capacity = 0;
  if (!is_directory(place)) {
    if (!files_exist(place)) return fail(STATUS_FILE, "%s: no such file or directory", place);
    add_file(files, &capacity, place, -1);
    return STATUS_OK;
  }
  find_named(place, kind == RUN_FRAMES ? "run.h5md" : "inherent.h5md", files);
  if (files->n == 0 && kind == RUN_INHERENT) find_named(place, "inherent_run.h5md", files);
  if (files->n == 0 && kind == RUN_FRAMES)
    return fail(STATUS_FILE, "%s: neither run.h5md nor r000/run.h5md in it; has the run been made?", place);
  if (files->n == 0)
    return fail(STATUS_FILE, "%s: neither inherent.h5md nor inherent_run.h5md in it or in r000; `tektite quench` makes them", place);
  return STATUS_OK;
}

/* Largest stage index with at least `least` frames in the file; NO_STAGE if none. Stages follow each other in the file. */
static Status find_last_stage(RunFile *file, int64_t least, int32_t *last) {
  int64_t count   = 0;
  int32_t current = NO_STAGE;
  *last           = NO_STAGE;
  for (int64_t k = 0; k < trajectory_frames(file->trajectory); k++) {
    int64_t step  = 0;
    double time   = 0;
    int32_t stage = 0, block = 0;
    TRY(trajectory_when(file->trajectory, k, &step, &time, &stage, &block));
    count   = stage == current ? count + 1 : 1;
    current = stage;
    if (count >= least && stage > *last) *last = stage;
  }
  return STATUS_OK;
}

static Status choose_stage(RunFiles *files, int32_t *chosen) {
  *chosen = NO_STAGE;
  for (int64_t least = 2; least >= 1 && *chosen == NO_STAGE; least--)
    for (int i = 0; i < files->n; i++) {
      int32_t last = NO_STAGE;
      TRY(find_last_stage(&files->files[i], least, &last));
      if (last > *chosen) *chosen = last;
    }
  if (*chosen == NO_STAGE) return fail(STATUS_FILE, "%s: holds no frame", files->files[0].path);
  return STATUS_OK;
}

bool run_files_in_stage(const Trajectory *trajectory, int32_t stage, const char *pattern) {
  const char *name = trajectory_stage_name(trajectory, stage);
  return name != NULL && fnmatch(pattern, name, 0) == 0;
}

static void make_frames(RunFile *file, int64_t n) {
  file->frame = memory_array((size_t)n, sizeof *file->frame);
  file->step  = memory_array((size_t)n, sizeof *file->step);
  file->block = memory_array((size_t)n, sizeof *file->block);
  file->time  = memory_array((size_t)n, sizeof *file->time);
}

/* Pick the frames of one stage, or of those whose names match a pattern; a frame that does not come later than the one before (written
 * twice) is skipped. */
static Status choose_frames(RunFile *file, int32_t wanted, const char *pattern) {
  const int64_t n_frames = trajectory_frames(file->trajectory);
  make_frames(file, n_frames);
  for (int64_t k = 0; k < n_frames; k++) {
    int64_t step  = 0;
    double time   = 0;
    int32_t stage = 0, block = 0;
    TRY(trajectory_when(file->trajectory, k, &step, &time, &stage, &block));
    const bool is_wanted = pattern != NULL ? run_files_in_stage(file->trajectory, stage, pattern) : stage == wanted;
    if (!is_wanted || (file->n > 0 && step <= file->step[file->n - 1])) continue;
    file->frame[file->n] = k;
    file->step[file->n]  = step;
    file->time[file->n]  = time;
    file->block[file->n] = block;
    file->n++;
  }
  if (file->n > 1) file->timestep = (file->time[file->n - 1] - file->time[0]) / (double)(file->step[file->n - 1] - file->step[0]);
  return STATUS_OK;
}

static Status close_file(RunFile *file) {
  const Status status = file->trajectory != NULL ? trajectory_close(&file->trajectory) : STATUS_OK;
  table_destroy(&file->origins);
  memory_free(file->path);
  memory_free(file->frame);
  memory_free(file->step);
  memory_free(file->block);
  memory_free(file->time);
  return status;
}

/* Drop the files without a frame of the stage. */
static Status drop_empty(RunFiles *files) {
  int kept = 0;
  for (int i = 0; i < files->n; i++) {
    if (files->files[i].n > 0) {
      files->files[kept++] = files->files[i];
      continue;
    }
    warn("%s: left out, it holds no frame of this stage", files->files[i].path);
    TRY(close_file(&files->files[i]));
    files->files[i] = (RunFile){0};
  }
  files->n = kept;
  return STATUS_OK;
}

/* Structures of a quench that stopped halfway: not from OUT; who names their file may have them. */
static Status check_finished(RunFilesKind kind, const RunFiles *files, bool is_named) {
  static const char format[] = "%s: of an unfinished quench; the same command of quench goes on";
  for (int i = 0; i < files->n && kind == RUN_INHERENT; i++) {
    const char *path = files->files[i].path, *slash = strrchr(path, '/');
    if (strcmp(slash ? slash + 1 : path, "inherent.h5md") != 0) continue; /* a run that goes on may be looked at */
    if (!story_is_unfinished(path, files->files[i].replica >= 0 ? files->n : 0)) continue;
    if (!is_named) return fail(STATUS_FILE, format, path);
    warn(format, path);
    return STATUS_OK;
  }
  return STATUS_OK;
}

Status run_files_open(RunFilesKind kind, const char *from, const char *out, const char *stage, RunFiles *files) {
  *files         = (RunFiles){0};
  int32_t wanted = NO_STAGE;
  TRY(find_files(kind, from != NULL ? from : out, files));
  for (int i = 0; i < files->n; i++) TRY(trajectory_open(files->files[i].path, false, &files->files[i].trajectory));
  TRY(check_finished(kind, files, from != NULL));
  if (stage == NULL) TRY(choose_stage(files, &wanted));
  for (int i = 0; i < files->n; i++) {
    RunFile *file = &files->files[i];
    if (stage != NULL && strpbrk(stage, "*?[") == NULL && trajectory_stage(file->trajectory, stage) < 0)
      return fail(STATUS_INPUT, "%s: holds no stage named '%s'", file->path, stage);
    TRY(choose_frames(file, wanted, stage));
    if (kind == RUN_INHERENT) TRY(inherent_read_rows(file->path, &file->origins));
  }
  if (stage != NULL && files->n == 1 && files->files[0].n == 0)
    return fail(STATUS_FILE, "%s: no frame of stage '%s' was stored", files->files[0].path, stage);
  TRY(drop_empty(files));
  if (files->n == 0) return fail(STATUS_FILE, "no file holds a frame of stage '%s'", stage != NULL ? stage : "?");
  return STATUS_OK;
}

Status run_files_check_model(const RunFiles *files, const char *model, const Mixture *mixture) {
  bool is_told = false;
  for (int i = 0; i < files->n; i++) {
    const Trajectory *trajectory = files->files[i].trajectory;
    const char *made_with = trajectory ? trajectory_model(trajectory) : "", *path = files->files[i].path;
    if (made_with[0] == '\0' || strcmp(made_with, model) == 0) continue;
    if (trajectory_dimension(trajectory) != mixture->dim)
      return fail(STATUS_FILE, "%s: is %d-dimensional (model %s), model %s is %d-dimensional", path, trajectory_dimension(trajectory),
                  made_with, model, mixture->dim);
    if (!is_told) warn("%s: was made with model %s, the input says %s", path, made_with, model);
    is_told = true;
  }
  return STATUS_OK;
}

bool run_files_are_configurations(const char *path) {
  const char *ending = strrchr(path, '.');
  return ending && (strcmp(ending, ".xyz") == 0 || strcmp(ending, ".extxyz") == 0 || strcmp(ending, ".data") == 0);
}

Status run_files_open_configurations(const char *path, const Mixture *mixture, RunFiles *files) {
  size_t capacity = 0;
  *files          = (RunFiles){0};
  if (!files_exist(path)) return fail(STATUS_INPUT, "%s: no such file", path);
  add_file(files, &capacity, path, -1);
  RunFile *file = files->files;
  file->mixture = *mixture;
  TRY(configuration_count(path, &file->n));
  if (file->n == 0) return fail(STATUS_INPUT, "%s: holds no configuration", path);
  make_frames(file, file->n);
  for (int64_t k = 0; k < file->n; k++) {
    file->frame[k] = file->step[k] = k;
    file->time[k]                  = (double)k;
    file->block[k]                 = -1;
  }
  if (file->n > 1) file->timestep = 1;
  return STATUS_OK;
}

Status run_files_read(void *run_file, int64_t k, Frame *frame) {
  RunFile *file = run_file;
  if (file->trajectory) return trajectory_read(file->trajectory, file->frame[k], frame);
  TRY(configuration_read(file->path, file->frame[k], &file->mixture, frame));
  frame->step = file->step[k];
  frame->time = file->time[k];
  return STATUS_OK;
}

Status run_files_close(RunFiles *files) {
  Status worst = STATUS_OK;
  for (int i = 0; i < files->n; i++) {
    const Status status = close_file(&files->files[i]);
    if (status != STATUS_OK) worst = status;
  }
  memory_free(files->files);
  *files = (RunFiles){0};
  return worst;
}
