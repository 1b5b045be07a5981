/* The life of a replica: stages played in order, looked at on schedule, checkpointed; the same command goes on from the checkpoint.
 *
 * Every rank of the group runs the same loop and knows the same schedules; files and frames are the root's. A failure of the root's files
 * is agreed on at each look, so nobody waits in a collective call. Requests (signals, wall time, time for a checkpoint) are or-ed over the
 * group by the step itself. */
#include "replica.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/signals.h"
#include "base/timer.h"
#include "comm/exchange.h"
#include "dynamics/md.h"
#include "replica_files.h"
#include "stationary.h"
#include "storage/checkpoint.h"
#include "storage/files.h"

/** Sums over the thermo rows of a stage; a straight line is fitted to the conserved quantity. */
typedef struct Means {
  double n, temperature, energy, pressure, first, t, tt, h, th;
} Means;

typedef struct Replica {
  const ReplicaTask *task;
  bool is_root, has_begun, is_stopping;
  int stage;
  int64_t step0; /* global step and time at the start of the stage */
  double time0;
  System *system;
  Md *md;
  ReplicaFiles files;
  Frame frame; /* root: last collected configuration */
  int64_t frame_step;
  Stationary stationary;
  bool is_stationary;
  Means means;
  int64_t steps_done;
  double begun_at, checkpoint_at, progress_at;
} Replica;

static const StagePlan *stage_of(const Replica *r) { return &r->task->plan->stages[r->stage]; }
static int64_t step_of(const Replica *r) { return r->md ? md_state(r->md)->step : 0; }
static double time_of(const Replica *r) { return r->time0 + (double)step_of(r) * (r->md ? stage_of(r)->md.timestep : 0); }

/** The root's status for all. */
static Status agree(const Replica *r, Status status) { return ranks_agree_group(r->task->ranks, status); }

/* ------------------------------------------------------------------------------------------------ looks */

/** Collect the configuration at the root, once per step. */
static void collect(Replica *r) {
  const int64_t step = r->step0 + step_of(r);
  if (r->frame_step == step) return;
  md_settle(r->md);
  system_save(r->system, &r->frame, false);
  r->frame_step  = step;
  r->frame.step  = step;
  r->frame.time  = time_of(r);
  r->frame.stage = r->stage;
  r->frame.block = schedule_block(&stage_of(r)->save, step_of(r));
}

static void add_means(Replica *r) {
  const MdState *s = md_state(r->md);
  Means *m         = &r->means;
  const double t = (double)s->step * stage_of(r)->md.timestep, n = (double)system_particles(r->system);
  if (s->step == 0) {
    *m       = (Means){0};
    m->first = s->conserved / n;
    return;
  }
  const double h = s->conserved / n - m->first;
  m->n += 1;
  m->temperature += s->temperature;
  m->energy += s->potential / n;
  m->pressure += s->pressure;
  m->t += t, m->tt += t * t, m->h += h, m->th += t * h;
}
/** Slope of the conserved quantity times the length of the stage. */
static double drift(const Means *m, double length) {
  const double variance = m->n * m->tt - m->t * m->t;
  return m->n > 1 && variance > 0 ? (m->n * m->th - m->t * m->h) / variance * length : NAN;
}

static Status write_thermo(Replica *r) {
  const MdState *s = md_state(r->md);
  const double n   = (double)system_particles(r->system);
  add_means(r);
  if (!r->is_root) return STATUS_OK;
  const double row[] = {(double)(r->step0 + s->step),
                        time_of(r),
                        r->stage,
                        s->temperature,
                        s->potential / n,
                        s->kinetic / n,
                        s->pressure,
                        s->conserved / n,
                        s->friction,
                        s->target};
  return tablefile_append(r->files.thermo, row);
}

