/* Lag plan: how a stored sequence of frames is turned into time correlations without all F (F - 1) / 2 pairs.
 *
 * How. Three kinds of sequence come here, told apart by their steps and blocks alone (int64, so equal lags are equal exactly; float
 * times would split one lag into several):
 *   blocks   inside each block the frames lie at offsets o_1 < o_2 < .. from the block's first frame; the first frames of the blocks
 *            lie one period P apart. Origins are the first frames of the blocks. Every o_k is a lag of its own (a block start meets
 *            the frames of its own block), averaged over all blocks; above the last offset a start meets later starts, lags m P.
 *            Where m P leaves a hole in log t (between P and 2 P a factor of two), a start also meets inner frames of later blocks,
 *            lags m P + o_k: the same origins, so the same statistics.
 *   linear   equal steps. Lags k = 1, 2, 3, .. thinned to `per_decade` on a logarithmic grid; every frame is an origin.
 *   other    one logarithmic run, or irregular frames. Lags are the offsets from the first frame (at most 20 per decade); every
 *            frame whose step + lag was stored, too, is an origin.
 * If there are more origins than `max_origins`, every plan keeps the same evenly spread ones for all lags, which bounds the
 * memory of a sweep as well as its work: neighbouring origins are so correlated that little is lost.
 *
 * Thinning. The grid goes from the last lag taken, t, to the lag next to g t, g = 10^(1/per_decade); what lies below sqrt(g) t is
 * left out; among those up to g sqrt(g) t a multiple of the block period is preferred, then the one closest to g t in log t. */
#include "analysis/lag_plan.h"

#include "base/error.h"
#include "base/memory.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_PER_DECADE = 10, OWN_PER_DECADE = 20, DEFAULT_MAX_ORIGINS = 1000 };

typedef enum SequenceKind { SEQUENCE_BLOCKS, SEQUENCE_LINEAR, SEQUENCE_OTHER } SequenceKind;

typedef struct Candidate {
  int64_t lag;
  bool is_own;    /* the schedule chose this lag itself: never thinned */
  bool is_period; /* leads from a block start to a block start */
} Candidate;

static bool starts_block(const int32_t *block, int64_t k) { return k == 0 || block[k] != block[k - 1]; }

static SequenceKind find_kind(int64_t n, const int64_t *step, const int32_t *block) {
  int64_t n_starts = 0;
  bool has_blocks = block != NULL, is_linear = true;
  for (int64_t k = 0; k < n; k++) {
    require(k == 0 || step[k] > step[k - 1], "frame %lld: steps must increase", (long long)k);
    if (has_blocks && block[k] < 0) has_blocks = false;
    if (has_blocks && starts_block(block, k)) n_starts++;
    if (k > 1 && step[k] - step[k - 1] != step[1] - step[0]) is_linear = false;
  }
  if (has_blocks && n_starts > 1 && n_starts < n) return SEQUENCE_BLOCKS;
  return is_linear ? SEQUENCE_LINEAR : SEQUENCE_OTHER;
}

/* Indices of the frames that serve as origins, at most max_origins; the first frame is always one. */
static int64_t *find_origins(int64_t n, const int32_t *block, SequenceKind kind, int64_t max_origins, int64_t *n_origins) {
  int64_t *origin = memory_array((size_t)n, sizeof *origin);
  int64_t count   = 0;
  for (int64_t k = 0; k < n; k++)
    if (kind != SEQUENCE_BLOCKS || starts_block(block, k)) origin[count++] = k;
  if (count > max_origins) {
    for (int64_t j = 0; j < max_origins; j++) origin[j] = origin[j * count / max_origins];
    count = max_origins;
  }
  *n_origins = count;
  return origin;
}

static int compare_candidates(const void *left, const void *right) {
  const Candidate *a = left, *b = right;
  return (a->lag > b->lag) - (a->lag < b->lag);
}

/* All lags that the schedule offers, ascending, each once. */
static Candidate *find_candidates(int64_t n, const int64_t *step, const int32_t *block, SequenceKind kind, size_t *n_candidates) {
  Candidate *candidate = memory_array(2 * (size_t)n, sizeof *candidate);
  size_t count         = 0;
  for (int64_t k = 1; k < n; k++)
    candidate[count++] = (Candidate){step[k] - step[0], false, kind == SEQUENCE_BLOCKS && starts_block(block, k)};
  for (int64_t k = 1, start = 0; k < n && kind == SEQUENCE_BLOCKS; k++) {
    if (starts_block(block, k))
      start = k;
    else
      candidate[count++] = (Candidate){step[k] - step[start], true, false};
  }
  qsort(candidate, count, sizeof *candidate, compare_candidates);
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    if (kept > 0 && candidate[kept - 1].lag == candidate[i].lag) {
      candidate[kept - 1].is_own    = candidate[kept - 1].is_own || candidate[i].is_own;
      candidate[kept - 1].is_period = candidate[kept - 1].is_period || candidate[i].is_period;
    } else {
      candidate[kept++] = candidate[i];
    }
  }
  *n_candidates = kept;
  return candidate;
}

