#pragma once
/** Starting configurations, whole and on one rank. Functions of (seed, replica) only. */
#include <stdint.h>

#include "base/status.h"
#include "matter/frame.h"
#include "matter/mixture.h"

/** n particles at number density `density` in a cubic (square) box, species shuffled (alike for all replicas: a trajectory file has one
 *  species per id). Ids 0..n-1, no velocities. */
void starts_species(const Mixture *mixture, int64_t n, double density, int dim, uint64_t seed, Frame *frame);
/** Uniformly random positions, then overlaps pushed apart until no pair is closer than `closest` times its mean diameter
 *  (harmonic repulsion, steepest descent with linked cells). Fails (STATUS_INPUT) if the density does not allow it. */
NODISCARD Status starts_random(const Mixture *mixture, uint64_t seed, uint32_t replica, double closest, Frame *frame);
/** Sites of a simple lattice (FCC, in 2D triangular rows) in the order of a random permutation by species. */
void starts_lattice(Frame *frame);