static Status look_stationary(Replica *r) {
  struct {
    int64_t start, length;
    int32_t agrees, status;
  } decision = {0};
  collect(r);
  if (r->is_root) {
    Stationary *s        = &r->stationary;
    const int64_t length = s->length, step = step_of(r);
    if (stationary_look(s, step, &r->frame)) {
      const double end   = s->fs[1][s->n_points - 1];
      decision.agrees    = stationary_judge(s, step, &r->frame);
      const double row[] = {(double)(r->step0 + step),
                            r->stage,
                            (double)length * stage_of(r)->md.timestep,
                            end,
                            s->fs_difference,
                            s->msd_ratio,
                            decision.agrees};
      decision.status    = (int32_t)tablefile_append(r->files.windows, row);
      log_line("window %d of %s: length %g, Fs at its end %.3f, against the one before: max |dFs| %.3f, max |ln MSD ratio| %.3f%s",
               s->n_windows, stage_of(r)->name, row[2], end, s->fs_difference, s->msd_ratio, decision.agrees ? ": stationary" : "");
    }
    decision.start = s->start, decision.length = s->length;
  }
  exchange_share(r->task->ranks, &decision, sizeof decision);
  if (!r->is_root) stationary_follow(&r->stationary, decision.start, decision.length);
  r->is_stationary = decision.agrees != 0;
  return (Status)decision.status;
}

/** Whether the frame of the present step belongs into the file: scheduled, and not the one the next stage begins with. */
static bool is_saved(const Replica *r, int64_t step) {
  const StagePlan *plan = stage_of(r);
  if (schedule_next(&plan->save, step) != step) return false;
  const bool is_last = step == plan->md.steps, has_next = r->stage + 1 < r->task->plan->n_stages;
  return !(is_last && has_next && r->task->plan->stages[r->stage + 1].save.spacing != SPACING_NONE);
}

static int64_t next_look(const Replica *r, int64_t step) {
  const StagePlan *plan = stage_of(r);
  int64_t next          = plan->md.steps;
  const int64_t save = schedule_next(&plan->save, step), thermo = schedule_next(&plan->thermo, step);
  next = save < next ? save : next;
  next = thermo < next ? thermo : next;
  if (plan->is_until_stationary) {
    const int64_t window = stationary_next(&r->stationary, step);
    next                 = window < next ? window : next;
  }
  return next;
}

static Status look(Replica *r) {
  const StagePlan *plan = stage_of(r);
  const int64_t step    = step_of(r);
  const double start    = timer_now();
  Status status         = STATUS_OK;
  if (is_saved(r, step)) {
    collect(r);
    if (r->is_root) status = trajectory_append(r->files.frames, &r->frame);
  }
  if (schedule_next(&plan->thermo, step) == step || step == plan->md.steps) {
    const Status written = write_thermo(r);
    status               = status == STATUS_OK ? written : status;
  }
  status = agree(r, status);
  if (status == STATUS_OK && plan->is_until_stationary && stationary_next(&r->stationary, step) == step) status = look_stationary(r);
  timer_add(TIMER_OBSERVE, timer_now() - start);
  return status;
}

static void progress(Replica *r) {
  const double now = timer_now();
  if (now - r->progress_at < (log_is_terminal() ? 0.5 : r->task->plan->progress_seconds)) return;
  r->progress_at        = now;
  const MdState *s      = md_state(r->md);
  const StagePlan *plan = stage_of(r);
  const double n = (double)system_particles(r->system), rate = (double)r->steps_done / (now - r->begun_at);
  char left[64] = "";
  if (!plan->is_until_stationary) {
    const int64_t seconds = (int64_t)((double)(plan->md.steps - s->step) / rate);
    snprintf(left, sizeof left, ", %lld:%02lld:%02lld left", (long long)(seconds / 3600), (long long)(seconds / 60 % 60),
             (long long)(seconds % 60));
  }
  log_progress("%s: step %lld, time %.6g, T %.4f, U/N %.5f, P %.4f, %.2f million particle-steps/s%s", plan->name, (long long)s->step,
               time_of(r), s->temperature, s->potential / n, s->pressure, rate * n * 1e-6, left);
}

/* ------------------------------------------------------------------------------------------------ checkpoints */

