#pragma once
/** Which frames meet which: a short list of lags, dense in log t, and the pairs of frames to average at each of them. */
#include <stdint.h>

/** One pair; origin and later are indices into the sequence, lag an index into LagPlan.lag. */
typedef struct LagPair {
  int64_t origin, later;
  int lag;
} LagPair;

typedef struct LagOptions {
  int per_decade;  /* lags per decade where the sequence does not bring its own; 0: 10 */
  int max_origins; /* at most so many origins, evenly spread; 0: 1000 */
} LagOptions;

typedef struct LagPlan {
  int n_lags;
  int64_t *lag; /* [n_lags] MD steps, ascending, > 0 */
  int64_t n_pairs;
  LagPair *pairs; /* [n_pairs] by lag, then by origin */
} LagPlan;

/** Plan a stored sequence of n frames of one stage.
 *  step   in  [n] MD steps, strictly increasing
 *  block  in  [n] log block of each frame, -1: none; NULL: no blocks
 *  Equal lags are equal step differences, to the step. Cost: lags x origins x log n. */
void lag_plan_init(LagPlan *plan, int64_t n, const int64_t *step, const int32_t *block, LagOptions options);
/** Give several plans one common list of lags (the union), so that their sums may be added. Some lags may then have no pair in a plan. */
void lag_plan_unite(LagPlan *plans, int n_plans);
void lag_plan_clear(LagPlan *plan);
