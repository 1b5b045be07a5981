#pragma once
/** A System: one replica spread over the ranks of a group. Above this header nobody thinks of domains and ghosts. All functions are
 *  collective over the group unless said otherwise; reduced units throughout. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "comm/ranks.h"
#include "matter/frame.h"
#include "matter/mixture.h"
#include "potentials/potential.h"

typedef struct System System;

/** Largest domain grid that a box allows on at most n_ranks ranks (0 < cells <= n_ranks), least surface first. Not collective.
 *  Every divided edge must leave domains of at least system_reach. */
void system_choose_grid(const double edges[3], int dim, double reach, int n_ranks, int grid[3]);
/** Whether `grid` fits; if not, `largest` is the largest grid that does. Not collective. */
bool system_grid_fits(const double edges[3], int dim, double reach, const int grid[3], int largest[3]);
/** Smallest width of a domain: cut-off plus the smallest usable skins, sigma. Not collective. */
double system_reach(const Potential *potential, const void *parameters, const Mixture *mixture);

/** Whether a System can be made of the frame: STATUS_INPUT if the box is smaller than two cut-offs, a species is unknown, a position or
 *  velocity is not a number. Not collective. */
NODISCARD Status system_check_frame(const Potential *potential, const void *parameters, const Mixture *mixture, const Frame *frame);
/** Lends potential, parameters, mixture. frame: whole configuration, needed at the root only. Fails as system_check_frame does. */
NODISCARD Status system_create(const Ranks *ranks, const Potential *potential, const void *parameters, const Mixture *mixture,
                               const Frame *frame, System **system);
void system_destroy(System **system);
/** Whole configuration to the root: id, species, mass, position, image, velocity, exact fraction; force and the field
 *  potential_energy too if with_forces (as of the last computation). step, time, stage, block are the caller's. */
void system_save(System *system, Frame *frame, bool with_forces);

int64_t system_particles(const System *system);
int system_dim(const System *system);
double system_volume(const System *system);
int64_t system_freedom(const System *system); /* degrees of freedom: d N - d (1 if N = 1 would leave none) */
const Mixture *system_mixture(const System *system);
const Ranks *system_ranks(const System *system);

typedef struct Energies { /* totals of the last computation with energies, exact sums */
  double potential;
  double virial[6]; /* sum over pairs of f_a r_b: xx yy zz xy xz yz, eps */
  double max_force; /* largest |F| */
  int64_t n_pairs;  /* pairs inside the cut-off */
} Energies;
const Energies *system_energies(const System *system);
/** Twice the kinetic energy, sum of m v^2, of the velocities as they are; exact sum. */
double system_twice_kinetic(System *system);

/** Forces (and energies) at the present positions, with overlap guard: the rounding grid is refined or coarsened as needed, so forces are
 *  right however close particles are. STATUS_LOST if particles coincide. Call once before stepping, and after any change of positions. */
NODISCARD Status system_forces(System *system, bool with_energies);
/** max |F| over all particles; any group size. */
double system_max_force(System *system);

/** Maxwell-Boltzmann velocities at temperature T (times scale), a function of (seed, replica, id); total momentum zero, kinetic energy
 *  exactly at T. */
void system_thermalize(System *system, double temperature, uint64_t seed, uint32_t replica);
/** Subtract the centre-of-mass velocity, from exact sums. */
void system_stop_drift(System *system);
/** v <- v * factor. */
void system_scale_velocities(System *system, double factor);

/** One step, in three calls: advance (scale, kick, drift), compute (neighbour list and ghosts made good, forces), finish (kick).
 *  `requests` are bits of the caller's choice below 256; after compute the group has agreed on them, or-ed: system_requests.
 *  STATUS_LOST, on all ranks at the same step: compute, if a particle moved more than an eighth of the box; finish, if a pair force left
 *  the rounding grid. *twice_kinetic: sum of m v^2 after the kick, eps; exact. */
void system_advance(System *system, double scale_1, double scale_2, double dt, int requests);
NODISCARD Status system_compute(System *system, bool with_energies);
int system_requests(const System *system);
NODISCARD Status system_finish(System *system, double dt, double *twice_kinetic);

/** Going downhill. Frozen, the particles keep their owner and their places in memory, so that a minimiser may hold vectors of records
 *  {x, y, z, 0} of the particles of this rank, [system_records][4], padding records 0, in the order of the System. */
void system_freeze(System *system);
/** A multiple of 8. Not collective. */
size_t system_records(const System *system);
/** Forces of the last computation, eps/sigma, [records][4]; lent, always the same place. Not collective. */
const double *system_force_records(const System *system);
/** x <- x + scale * direction, [records][4], sigma; the neighbour list is made good with uniform skins `skin` (sigma) when it must be
 *  built anew. STATUS_LOST if a particle moved more than an eighth of the box, or if the System has strayed. Results depend on nothing but
 *  positions. */
NODISCARD Status system_shift(System *system, const double *direction, double scale, double skin);
/** A new neighbour list at once, with these skins: the moves have become small. */
void system_tighten(System *system, double skin);
/** Whether the System is lost only because particles went so far out of their domains that the group cannot hold it together: one rank can.
 *  Not collective. */
bool system_has_strayed(const System *system);
/** What all ranks of the group say: the largest (one that is not a number counts as infinite), sums, whether anybody. */
void system_agree_largest(const System *system, double *values, int n);
void system_agree_sums(const System *system, __int128 *sums, int n);
bool system_agree_any(const System *system, bool value);

/** Neighbour-list policy: expected steps between rebuilds at time step dt (skins follow velocities), smallest skin in sigma (0: default).
 *  steps 0: tuned by what forces and builds cost. Results do not depend on any of it. */
void system_set_skin(System *system, double dt, double steps, double smallest);
/** Check after each rebuild and computation that the list misses no interacting pair, by brute force; a miss is fatal. Slow. */
void system_set_check(System *system, bool check);

typedef struct SystemCounts {
  int64_t rebuilds, computations;
  double neighbors;
} SystemCounts; /* of this rank; mean list length */
SystemCounts system_counts(const System *system);
/** State that decides bits and is not in the Frame: exponent of the rounding grid. For checkpoints. */
int system_quantum(const System *system);
void system_set_quantum(System *system, int exponent);