static void put_frame(const Frame *frame, Archive *archive) {
  const size_t n = (size_t)frame->n;
  archive_put(archive, "frame/edges", ARCHIVE_DOUBLE, 3, frame->edges);
  archive_put_int(archive, "frame/dim", frame->dim);
  archive_put(archive, "frame/id", ARCHIVE_INT64, n, frame->id);
  archive_put(archive, "frame/species", ARCHIVE_INT32, n, frame->species);
  archive_put(archive, "frame/fraction", ARCHIVE_INT64, 3 * n, frame->fraction);
  archive_put(archive, "frame/image", ARCHIVE_INT32, 3 * n, frame->image);
  archive_put(archive, "frame/velocity", ARCHIVE_DOUBLE, 3 * n, frame->velocity);
}
static Status get_frame(Frame *frame, const Archive *archive) {
  const ArchiveItem *id = archive_find(archive, "frame/id");
  int64_t dim;
  TRY(archive_get_int(archive, "frame/dim", &dim));
  if (!id || (dim != 2 && dim != 3)) return fail(STATUS_FILE, "the checkpoint lacks its configuration");
  frame_resize(frame, (int64_t)id->n, (int)dim);
  TRY(archive_get(archive, "frame/edges", ARCHIVE_DOUBLE, 3, frame->edges));
  TRY(archive_get(archive, "frame/id", ARCHIVE_INT64, id->n, frame->id));
  TRY(archive_get(archive, "frame/species", ARCHIVE_INT32, id->n, frame->species));
  TRY(archive_get(archive, "frame/fraction", ARCHIVE_INT64, 3 * id->n, frame->fraction));
  TRY(archive_get(archive, "frame/image", ARCHIVE_INT32, 3 * id->n, frame->image));
  TRY(archive_get(archive, "frame/velocity", ARCHIVE_DOUBLE, 3 * id->n, frame->velocity));
  for (int64_t k = 0; k < 3 * frame->n; k++)
    frame->position[k] = (double)((long double)(uint64_t)frame->fraction[k] * 0x1p-64L * (long double)frame->edges[k % 3]);
  frame->has = FRAME_VELOCITY | FRAME_IMAGE | FRAME_FRACTION;
  return STATUS_OK;
}

static Status write_checkpoint(Replica *r, bool is_finished, bool is_lost) {
  const double start = timer_now();
  Status status      = STATUS_OK;
  if (r->md && !is_lost) collect(r);
  if (r->is_root) {
    Archive *archive = archive_create();
    archive_put_int(archive, "run/stage", r->stage);
    archive_put_int(archive, "run/begun", r->has_begun);
    archive_put_int(archive, "run/stationary", r->is_stationary);
    archive_put_int(archive, "run/step", r->step0 + step_of(r));
    archive_put_int(archive, "run/step0", r->step0);
    archive_put_double(archive, "run/time0", r->time0);
    archive_put_int(archive, "run/finished", is_finished);
    archive_put_int(archive, "run/lost", is_lost);
    archive_put_int(archive, "run/digest", (int64_t)r->task->input_digest);
    archive_put(archive, "run/means", ARCHIVE_DOUBLE, sizeof(Means) / sizeof(double), &r->means);
    replica_files_put(&r->files, archive);
    if (r->has_begun && r->md) md_put(r->md, archive);
    if (r->has_begun && stage_of(r)->is_until_stationary) stationary_put(&r->stationary, archive);
    put_frame(&r->frame, archive);
    status = replica_files_checkpoint(&r->files, archive);
    archive_destroy(&archive);
  }
  r->checkpoint_at = timer_now();
  timer_add(TIMER_OUTPUT, r->checkpoint_at - start);
  return agree(r, status);
}

