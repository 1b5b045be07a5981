/* Stage `quench`: the inherent structures of stored frames, spread over groups of ranks: of one rank each, unless the command line asks for
 * domains.
 *
 * Units (a frame, or a block that is bisected) are numbered in the order of files and time. In each round every group works on some units,
 * then all send what they found to rank 0, which appends it in the order of the units: OUT/inherent.h5md and inherent.h5, for
 * replicas in OUT/r000 .. What was appended stays; the same command counts it and goes on there. A quench depends on its frame alone, so
 * the files have the same bits on any number of ranks and domains and after any kill. A frame that is being quenched when the
 * program is asked to stop is given up: the same command begins it anew. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/signals.h"
#include "base/timer.h"
#include "comm/exchange.h"
#include "comm/ranks.h"
#include "comm/reduce.h"
#include "domains.h"
#include "engine/system.h"
#include "json_text.h"
#include "quench_unit.h"
#include "stages/input.h"
#include "storage/files.h"

static const double ROUND_BYTES = 1e9; /* results of a round, at most */
enum { UNITS_AT_ONCE = 8 };            /* of a group in a round: evens out what single quenches cost */

/* What is told at the end, over all rows of all files. */
typedef struct Totals {
  double frames, converged, evaluations, energy, worst;
  double compared, same; /* frames that both minimisers brought down; those in one minimum */
} Totals;

typedef struct QuenchStage {
  const Command *command;
  const Params *root;
  Ranks *ranks;  /* the world as one group */
  Ranks *groups; /* those that quench */
  QuenchPlan plan;
  QuenchSources sources;
  uint64_t digest;
  char *text;
  QuenchUnit *units; /* to do */
  int64_t n_units;
  int open; /* rank 0: source whose files are open; -1 none */
  InherentFiles files;
  Frame frame; /* rank 0: of the open source */
  Totals totals;
  int64_t n_done;
  bool is_cut; /* rank 0: a unit is missing, somebody was asked to stop */
  double seconds;
} QuenchStage;

/* ------------------------------------------------------------------------------------------------ files of one source (rank 0) */

static Status describe(const QuenchStage *q, const QuenchSource *source, Provenance *provenance) {
  uint64_t digest = 0;
  output_provenance(q->command, q->root, q->groups, q->text, provenance);
  provenance->replica      = source->replica;
  provenance->replicas     = q->sources.n;
  provenance->input_digest = q->digest;
  TRY(provenance_file_digest(source->file->path, &digest));
  provenance_add_parent(provenance, source->file->path, digest);
  return STATUS_OK;
}

/** Whether a file is of this input and these parents; complete: and closed as finished. */
static bool is_ours(const QuenchSource *source, const Provenance *provenance, const char *name, bool complete) {
  char path[MAX_PATH];
  Story story = {0};
  output_path(path, source->directory, name);
  bool same = files_exist(path) && story_read(path, &story) == STATUS_OK && story.input_digest == provenance->input_digest &&
              story.n_parents == 1 && strcmp(story.parents[0].digest, provenance->parents[0].digest) == 0;
  if (complete) same = same && story.complete;
  story_clear(&story);
  return same;
}

/** Rows that may stay; INT64_MAX: all is done; NEW_FILES. */
static Status count_rows(const QuenchStage *q, const QuenchSource *source, int64_t *rows) {
  Provenance provenance;
  char path[MAX_PATH];
  *rows = NEW_FILES;
  output_path(path, source->directory, "inherent.h5md");
  if (q->command->restart_from_scratch || !files_exist(path)) return STATUS_OK;
  TRY(describe(q, source, &provenance));
  const bool is_same = is_ours(source, &provenance, "inherent.h5md", false) && is_ours(source, &provenance, "inherent.h5", false);
  Status status      = STATUS_OK;
  if (is_same && is_ours(source, &provenance, "inherent.h5md", true) && is_ours(source, &provenance, "inherent.h5", true))
    *rows = INT64_MAX;
  else if (is_same)
    status = inherent_count(source->directory, "inherent", rows);
  else
    log_line("%s was made from another input or another run: it moves aside", path);
  provenance_clear(&provenance);
  return status;
}

