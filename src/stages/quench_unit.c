/* What one group does at a time. Only its root has frames; what depends on them is decided there and told to the others.
 *
 * A frame whose particles stray too far for the domains of the group, or whose box is too small for them, is quenched by the root alone: a
 * quench has the same bits on any number of ranks.
 *
 * Bisection [Kapteijns et al., Phys. Rev. E]: of a block of stored frames the first and the last are quenched. Do both lie in one minimum
 * (no particle farther than the threshold), nothing is assumed to have happened in between; else the middle is quenched, and both
 * halves are treated alike, down to neighbouring frames. A jump forth and back between two looks is missed, so rates are lower bounds. The
 * last frame of a block is the first of the next: it is quenched twice and stored once. */
#include "quench_unit.h"

#include <math.h>
#include <string.h>

#include "analysis/jump.h"
#include "base/memory.h"
#include "comm/exchange.h"
#include "comm/ranks.h"
#include "engine/system.h"

typedef struct Head {
  int64_t step, n;
  double time, edges[3];
  int32_t stage, block;
  bool is_alone;
  InherentRow row;
} Head;

typedef struct Bench {
  const QuenchPlan *plan;
  QuenchSource *source;
  Parcel *parcel;
  int64_t n_results;
  bool is_alone, is_stopped; /* the last frame was too much for the group; somebody was asked to stop */
} Bench;

static void put(Parcel *parcel, const void *data, size_t n) {
  void *bytes = parcel->bytes;
  memory_grow(&bytes, &parcel->capacity, parcel->n + n, parcel->n, 1);
  parcel->bytes = bytes;
  memcpy(parcel->bytes + parcel->n, data, n);
  parcel->n += n;
}
static void take(Parcel *parcel, void *data, size_t n) {
  memcpy(data, parcel->bytes + parcel->read, n);
  parcel->read += n;
}

static bool is_root(const Bench *bench) { return ranks_rank(bench->plan->task.ranks) == 0; }

static Status bring_down(Bench *bench, const Minimizer *minimizer, Frame *frame, Quench *result) {
  QuenchTask task    = bench->plan->task;
  const Ranks *group = task.ranks;
  const double reach = system_reach(task.potential, task.parameters, task.mixture);
  int largest[3], fits = !is_root(bench) || system_grid_fits(frame->edges, frame->dim, reach, ranks_grid(group), largest);
  Status status  = STATUS_OK;
  task.minimizer = minimizer;
  exchange_share(group, &fits, sizeof fits);
  if (fits) TRY(quench_frame(&task, frame, result));
  if (!fits || result->outcome == OUTCOME_STRAYED) {
    bench->is_alone = true;
    task.ranks      = bench->plan->alone;
    if (is_root(bench)) status = quench_frame(&task, frame, result);
    TRY(ranks_agree_group(group, status));
    exchange_share(group, result, sizeof *result);
  }
  if (result->outcome == OUTCOME_STOPPED) bench->is_stopped = true;
  return STATUS_OK;
}

/** Read and quench frame k; with a second minimiser, that too. */
static Status quench_one(Bench *bench, int64_t k, Frame *frame, InherentRow *row) {
  const QuenchPlan *plan = bench->plan;
  Status status          = is_root(bench) ? quench_source_read(bench->source, k, frame) : STATUS_OK;
  TRY(ranks_agree_group(plan->task.ranks, status));
  const int64_t parent = bench->source->frame[k];
  *row                 = (InherentRow){.parent_frame = parent < 0 ? 0 : parent, .replica = bench->source->replica, .distance = NAN};
  row->temperature     = quench_source_temperature(bench->source, frame);
  bench->is_alone      = false;
  Frame second;
  frame_init(&second);
  if (plan->other && is_root(bench)) frame_copy(&second, frame);
  status = bring_down(bench, plan->task.minimizer, frame, &row->quench);
  if (status == STATUS_OK && plan->other && !bench->is_stopped) {
    status = bring_down(bench, plan->other, &second, &row->other);
    if (is_root(bench) && row->quench.outcome == OUTCOME_CONVERGED && row->other.outcome == OUTCOME_CONVERGED)
      row->distance = jump_measure(frame, &second).largest;
  }
  frame_clear(&second);
  return status;
}

