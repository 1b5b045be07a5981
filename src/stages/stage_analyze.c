/* Stage `analyze`: curves from stored frames.
 *
 * The section `analyze` is a list of passes. Entries that look at the same frames (same `from`, `stage` and lag options) share one
 * reading of the files. All replicas are swept and summed: one plan of lags per file, united to one list; each rank reads the files
 * by itself and takes every size-th pair, then the accumulators of the passes are added over the ranks (a pass without additive sums
 * works on rank 0 alone). Nothing is printed or written but by rank 0.
 *
 *   analyze entry -> RunFiles -> LagPlan per file -> sweep feeds the passes -> reduce -> tables -> OUT/analysis.h5, text, summary
 *
 * Names: table "pass/table"; when a pass stands twice in the list, the second one's become "pass_2/2_table", so that the text twins, too,
 * have names of their own. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "analysis/lag_plan.h"
#include "analysis/pass.h"
#include "analysis/sweep.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/table.h"
#include "comm/ranks.h"
#include "comm/reduce.h"
#include "inherent_files.h"
#include "matter/frame.h"
#include "output.h"
#include "potentials/potential.h"
#include "run_files.h"
#include "stages/input.h"
#include "stages/stage.h"
#include "storage/files.h"
#include "storage/provenance.h"
#include "storage/results.h"
#include "summary.h"

enum { MAX_JOBS = 64, MAX_PARENTS = 8 };
static const size_t MEMORY_BUDGET = (size_t)1 << 30; /* bytes of origins kept, all ranks together */

/* One entry of the list. */
typedef struct Job {
  const PassType *pass;
  Params *own;
  const char *from, *stage; /* NULL: default */
  LagOptions options;
  bool is_done;
  int repeat; /* how often this pass stood in the list before */
  char heading[256];
  PassState *state;
  Table **tables;
  int n_tables;
} Job;

typedef struct Analysis {
  const Command *command;
  Ranks *ranks;
  const char *model;
  Mixture mixture;
  int n_jobs;
  Job jobs[MAX_JOBS];
  Provenance provenance;
} Analysis;

/* ---- the list ---------------------------------------------------------------------------------------------------------------- */

static bool has_key(const Job *job, const char *key) {
  for (const ParamSpec *spec = job->pass->schema->specs; spec->key != NULL; spec++)
    if (strcmp(spec->key, key) == 0) return true;
  return false;
}

/* Value of an integer key that only some passes have. */
static int optional_integer(const Job *job, const char *key) {
  return has_key(job, key) && params_has(job->own, key) ? (int)params_integer(job->own, key) : 0;
}

static Status read_jobs(Params *root, Analysis *analysis) {
  const int n = params_count(root, "analyze");
  if (n == 0) return params_fail(root, "analyze", "nothing to do: list at least one pass, e.g. - {pass: self_motion}");
  if (n > MAX_JOBS) return params_fail(root, "analyze", "%d passes; at most %d", n, MAX_JOBS);
  for (int i = 0; i < n; i++) {
    Params *item = params_item(root, "analyze", i);
    Job *job     = &analysis->jobs[i];
    job->own     = item;
    job->pass    = pass_find(params_string(item, "pass"));
    if (job->pass == NULL) return params_fail(item, "pass", "no pass '%s'; see `tektite list`", params_string(item, "pass"));
    job->from    = params_has(item, "from") ? params_string(item, "from") : NULL;
    job->stage   = params_has(item, "stage") ? params_string(item, "stage") : NULL;
    job->options = (LagOptions){optional_integer(job, "per_decade"), optional_integer(job, "max_origins")};
    for (int j = 0; j < i; j++)
      if (analysis->jobs[j].pass == job->pass) job->repeat++;
  }
  analysis->n_jobs = n;
  return STATUS_OK;
}

static bool same_text(const char *a, const char *b) { return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0); }

static bool share_frames(const Job *a, const Job *b) {
  return ((a->pass->needs ^ b->pass->needs) & NEEDS_INHERENT) == 0 && same_text(a->from, b->from) && same_text(a->stage, b->stage) &&
         a->options.per_decade == b->options.per_decade && a->options.max_origins == b->options.max_origins;
}

/* ---- one group of passes over the same frames -------------------------------------------------------------------------------- */

