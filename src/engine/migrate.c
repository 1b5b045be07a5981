/* Particles change owner, axis by axis: along x, then y, then z. Between two list builds nobody moves farther than his skin, and the faces
 * of the domains but little, so each goes at most to the next domain along each axis; the order of a crowd has no influence on results. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "spread.h"

void crowd_reserve(Crowd *crowd, size_t n) { memory_grow((void **)&crowd->members, &crowd->capacity, n, crowd->n, sizeof *crowd->members); }
void crowd_clear(Crowd *crowd) {
  memory_free(crowd->members);
  *crowd = (Crowd){0};
}

static Traveller traveller_at(const Particles *p, int species, size_t i) {
  Traveller t = {.id = p->id[i], .species = species, .skin = p->skin[i]};
  for (size_t axis = 0; axis < 3; axis++) {
    t.x[axis]     = p->x[4 * i + axis];
    t.v[axis]     = p->v[4 * i + axis];
    t.image[axis] = particles_image(p, 4 * i + axis);
  }
  return t;
}
static void place_traveller(Particles *p, const Traveller *t, size_t i) {
  p->id[i]   = t->id;
  p->skin[i] = t->skin;
  for (size_t axis = 0; axis < 3; axis++) {
    p->x[4 * i + axis]     = t->x[axis];
    p->x0[4 * i + axis]    = particles_upper(t->x[axis]);
    p->v[4 * i + axis]     = t->v[axis];
    p->image[4 * i + axis] = t->image[axis];
  }
}

void crowd_collect(Crowd *crowd, const System *system, const uint32_t *order) {
  const Particles *p = &system->p;
  crowd->n           = 0;
  crowd_reserve(crowd, (size_t)particles_local(p));
  for (int s = 0; s < p->n_species; s++)
    for (int k = 0; k < p->local[s]; k++) {
      const size_t i             = (size_t)(order ? p->first[s] + (int)order[crowd->n] : p->first[s] + k);
      crowd->members[crowd->n++] = traveller_at(p, s, i);
    }
}
void crowd_settle(const Crowd *crowd, System *system) {
  Particles *p           = &system->p;
  int local[MAX_SPECIES] = {0}, next[MAX_SPECIES];
  memcpy(next, p->local, sizeof next);
  for (size_t k = 0; k < crowd->n; k++) local[crowd->members[k].species]++;
  for (int s = 0; s < p->n_species; s++) local[s] += p->local[s];
  particles_make_room(p, local, p->ghost);
  for (int s = 0; s < p->n_species; s++) next[s] += p->first[s];
  for (size_t k = 0; k < crowd->n; k++) place_traveller(p, &crowd->members[k], (size_t)next[crowd->members[k].species]++);
}

/** The first in [i, end) who left the domain, or end. */
static int next_leaver(const System *system, int i, int end) {
  for (int axis = 0; axis < 3; axis++) {
    const uint64_t low = system->domain.low[axis], width = system->domain.width[axis];
    if (width == 0) continue;
    const int64_t *x = system->p.x + axis;
    for (int k = i; k < end; k++)
      if ((uint64_t)x[4 * (size_t)k] - low >= width) end = k;
  }
  return end;
}
/** Takes those who left the domain out of it; the last of a species fills the gap. */
static void take_leavers(System *system, Crowd *crowd) {
  Particles *p = &system->p;
  crowd->n     = 0;
  for (int s = 0; s < p->n_species; s++)
    for (int i = p->first[s]; (i = next_leaver(system, i, p->first[s] + p->local[s])) < p->first[s] + p->local[s];) {
      crowd_reserve(crowd, crowd->n + 1);
      crowd->members[crowd->n++] = traveller_at(p, s, (size_t)i);
      particles_move(p, (size_t)i, (size_t)(p->first[s] + --p->local[s]));
    }
}

/** Those who left through the upper (direction 1) or lower face go into `leaving`; the rest close ranks. */
static void split(const Domain *domain, int axis, int direction, bool both, Crowd *crowd, Crowd *leaving) {
  size_t stay = 0;
  leaving->n  = 0;
  crowd_reserve(leaving, crowd->n);
  for (size_t k = 0; k < crowd->n; k++) {
    const uint64_t relative = domain_relative(domain, axis, crowd->members[k].x[axis]);
    const bool is_out       = relative >= domain->width[axis],
               is_below     = -relative < relative - domain->width[axis]; /* nearer to the lower face */
    if (is_out && (both || is_below == (direction < 0)))
      leaving->members[leaving->n++] = crowd->members[k];
    else
      crowd->members[stay++] = crowd->members[k];
  }
  crowd->n = stay;
}

/** Every member of the crowd to the rank that owns his place. */
static void exchange_members(System *system, Crowd *crowd) {
  const int *grid = ranks_grid(system->ranks);
  Crowd leaving   = {0};
  for (int axis = 0; axis < 3; axis++)
    for (int direction = 1; direction >= -1; direction -= 2) {
      if (grid[axis] == 1 || (grid[axis] == 2 && direction < 0)) continue;
      split(&system->domain, axis, direction, grid[axis] == 2, crowd, &leaving);
      exchange_any(system->ranks, axis, direction, leaving.members, leaving.n, sizeof(Traveller), (void **)&crowd->members, &crowd->n,
                   &crowd->capacity);
    }
  crowd_clear(&leaving);
  for (size_t k = 0; k < crowd->n; k++)
    require(domain_holds(&system->domain, crowd->members[k].x), "particle %d crossed a whole domain between two list builds",
            crowd->members[k].id);
}

void migrate(System *system) {
  if (system->is_frozen || ranks_size(system->ranks) == 1) return;
  take_leavers(system, &system->crowd);
  exchange_members(system, &system->crowd);
  crowd_settle(&system->crowd, system);
}