static void send(Bench *bench, const Frame *frame, const InherentRow *row) {
  if (!is_root(bench) || bench->is_stopped) return;
  const size_t n  = (size_t)frame->n;
  Head head       = {.step     = frame->step,
                     .n        = frame->n,
                     .time     = frame->time,
                     .stage    = frame->stage,
                     .block    = frame->block,
                     .is_alone = bench->is_alone,
                     .row      = *row};
  const double *e = frame_find_field(frame, "potential_energy", NULL);
  memcpy(head.edges, frame->edges, sizeof head.edges);
  put(bench->parcel, &head, sizeof head);
  put(bench->parcel, frame->position, 3 * n * sizeof *frame->position);
  put(bench->parcel, frame->image, 3 * n * sizeof *frame->image);
  put(bench->parcel, e, n * sizeof *e);
  bench->n_results++;
}

static bool is_one_minimum(const Bench *bench, const Frame *a, const Frame *b) {
  bool same = is_root(bench) && jump_measure(a, b).largest < bench->plan->threshold;
  exchange_share(bench->plan->task.ranks, &same, sizeof same);
  return same;
}

/** Between frames a and b, both quenched. */
static Status bisect(Bench *bench, int64_t a, const Frame *at_a, int64_t b, const Frame *at_b) {
  if (bench->is_stopped || b - a < 2 || is_one_minimum(bench, at_a, at_b)) return STATUS_OK;
  const int64_t middle = a + (b - a) / 2;
  InherentRow row;
  Frame frame;
  frame_init(&frame);
  Status status = quench_one(bench, middle, &frame, &row);
  if (status == STATUS_OK) status = bisect(bench, a, at_a, middle, &frame);
  if (status == STATUS_OK) {
    send(bench, &frame, &row);
    status = bisect(bench, middle, &frame, b, at_b);
  }
  frame_clear(&frame);
  return status;
}

/** First frame of the unit, the jumps up to the first one of the next unit; that one too if there is no next unit. */
static Status work(Bench *bench, const QuenchUnit *unit) {
  const int64_t n = bench->source->n, next = unit->first + unit->count, last = next < n ? next : n - 1;
  InherentRow row, end_row;
  Frame frame, end;
  frame_init(&frame);
  frame_init(&end);
  Status status = quench_one(bench, unit->first, &frame, &row);
  if (status == STATUS_OK) send(bench, &frame, &row);
  if (status == STATUS_OK && !bench->is_stopped && bench->plan->bisect > 0 && last > unit->first) {
    status = quench_one(bench, last, &end, &end_row);
    if (status == STATUS_OK) status = bisect(bench, unit->first, &frame, last, &end);
    if (status == STATUS_OK && next >= n) send(bench, &end, &end_row);
  }
  frame_clear(&frame);
  frame_clear(&end);
  return status;
}

Status quench_unit_work(const QuenchPlan *plan, QuenchSource *source, const QuenchUnit *unit, Parcel *parcel) {
  Bench bench         = {.plan = plan, .source = source, .parcel = parcel};
  const size_t before = parcel->n;
  if (is_root(&bench)) put(parcel, &bench.n_results, sizeof bench.n_results);
  TRY(work(&bench, unit));
  if (bench.is_stopped)
    parcel->n = before;
  else if (is_root(&bench))
    memcpy(parcel->bytes + before, &bench.n_results, sizeof bench.n_results);
  return STATUS_OK;
}

int64_t quench_unit_open(Parcel *parcel) {
  int64_t n;
  take(parcel, &n, sizeof n);
  return n;
}

bool quench_unit_take(Parcel *parcel, Frame *frame, InherentRow *row) {
  Head head;
  take(parcel, &head, sizeof head);
  const size_t n = (size_t)head.n;
  frame->step = head.step, frame->time = head.time, frame->stage = head.stage, frame->block = head.block;
  memcpy(frame->edges, head.edges, sizeof head.edges);
  *row = head.row;
  take(parcel, frame->position, 3 * n * sizeof *frame->position);
  take(parcel, frame->image, 3 * n * sizeof *frame->image);
  take(parcel, frame_field(frame, "potential_energy", 1), n * sizeof(double));
  frame->has |= FRAME_IMAGE;
  return !head.is_alone;
}
