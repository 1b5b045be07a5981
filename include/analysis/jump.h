#pragma once
/** How far two configurations of the same particles are from each other, and how many particles took part. */
typedef struct Frame Frame;

typedef struct Jump {
  double largest;       /* max_i |d_i|, sigma */
  double participation; /* (sum d_i^2)^2 / sum d_i^4: the number of particles that moved; NAN if none did */
} Jump;

/** d_i: minimum-image displacement, less the mean over all particles. Both frames hold the same particles in the same order. */
Jump jump_measure(const Frame *before, const Frame *after);