/** distance: between the minima of two minimisers; NAN: one of them did not converge, or there is no second one. */
static void add_row(QuenchStage *q, double energy, double max_force, double outcome, double evaluations, double distance) {
  Totals *t = &q->totals;
  t->frames++;
  t->compared += isfinite(distance);
  t->same += distance < q->plan.threshold;
  t->evaluations += evaluations;
  t->worst = fmax(t->worst, isnan(max_force) ? INFINITY : max_force);
  if (outcome != OUTCOME_CONVERGED) return;
  t->converged++;
  t->energy += energy;
}

/** Totals of the first n rows on disk (all if n < 0); *last: parent frame of the last of them. */
static Status count_in(QuenchStage *q, const QuenchSource *source, int64_t n, double *last) {
  char path[MAX_PATH];
  Table *table = NULL;
  output_path(path, source->directory, "inherent.h5");
  TRY(results_read(path, "frames", &table));
  const double *energy = table_column(table, "energy"), *force = table_column(table, "max_force"),
               *outcome = table_column(table, "outcome"), *evaluations = table_column(table, "evaluations"),
               *parent = table_column(table, "parent_frame"), *distance = table_column(table, "other_distance");
  require(energy && force && outcome && evaluations && parent, "%s: columns", path);
  for (int64_t k = 0; k < (int64_t)table->n_rows && (n < 0 || k < n); k++) {
    add_row(q, energy[k], force[k], outcome[k], evaluations[k], distance ? distance[k] : NAN);
    *last = parent[k];
  }
  table_destroy(&table);
  return STATUS_OK;
}

static Status close_source(QuenchStage *q, bool complete) {
  if (q->open < 0) return STATUS_OK;
  q->open = -1;
  return inherent_close(&q->files, complete);
}

/** Files of source s ready for the next row: row number `rows` of it. */
static Status open_source(QuenchStage *q, int s, int64_t rows) {
  QuenchSource *source = &q->sources.sources[s];
  Provenance provenance;
  const char *names[64];
  int n = 0;
  TRY(close_source(q, true));
  TRY(quench_source_read(source, 0, &q->frame));
  q->files = (InherentFiles){.task = &q->plan.task, .bisect = q->plan.bisect, .other = q->plan.other, .threshold = q->plan.threshold};
  q->open  = s;
  if (rows != NEW_FILES) return inherent_resume(&q->files, source->directory, "inherent", rows);
  TRY(system_check_frame(q->plan.task.potential, q->plan.task.parameters, q->plan.task.mixture, &q->frame)); /* else old files stay */
  TRY(describe(q, source, &provenance));
  if (source->file->trajectory)
    while (n < 64 && trajectory_stage_name(source->file->trajectory, n)) names[n] = trajectory_stage_name(source->file->trajectory, n), n++;
  const Status status =
      inherent_create(&q->files, source->directory, "inherent", &q->frame, q->plan.task.mixture, n ? names : NULL, n, &provenance);
  provenance_clear(&provenance);
  return status;
}

/* ------------------------------------------------------------------------------------------------ what is to do */

/** Chosen frames of a source that are done: whole units only; the rows beyond them are cut when the files are opened. */
static Status find_done(QuenchStage *q, int s, double *done, double *rows) {
  QuenchSource *source = &q->sources.sources[s];
  int64_t n            = 0;
  double last          = -1;
  TRY(count_rows(q, source, &n));
  *done = 0, *rows = (double)n;
  if (n <= 0) return STATUS_OK;
  if (n == INT64_MAX) {
    *done = (double)source->n, *rows = NEW_FILES;
    return count_in(q, source, -1, &last);
  }
  const int64_t block = q->plan.bisect > 0 ? q->plan.bisect : 1;
  char path[MAX_PATH];
  Table *table = NULL;
  output_path(path, source->directory, "inherent.h5");
  TRY(results_read(path, "frames", &table));
  const double *parent = table_column(table, "parent_frame");
  int64_t chosen       = 0; /* index of the last row's parent among the chosen */
  while (chosen < source->n - 1 && parent && (double)source->frame[chosen] < parent[n - 1]) chosen++;
  const int64_t whole = q->plan.bisect > 0 ? chosen / block * block : chosen + 1;
  while (n > 0 && parent && whole < source->n && parent[n - 1] >= (double)source->frame[whole]) n--;
  table_destroy(&table);
  *done = (double)whole, *rows = (double)n;
  return count_in(q, source, n, &last);
}

