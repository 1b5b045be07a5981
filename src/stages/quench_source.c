/* Which configurations are quenched: all frames of one stage of the run, or of several by a pattern (every k-th of them), or one frame, or
 * one configuration from elsewhere. Unlike for correlations in time, frames need not follow each other in time: a file of independent
 * starts is fine. The temperature of a parent comes from the run's thermo table beside it: the same for constant temperatures and for
 * ramps. */
#include "quench_source.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "storage/exchange_formats.h"
#include "storage/files.h"
#include "storage/results.h"

/** All frames of the stage that the file's frames were chosen from; of a file that is not H5MD all. */
static Status choose(const QuenchPlan *plan, QuenchSource *source) {
  RunFile *file   = source->file;
  const int64_t n = file->trajectory ? trajectory_frames(file->trajectory) : file->n;
  int64_t step, seen = 0;
  double time;
  int32_t wanted, stage, block;
  source->frame = memory_array((size_t)n, sizeof *source->frame);
  if (plan->has_frame) {
    const int64_t k = plan->frame < 0 ? plan->frame + n : plan->frame;
    if (k < 0 || k >= n)
      return params_fail(plan->own, "frame", "%s has no frame %lld, it holds %lld", file->path, (long long)plan->frame, (long long)n);
    source->frame[source->n++] = k;
    return STATUS_OK;
  }
  if (!file->trajectory) {
    for (int64_t k = 0; k < n; k += plan->every) source->frame[source->n++] = k;
    return STATUS_OK;
  }
  TRY(trajectory_when(file->trajectory, file->frame[0], &step, &time, &wanted, &block));
  for (int64_t k = 0; k < n; k++) {
    TRY(trajectory_when(file->trajectory, k, &step, &time, &stage, &block));
    const bool is_wanted = plan->stage ? run_files_in_stage(file->trajectory, stage, plan->stage) : stage == wanted;
    if (is_wanted && seen++ % plan->every == 0) source->frame[source->n++] = k;
  }
  return STATUS_OK;
}

/** The thermo table beside OUT/run.h5md. */
static void find_thermo(QuenchSource *source) {
  char path[MAX_PATH];
  const char *slash = strrchr(source->file->path, '/'), *name = slash ? slash + 1 : source->file->path;
  if (!source->file->trajectory || strcmp(name, "run.h5md") != 0) return;
  snprintf(path, sizeof path, "%.*sthermo.h5", (int)(name - source->file->path), source->file->path);
  if (files_exist(path) && results_read(path, "run/thermo", &source->thermo) != STATUS_OK) source->thermo = NULL;
}

Status quench_sources_open(const QuenchPlan *plan, const char *out, QuenchSources *s) {
  *s = (QuenchSources){0};
  if (plan->from && run_files_are_configurations(plan->from))
    TRY(run_files_open_configurations(plan->from, plan->task.mixture, &s->runs));
  else
    TRY(run_files_open(RUN_FRAMES, plan->from, out, plan->stage, &s->runs));
  TRY(run_files_check_model(&s->runs, plan->task.potential->name, plan->task.mixture));
  s->sources = memory_array((size_t)s->runs.n, sizeof *s->sources);
  for (s->n = 0; s->n < s->runs.n; s->n++) {
    QuenchSource *source = &s->sources[s->n];
    source->file         = &s->runs.files[s->n];
    source->mixture      = plan->task.mixture;
    source->replica      = source->file->replica > 0 ? source->file->replica : 0;
    char name[16]        = "";
    if (source->file->replica >= 0) snprintf(name, sizeof name, "r%03d", source->replica);
    if (*name)
      output_path(source->directory, out, name);
    else
      snprintf(source->directory, sizeof source->directory, "%s", out);
    TRY(choose(plan, source));
    find_thermo(source);
  }
  return STATUS_OK;
}

Status quench_sources_close(QuenchSources *s) {
  for (int k = 0; k < s->runs.n && s->sources; k++) {
    memory_free(s->sources[k].frame);
    table_destroy(&s->sources[k].thermo);
  }
  memory_free(s->sources);
  s->sources = NULL;
  return run_files_close(&s->runs);
}

Status quench_source_read(QuenchSource *source, int64_t k, Frame *frame) {
  if (source->file->trajectory) return trajectory_read(source->file->trajectory, source->frame[k], frame);
  return configuration_read(source->file->path, source->frame[k], source->mixture, frame);
}

double quench_source_temperature(const QuenchSource *source, const Frame *frame) {
  if (!source->thermo) return NAN;
  const double *step = table_column(source->thermo, "step"), *stage = table_column(source->thermo, "stage"),
               *target = table_column(source->thermo, "target"), at = (double)frame->step;
  double before = NAN, from = NAN;
  if (!step || !stage || !target) return NAN;
  for (size_t k = 0; k < source->thermo->n_rows; k++) {
    if ((int32_t)stage[k] != frame->stage) continue;
    if (step[k] >= at && !isnan(before)) return from + (target[k] - from) * (at - before) / (step[k] - before);
    if (step[k] == at) return target[k] > 0 ? target[k] : NAN;
    before = step[k], from = target[k];
  }
  return from > 0 ? from : NAN;
}
