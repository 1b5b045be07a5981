/* Memory and layout of particles. All arrays grow together; layout clears the padding only, because every live record is written
 * anew after it. */
#include "matter/particles.h"

#include <string.h>

#include "base/memory.h"

void particles_init(Particles *p, int n_species, int n_moments) {
  *p = (Particles){.n_species = n_species, .n_moments = (n_moments + 3) / 4 * 4};
}

static int padded(int n) { return (n + 7) / 8 * 8; }

static void release(Particles *p) {
  memory_free(p->x);
  memory_free(p->x0);
  memory_free(p->v);
  memory_free(p->f);
  memory_free(p->image);
  memory_free(p->id);
  memory_free(p->skin);
  memory_free(p->moments);
  memory_free(p->energies);
}

/** Padding [from, to): nothing moves, nothing is listed. */
static void clear_records(Particles *p, int from, int to) {
  const size_t k = (size_t)from, n = (size_t)(to - from);
  memset(p->x + 4 * k, 0, 4 * n * sizeof(int64_t));
  memset(p->x0 + 4 * k, 0, 4 * n * sizeof(int64_t));
  memset(p->v + 4 * k, 0, 4 * n * sizeof(double));
  memset(p->f + 4 * k, 0, 4 * n * sizeof(double));
  memset(p->image + 4 * k, 0, 4 * n * sizeof(int32_t));
  memset(p->skin + k, 0, n * sizeof(float));
  memset(p->id + k, 0xff, n * sizeof(int32_t));
}

void particles_layout(Particles *p, const int *local, const int *ghost) {
  int n = 0;
  for (int s = 0; s < p->n_species; s++) {
    p->first[s]       = n;
    p->local[s]       = local[s];
    p->ghost_first[s] = n + padded(local[s]);
    p->ghost[s]       = ghost[s];
    n                 = p->ghost_first[s] + padded(ghost[s]);
  }
  p->n = n;
  if ((size_t)n + 8 > p->capacity) {
    release(p);
    p->capacity = (size_t)n + (size_t)n / 8 + 64;
    p->x        = memory_array(4 * p->capacity, sizeof(int64_t));
    p->x0       = memory_array(4 * p->capacity, sizeof(int64_t));
    p->v        = memory_array(4 * p->capacity, sizeof(double));
    p->f        = memory_array(4 * p->capacity, sizeof(double));
    p->image    = memory_array(4 * p->capacity, sizeof(int32_t));
    p->id       = memory_array(p->capacity, sizeof(int32_t));
    p->skin     = memory_array(p->capacity, sizeof(float));
    p->moments  = memory_array((size_t)p->n_moments * p->capacity, sizeof(double));
    p->energies = memory_array(p->capacity, sizeof(double));
  }
  for (int s = 0; s < p->n_species; s++) {
    clear_records(p, p->first[s] + p->local[s], p->ghost_first[s]);
    clear_records(p, p->ghost_first[s] + p->ghost[s], s + 1 < p->n_species ? p->first[s + 1] : p->n + 8);
  }
}

int particles_local(const Particles *p) {
  int n = 0;
  for (int s = 0; s < p->n_species; s++) n += p->local[s];
  return n;
}

void particles_clear(Particles *p) {
  release(p);
  *p = (Particles){0};
}

int32_t particles_image(const Particles *p, size_t k) {
  /* as an unsigned fraction the coordinate crossed 0 when the signed step and the unsigned order disagree */
  const uint64_t from = (uint64_t)p->x0[k], to = (uint64_t)p->x[k];
  const int64_t step = (int64_t)(to - from);
  return p->image[k] + (step >= 0 && to < from) - (step < 0 && to > from);
}