/** The units that are left, the same on all ranks; rank 0 has looked at the files. */
static Status plan_units(QuenchStage *q) {
  const size_t n    = (size_t)q->sources.n;
  double *facts     = memory_array(2 * n, sizeof *facts); /* done, rows */
  Status status     = STATUS_OK;
  const int64_t one = q->plan.bisect > 0 ? q->plan.bisect : 1;
  for (int s = 0; s < q->sources.n && ranks_world_rank(q->ranks) == 0 && status == STATUS_OK; s++)
    status = find_done(q, s, &facts[2 * s], &facts[2 * s + 1]);
  status = ranks_agree(q->ranks, status);
  if (status == STATUS_OK) reduce_sum_doubles(q->ranks, facts, 2 * n);
  size_t capacity = 0;
  for (int s = 0; s < q->sources.n && status == STATUS_OK; s++) {
    const int64_t done = (int64_t)facts[2 * s];
    for (int64_t k = done; k < q->sources.sources[s].n; k += one) {
      void *units = q->units;
      memory_grow(&units, &capacity, (size_t)q->n_units + 1, (size_t)q->n_units, sizeof *q->units);
      q->units = units;
      q->units[q->n_units++] =
          (QuenchUnit){.source = s, .first = k, .count = one, .rows = k == done ? (int64_t)facts[2 * s + 1] : LATER_UNIT};
    }
    /* all frames are there, but the files were not closed: a killed writer */
    if (done == q->sources.sources[s].n && facts[2 * s + 1] > 0 && ranks_world_rank(q->ranks) == 0) {
      status = open_source(q, s, (int64_t)facts[2 * s + 1]);
      if (status == STATUS_OK) status = close_source(q, true);
    }
  }
  memory_free(facts);
  return ranks_agree(q->ranks, status);
}

/* ------------------------------------------------------------------------------------------------ the rounds */

static void tell_unconverged(const QuenchStage *q, const QuenchUnit *unit, const InherentRow *row) {
  char force[48] = "";
  if (isfinite(row->quench.max_force)) snprintf(force, sizeof force, ", max |F| %.3g", row->quench.max_force);
  warn("%s: frame %lld did not converge (%s%s after %lld evaluations); it is stored and marked",
       q->sources.sources[unit->source].file->path, (long long)row->parent_frame, outcome_name(row->quench.outcome), force,
       (long long)row->quench.evaluations);
}

static Status store_unit(QuenchStage *q, const QuenchUnit *unit, Parcel *parcel) {
  if (unit->rows != LATER_UNIT) TRY(open_source(q, unit->source, unit->rows));
  const int64_t n = quench_unit_open(parcel);
  for (int64_t k = 0; k < n; k++) {
    InherentRow row;
    if (!quench_unit_take(parcel, &q->frame, &row))
      log_line("%s: frame %lld goes too far out of the domains: one rank quenched it alone", q->sources.sources[unit->source].file->path,
               (long long)row.parent_frame);
    if (row.quench.outcome != OUTCOME_CONVERGED) tell_unconverged(q, unit, &row);
    add_row(q, row.quench.energy / (double)q->frame.n, row.quench.max_force, row.quench.outcome, (double)row.quench.evaluations,
            row.distance);
    TRY(inherent_append(&q->files, &q->frame, &row));
  }
  q->n_done += n;
  return STATUS_OK;
}

/** Units begin .. end-1 were shared out in turn over `workers` groups, whose first ranks sent them: put them in order again, up to the
 *  first that is missing because its group was asked to stop. */
static Status store_round(QuenchStage *q, int64_t begin, int64_t end, int workers, char *bytes, const size_t *sizes) {
  Parcel *parcels = memory_array((size_t)workers, sizeof *parcels);
  Status status   = STATUS_OK;
  const int cells = ranks_size(q->groups);
  for (int r = 0; r < ranks_world_size(q->ranks); bytes += sizes[r++])
    if (r % cells == 0 && r / cells < workers) parcels[r / cells] = (Parcel){.bytes = bytes, .n = sizes[r]};
  for (int64_t u = begin; u < end && status == STATUS_OK && !q->is_cut; u++) {
    Parcel *parcel = &parcels[(u - begin) % workers];
    if (parcel->read == parcel->n)
      q->is_cut = true;
    else
      status = store_unit(q, &q->units[u], parcel);
  }
  if (status == STATUS_OK && q->open >= 0) status = inherent_flush(&q->files);
  memory_free(parcels);
  return status;
}

