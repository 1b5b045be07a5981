/* What a minimiser needs of a System: positions along a direction, with particles that keep their places in memory. A neighbour list is
 * good until some particle has left its skin, as in a run; here the skins are uniform, and the minimiser makes them small when the
 * moves become small.
 *
 * In a group a particle keeps its owner too, wherever it goes, so the vectors of a minimiser are the plain arrays of each rank's locals,
 * without ghosts, and stay so. What strays out of its domain makes the halo wider: with s the farthest that any local is outside of its
 * domain, a rank needs what is within the reach of the list plus s of its domain (halo.c). With up to three ranks on an axis everybody is
 * a neighbour, so any s will do. With more, particles of ranks that are not neighbours must not meet: a domain must be wider than the reach
 * plus 2 s. Else the System has strayed, and is lost for the group, not for a rank that takes it alone: the result has the same bits
 * anyway. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/timer.h"
#include "spread.h"

enum { FLAG_REBUILD = 1, FLAG_LOST = 2, ALL_NEIGHBORS = 3 };
static const double LIFE = 20, INSTANT = 0x1p-20; /* moves; a time so short that forces do not count */
static const double SMALLEST_CAP = 0.03;          /* sigma: shorter skins are of no use */

/** Records of species s in a vector. */
static size_t vector_records(const System *system, int s) { return ((size_t)system->p.local[s] + 7) / 8 * 8; }

void system_freeze(System *system) {
  system->is_frozen = true;
  memset(system->p.v, 0, 4 * (size_t)system->p.n * sizeof(double));
  system->owed   = 0;
  system->forces = memory_array(4 * system_records(system), sizeof(double));
}
size_t system_records(const System *system) {
  size_t n = 0;
  for (int s = 0; s < system->p.n_species; s++) n += vector_records(system, s);
  return n;
}
const double *system_force_records(const System *system) { return system->forces; }

void downhill_collect(System *system) {
  const Particles *p = &system->p;
  double *to         = system->forces;
  for (int s = 0; to && s < p->n_species; to += 4 * vector_records(system, s++))
    simd_kernels()->records_forces(4 * vector_records(system, s), to, p->f + 4 * (size_t)p->first[s], system->work.force_unit);
}

/** Skins: `skin`, and as far as LIFE more moves like the last one would lead. */
static void build_list(System *system, const double *direction, double scale, double skin) {
  Particles *p = &system->p;
  for (int s = 0; direction && s < p->n_species; direction += 4 * vector_records(system, s++))
    for (size_t k = 0; k < 4 * vector_records(system, s); k++) p->v[4 * (size_t)p->first[s] + k] = direction[k] * (scale * LIFE / INSTANT);
  system_set_skin(system, INSTANT, 1, skin);
  rebuild(system);
  for (int s = 0; s < p->n_species; s++) memset(p->v + 4 * (size_t)p->first[s], 0, 4 * vector_records(system, s) * sizeof(double));
}

/** Locals along the direction; how far the worst is outside of its skin, squared. */
static double move(System *system, const double *direction, double scale) {
  const double start = timer_now();
  Particles *p       = &system->p;
  MoveArrays arrays  = {.x = p->x, .x0 = p->x0};
  MoveStep step      = {0};
  double worst       = -1;
  for (int axis = 0; axis < system->dim; axis++) {
    step.drift[axis] = scale / system->unit[axis];
    step.unit[axis]  = system->unit[axis];
  }
  for (int s = 0; s < p->n_species; direction += 4 * vector_records(system, s++)) {
    step.first = p->first[s], step.count = p->local[s];
    worst = fmax(worst, simd_kernels()->move_along(&arrays, direction, &step));
  }
  timer_add(TIMER_INTEGRATE, timer_now() - start);
  return worst;
}

Status system_shift(System *system, const double *direction, double scale, double skin) {
  require(system->is_frozen, "system_shift before system_freeze");
  if (system->is_lost) return STATUS_LOST;
  const double edge  = fmin(system->edges[0], fmin(system->edges[1], system->dim == 3 ? system->edges[2] : system->edges[0]));
  const double worst = move(system, direction, scale), start = timer_now();
  const int flags = reduce_group_flags(system->ranks, (worst > 0 ? FLAG_REBUILD : 0) | (worst < edge * edge / 64 ? 0 : FLAG_LOST));
  if (flags & FLAG_LOST) {
    system->is_lost = true;
    return STATUS_LOST;
  }
  system_relax_grid(system);
  timer_add(TIMER_COMMUNICATE, timer_now() - start);
  system->halo.is_due = true;
  if (flags & FLAG_REBUILD) build_list(system, direction, scale, skin);
  return system->is_lost ? STATUS_LOST : STATUS_OK;
}

void system_tighten(System *system, double skin) {
  if (!system->is_lost) build_list(system, NULL, 0, skin);
}

double downhill_stray(const System *system) {
  const Particles *p = &system->p;
  double farthest    = 0;
  for (int axis = 0; axis < system->dim; axis++) {
    const uint64_t width = system->domain.width[axis];
    uint64_t most        = 0;
    for (int s = 0; s < p->n_species && width; s++)
      for (size_t i = (size_t)p->first[s]; i < (size_t)(p->first[s] + p->local[s]); i++) {
        const uint64_t out = domain_outside(system->domain.low[axis], width, p->x[4 * i + (size_t)axis]);
        most               = out > most ? out : most;
      }
    farthest = fmax(farthest, (double)most * system->unit[axis]);
  }
  reduce_group_max(system->ranks, &farthest, 1);
  return farthest;
}

double downhill_cap(System *system) {
  double cap = system->skin_cap;
  for (int axis = 0; axis < system->dim; axis++) {
    const int n = ranks_grid(system->ranks)[axis];
    if (n > ALL_NEIGHBORS)
      cap = fmin(cap, (system->edges[axis] * faces_narrowest(&system->faces, axis) - system->range_max) / 2 - system->stray - 0.004);
  }
  if (system->stray > 0 && cap < SMALLEST_CAP) system->has_strayed = system->is_lost = true;
  return cap;
}
bool system_has_strayed(const System *system) { return system->has_strayed; }

void system_agree_largest(const System *system, double *values, int n) {
  for (int k = 0; k < n; k++)
    if (isnan(values[k])) values[k] = INFINITY;
  reduce_group_max(system->ranks, values, n);
}
void system_agree_sums(const System *system, Wide *sums, int n) { reduce_group_wide(system->ranks, sums, n); }
bool system_agree_any(const System *system, bool value) { return reduce_group_flags(system->ranks, value) != 0; }
