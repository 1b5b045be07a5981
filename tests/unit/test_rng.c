/** Known answers of Threefry-2x64-20: Random123, tests/kat_vectors. */
#include "base/rng.h"

#include <stdlib.h>

#include "../check.h"

static RngKey key_of(uint64_t k0, uint64_t k1) { return (RngKey){k0, (uint32_t)(k1 >> 32), (RngPurpose)(uint32_t)k1}; }

static void check_words(uint64_t c0, uint64_t c1, uint64_t k0, uint64_t k1, uint64_t w0, uint64_t w1) {
  uint64_t words[2];
  rng_words(key_of(k0, k1), c0, c1, words);
  CHECK(words[0] == w0);
  CHECK(words[1] == w1);
}

static void test_known_answers(void) {
  check_words(0, 0, 0, 0, 0xc2b6e3a8c2c69865, 0x6f81ed42f350084d);
  check_words(UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 0xe02cb7c4d95d277a, 0xd06633d0893b8b68);
  check_words(0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89, 0x263c7d30bb0f0af1, 0x56be8361d3311526);
}

/** Moments of 10^5 pairs, within five standard errors. */
static void test_moments(void) {
  const int n      = 100000;
  const RngKey key = {1, 0, RNG_TEST};
  double mean = 0, square = 0, cross = 0, z_mean = 0, z2 = 0, z4 = 0, z_cross = 0;
  for (int id = 0; id < n; id++) {
    double u[2], z[2];
    rng_uniform2(key, (uint64_t)id, 7, u);
    rng_normal2(key, (uint64_t)id, 8, z);
    CHECK(u[0] > 0 && u[0] < 1 && u[1] > 0 && u[1] < 1);
    mean += (u[0] + u[1]) / (2.0 * n);
    square += (u[0] * u[0] + u[1] * u[1]) / (2.0 * n);
    cross += (u[0] - 0.5) * (u[1] - 0.5) / n;
    z_mean += (z[0] + z[1]) / (2.0 * n);
    z2 += (z[0] * z[0] + z[1] * z[1]) / (2.0 * n);
    z4 += (pow(z[0], 4) + pow(z[1], 4)) / (2.0 * n);
    z_cross += z[0] * z[1] / n;
  }
  const double error = 1 / sqrt(2.0 * n);
  CHECK(fabs(mean - 1.0 / 2) < 5 * error * sqrt(1.0 / 12));
  CHECK(fabs(square - 1.0 / 3) < 5 * error * sqrt(4.0 / 45));
  CHECK(fabs(cross) < 5 * sqrt(2) * error / 12);
  CHECK(fabs(z_mean) < 5 * error);
  CHECK(fabs(z2 - 1) < 5 * error * sqrt(2));
  CHECK(fabs(z4 - 3) < 5 * error * sqrt(96));
  CHECK(fabs(z_cross) < 5 * sqrt(2) * error);
}

/** Every part of the key and of the counter matters. */
static void test_independence(void) {
  const RngKey keys[] = {{1, 0, RNG_POSITION}, {2, 0, RNG_POSITION}, {1, 1, RNG_POSITION}, {1, 0, RNG_VELOCITY}};
  uint64_t words[6][2];
  for (int k = 0; k < 4; k++) rng_words(keys[k], 5, 6, words[k]);
  rng_words(keys[0], 6, 6, words[4]);
  rng_words(keys[0], 5, 7, words[5]);
  for (int a = 0; a < 6; a++)
    for (int b = 0; b < a; b++) CHECK(words[a][0] != words[b][0] && words[a][1] != words[b][1]);
  uint64_t again[2];
  rng_words(keys[0], 5, 6, again);
  CHECK(again[0] == words[0][0] && again[1] == words[0][1]);
}

int main(void) {
  test_known_answers();
  test_moments();
  test_independence();
  return check_report();
}