typedef struct Group {
  int n_jobs;
  Job *jobs[MAX_JOBS];
  RunFiles runs;
  LagPlan *plans; /* [runs.n] */
  double *lags;   /* [plans[0].n_lags], time */
} Group;

static Status make_plans(Group *group) {
  const RunFiles *runs = &group->runs;
  group->plans         = memory_array((size_t)runs->n, sizeof *group->plans);
  double timestep      = NAN;
  for (int i = 0; i < runs->n; i++) {
    const RunFile *file = &runs->files[i];
    lag_plan_init(&group->plans[i], file->n, file->step, file->block, group->jobs[0]->options);
    if (isnan(timestep)) timestep = file->timestep;
    if (fabs(file->timestep - timestep) > 1e-6 * timestep)
      return fail(STATUS_FILE, "%s: time per step is %.9g, in %s it is %.9g: these runs cannot be averaged", file->path, file->timestep,
                  runs->files[0].path, timestep);
  }
  lag_plan_unite(group->plans, runs->n);
  const int n_lags = group->plans[0].n_lags;
  group->lags      = memory_array((size_t)n_lags, sizeof *group->lags);
  for (int i = 0; i < n_lags; i++) group->lags[i] = (double)group->plans[0].lag[i] * timestep;
  return STATUS_OK;
}

/* Configurations from elsewhere serve passes that look at one frame at a time. */
static Status open_configurations(const Analysis *analysis, Group *group) {
  const unsigned more = NEEDS_IMAGE | NEEDS_VELOCITY | NEEDS_ORDER | NEEDS_INHERENT;
  const char *from    = group->jobs[0]->from;
  for (int i = 0; i < group->n_jobs; i++) {
    const PassType *pass = group->jobs[i]->pass;
    if (pass->pair != NULL || (pass->needs & more) != 0)
      return params_fail(group->jobs[i]->own, "from", "pass %s follows particles in time: it needs an H5MD file; %s tells no times",
                         pass->name, from);
  }
  if (group->jobs[0]->stage != NULL) return params_fail(group->jobs[0]->own, "stage", "%s tells no stages; leave the key out", from);
  return run_files_open_configurations(from, &analysis->mixture, &group->runs);
}

static Status open_passes(const Analysis *analysis, Group *group, const Frame *first) {
  const RunFile *file = &group->runs.files[0];
  for (int i = 0; i < group->n_jobs; i++) {
    Job *job             = group->jobs[i];
    const PassType *pass = job->pass;
    if ((pass->needs & NEEDS_IMAGE) != 0 && (first->has & FRAME_IMAGE) == 0)
      return fail(STATUS_FILE, "%s: pass %s needs the images of the particles, which this file does not hold", file->path, pass->name);
    if ((pass->needs & NEEDS_VELOCITY) != 0 && (first->has & FRAME_VELOCITY) == 0)
      return fail(STATUS_FILE, "%s: pass %s needs velocities, which this file does not hold", file->path, pass->name);
    if (pass->pair != NULL && pass->frame == NULL && group->plans[0].n_lags == 0)
      return fail(STATUS_FILE, "%s: pass %s needs two frames of one stage at least", file->path, pass->name);
    TRY(pass->open(job->own, &analysis->mixture, first, group->plans[0].n_lags, group->lags, &job->state));
  }
  return STATUS_OK;
}

/* Passes that reduce by a temperature take that of the parents, if it is one; a rate over several would mean nothing. */
static Status take_temperature(const Group *group) {
  double low = INFINITY, high = -INFINITY;
  bool is_known = true;
  for (int i = 0; i < group->runs.n; i++) {
    const RunFile *file     = &group->runs.files[i];
    const double *parents   = file->origins != NULL ? table_column(file->origins, "parent_temperature") : NULL;
    const int64_t n_parents = parents != NULL ? (int64_t)file->origins->n_rows : 0;
    for (int64_t k = 0; k < file->n; k++) {
      const double temperature = file->frame[k] < n_parents ? parents[file->frame[k]] : NAN;
      is_known                 = is_known && isfinite(temperature);
      low                      = fmin(low, temperature);
      high                     = fmax(high, temperature);
    }
  }
  for (int i = 0; i < group->n_jobs; i++) {
    const Job *job = group->jobs[i];
    if (!has_key(job, "temperature") || params_given(job->own, "temperature")) continue;
    if (low < high)
      return params_fail(job->own, "stage",
                         "the parents of these structures had temperatures from %g to %g: choose stages of one, or give `temperature`", low,
                         high);
    if (is_known) params_default_double(job->own, "temperature", low, "the parents of the structures");
  }
  return STATUS_OK;
}