/** The root's archive without the configuration, for the other ranks of the group. */
static void share_archive(const Ranks *ranks, Archive *archive) {
  int64_t n = 0;
  if (ranks_rank(ranks) == 0)
    for (size_t k = 0; k < archive_count(archive); k++) n += strncmp(archive_item(archive, k)->name, "frame/", 6) != 0;
  exchange_share(ranks, &n, sizeof n);
  static const size_t size[] = {8, 8, 4, 1};
  size_t from                = 0;
  for (int64_t q = 0; q < n; q++) {
    struct {
      char name[64];
      int64_t type, n;
    } head                  = {0};
    const ArchiveItem *item = NULL;
    if (ranks_rank(ranks) == 0) {
      while (strncmp(archive_item(archive, from)->name, "frame/", 6) == 0) from++;
      item = archive_item(archive, from++);
      snprintf(head.name, sizeof head.name, "%s", item->name);
      head.type = item->type, head.n = (int64_t)item->n;
    }
    exchange_share(ranks, &head, sizeof head);
    const size_t bytes = (size_t)head.n * size[head.type];
    void *data         = memory_array(bytes, 1);
    if (item) memcpy(data, item->data, bytes);
    exchange_share(ranks, data, bytes);
    if (!item) archive_put(archive, head.name, (ArchiveType)head.type, (size_t)head.n, data);
    memory_free(data);
  }
}

/* ------------------------------------------------------------------------------------------------ opening */

static Status begin_system(Replica *r) {
  const ReplicaTask *t = r->task;
  TRY(system_create(t->ranks, t->potential, t->parameters, t->mixture, &r->frame, &r->system));
  system_set_check(r->system, t->plan->check_list);
  return STATUS_OK;
}
static Status begin_anew(Replica *r) {
  Status status = STATUS_OK;
  if (r->is_root) status = replica_files_start(&r->files, &r->frame);
  TRY(agree(r, status));
  TRY(begin_system(r));
  system_save(r->system, &r->frame, false);
  r->frame.stage = 0, r->frame.block = -1;
  if (r->is_root) status = replica_files_create(&r->files, &r->frame);
  return agree(r, status);
}

static Status check_resume(const Replica *r, const Archive *archive) {
  int64_t digest, lost, stage;
  TRY(archive_get_int(archive, "run/digest", &digest));
  TRY(archive_get_int(archive, "run/lost", &lost));
  TRY(archive_get_int(archive, "run/stage", &stage));
  if ((uint64_t)digest != r->task->input_digest)
    return fail(STATUS_INPUT,
                "%s/checkpoint.h5 belongs to another input (model, seed, create or run differ): give the old input, another "
                "--out, or --restart-from-scratch",
                r->task->directory);
  if (lost)
    return fail(STATUS_LOST,
                "%s: this replica was lost (its particles ran into each other); --restart-from-scratch begins anew, "
                "checkpoint.h5.prev holds the last good state",
                r->task->directory);
  return STATUS_OK;
}
static Status take_archive(Replica *r, const Archive *archive, bool *is_finished) {
  int64_t stage, begun, stationary, finished;
  TRY(archive_get_int(archive, "run/stage", &stage));
  TRY(archive_get_int(archive, "run/begun", &begun));
  TRY(archive_get_int(archive, "run/stationary", &stationary));
  TRY(archive_get_int(archive, "run/finished", &finished));
  TRY(archive_get_int(archive, "run/step0", &r->step0));
  TRY(archive_get_double(archive, "run/time0", &r->time0));
  TRY(archive_get(archive, "run/means", ARCHIVE_DOUBLE, sizeof(Means) / sizeof(double), &r->means));
  r->stage         = (int)stage;
  r->has_begun     = begun != 0;
  r->is_stationary = stationary != 0;
  *is_finished     = finished != 0;
  return *is_finished ? archive_get_int(archive, "run/step", &r->step0) : STATUS_OK;
}
static Status resume(Replica *r, Archive *archive, bool *is_finished) {
  Status status = STATUS_OK;
  if (r->is_root) status = check_resume(r, archive);
  if (r->is_root && status == STATUS_OK) status = get_frame(&r->frame, archive);
  TRY(agree(r, status));
  share_archive(r->task->ranks, archive);
  TRY(agree(r, take_archive(r, archive, is_finished)));
  TRY(begin_system(r));
  if (*is_finished) return STATUS_OK;
  if (r->is_root) status = replica_files_resume(&r->files, archive);
  TRY(agree(r, status));
  if (!r->has_begun) return STATUS_OK;
  const StagePlan *plan = stage_of(r);
  TRY(md_resume(r->system, &plan->md, archive, &r->md));
  system_set_skin(r->system, plan->md.timestep, r->task->plan->list_steps, r->task->plan->list_skin);
  if (plan->is_until_stationary) {
    stationary_init(&r->stationary, r->task->mixture, plan->window / plan->md.timestep, plan->tolerance);
    TRY(agree(r, stationary_get(&r->stationary, archive, r->is_root ? &r->frame : NULL)));
  }
  log_line("resuming %s at step %lld", plan->name, (long long)(r->step0 + step_of(r)));
  return STATUS_OK;
}

