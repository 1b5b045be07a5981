/* Ghosts: copies of other ranks' particles within reach of a domain. Messages run axis by axis; what arrived along x is passed on along y
 * and z, so six messages reach all 26 neighbours. A difference of coordinates wraps by itself: a particle needs at most one copy, and
 * ghosts are never shifted. With two ranks on an axis one message carries what lies near either face. The packing knows particles, the
 * exchange below knows bytes. Each message is sorted by species, so what arrives is copied into each species' block in one piece. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "spread.h"

typedef struct Ghost {
  int64_t x[3];
  float skin;
  int32_t species;
} Ghost;
typedef struct Flock {
  Ghost *members;
  size_t n, capacity;
} Flock;

/** Locals (by their place in the crowd) and ghosts so far (n_crowd + place in the flock) near the face(s): places, by species. */
static void choose(const System *system, const Crowd *crowd, const Flock *flock, size_t n_flock, uint64_t reach, bool both, Message *m) {
  const Domain *domain  = &system->domain;
  const size_t total    = crowd->n + n_flock;
  const int axis        = m->axis;
  size_t n[MAX_SPECIES] = {0};
  /* species s collects in its own part of the array, the parts are closed up afterwards */
  memory_grow((void **)&m->send, &m->send_capacity, total * (size_t)system->p.n_species, 0, sizeof(int));
  for (size_t k = 0; k < total; k++) {
    const bool is_ghost     = k >= crowd->n;
    const int64_t x         = is_ghost ? flock->members[k - crowd->n].x[axis] : crowd->members[k].x[axis];
    const uint64_t relative = domain_relative(domain, axis, x), width = domain->width[axis];
    const bool near_low = relative <= reach, near_high = width - relative <= reach;
    if (!(both ? near_low || near_high : m->direction > 0 ? near_high : near_low)) continue;
    const int s                         = is_ghost ? flock->members[k - crowd->n].species : crowd->members[k].species;
    m->send[(size_t)s * total + n[s]++] = (int)k;
  }
  m->n_send = (int)n[0];
  for (int s = 1; s < system->p.n_species; s++) {
    memmove(m->send + m->n_send, m->send + (size_t)s * total, n[s] * sizeof(int));
    m->n_send += (int)n[s];
  }
}

static void send_ghosts(System *system, const Crowd *crowd, Flock *flock, Message *m) {
  Halo *halo = &system->halo;
  memory_grow(&halo->out, &halo->out_capacity, (size_t)m->n_send * sizeof(Ghost), 0, 1);
  Ghost *out = halo->out;
  for (int k = 0; k < m->n_send; k++) {
    const size_t place = (size_t)m->send[k];
    if (place >= crowd->n)
      out[k] = flock->members[place - crowd->n];
    else {
      const Traveller *t = &crowd->members[place];
      out[k]             = (Ghost){{t->x[0], t->x[1], t->x[2]}, t->skin, t->species};
    }
  }
  const size_t n =
      exchange_any(system->ranks, m->axis, m->direction, out, (size_t)m->n_send * sizeof(Ghost), &halo->in, &halo->in_capacity);
  m->n_receive = (int)(n / sizeof(Ghost));
  memory_grow((void **)&flock->members, &flock->capacity, flock->n + (size_t)m->n_receive, flock->n, sizeof(Ghost));
  memcpy(flock->members + flock->n, halo->in, n);
  memset(m->count, 0, sizeof m->count);
  for (int k = 0; k < m->n_receive; k++) m->count[flock->members[flock->n + (size_t)k].species]++;
  flock->n += (size_t)m->n_receive;
}

/** Lay out everybody; index[place] is the particle of a place in crowd and flock. */
static void settle(System *system, const Crowd *crowd, const Flock *flock, int *index) {
  Particles *p           = &system->p;
  int local[MAX_SPECIES] = {0}, ghost[MAX_SPECIES] = {0}, next[MAX_SPECIES], next_ghost[MAX_SPECIES];
  for (size_t k = 0; k < crowd->n; k++) local[crowd->members[k].species]++;
  for (size_t k = 0; k < flock->n; k++) ghost[flock->members[k].species]++;
  particles_layout(p, local, ghost);
  memcpy(next, p->first, sizeof next);
  memcpy(next_ghost, p->ghost_first, sizeof next_ghost);
  for (size_t k = 0; k < crowd->n; k++) {
    const Traveller *t = &crowd->members[k];
    const size_t i     = (size_t)next[t->species]++;
    index[k]           = (int)i;
    p->id[i]           = t->id;
    p->skin[i]         = t->skin;
    for (size_t axis = 0; axis < 3; axis++) {
      p->x[4 * i + axis]     = t->x[axis];
      p->v[4 * i + axis]     = t->v[axis];
      p->f[4 * i + axis]     = 0; /* forces are made anew before they are used */
      p->image[4 * i + axis] = t->image[axis];
    }
  }
  for (size_t k = 0; k < flock->n; k++) {
    const Ghost *g      = &flock->members[k];
    const size_t i      = (size_t)next_ghost[g->species]++;
    index[crowd->n + k] = (int)i;
    p->skin[i]          = g->skin;
    for (size_t axis = 0; axis < 3; axis++) p->x[4 * i + axis] = g->x[axis];
  }
}