static Status prepare(const Analysis *analysis, Group *group) {
  Frame first;
  const RunFilesKind kind = (group->jobs[0]->pass->needs & NEEDS_INHERENT) != 0 ? RUN_INHERENT : RUN_FRAMES;
  const Job *lead         = group->jobs[0];
  if (lead->from != NULL && run_files_are_configurations(lead->from))
    TRY(open_configurations(analysis, group));
  else
    TRY(run_files_open(kind, lead->from, analysis->command->out, lead->stage, &group->runs));
  TRY(run_files_check_model(&group->runs, analysis->model, &analysis->mixture));
  TRY(take_temperature(group));
  TRY(make_plans(group));
  frame_init(&first);
  Status status = run_files_read(&group->runs.files[0], 0, &first);
  if (status == STATUS_OK) status = open_passes(analysis, group, &first);
  frame_clear(&first);
  return status;
}

static Status begin_run(const Group *group, int run) {
  Frame first;
  frame_init(&first);
  const Status status = run_files_read(&group->runs.files[run], 0, &first);
  for (int i = 0; i < group->n_jobs && status == STATUS_OK; i++)
    if (group->jobs[i]->pass->begin != NULL) group->jobs[i]->pass->begin(group->jobs[i]->state, run, &first);
  frame_clear(&first);
  return status;
}

/* A pass with a key `max_frames` sees every stride-th frame. */
static int find_stride(const Group *group, const Job *job) {
  const int most = job->pass->pair == NULL ? optional_integer(job, "max_frames") : 0;
  int64_t frames = 0;
  for (int i = 0; i < group->runs.n; i++) frames += group->runs.files[i].n;
  return most > 0 && frames > most ? (int)((frames + most / 2) / most) : 1; /* nearest: one frame too many does not halve them */
}

static Status sweep_runs(const Analysis *analysis, Group *group) {
  const int rank = ranks_world_rank(analysis->ranks), size = ranks_world_size(analysis->ranks);
  SweepPass passes[MAX_JOBS];
  for (int i = 0; i < group->n_jobs; i++) {
    const Job *job   = group->jobs[i];
    const int stride = find_stride(group, job);
    passes[i]        = (SweepPass){job->pass, job->state, rank * stride, size * stride};
    if (job->pass->sums == NULL || (job->pass->needs & NEEDS_ORDER) != 0) {
      passes[i].rank = 0;
      passes[i].size = rank == 0 ? stride : 0;
    }
  }
  for (int run = 0; run < group->runs.n; run++) {
    const SweepSource source = {&group->runs.files[run], run_files_read, group->runs.files[run].n};
    if (group->runs.n > 1) log_progress("analyze: %s (%d of %d)", group->runs.files[run].path, run + 1, group->runs.n);
    TRY(begin_run(group, run));
    TRY(sweep_frames(&source, &group->plans[run], group->n_jobs, passes, MEMORY_BUDGET / (size_t)size));
  }
  return STATUS_OK;
}

/* What made the inherent structures, in the first table of the passes that read them: a rate is only worth something with it. */
static void note_minimizer(Group *group) {
  const RunFile *files = group->runs.files;
  for (int i = 1; i < group->runs.n; i++)
    if (!inherent_same_settings(files[0].origins, files[i].origins)) {
      warn("%s and %s were made by different minimisers or settings", files[0].path, files[i].path);
      return;
    }
  for (int i = 0; i < group->n_jobs; i++) {
    Job *job = group->jobs[i];
    if ((job->pass->needs & NEEDS_INHERENT) == 0 || job->n_tables == 0) continue;
    if (!inherent_copy_settings(files[0].origins, job->tables[0])) log_line("%s: it is not known which minimiser made it", files[0].path);
  }
}

