/* Particles change owner, axis by axis: along x, then y, then z. Between two list builds nobody moves farther than his skin, so each goes
 * at most to the next domain along each axis; the order of a crowd has no influence on results. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "spread.h"

void crowd_reserve(Crowd *crowd, size_t n) { memory_grow((void **)&crowd->members, &crowd->capacity, n, crowd->n, sizeof *crowd->members); }
void crowd_clear(Crowd *crowd) {
  memory_free(crowd->members);
  *crowd = (Crowd){0};
}

void crowd_collect(Crowd *crowd, const System *system) {
  const Particles *p = &system->p;
  crowd->n           = 0;
  crowd_reserve(crowd, (size_t)particles_local(p));
  for (int s = 0; s < p->n_species; s++)
    for (int i = p->first[s]; i < p->first[s] + p->local[s]; i++) {
      Traveller *t = &crowd->members[crowd->n++];
      *t           = (Traveller){.id = p->id[i], .species = s, .skin = p->skin[i]};
      for (int axis = 0; axis < 3; axis++) {
        t->x[axis]     = p->x[4 * (size_t)i + (size_t)axis];
        t->v[axis]     = p->v[4 * (size_t)i + (size_t)axis];
        t->image[axis] = particles_image(p, 4 * (size_t)i + (size_t)axis);
      }
    }
}

/** Those who left through the upper (direction 1) or lower face go into `leaving`; the rest close ranks. */
static void split(const Domain *domain, int axis, int direction, bool both, Crowd *crowd, Crowd *leaving) {
  size_t stay = 0;
  leaving->n  = 0;
  crowd_reserve(leaving, crowd->n);
  for (size_t k = 0; k < crowd->n; k++) {
    const uint64_t relative = domain_relative(domain, axis, crowd->members[k].x[axis]);
    const bool is_out = relative >= domain->width[axis], is_below = (int64_t)relative < 0;
    if (is_out && (both || is_below == (direction < 0)))
      leaving->members[leaving->n++] = crowd->members[k];
    else
      crowd->members[stay++] = crowd->members[k];
  }
  crowd->n = stay;
}

void migrate(System *system, Crowd *crowd) {
  const int *grid = ranks_grid(system->ranks);
  Crowd leaving   = {0};
  void *in        = NULL;
  size_t capacity = 0;
  for (int axis = 0; axis < 3; axis++)
    for (int direction = 1; direction >= -1; direction -= 2) {
      if (grid[axis] == 1 || (grid[axis] == 2 && direction < 0)) continue;
      split(&system->domain, axis, direction, grid[axis] == 2, crowd, &leaving);
      const size_t n = exchange_any(system->ranks, axis, direction, leaving.members, leaving.n * sizeof(Traveller), &in, &capacity);
      crowd_reserve(crowd, crowd->n + n / sizeof(Traveller));
      memcpy(crowd->members + crowd->n, in, n);
      crowd->n += n / sizeof(Traveller);
    }
  crowd_clear(&leaving);
  memory_free(in);
  for (size_t k = 0; k < crowd->n; k++)
    require(domain_holds(&system->domain, crowd->members[k].x), "particle %d crossed a whole domain between two list builds",
            crowd->members[k].id);
}
