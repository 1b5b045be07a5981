/** Counter-based random numbers: Threefry-2x64 with 20 rounds.
 *
 *  A block cipher (Threefish reduced to two words) turns a counter into two random words under a key: [Salmon, Moraes, Dror, Shaw,
 *  Parallel random numbers: as easy as 1, 2, 3, SC11 (2011), doi:10.1145/2063384.2063405]. There is no state to store, to share or to
 *  restart: key = (seed, replica * 2^32 + purpose), counter = (particle id, step). Each round is x0 += x1; x1 = rotl(x1, R) ^ x0;
 *  after every fourth round a key word is added. Rotations and parity constant as in Random123, whose known answers are the test.
 *
 *  Uniforms take the upper 52 bits and stand in the middle of their cell: u = (k + 1/2) 2^-52, so 0 and 1 never occur and log(u) is
 *  finite. Normals: Box-Muller, z = sqrt(-2 ln u0) (cos, sin)(2 pi u1). */
#include "base/rng.h"

#include <math.h>

#include "base/compiler.h"

static const uint64_t parity = 0x1BD11BDAA9FC1A22u;
static const int rotations[] = {16, 42, 12, 31, 16, 32, 24, 21};

ALWAYS_INLINE uint64_t rotate_left(uint64_t x, int n) { return x << n | x >> (64 - n); }

void rng_words(RngKey key, uint64_t id, uint64_t step, uint64_t words[2]) {
  const uint64_t k0      = key.seed;
  const uint64_t k1      = (uint64_t)key.replica << 32 | (uint32_t)key.purpose;
  const uint64_t keys[3] = {k0, k1, parity ^ k0 ^ k1};
  uint64_t x0            = id + keys[0];
  uint64_t x1            = step + keys[1];
  for (unsigned round = 0; round < 20; round++) {
    x0 += x1;
    x1 = rotate_left(x1, rotations[round % 8]) ^ x0;
    if (round % 4 != 3) continue;
    const unsigned injection = round / 4 + 1;
    x0 += keys[injection % 3];
    x1 += keys[(injection + 1) % 3] + injection;
  }
  words[0] = x0;
  words[1] = x1;
}

ALWAYS_INLINE double uniform(uint64_t word) { return ((double)(word >> 12) + 0.5) * 0x1p-52; }

void rng_uniform2(RngKey key, uint64_t id, uint64_t step, double u[2]) {
  uint64_t words[2];
  rng_words(key, id, step, words);
  u[0] = uniform(words[0]);
  u[1] = uniform(words[1]);
}

void rng_normal2(RngKey key, uint64_t id, uint64_t step, double z[2]) {
  double u[2];
  rng_uniform2(key, id, step, u);
  const double radius = sqrt(-2.0 * log(u[0]));
  const double angle  = 2.0 * 3.14159265358979323846 * u[1];
  z[0]                = radius * cos(angle);
  z[1]                = radius * sin(angle);
}