/* Index of the candidate to follow lag `last`, from candidate i on: see Thinning above. */
static size_t choose_next(const Candidate *candidate, size_t n, size_t i, int64_t last, double ratio) {
  const double target = (double)last * ratio;
  size_t best         = i;
  double best_badness = INFINITY;
  for (size_t j = i; j < n && !candidate[j].is_own && (double)candidate[j].lag <= target * sqrt(ratio); j++) {
    const double badness = fabs(log((double)candidate[j].lag / target)) + (candidate[j].is_period ? 0 : 10);
    if (badness < best_badness) {
      best         = j;
      best_badness = badness;
    }
  }
  return best;
}

static void choose_lags(const Candidate *candidate, size_t n, int per_decade, LagPlan *plan) {
  const double ratio = pow(10, 1.0 / per_decade);
  int64_t last       = 0;
  plan->lag          = memory_array(n, sizeof *plan->lag);
  plan->n_lags       = 0;
  for (size_t i = 0; i < n; i++) {
    if (!candidate[i].is_own && last > 0) {
      if ((double)candidate[i].lag <= (double)last * sqrt(ratio)) continue;
      i = choose_next(candidate, n, i, last, ratio);
    }
    last                      = candidate[i].lag;
    plan->lag[plan->n_lags++] = last;
  }
}

/* Index of `wanted` in the ascending array step[n], -1 if it is not there. */
static int64_t find_step(const int64_t *step, int64_t n, int64_t wanted) {
  int64_t low = 0, high = n; /* step[< low] < wanted <= step[>= high] */
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (step[middle] < wanted)
      low = middle + 1;
    else
      high = middle;
  }
  return low < n && step[low] == wanted ? low : -1;
}

static void find_pairs(LagPlan *plan, int64_t n, const int64_t *step, const int64_t *origin, int64_t n_origins) {
  size_t capacity = 0;
  void *pairs     = NULL;
  for (int lag = 0; lag < plan->n_lags; lag++) {
    memory_grow(&pairs, &capacity, (size_t)(plan->n_pairs + n_origins), (size_t)plan->n_pairs, sizeof(LagPair));
    for (int64_t j = 0; j < n_origins; j++) {
      const int64_t later = find_step(step, n, step[origin[j]] + plan->lag[lag]);
      if (later >= 0) ((LagPair *)pairs)[plan->n_pairs++] = (LagPair){origin[j], later, lag};
    }
  }
  plan->pairs = pairs;
}

void lag_plan_init(LagPlan *plan, int64_t n, const int64_t *step, const int32_t *block, LagOptions options) {
  *plan = (LagPlan){0};
  if (n < 2) return;
  const SequenceKind kind = find_kind(n, step, block);
  int per_decade          = options.per_decade > 0 ? options.per_decade : DEFAULT_PER_DECADE;
  if (kind == SEQUENCE_OTHER && per_decade < OWN_PER_DECADE) per_decade = OWN_PER_DECADE;
  int64_t n_origins    = 0;
  size_t n_candidates  = 0;
  int64_t *origin      = find_origins(n, block, kind, options.max_origins > 0 ? options.max_origins : DEFAULT_MAX_ORIGINS, &n_origins);
  Candidate *candidate = find_candidates(n, step, block, kind, &n_candidates);
  choose_lags(candidate, n_candidates, per_decade, plan);
  find_pairs(plan, n, step, origin, n_origins);
  memory_free(candidate);
  memory_free(origin);
}

static int compare_steps(const void *left, const void *right) {
  const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
  return (a > b) - (a < b);
}

void lag_plan_unite(LagPlan *plans, int n_plans) {
  size_t total = 0, n_lags = 0;
  for (int p = 0; p < n_plans; p++) total += (size_t)plans[p].n_lags;
  int64_t *lag = memory_array(total, sizeof *lag);
  for (int p = 0; p < n_plans; p++)
    for (int i = 0; i < plans[p].n_lags; i++) lag[n_lags++] = plans[p].lag[i];
  qsort(lag, n_lags, sizeof *lag, compare_steps);
  n_lags = 0;
  for (size_t i = 0; i < total; i++)
    if (n_lags == 0 || lag[n_lags - 1] != lag[i]) lag[n_lags++] = lag[i];
  for (int p = 0; p < n_plans; p++) {
    for (int64_t i = 0; i < plans[p].n_pairs; i++)
      plans[p].pairs[i].lag = (int)find_step(lag, (int64_t)n_lags, plans[p].lag[plans[p].pairs[i].lag]);
    memory_free(plans[p].lag);
    plans[p].lag    = memory_array(n_lags, sizeof *lag);
    plans[p].n_lags = (int)n_lags;
    if (n_lags > 0) memcpy(plans[p].lag, lag, n_lags * sizeof *lag);
  }
  memory_free(lag);
}

void lag_plan_clear(LagPlan *plan) {
  memory_free(plan->lag);
  memory_free(plan->pairs);
  *plan = (LagPlan){0};
}
