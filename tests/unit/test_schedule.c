/* Schedules against an enumeration; stationarity on made-up motion; starts against their promises. */
#include <stdint.h>
#include <stdlib.h>

#include "../check.h"
#include "base/memory.h"
#include "engine/schedule.h"
#include "matter/starts.h"

/** Looks up to `last`, by asking for each next one, must be those of `is_look`. */
static void check_looks(const Schedule *schedule, int64_t last, int (*is_look)(const Schedule *, int64_t)) {
  int64_t expected = -1;
  for (int64_t step = last; step >= 0; step--) {
    if (is_look(schedule, step)) expected = step;
    if (expected >= 0) CHECK_EQUAL_INT(schedule_next(schedule, step), expected);
  }
}
static int is_log(const Schedule *schedule, int64_t offset) {
  for (int k = 0; k < 200; k++)
    if (llround(pow(10.0, (double)k / schedule->per_decade)) == offset) return 1;
  return offset == 0;
}
static int is_linear(const Schedule *schedule, int64_t step) { return step % schedule->every == 0; }
static int is_block(const Schedule *schedule, int64_t step) { return is_log(schedule, step % schedule->block); }

static void test_starts(int dim) {
  const Mixture mixture = {.n_species = 2, .masses = {1, 2}, .sizes = {1, 1.4}, .fractions = {0.5, 0.5}, .dim = dim};
  Frame frame, other;
  int64_t counts[MAX_SPECIES] = {0};
  frame_init(&frame);
  frame_init(&other);
  starts_species(&mixture, 501, 0.8, dim, 3, &frame);
  CHECK_EQUAL_INT(frame_species_counts(&frame, MAX_SPECIES, counts), 2);
  CHECK(counts[0] + counts[1] == 501 && llabs(counts[0] - counts[1]) <= 1);
  CHECK_CLOSE((double)frame.n / frame_volume(&frame), 0.8, 1e-12);
  CHECK(starts_random(&mixture, 3, 0, 0.8, &frame) == STATUS_OK);
  double closest = 9;
  for (int64_t i = 0; i < frame.n; i++)
    for (int64_t j = 0; j < i; j++) {
      double r2 = 0;
      for (int axis = 0; axis < dim; axis++) {
        double d = frame.position[3 * i + axis] - frame.position[3 * j + axis];
        d -= frame.edges[axis] * rint(d / frame.edges[axis]);
        r2 += d * d;
      }
      closest = fmin(closest, sqrt(r2) / (0.5 * (mixture.sizes[frame.species[i]] + mixture.sizes[frame.species[j]])));
    }
  CHECK(closest > 0.78);
  for (int64_t k = 0; k < 3 * frame.n; k++) CHECK(frame.position[k] >= 0 && frame.position[k] < frame.edges[k % 3]);
  starts_species(&mixture, 501, 0.8, dim, 3, &other);
  CHECK(starts_random(&mixture, 3, 0, 0.8, &other) == STATUS_OK);
  CHECK(frame_digest(&frame) == frame_digest(&other));
  CHECK(starts_random(&mixture, 3, 1, 0.8, &other) == STATUS_OK);
  CHECK(frame_digest(&frame) != frame_digest(&other));
  frame_clear(&frame);
  frame_clear(&other);
}

int main(void) {
  const Schedule linear = {.spacing = SPACING_LINEAR, .every = 7}, decades = {.spacing = SPACING_LOG, .per_decade = 8},
                 blocks = {.spacing = SPACING_LOG_BLOCKS, .per_decade = 5, .block = 777}, none = {.spacing = SPACING_NONE};
  check_looks(&linear, 100, is_linear);
  check_looks(&decades, 20000, is_log);
  check_looks(&blocks, 5000, is_block);
  CHECK(schedule_next(&none, 0) == INT64_MAX);
  CHECK_EQUAL_INT(schedule_next(&decades, 1000000000000), 1000000000000);
  CHECK_EQUAL_INT(schedule_block(&blocks, 776), 0);
  CHECK_EQUAL_INT(schedule_block(&blocks, 777), 1);
  CHECK_EQUAL_INT(schedule_block(&linear, 777), -1);
  test_starts(2);
  test_starts(3);
  CHECK(memory_live() == 0);
  return check_report();
}