/* Add over the ranks, then let every pass make its tables (those of rank 0 count). Collective: world. */
static Status finish(const Analysis *analysis, Group *group) {
  for (int i = 0; i < group->n_jobs; i++) {
    Job *job = group->jobs[i];
    if (job->pass->sums == NULL || (job->pass->needs & NEEDS_ORDER) != 0) continue;
    size_t n     = 0;
    double *sums = job->pass->sums(job->state, &n);
    reduce_sum_doubles(analysis->ranks, sums, n);
  }
  Status worst = STATUS_OK;
  for (int i = 0; i < group->n_jobs; i++) {
    const Status status = group->jobs[i]->pass->close(&group->jobs[i]->state, &group->jobs[i]->tables, &group->jobs[i]->n_tables);
    if (status != STATUS_OK) worst = status;
  }
  if (worst == STATUS_OK) note_minimizer(group);
  return worst;
}

/* What is told about the frames behind a result, and written as its parents. */
static Status note_origin(Analysis *analysis, const Group *group) {
  long long frames = 0;
  for (int i = 0; i < group->runs.n; i++) frames += group->runs.files[i].n;
  for (int i = 0; i < group->n_jobs; i++)
    (void)snprintf(group->jobs[i]->heading, sizeof group->jobs[i]->heading, "%s: %lld frames of %d run%s, %d lags, %s",
                   group->jobs[i]->pass->name, frames, group->runs.n, group->runs.n == 1 ? "" : "s", group->plans[0].n_lags,
                   group->runs.files[0].path);
  if (ranks_world_rank(analysis->ranks) != 0) return STATUS_OK;
  for (int i = 0; i < group->runs.n; i++) {
    bool is_known = false;
    for (int k = 0; k < analysis->provenance.n_parents; k++)
      if (strcmp(analysis->provenance.parents[k].path, group->runs.files[i].path) == 0) is_known = true;
    if (is_known || analysis->provenance.n_parents == MAX_PARENTS) continue;
    uint64_t digest = 0;
    TRY(provenance_file_digest(group->runs.files[i].path, &digest));
    provenance_add_parent(&analysis->provenance, group->runs.files[i].path, digest);
  }
  return STATUS_OK;
}

static void destroy_tables(Job *job) {
  for (int t = 0; t < job->n_tables; t++) table_destroy(&job->tables[t]);
  memory_free(job->tables);
  job->tables   = NULL;
  job->n_tables = 0;
}

/* Passes that were opened but not closed (somebody failed) are closed and their tables thrown away. */
static void clear_group(Group *group, Status *status) {
  for (int i = 0; i < group->n_jobs; i++) {
    Job *job = group->jobs[i];
    if (job->state == NULL) continue;
    const Status closed = job->pass->close(&job->state, &job->tables, &job->n_tables);
    if (*status == STATUS_OK) *status = closed;
    destroy_tables(job);
  }
  for (int i = 0; i < group->runs.n && group->plans != NULL; i++) lag_plan_clear(&group->plans[i]);
  memory_free(group->plans);
  memory_free(group->lags);
  const Status closed = run_files_close(&group->runs);
  if (*status == STATUS_OK) *status = closed;
}

/* Collective: world. */
static Status work_on(Analysis *analysis, Job *lead) {
  Group group = {0};
  for (Job *job = lead; job < analysis->jobs + analysis->n_jobs; job++) {
    if (job->is_done || !share_frames(lead, job)) continue;
    job->is_done               = true;
    group.jobs[group.n_jobs++] = job;
  }
  /* Rank 0 goes first, so that a missing or strange file is told once. */
  const bool is_root = ranks_world_rank(analysis->ranks) == 0;
  Status status      = ranks_agree(analysis->ranks, is_root ? prepare(analysis, &group) : STATUS_OK);
  if (status == STATUS_OK) status = ranks_agree(analysis->ranks, is_root ? STATUS_OK : prepare(analysis, &group));
  if (status == STATUS_OK) status = ranks_agree(analysis->ranks, sweep_runs(analysis, &group));
  if (status == STATUS_OK) status = finish(analysis, &group);
  if (status == STATUS_OK) status = note_origin(analysis, &group);
  clear_group(&group, &status);
  return ranks_agree(analysis->ranks, status);
}

/* ---- results ----------------------------------------------------------------------------------------------------------------- */

