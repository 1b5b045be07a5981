#pragma once
/** Counter-based random numbers: a pure function of (seed, replica, particle, step, purpose), so no result depends on rank count
 *  or on the order of particles. Threefry-2x64-20 [Salmon et al., SC11]. */
#include <stdint.h>

typedef enum RngPurpose {
  RNG_POSITION  = 1,
  RNG_VELOCITY  = 2,
  RNG_SPECIES   = 3,
  RNG_DIPOLE    = 4,
  RNG_BOOTSTRAP = 5,
  RNG_TEST      = 99
} RngPurpose;
typedef struct RngKey {
  uint64_t seed;
  uint32_t replica;
  RngPurpose purpose;
} RngKey;

/** Two 64-bit words for particle `id` at counter `step`. */
void rng_words(RngKey key, uint64_t id, uint64_t step, uint64_t words[2]);
/** Two uniforms in (0,1). */
void rng_uniform2(RngKey key, uint64_t id, uint64_t step, double u[2]);
/** Two independent standard normals (Box-Muller). */
void rng_normal2(RngKey key, uint64_t id, uint64_t step, double z[2]);
