/** Sweep: every planned pair is shown once, with the right frames, whatever the memory and the number of ranks. */
#include "analysis/sweep.h"

#include <stdbool.h>

#include "base/memory.h"
#include "check.h"
#include "matter/frame.h"

enum { N_BLOCKS = 12, PERIOD = 100, MOST = 200, N = 5 };

struct PassState {
  int64_t last_frame, n_frames, n_pairs;
  bool is_seen[MOST][MOST];
  double sum;
};

static int64_t step[MOST];
static int32_t block[MOST];
static int64_t n_steps, n_reads, fail_at = -1;

static Status read_frame(void *source, int64_t k, Frame *frame) {
  (void)source;
  n_reads++;
  if (k == fail_at) return STATUS_FILE;
  frame_resize(frame, N, 3);
  frame->step = step[k];
  for (int i = 0; i < N; i++) frame->position[3 * i] = (double)k;
  return STATUS_OK;
}

static Status see_frame(PassState *state, const Frame *frame) {
  CHECK(frame->step > state->last_frame);
  state->last_frame = frame->step;
  state->n_frames++;
  return STATUS_OK;
}

static const LagPlan *plan_in_use;
static Status see_pair(PassState *state, int lag, const Frame *origin, const Frame *later) {
  const int from = (int)origin->position[0], to = (int)later->position[3];
  CHECK_EQUAL_INT(step[from], origin->step);
  CHECK_EQUAL_INT(step[to], later->step);
  CHECK_EQUAL_INT(plan_in_use->lag[lag], later->step - origin->step);
  CHECK(!state->is_seen[from][to]);
  state->is_seen[from][to] = true;
  state->sum += (double)(from * lag + to);
  state->n_pairs++;
  return STATUS_OK;
}

static const PassType watcher = {.name = "watcher", .frame = see_frame, .pair = see_pair};
static const PassType looker  = {.name = "looker", .frame = see_frame};

static void make_steps(void) {
  for (int b = 0; b < N_BLOCKS; b++)
    for (int offset = 0; offset < PERIOD; offset = offset == 0 ? 1 : 3 * offset) {
      step[n_steps]    = 10 + b * PERIOD + offset;
      block[n_steps++] = b;
    }
}

/** One sweep by rank of size; returns a state that the caller frees. */
static PassState *sweep_share(const LagPlan *plan, int rank, int size, size_t memory) {
  PassState *state         = memory_array(1, sizeof *state);
  const SweepSource source = {NULL, read_frame, n_steps};
  const SweepPass pass     = {&watcher, state, rank, size};
  plan_in_use              = plan;
  n_reads                  = 0;
  CHECK(sweep_frames(&source, plan, 1, &pass, memory) == STATUS_OK);
  return state;
}

static void test_memory(const LagPlan *plan) {
  PassState *all = sweep_share(plan, 0, 1, (size_t)1 << 30);
  CHECK_EQUAL_INT(n_reads, n_steps); /* one reading */
  CHECK_EQUAL_INT(all->n_frames, n_steps);
  CHECK_EQUAL_INT(all->n_pairs, plan->n_pairs);
  for (int64_t i = 0; i < plan->n_pairs; i++) CHECK(all->is_seen[plan->pairs[i].origin][plan->pairs[i].later]);
  const size_t budgets[] = {0, 2000, 3000, 5000};
  for (int i = 0; i < 4; i++) { /* room for 1 to some origins: more readings, the same pairs */
    PassState *tight = sweep_share(plan, 0, 1, budgets[i]);
    CHECK_EQUAL_INT(tight->n_pairs, plan->n_pairs);
    CHECK_EQUAL_INT(tight->n_frames, n_steps);
    CHECK(tight->sum == all->sum);
    CHECK(n_reads > n_steps && n_reads <= n_steps * N_BLOCKS);
    memory_free(tight);
  }
  memory_free(all);
}

static void test_shares(const LagPlan *plan) {
  for (int size = 2; size <= 5; size++) {
    int64_t n_pairs = 0, n_frames = 0;
    for (int rank = 0; rank < size; rank++) {
      PassState *state = sweep_share(plan, rank, size, (size_t)1 << 20);
      CHECK(state->n_pairs >= plan->n_pairs / size && state->n_pairs <= plan->n_pairs / size + 1);
      n_pairs += state->n_pairs;
      n_frames += state->n_frames;
      memory_free(state);
    }
    CHECK_EQUAL_INT(n_pairs, plan->n_pairs);
    CHECK_EQUAL_INT(n_frames, n_steps);
  }
  PassState *idle = sweep_share(plan, 0, 0, (size_t)1 << 20); /* a pass that works on another rank */
  CHECK_EQUAL_INT(idle->n_pairs + idle->n_frames + n_reads, 0);
  memory_free(idle);
}

static void test_several(const LagPlan *plan) {
  PassState *states        = memory_array(3, sizeof *states);
  const SweepSource source = {NULL, read_frame, n_steps};
  const SweepPass passes[] = {{&looker, &states[0], 0, 1}, {&watcher, &states[1], 1, 2}, {&watcher, &states[2], 0, 1}};
  n_reads                  = 0;
  CHECK(sweep_frames(&source, plan, 3, passes, (size_t)1 << 20) == STATUS_OK);
  CHECK_EQUAL_INT(n_reads, n_steps);
  CHECK_EQUAL_INT(states[0].n_frames, n_steps);
  CHECK_EQUAL_INT(states[0].n_pairs, 0);
  CHECK_EQUAL_INT(states[1].n_pairs, plan->n_pairs / 2);
  CHECK_EQUAL_INT(states[2].n_pairs, plan->n_pairs);
  memory_free(states);
}

static void test_failure(const LagPlan *plan) {
  PassState *state         = memory_array(1, sizeof *state);
  const SweepSource source = {NULL, read_frame, n_steps};
  const SweepPass pass     = {&watcher, state, 0, 1};
  fail_at                  = n_steps / 2;
  CHECK(sweep_frames(&source, plan, 1, &pass, 3000) == STATUS_FILE);
  fail_at = -1;
  memory_free(state);
}

int main(void) {
  LagPlan plan;
  make_steps();
  lag_plan_init(&plan, n_steps, step, block, (LagOptions){0});
  test_memory(&plan);
  test_shares(&plan);
  test_several(&plan);
  test_failure(&plan);
  lag_plan_clear(&plan);
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
