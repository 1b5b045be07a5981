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
#include "replica_state.h"
#include "storage/files.h"

/* ------------------------------------------------------------------------------------------------ looks */

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
  replica_collect(r);
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

/** Whether an inherent structure is looked for at the present step; the last one of a stage that another such stage follows is left to it.
 */
static bool is_quenched(const Replica *r, int64_t step) {
  const StagePlan *plan = stage_of(r);
  if (schedule_next(&plan->quench, step) != step) return false;
  const bool is_last = step == plan->md.steps, has_next = r->stage + 1 < r->task->plan->n_stages;
  return !(is_last && has_next && r->task->plan->stages[r->stage + 1].quench.spacing != SPACING_NONE);
}

/** The inherent structure below the present configuration: on a copy, so the dynamics does not notice. */
static Status look_below(Replica *r) {
  replica_collect(r);
  if (!r->is_root) return STATUS_OK;
  const double target = md_state(r->md)->target;
  InherentRow row     = {.parent_frame = -1, .replica = r->task->number, .temperature = target > 0 ? target : NAN, .distance = NAN};
  double spent[N_TIMERS];
  for (int t = 0; t < N_TIMERS; t++) spent[t] = timer_get((TimerName)t);
  Frame copy;
  frame_init(&copy);
  frame_copy(&copy, &r->frame);
  Status status = quench_frame(r->task->quench, &copy, &row.quench);
  for (int t = 0; t < N_TIMERS; t++) timer_add((TimerName)t, spent[t] - timer_get((TimerName)t)); /* it counts as looking */
  if (status == STATUS_OK && row.quench.outcome != OUTCOME_CONVERGED)
    log_line("step %lld: the quench did not converge (%s, max |F| %.3g); it is stored and marked", (long long)copy.step,
             outcome_name(row.quench.outcome), row.quench.max_force);
  if (status == STATUS_OK) status = inherent_append(&r->files.inherent, &copy, &row);
  frame_clear(&copy);
  return status;
}

static int64_t next_look(const Replica *r, int64_t step) {
  const StagePlan *plan = stage_of(r);
  int64_t next          = plan->md.steps;
  const int64_t save = schedule_next(&plan->save, step), thermo = schedule_next(&plan->thermo, step);
  next                 = save < next ? save : next;
  next                 = thermo < next ? thermo : next;
  const int64_t quench = schedule_next(&plan->quench, step);
  next                 = quench < next ? quench : next;
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
    replica_collect(r);
    if (r->is_root) status = trajectory_append(r->files.frames, &r->frame);
  }
  if (status == STATUS_OK && is_quenched(r, step)) status = look_below(r);
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
    Request request  = signals_request();
    const double now = timer_now();
    pace_step(&r->pace, now);
    if (request == REQUEST_NONE && now - r->checkpoint_at > plan->checkpoint_seconds) request = REQUEST_CHECKPOINT;
    TRY(md_step(r->md, step_of(r) + 1 == next, &request));
    r->steps_done++;
    if (step_of(r) == next) {
      TRY(look(r));
      next = next_look(r, next + 1);
      progress(r);
    }
    if (request == REQUEST_NONE) continue;
    TRY(replica_checkpoint(r, false, false));
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
    replica_collect(r);
    r->time0 = time_of(r);
    r->step0 += step_of(r);
    r->stage++;
    r->has_begun = false;
    md_end(&r->md);
    TRY(replica_checkpoint(r, false, false));
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
  TRY(replica_open(r, &is_finished));
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
  report->neighbors         = counts.neighbors;
  report->quickest_step     = pace_quickest(&r->pace);
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
    const Status written = replica_checkpoint(r, false, true);
    return written == STATUS_OK ? status : written;
  }
  TRY(status);
  if (!r->is_stopping) {
    report->is_finished = true;
    TRY(replica_checkpoint(r, true, false));
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