static void tell_progress(const QuenchStage *q, int64_t done, double start) {
  const double seconds = timer_now() - start;
  log_progress("quench: %lld of %lld %s, %.3g quenches/s, about %.0f s left", (long long)done, (long long)q->n_units,
               q->plan.bisect > 0 ? "blocks" : "frames", (double)q->n_done / seconds, seconds * (double)(q->n_units - done) / (double)done);
}

/** Whether the group was not asked to stop. */
static bool goes_on(const Ranks *group) {
  return ranks_agree_group(group, signals_request() == REQUEST_STOP ? STATUS_LOST : STATUS_OK) == STATUS_OK;
}

/** Every group quenches its share of the round, or as much of it as it is allowed to; rank 0 collects. Collective: world. */
static Status play_round(QuenchStage *q, int64_t begin, int64_t end, int workers, Parcel *parcel) {
  const int group = ranks_group(q->groups);
  const bool root = ranks_world_rank(q->ranks) == 0, is_idle = group < 0 || group >= workers;
  Status status = STATUS_OK;
  parcel->n     = 0;
  for (int64_t u = begin + group; !is_idle && u < end && status == STATUS_OK && goes_on(q->groups); u += workers)
    status = quench_unit_work(&q->plan, &q->sources.sources[q->units[u].source], &q->units[u], parcel);
  TRY(ranks_agree(q->ranks, status));
  void *all       = NULL;
  size_t capacity = 0, *sizes = memory_array((size_t)ranks_world_size(q->ranks), sizeof *sizes);
  exchange_gather(q->ranks, parcel->bytes, parcel->n, &all, &capacity, sizes);
  if (root) status = store_round(q, begin, end, workers, all, sizes);
  memory_free(all);
  memory_free(sizes);
  return ranks_agree(q->ranks, status);
}

/** Open the files of the first unit before it is worked on: a quench that is stopped in its first frame, too, can be seen in OUT. */
static Status begin_files(QuenchStage *q) {
  Status status = STATUS_OK;
  if (q->n_units > 0 && ranks_world_rank(q->ranks) == 0) {
    status           = open_source(q, q->units[0].source, q->units[0].rows);
    q->units[0].rows = LATER_UNIT;
  }
  return ranks_agree(q->ranks, status);
}

/** Frames of all units. Collective: world. */
static Status play(QuenchStage *q, bool *is_stopped) {
  const int size     = ranks_n_groups(q->groups);
  const double unit  = 64 * (double)q->frame.n * (double)(q->plan.bisect > 0 ? q->plan.bisect : 1) + 1;
  const double fit   = fmax(floor(ROUND_BYTES / unit), 1);
  const int workers  = fit < size ? (int)fit : size;
  const int64_t most = fit / workers > UNITS_AT_ONCE ? UNITS_AT_ONCE : (int64_t)(fit / workers);
  const double start = timer_now();
  double told        = start;
  Parcel parcel      = {.bytes = memory_array(1, 1), .capacity = 1};
  Status status      = begin_files(q);
  for (int64_t done = 0; done < q->n_units && status == STATUS_OK;) {
    const int64_t share = (q->n_units - done + 2 * workers - 1) / (2 * workers);
    const int64_t round = workers * (share < most ? share : most), end = done + round < q->n_units ? done + round : q->n_units;
    status      = play_round(q, done, end, workers, &parcel);
    done        = end;
    bool stops  = q->is_cut || (done < q->n_units && signals_request() == REQUEST_STOP);
    *is_stopped = ranks_agree(q->ranks, stops ? STATUS_LOST : STATUS_OK) != STATUS_OK;
    if (*is_stopped) break;
    if (timer_now() - told > 5 && done < q->n_units) {
      told = timer_now();
      tell_progress(q, done, start);
    }
  }
  memory_free(parcel.bytes);
  q->seconds = timer_now() - start;
  if (ranks_world_rank(q->ranks) == 0 && status == STATUS_OK) status = close_source(q, !*is_stopped);
  if (ranks_world_rank(q->ranks) == 0) log_progress_end();
  return ranks_agree(q->ranks, status);
}

/* ------------------------------------------------------------------------------------------------ report */