static Status open_replica(Replica *r, bool *is_finished) {
  char path[MAX_PATH];
  Archive *archive = NULL;
  bool found       = false;
  int32_t facts[2] = {0};
  output_path(path, r->task->directory, "checkpoint.h5");
  if (r->is_root && !r->task->command->restart_from_scratch) facts[0] = (int32_t)checkpoint_read(path, &archive, &found);
  facts[1] = found;
  exchange_share(r->task->ranks, facts, sizeof facts);
  TRY((Status)facts[0]);
  *is_finished = false;
  if (!facts[1]) return begin_anew(r);
  if (!archive) archive = archive_create();
  const Status status = resume(r, archive, is_finished);
  archive_destroy(&archive);
  return status;
}

/* ------------------------------------------------------------------------------------------------ playing */

static Status begin_stage(Replica *r) {
  const StagePlan *plan = stage_of(r);
  if (plan->is_thermal)
    system_thermalize(r->system, plan->md.temperature_from, r->task->plan->seed + (uint64_t)r->stage, (uint32_t)r->task->number);
  TRY(md_start(r->system, &plan->md, &r->md));
  system_set_skin(r->system, plan->md.timestep, r->task->plan->list_steps, r->task->plan->list_skin);
  stationary_clear(&r->stationary);
  stationary_init(&r->stationary, r->task->mixture, plan->window / plan->md.timestep, plan->tolerance);
  r->has_begun     = true;
  r->is_stationary = false;
  r->frame_step    = -1;
  add_means(r);
  if (plan->md.temperature_from != plan->md.temperature_to)
    log_line("stage %s: %lld steps of %g, T from %g to %g", plan->name, (long long)plan->md.steps, plan->md.timestep,
             plan->md.temperature_from, plan->md.temperature_to);
  else
    log_line("stage %s: %s%lld steps of %g, T %g", plan->name, plan->is_until_stationary ? "until stationary, at most " : "",
             (long long)plan->md.steps, plan->md.timestep, plan->md.temperature_from);
  return look(r);
}

static void tell_stage(const Replica *r) {
  const Means *m = &r->means;
  log_progress_end();
  if (m->n > 0)
    log_line("stage %s done: <T> %.5f, <U/N> %.5f, <P> %.5f, drift of the conserved quantity per particle %.2e", stage_of(r)->name,
             m->temperature / m->n, m->energy / m->n, m->pressure / m->n, drift(m, (double)step_of(r) * stage_of(r)->md.timestep));
}

static Status play_stage(Replica *r) {
  const StagePlan *plan = stage_of(r);
  if (!r->has_begun) TRY(begin_stage(r));
  int64_t next = next_look(r, step_of(r) + 1);
  while (step_of(r) < plan->md.steps && !r->is_stationary) {
    Request request = signals_request();
    if (request == REQUEST_NONE && timer_now() - r->checkpoint_at > plan->checkpoint_seconds) request = REQUEST_CHECKPOINT;
    TRY(md_step(r->md, step_of(r) + 1 == next, &request));
    r->steps_done++;
    if (step_of(r) == next) {
      TRY(look(r));
      next = next_look(r, next + 1);
      progress(r);
    }
    if (request == REQUEST_NONE) continue;
    TRY(write_checkpoint(r, false, false));
    signals_clear_checkpoint();
    r->is_stopping = request == REQUEST_STOP;
    if (r->is_stopping) return STATUS_OK;
  }
  tell_stage(r);
  if (plan->is_until_stationary && !r->is_stationary)
    log_line("stage %s: not stationary within max_time; see windows.h5 for what was measured", plan->name);
  return STATUS_OK;
}