static void reserve_slots(System *system);

void halo_build(System *system, const Crowd *crowd, double reach) {
  Halo *halo       = &system->halo;
  const int *grid  = ranks_grid(system->ranks);
  Flock flock      = {0};
  halo->n_messages = 0;
  for (int axis = 0; axis < 3; axis++) {
    const size_t before  = flock.n; /* what this axis' own messages bring is not sent back */
    const uint64_t units = (uint64_t)ceil(reach / system->unit[axis]);
    for (int direction = 1; direction >= -1; direction -= 2) {
      if (grid[axis] == 1 || (grid[axis] == 2 && direction < 0)) continue;
      Message *m   = &halo->messages[halo->n_messages++];
      m->axis      = axis;
      m->direction = direction;
      choose(system, crowd, &flock, before, units, grid[axis] == 2, m);
      send_ghosts(system, crowd, &flock, m);
    }
  }
  int *index = memory_array(crowd->n + flock.n, sizeof(int));
  settle(system, crowd, &flock, index);
  int next[MAX_SPECIES];
  memcpy(next, system->p.ghost_first, sizeof next);
  for (int q = 0; q < halo->n_messages; q++) {
    Message *m = &halo->messages[q];
    for (int k = 0; k < m->n_send; k++) m->send[k] = index[m->send[k]];
    for (int s = 0; s < system->p.n_species; s++) {
      m->into[s] = next[s];
      next[s] += m->count[s];
    }
  }
  memory_free(index);
  memory_free(flock.members);
  if (halo->channel) reserve_slots(system);
}

/** Room in the channel for this build's messages: positions in the first slots, moments in the rest. */
static void reserve_slots(System *system) {
  size_t bytes[MAX_SLOTS] = {0};
  for (int q = 0; q < system->halo.n_messages; q++) {
    bytes[q]                = (size_t)system->halo.messages[q].n_send * 4 * sizeof(int64_t);
    bytes[MAX_MESSAGES + q] = (size_t)system->halo.messages[q].n_send * (size_t)system->p.n_moments * sizeof(double);
  }
  channel_reserve(system->halo.channel, bytes);
}

/** n records of `words` 8-byte words each, gathered. */
ALWAYS_INLINE void pack(const Message *m, const int64_t *array, int64_t *out, const size_t words) {
  for (int k = 0; k < m->n_send; k++) memcpy(out + (size_t)k * words, array + (size_t)m->send[k] * words, words * sizeof(int64_t));
}
static void unpack(const System *system, const Message *m, int64_t *array, const int64_t *in, size_t words) {
  for (int s = 0; s < system->p.n_species; s++) {
    memcpy(array + (size_t)m->into[s] * words, in, (size_t)m->count[s] * words * sizeof(int64_t));
    in += (size_t)m->count[s] * words;
  }
}
/** Follow the messages with `words` 8-byte words per particle of `array`: through shared memory if the group has it. */
ALWAYS_INLINE void update(System *system, int64_t *array, int first_slot, const size_t words) {
  Halo *halo = &system->halo;
  for (int q = 0; q < halo->n_messages; q++) {
    const Message *m = &halo->messages[q];
    if (halo->channel) {
      pack(m, array, channel_out(halo->channel, first_slot + q), words);
      channel_post(halo->channel, first_slot + q);
      unpack(system, m, array, channel_in(halo->channel, first_slot + q, m->axis, m->direction), words);
      continue;
    }
    const size_t size = words * sizeof(int64_t);
    memory_grow(&halo->out, &halo->out_capacity, (size_t)m->n_send * size, 0, 1);
    memory_grow(&halo->in, &halo->in_capacity, (size_t)m->n_receive * size, 0, 1);
    pack(m, array, halo->out, words);
    exchange_known(system->ranks, m->axis, m->direction, halo->out, (size_t)m->n_send * size, halo->in, (size_t)m->n_receive * size);
    unpack(system, m, array, halo->in, words);
  }
}
void halo_update(System *system) { update(system, system->p.x, 0, 4); }
void halo_update_moments(System *system) { update(system, (int64_t *)system->p.moments, MAX_MESSAGES, (size_t)system->p.n_moments); }

void halo_clear(Halo *halo) {
  for (int q = 0; q < MAX_MESSAGES; q++) memory_free(halo->messages[q].send);
  memory_free(halo->out);
  memory_free(halo->in);
  channel_end(&halo->channel);
  *halo = (Halo){0};
}