static void tell(const QuenchStage *q, bool is_stopped) {
  const Totals *t    = &q->totals;
  const double speed = q->n_done > 0 ? (double)q->n_done / q->seconds : NAN, none = t->frames > 0 ? 1 : NAN;
  const struct {
    const char *key;
    double value;
  } numbers[]     = {{"frames", t->frames},
                     {"converged", t->converged},
                     {"force_evaluations_mean", t->evaluations / t->frames},
                     {"energy_mean", t->energy / t->converged},
                     {"max_force_worst", t->worst * none},
                     {"quenches_per_second", speed},
                     {"same_basin_fraction", t->same / t->compared},
                     {"not_compared", q->plan.other ? t->frames - t->compared : NAN}};
  char energy[32] = "unknown", worst[32] = "lost", each[32] = "no";
  if (t->converged > 0) snprintf(energy, sizeof energy, "%.9g", t->energy / t->converged);
  if (isfinite(t->worst)) snprintf(worst, sizeof worst, "%.3g", t->worst);
  if (t->frames > 0) snprintf(each, sizeof each, "%.0f", t->evaluations / t->frames);
  log_line("quench: %.0f frames by %s, %.0f converged; %s evaluations each, <U/N> %s, worst max |F| %s%s", t->frames,
           q->plan.task.minimizer->name, t->converged, each, energy, t->frames > 0 ? worst : "unknown",
           q->n_done == 0 && !is_stopped ? "; all was there already" : "");
  if (q->n_done > 0) log_line("quench: %.4g quenches/s, %lld in %.2f s", speed, (long long)q->n_done, q->seconds);
  if (q->plan.other)
    log_line("quench: %s finds the same minimum in %.0f of %.0f frames; %.0f could not be compared", q->plan.other->name, t->same,
             t->compared, t->frames - t->compared);
  if (is_stopped) log_line("quench: stopped; the same command goes on");
  if (!q->command->json) return;
  printf("{\"minimizer\": \"%s\"", q->plan.task.minimizer->name);
  for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
    printf(", \"%s\": ", numbers[k].key);
    json_number(stdout, numbers[k].value);
  }
  printf(", \"finished\": %s}\n", is_stopped ? "false" : "true");
  fflush(stdout);
}

static Status quench_all(QuenchStage *q) {
  const bool root        = ranks_world_rank(q->ranks) == 0;
  const QuenchTask *task = &q->plan.task;
  bool is_stopped        = false;
  TRY(ranks_agree(q->ranks, root ? quench_sources_open(&q->plan, q->command->out, &q->sources) : STATUS_OK)); /* told once */
  TRY(ranks_agree(q->ranks, root ? STATUS_OK : quench_sources_open(&q->plan, q->command->out, &q->sources)));
  TRY(ranks_agree(q->ranks, quench_source_read(&q->sources.sources[0], 0, &q->frame)));
  TRY(domains_groups(q->command, q->ranks, &q->frame, system_reach(task->potential, task->parameters, task->mixture), &q->groups));
  q->plan.task.ranks = q->groups;
  TRY(plan_units(q));
  const Status status = play(q, &is_stopped);
  if (status != STATUS_OK) return status;
  if (root) tell(q, is_stopped);
  return STATUS_OK;
}

static Status run(const Command *command, Params *root, Ranks *ranks) {
  const Potential *potential;
  void *parameters;
  Mixture mixture;
  QuenchStage q = {.command = command, .root = root, .ranks = ranks, .open = -1};
  ranks_split(ranks, 1, (const int[3]){ranks_world_size(ranks), 1, 1});
  Ranks *alone = ranks_alone(ranks);
  if (ranks_world_rank(ranks) == 0) log_open(NULL, false, !command->quiet, command->json);
  frame_init(&q.frame);
  q.text        = params_text(root);
  q.digest      = output_digest(root, (const char *const[]){"model", "quench", NULL});
  Status status = input_model(root, &potential, &parameters, &mixture);
  if (status == STATUS_OK) status = quench_plan_read(root, potential, parameters, &mixture, &q.plan);
  if (status == STATUS_OK) {
    q.plan.alone              = alone;
    q.plan.task.goal.may_stop = true;
    status                    = quench_all(&q);
  }
  inherent_abandon(&q.files);
  const Status closed = quench_sources_close(&q.sources);
  frame_clear(&q.frame);
  memory_free(q.units);
  memory_free(q.text);
  potential->release(&parameters);
  ranks_beside_end(&q.groups);
  ranks_beside_end(&alone);
  if (ranks_world_rank(ranks) == 0) log_close();
  return status == STATUS_OK ? closed : status;
}

extern const Stage stage_quench;
const Stage stage_quench = {"quench", "Inherent structures of stored frames: OUT/inherent.h5md, inherent.h5; the same command resumes",
                            STAGE_INPUT, run};
