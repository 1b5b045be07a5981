/* The stationarity criterion on random walks: too short windows are doubled, equal windows agree, a liquid that slows down does not. */
#include "../../src/stages/stationary.h"

#include "../check.h"
#include "base/memory.h"
#include "base/rng.h"

enum { N = 4000 };

/** Gaussian walk with D per step, unwrapped in the image-free way: position in a box of edge 1000, never near a face. */
static void walk(Frame *frame, int64_t step, double diffusion) {
  for (int64_t i = 0; i < N; i++) {
    double z[4];
    rng_normal2((RngKey){5, 0, RNG_TEST}, (uint64_t)i, (uint64_t)(2 * step), z);
    rng_normal2((RngKey){5, 0, RNG_TEST}, (uint64_t)i, (uint64_t)(2 * step + 1), z + 2);
    for (int axis = 0; axis < 3; axis++) frame->position[3 * i + axis] += sqrt(2 * diffusion) * z[axis];
  }
}

/** Steps until the criterion is met, at most `last`; diffusion(step) is the walk's D. */
static int64_t play(double (*diffusion)(int64_t), double window, int64_t last, int *n_windows) {
  const Mixture mixture = {.n_species = 1, .largest = 0, .sizes = {1}, .q = {7}};
  Stationary s, copy;
  Frame frame;
  frame_init(&frame);
  frame_resize(&frame, N, 3);
  for (int axis = 0; axis < 3; axis++) frame.edges[axis] = 1000;
  for (int64_t k = 0; k < 3 * N; k++) frame.position[k] = 500;
  frame.has = FRAME_IMAGE;
  stationary_init(&s, &mixture, window, 0.1);
  int64_t met = -1;
  for (int64_t step = 0; step <= last && met < 0; step++) {
    if (step > 0) walk(&frame, step, diffusion(step));
    if (stationary_next(&s, step) != step) continue;
    if (stationary_look(&s, step, &frame) && stationary_judge(&s, step, &frame)) met = step;
    /* a restart at any look must go on alike */
    Archive *archive = archive_create();
    stationary_put(&s, archive);
    stationary_init(&copy, &mixture, window, 0.1);
    CHECK(stationary_get(&copy, archive, &frame) == STATUS_OK);
    copy.fs_difference = s.fs_difference, copy.msd_ratio = s.msd_ratio;
    stationary_clear(&s);
    s = copy;
    archive_destroy(&archive);
  }
  *n_windows = s.n_windows;
  stationary_clear(&s);
  frame_clear(&frame);
  return met;
}
static double steady(int64_t step) { return (void)step, 1e-3; } /* tau(Fs = 0.1) = ln 10 / (49 * 1e-3) = 47 steps */
static double ageing(int64_t step) { return 1e-3 / (1 + 0.02 * (double)step); }

int main(void) {
  int n_windows;
  CHECK_EQUAL_INT(play(steady, 60, 1000, &n_windows), 120); /* two windows of 60 */
  CHECK_EQUAL_INT(n_windows, 2);
  CHECK_EQUAL_INT(play(steady, 20, 1000, &n_windows), 20 + 40 + 80 + 80); /* 20 and 40 are too short */
  CHECK_EQUAL_INT(n_windows, 4);
  CHECK_EQUAL_INT(play(ageing, 60, 600, &n_windows), -1);
  CHECK(n_windows >= 3);
  CHECK(memory_live() == 0);
  return check_report();
}
