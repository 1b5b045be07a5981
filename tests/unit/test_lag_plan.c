/** Lag plans against a brute-force twin: every pair has exactly its lag, none is missing, none is double, and the lags are dense in log t.
 */
#include "analysis/lag_plan.h"

#include <math.h>
#include <stdbool.h>

#include "base/memory.h"
#include "check.h"

enum { MOST = 20000 };
static int64_t step[MOST];
static int32_t block[MOST];

/** Log blocks as a run writes them: first frame of each block, then offsets 1 2 4 .. < period. */
static int64_t make_blocks(int n_blocks, int64_t period, int64_t first) {
  int64_t n = 0;
  for (int b = 0; b < n_blocks; b++)
    for (int64_t offset = 0; offset < period; offset = offset == 0 ? 1 : 2 * offset) {
      step[n]    = first + b * period + offset;
      block[n++] = b;
    }
  return n;
}

/** Pairs of the plan at a lag; checks that each is exact and that they are sorted and different. */
static int64_t count_pairs(const LagPlan *plan, int lag) {
  int64_t count = 0, last = -1;
  for (int64_t i = 0; i < plan->n_pairs; i++) {
    const LagPair *pair = &plan->pairs[i];
    if (pair->lag != lag) continue;
    CHECK(step[pair->later] - step[pair->origin] == plan->lag[lag]);
    CHECK(pair->origin > last);
    last = pair->origin;
    count++;
  }
  return count;
}

/** All pairs at this lag among the frames that may be origins. */
static int64_t count_brute(int64_t n, int64_t lag, bool only_starts) {
  int64_t count = 0;
  for (int64_t i = 0; i < n; i++) {
    if (only_starts && i > 0 && block[i] == block[i - 1]) continue;
    for (int64_t j = i + 1; j < n; j++)
      if (step[j] - step[i] == lag) count++;
  }
  return count;
}

static double widest_gap(const LagPlan *plan, int64_t above) {
  double widest = 1;
  for (int i = 1; i < plan->n_lags; i++) {
    CHECK(plan->lag[i] > plan->lag[i - 1]);
    if (plan->lag[i - 1] >= above) widest = fmax(widest, (double)plan->lag[i] / (double)plan->lag[i - 1]);
  }
  return widest;
}

static void test_blocks(void) {
  LagPlan plan;
  const int n_blocks = 40, period = 1000;
  const int64_t n = make_blocks(n_blocks, period, 123456789012345);
  lag_plan_init(&plan, n, step, block, (LagOptions){0});
  for (int i = 0; i < plan.n_lags; i++) CHECK_EQUAL_INT(count_pairs(&plan, i), count_brute(n, plan.lag[i], true));
  for (int i = 0; i < 10; i++) { /* own lags 1 2 4 .. 512, one origin per block */
    CHECK_EQUAL_INT(plan.lag[i], 1 << i);
    CHECK_EQUAL_INT(count_pairs(&plan, i), n_blocks);
  }
  CHECK(widest_gap(&plan, 0) <= 2);
  CHECK(widest_gap(&plan, period) < 1.5);
  CHECK(plan.lag[plan.n_lags - 1] > (n_blocks - 2) * period);
  CHECK(plan.n_lags < 40);
  int found = -1;
  for (int i = 0; i < plan.n_lags; i++)
    if (plan.lag[i] == period) found = i;
  CHECK(found >= 0);
  CHECK_EQUAL_INT(count_pairs(&plan, found), n_blocks - 1);
  printf("blocks: %lld frames, %d lags, %lld pairs, widest gap %.3f\n", (long long)n, plan.n_lags, (long long)plan.n_pairs,
         widest_gap(&plan, 0));
  lag_plan_clear(&plan);
}

/** A run that was killed inside a block: the last block is short. Also: more blocks than origins allowed. */
static void test_broken_blocks(void) {
  LagPlan plan;
  const int64_t n = make_blocks(300, 64, 0) - 4;
  lag_plan_init(&plan, n, step, block, (LagOptions){.max_origins = 50});
  for (int i = 0; i < plan.n_lags; i++) CHECK(count_pairs(&plan, i) <= 50 && count_pairs(&plan, i) >= 1);
  CHECK_EQUAL_INT(count_pairs(&plan, 0), 50);
  CHECK(widest_gap(&plan, 0) <= 2);
  lag_plan_clear(&plan);
}

