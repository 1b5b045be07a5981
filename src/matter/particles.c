/* Memory and layout of particles. All arrays grow together. */
#include "matter/particles.h"

#include <stdbool.h>
#include <string.h>

#include "base/memory.h"

void particles_init(Particles *p, int n_species, int n_moments) {
  *p = (Particles){.n_species = n_species, .n_moments = (n_moments + 3) / 4 * 4};
}

static int padded(int n) { return (n + 7) / 8 * 8; }

enum { ARRAYS = 9 };
/** All arrays are one piece of memory, which begins with x: they lie alike in every process (list_build.c has a reason), and large pages
 *  begin to pay earlier. */
static void allocate(Particles *p, size_t capacity) {
  p->capacity                = capacity;
  const size_t n             = capacity;
  void **const arrays[]      = {(void **)&p->x,     (void **)&p->f,  (void **)&p->moments, (void **)&p->v,       (void **)&p->x0,
                                (void **)&p->image, (void **)&p->id, (void **)&p->skin,    (void **)&p->energies};
  const size_t bytes[ARRAYS] = {32 * n, 32 * n, 8 * n * (size_t)p->n_moments, 32 * n, 16 * n, 16 * n, 4 * n, 4 * n, 8 * n};
  size_t total               = 0;
  for (int k = 0; k < ARRAYS; k++) total += (bytes[k] + 63) / 64 * 64;
  char *next = memory_array(total, 1);
  for (int k = 0; k < ARRAYS; next += (bytes[k++] + 63) / 64 * 64) *arrays[k] = next;
}
static void release(Particles *p) { memory_free(p->x); }

/** n records of one Particles into another, or to another place of the same. */
static void copy_records(Particles *to, size_t to_first, const Particles *from, size_t first, size_t n) {
  if (n == 0 || (to == from && to_first == first)) return; /* nothing there yet; the last one leaves */
  memcpy(to->x + 4 * to_first, from->x + 4 * first, 4 * n * sizeof(int64_t));
  memcpy(to->x0 + 4 * to_first, from->x0 + 4 * first, 4 * n * sizeof(int32_t));
  memcpy(to->v + 4 * to_first, from->v + 4 * first, 4 * n * sizeof(double));
  memcpy(to->image + 4 * to_first, from->image + 4 * first, 4 * n * sizeof(int32_t));
  memcpy(to->id + to_first, from->id + first, n * sizeof(int32_t));
  memcpy(to->skin + to_first, from->skin + first, n * sizeof(float));
}
void particles_move(Particles *p, size_t to, size_t from) { copy_records(p, to, p, from, 1); }

static bool fits(const Particles *p, const int *local, const int *ghost) {
  for (int s = 0; s < p->n_species; s++)
    if (p->first[s] + padded(local[s]) > p->ghost_first[s] || ghost[s] > p->ghost_room[s]) return false;
  return p->capacity > 0;
}
void particles_make_room(Particles *p, const int *local, const int *ghost) {
  if (!fits(p, local, ghost)) {
    Particles old = *p;
    int n = 0, ghosts = 0;
    for (int s = 0; s < p->n_species; s++) ghosts += ghost[s];
    for (int s = 0; s < p->n_species; s++) {
      const int slack = ghosts ? 32 + local[s] / 8 : 0, ghost_slack = ghosts ? 32 + ghost[s] / 8 : 0;
      p->first[s]       = n;
      p->ghost_first[s] = n + padded(local[s] + slack);
      p->ghost_room[s]  = padded(ghost[s] + ghost_slack);
      n                 = p->ghost_first[s] + p->ghost_room[s];
    }
    p->n = n;
    allocate(p, (size_t)n + 8);
    for (int s = 0; s < p->n_species; s++)
      copy_records(p, (size_t)p->first[s], &old, (size_t)old.first[s], (size_t)(old.local[s] < local[s] ? old.local[s] : local[s]));
    release(&old);
  }
  for (int s = 0; s < p->n_species; s++) p->local[s] = local[s], p->ghost[s] = ghost[s];
}

void particles_pad(Particles *p) {
  for (int s = 0; s < p->n_species; s++) {
    const size_t k = (size_t)(p->first[s] + p->local[s]), n = (size_t)(p->first[s] + padded(p->local[s])) - k;
    memset(p->x + 4 * k, 0, 4 * n * sizeof(int64_t));
    memset(p->x0 + 4 * k, 0, 4 * n * sizeof(int32_t));
    memset(p->v + 4 * k, 0, 4 * n * sizeof(double));
    memset(p->f + 4 * k, 0, 4 * n * sizeof(int64_t));
    memset(p->image + 4 * k, 0, 4 * n * sizeof(int32_t));
    memset(p->skin + k, 0, n * sizeof(float));
    memset(p->id + k, 0xff, n * sizeof(int32_t));
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