static Status play(Replica *r) {
  const int n_stages = r->task->plan->n_stages;
  for (;;) {
    TRY(play_stage(r));
    if (r->is_stopping) return STATUS_OK;
    if (r->stage == n_stages - 1) return STATUS_OK;
    collect(r);
    r->time0 = time_of(r);
    r->step0 += step_of(r);
    r->stage++;
    r->has_begun = false;
    md_end(&r->md);
    TRY(write_checkpoint(r, false, false));
  }
}

static void report_on(const Replica *r, ReplicaReport *report) {
  const Means *m      = &r->means;
  report->step        = r->step0 + step_of(r);
  report->time        = time_of(r);
  report->steps_done  = r->steps_done;
  report->particles   = system_particles(r->system);
  report->temperature = m->temperature / m->n;
  report->energy      = m->energy / m->n;
  report->pressure    = m->pressure / m->n;
  report->drift       = drift(m, r->md ? (double)step_of(r) * stage_of(r)->md.timestep : NAN);
  if (r->is_root) report->digest = frame_digest(&r->frame);
}

static Status run_to_the_end(Replica *r, ReplicaReport *report) {
  bool is_finished = false;
  TRY(open_replica(r, &is_finished));
  r->begun_at = r->checkpoint_at = r->progress_at = timer_now();
  report->was_finished                            = is_finished;
  Status status                                   = STATUS_OK;
  if (is_finished) {
    system_save(r->system, &r->frame, false);
    report->is_finished = true;
    report_on(r, report);
    return STATUS_OK;
  }
  status                    = play(r);
  report->seconds           = timer_now() - r->begun_at;
  const SystemCounts counts = system_counts(r->system);
  log_line("neighbour lists: %lld, one in %.1f steps, %.1f neighbours per particle", (long long)counts.rebuilds,
           (double)counts.computations / (double)counts.rebuilds, counts.neighbors);
  if (status == STATUS_LOST) {
    report->is_lost = true;
    report->step    = r->step0 + step_of(r);
    log_line("LOST at step %lld: particles ran into each other; a shorter time step or a gentler start may help",
             (long long)(r->step0 + step_of(r)));
    if (ranks_rank(r->task->ranks) == 0)
      status =
          fail(STATUS_LOST, "%s: lost at step %lld, particles ran into each other", r->task->directory, (long long)(r->step0 + step_of(r)));
    const Status written = write_checkpoint(r, false, true);
    return written == STATUS_OK ? status : written;
  }
  TRY(status);
  if (!r->is_stopping) {
    report->is_finished = true;
    TRY(write_checkpoint(r, true, false));
  }
  report_on(r, report);
  if (r->is_stopping) log_line("stopped at step %lld; the same command goes on", (long long)report->step);
  return STATUS_OK;
}

Status replica_run(const ReplicaTask *task, ReplicaReport *report) {
  Replica r = {.task = task, .is_root = ranks_rank(task->ranks) == 0, .frame_step = -1};
  *report   = (ReplicaReport){0};
  r.files   = (ReplicaFiles){.task = task, .provenance = task->provenance};
  frame_init(&r.frame);
  frame_init(&r.stationary.origin);
  Status status = STATUS_OK;
  if (r.is_root) status = files_make_directory(task->directory);
  status = agree(&r, status);
  if (r.is_root && status == STATUS_OK) {
    char path[MAX_PATH];
    output_path(path, task->directory, "run.log");
    log_open(path, true, task->number == 0 && !task->command->quiet, task->command->json);
  }
  if (status == STATUS_OK) status = run_to_the_end(&r, report);
  if (r.is_root && status == STATUS_FILE)
    replica_files_abandon(&r.files);
  else if (r.is_root) {
    const Status closed = replica_files_close(&r.files, report->is_finished);
    status              = status == STATUS_OK ? closed : status;
  }
  log_close();
  md_end(&r.md);
  system_destroy(&r.system);
  stationary_clear(&r.stationary);
  frame_clear(&r.frame);
  provenance_clear(&r.files.provenance);
  return agree(&r, status);
}
