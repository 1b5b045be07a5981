/* Velocities: Maxwell-Boltzmann draws and the removal of drift. Totals are exact integer sums, so they are equal on any number of ranks. */
#include <math.h>

#include "base/rng.h"
#include "spread.h"

static void for_locals(System *system, void (*act)(System *, int species, size_t particle, void *), void *data) {
  const Particles *p = &system->p;
  for (int s = 0; s < p->n_species; s++)
    for (int i = p->first[s]; i < p->first[s] + p->local[s]; i++) act(system, s, (size_t)i, data);
}

typedef struct Draw {
  RngKey key;
  double temperature;
} Draw;
static void draw(System *system, int species, size_t i, void *data) {
  const Draw *d      = data;
  const double width = sqrt(d->temperature / system->mixture->masses[species]);
  double z[4];
  rng_normal2(d->key, (uint64_t)system->p.id[i], 0, z);
  rng_normal2(d->key, (uint64_t)system->p.id[i], 1, z + 2);
  for (size_t axis = 0; axis < 3; axis++) system->p.v[4 * i + axis] = axis < (size_t)system->dim ? width * z[axis] : 0;
}
typedef struct Momentum {
  Wide sums[MAX_SPECIES][3];
  double velocity[3];
} Momentum;
static void add_up(System *system, int species, size_t i, void *data) {
  Momentum *m = data;
  for (size_t axis = 0; axis < 3; axis++) m->sums[species][axis] += llrint(ldexp(system->p.v[4 * i + axis], 48));
}
static void subtract(System *system, int species, size_t i, void *data) {
  (void)species;
  const Momentum *m = data;
  for (size_t axis = 0; axis < (size_t)system->dim; axis++) system->p.v[4 * i + axis] -= m->velocity[axis];
}
static void multiply(System *system, int species, size_t i, void *data) {
  (void)species;
  for (size_t axis = 0; axis < 3; axis++) system->p.v[4 * i + axis] *= *(const double *)data;
}

void system_stop_drift(System *system) {
  Momentum m                  = {0};
  int64_t counts[MAX_SPECIES] = {0};
  double mass                 = 0;
  system_settle(system);
  for (int s = 0; s < system->p.n_species; s++) counts[s] = system->p.local[s];
  for_locals(system, add_up, &m);
  reduce_group_wide(system->ranks, &m.sums[0][0], 3 * MAX_SPECIES);
  reduce_group_sum(system->ranks, counts, MAX_SPECIES);
  for (int s = 0; s < system->p.n_species; s++) mass += system->mixture->masses[s] * (double)counts[s];
  for (int axis = 0; axis < 3; axis++) {
    for (int s = 0; s < system->p.n_species; s++) m.velocity[axis] += system->mixture->masses[s] * ldexp((double)m.sums[s][axis], -48);
    m.velocity[axis] /= mass;
  }
  if (system->n > 1) for_locals(system, subtract, &m);
}
void system_scale_velocities(System *system, double factor) {
  system_settle(system);
  for_locals(system, multiply, &factor);
}

void system_thermalize(System *system, double temperature, uint64_t seed, uint32_t replica) {
  Draw d       = {{seed, replica, RNG_VELOCITY}, temperature};
  system->owed = 0;
  for_locals(system, draw, &d);
  system_stop_drift(system);
  const double twice = system_twice_kinetic(system);
  if (twice > 0) system_scale_velocities(system, sqrt((double)system_freedom(system) * temperature / twice));
}