/* Second and later tables of the same pass get names of their own. */
static void rename_table(Table *table, int repeat) {
  char name[256];
  const char *slash = strchr(table->name, '/');
  if (repeat == 0 || slash == NULL) return;
  (void)snprintf(name, sizeof name, "%.*s_%d/%d_%s", (int)(slash - table->name), table->name, repeat + 1, repeat + 1, slash + 1);
  memory_free(table->name);
  table->name = memory_string(name);
}

static Status write_results(Analysis *analysis, const char *path) {
  int n_tables = 0;
  for (int i = 0; i < analysis->n_jobs; i++) n_tables += analysis->jobs[i].n_tables;
  const Table **tables = memory_array((size_t)n_tables, sizeof *tables);
  int n                = 0;
  for (int i = 0; i < analysis->n_jobs; i++)
    for (int t = 0; t < analysis->jobs[i].n_tables; t++) {
      rename_table(analysis->jobs[i].tables[t], analysis->jobs[i].repeat);
      tables[n++] = analysis->jobs[i].tables[t];
    }
  Status status = files_make_directory(analysis->command->out);
  if (status == STATUS_OK) status = results_write(path, tables, n_tables, &analysis->provenance);
  memory_free(tables);
  return status;
}

static void tell_summary(const Analysis *analysis, const char *path) {
  for (int i = 0; i < analysis->n_jobs; i++) {
    const Job *job        = &analysis->jobs[i];
    const char *minimizer = job->n_tables > 0 ? table_get_word(job->tables[0], "minimizer") : NULL;
    summary_log(job->heading, (const Table *const *)job->tables, job->n_tables);
    if (minimizer != NULL) log_line("  inherent structures by %s", minimizer);
  }
  log_line("written: %s", path);
  if (!analysis->command->json) return;
  for (int i = 0; i < analysis->n_jobs; i++) {
    const Job *job = &analysis->jobs[i];
    (void)printf("%s\"%s", i == 0 ? "{" : ", ", job->pass->name);
    if (job->repeat > 0) (void)printf("_%d", job->repeat + 1);
    (void)printf("\": ");
    summary_json(stdout, (const Table *const *)job->tables, job->n_tables);
  }
  (void)printf("}\n");
  (void)fflush(stdout);
}

static Status report(Analysis *analysis, Params *root) {
  char path[MAX_PATH];
  char *input = params_text(root);
  (void)snprintf(path, sizeof path, "%s/analysis.h5", analysis->command->out);
  analysis->provenance.input_text = input;
  const Status status             = write_results(analysis, path);
  if (status == STATUS_OK) tell_summary(analysis, path);
  memory_free(input);
  return status;
}

static Status run_analyze(const Command *command, Params *root, Ranks *ranks) {
  const Potential *potential = NULL;
  void *parameters           = NULL;
  Analysis *analysis         = memory_array(1, sizeof *analysis);
  const bool is_root         = ranks_world_rank(ranks) == 0;
  analysis->command          = command;
  analysis->ranks            = ranks;
  if (is_root) log_open(NULL, false, !command->quiet, command->json);
  Status status = input_model(root, &potential, &parameters, &analysis->mixture);
  if (status == STATUS_OK) {
    analysis->model      = potential->name;
    analysis->provenance = (Provenance){.stage        = "analyze",
                                        .model        = potential->name,
                                        .input_file   = command->input_file,
                                        .domains      = "1x1x1",
                                        .simd         = command->simd,
                                        .ranks        = ranks_world_size(ranks),
                                        .replicas     = 1,
                                        .input_digest = output_digest(root, (const char *const[]){"analyze", NULL})}; /* as given */
    status               = read_jobs(root, analysis);
  }
  for (int i = 0; i < analysis->n_jobs && status == STATUS_OK; i++)
    if (!analysis->jobs[i].is_done) status = work_on(analysis, &analysis->jobs[i]);
  if (status == STATUS_OK && is_root) status = report(analysis, root);
  for (int i = 0; i < analysis->n_jobs; i++) destroy_tables(&analysis->jobs[i]);
  provenance_clear(&analysis->provenance);
  if (potential != NULL) potential->release(&parameters);
  if (is_root) log_close();
  memory_free(analysis);
  return status;
}

const Stage stage_analyze = {
    .name = "analyze", .help = "curves from stored frames: self motion and other passes", .needs = STAGE_INPUT, .run = run_analyze};