static void test_linear(void) {
  LagPlan plan;
  const int64_t n = 10000;
  for (int64_t k = 0; k < n; k++) step[k] = 7 + 20 * k;
  lag_plan_init(&plan, n, step, NULL, (LagOptions){0});
  CHECK(plan.n_lags >= 35 && plan.n_lags <= 42);
  CHECK(widest_gap(&plan, 20 * 10) < 1.42);
  CHECK_EQUAL_INT(plan.lag[0], 20);
  for (int i = 0; i < plan.n_lags; i++) CHECK(count_pairs(&plan, i) >= 1 && count_pairs(&plan, i) <= 1000);
  CHECK_EQUAL_INT(count_pairs(&plan, 0), 1000);
  printf("linear: %lld frames, %d lags, %lld pairs\n", (long long)n, plan.n_lags, (long long)plan.n_pairs);
  lag_plan_clear(&plan);

  lag_plan_init(&plan, 60, step, NULL, (LagOptions){.per_decade = 5}); /* few frames: every pair of a lag is used */
  for (int i = 0; i < plan.n_lags; i++) CHECK_EQUAL_INT(count_pairs(&plan, i), 60 - plan.lag[i] / 20);
  lag_plan_clear(&plan);
}

static void test_logarithmic(void) {
  LagPlan plan;
  int64_t n = 0;
  for (int64_t offset = 0; n < 20; offset = offset == 0 ? 1 : 2 * offset) {
    block[n]  = 0;
    step[n++] = 1000 + offset;
  }
  lag_plan_init(&plan, n, step, block, (LagOptions){0}); /* one block is a plain logarithmic sequence */
  CHECK_EQUAL_INT(plan.n_lags, n - 1);
  for (int i = 0; i < plan.n_lags; i++) CHECK_EQUAL_INT(count_pairs(&plan, i), count_brute(n, plan.lag[i], false));
  lag_plan_clear(&plan);
}

static void test_small(void) {
  LagPlan plan;
  step[0] = 5, step[1] = 8;
  for (int64_t n = 0; n < 2; n++) {
    lag_plan_init(&plan, n, step, NULL, (LagOptions){0});
    CHECK_EQUAL_INT(plan.n_lags, 0);
    CHECK_EQUAL_INT(plan.n_pairs, 0);
    lag_plan_clear(&plan);
  }
  lag_plan_init(&plan, 2, step, NULL, (LagOptions){0});
  CHECK_EQUAL_INT(plan.n_lags, 1);
  CHECK_EQUAL_INT(plan.n_pairs, 1);
  CHECK_EQUAL_INT(plan.lag[0], 3);
  lag_plan_clear(&plan);
}

static void test_unite(void) {
  LagPlan plans[3];
  const int64_t lengths[3] = {make_blocks(30, 100, 50), 61, 1};
  for (int p = 0; p < 3; p++) lag_plan_init(&plans[p], lengths[p], step, block, (LagOptions){0});
  const int64_t pairs = plans[1].n_pairs;
  lag_plan_unite(plans, 3);
  for (int p = 1; p < 3; p++) {
    CHECK_EQUAL_INT(plans[p].n_lags, plans[0].n_lags);
    for (int i = 0; i < plans[0].n_lags; i++) CHECK_EQUAL_INT(plans[p].lag[i], plans[0].lag[i]);
  }
  CHECK_EQUAL_INT(plans[1].n_pairs, pairs);
  for (int i = 0; i < plans[1].n_lags; i++) (void)count_pairs(&plans[1], i); /* still exact */
  (void)widest_gap(&plans[0], 0);
  for (int p = 0; p < 3; p++) lag_plan_clear(&plans[p]);
}

int main(void) {
  test_blocks();
  test_broken_blocks();
  test_linear();
  test_logarithmic();
  test_small();
  test_unite();
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
