/* What one rank does at a time.
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

typedef struct Head {
  int64_t step, n;
  double time, edges[3];
  int32_t stage, block;
  InherentRow row;
} Head;

typedef struct Bench {
  const QuenchPlan *plan;
  QuenchSource *source;
  Parcel *parcel;
  int64_t n_results;
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

/** Read and quench frame k; with a second minimiser, that too. */
static Status quench_one(const Bench *bench, int64_t k, Frame *frame, InherentRow *row) {
  const QuenchPlan *plan = bench->plan;
  TRY(quench_source_read(bench->source, k, frame));
  const int64_t parent = bench->source->frame[k];
  *row                 = (InherentRow){.parent_frame = parent < 0 ? 0 : parent, .replica = bench->source->replica, .distance = NAN};
  row->temperature     = quench_source_temperature(bench->source, frame);
  Frame second;
  frame_init(&second);
  if (plan->other) frame_copy(&second, frame);
  Status status = quench_frame(&plan->task, frame, &row->quench);
  if (status == STATUS_OK && plan->other) {
    QuenchTask task = plan->task;
    task.minimizer  = plan->other;
    status          = quench_frame(&task, &second, &row->other);
    if (row->quench.outcome == OUTCOME_CONVERGED && row->other.outcome == OUTCOME_CONVERGED)
      row->distance = jump_measure(frame, &second).largest;
  }
  frame_clear(&second);
  return status;
}

static void send(Bench *bench, const Frame *frame, const InherentRow *row) {
  const size_t n  = (size_t)frame->n;
  Head head       = {.step = frame->step, .n = frame->n, .time = frame->time, .stage = frame->stage, .block = frame->block, .row = *row};
  const double *e = frame_find_field(frame, "potential_energy", NULL);
  memcpy(head.edges, frame->edges, sizeof head.edges);
  put(bench->parcel, &head, sizeof head);
  put(bench->parcel, frame->position, 3 * n * sizeof *frame->position);
  put(bench->parcel, frame->image, 3 * n * sizeof *frame->image);
  put(bench->parcel, e, n * sizeof *e);
  bench->n_results++;
}

/** Between frames a and b, both quenched. */
static Status bisect(Bench *bench, int64_t a, const Frame *at_a, int64_t b, const Frame *at_b) {
  if (b - a < 2 || jump_measure(at_a, at_b).largest < bench->plan->threshold) return STATUS_OK;
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
  if (status == STATUS_OK && bench->plan->bisect > 0 && last > unit->first) {
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
  put(parcel, &bench.n_results, sizeof bench.n_results);
  TRY(work(&bench, unit));
  memcpy(parcel->bytes + before, &bench.n_results, sizeof bench.n_results);
  return STATUS_OK;
}

int64_t quench_unit_open(Parcel *parcel) {
  int64_t n;
  take(parcel, &n, sizeof n);
  return n;
}

void quench_unit_take(Parcel *parcel, Frame *frame, InherentRow *row) {
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
}
