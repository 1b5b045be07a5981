/* What a minimiser needs of a System: positions along a direction, with particles that keep their places in memory. A neighbour list is
 * good until some particle has left its skin, as in a run; here the skins are uniform, and the minimiser makes them small when the
 * moves become small. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/timer.h"
#include "spread.h"

static const double LIFE = 20, INSTANT = 0x1p-20; /* moves; a time so short that forces do not count */

void system_freeze(System *system) {
  require(ranks_size(system->ranks) == 1, "only a System on one rank can be frozen");
  system->is_frozen = true;
  memset(system->p.v, 0, 4 * (size_t)system->p.n * sizeof(double));
}
size_t system_records(const System *system) { return (size_t)system->p.n; }
const double *system_force_records(const System *system) { return system->p.f; }

/** Skins: `skin`, and as far as LIFE more moves like the last one would lead. */
static void build_list(System *system, const double *direction, double scale, double skin) {
  Particles *p   = &system->p;
  const size_t n = 4 * (size_t)p->n;
  if (direction)
    for (size_t k = 0; k < n; k++) p->v[k] = direction[k] * (scale * LIFE / INSTANT);
  system_set_skin(system, INSTANT, 1, skin);
  rebuild(system);
  if (direction) memset(p->v, 0, n * sizeof(double));
}

Status system_shift(System *system, const double *direction, double scale, double skin) {
  require(system->is_frozen, "system_shift before system_freeze");
  if (system->is_lost) return STATUS_LOST;
  const double start = timer_now();
  Particles *p       = &system->p;
  MoveArrays arrays  = {.x = p->x, .x0 = p->x0};
  MoveStep step      = {.first = 0, .count = p->n};
  double edge        = INFINITY;
  for (int axis = 0; axis < system->dim; axis++) {
    step.drift[axis] = scale / system->unit[axis];
    step.unit[axis]  = system->unit[axis];
    edge             = fmin(edge, system->edges[axis]);
  }
  const double worst = simd_kernels()->move_along(&arrays, direction, &step);
  timer_add(TIMER_INTEGRATE, timer_now() - start);
  if (!(worst < edge * edge / 64)) {
    system->is_lost = true;
    return STATUS_LOST;
  }
  system_relax_grid(system);
  if (worst > 0) build_list(system, direction, scale, skin);
  return STATUS_OK;
}

void system_tighten(System *system, double skin) { build_list(system, NULL, 0, skin); }

void system_copy_positions(const System *system, int64_t *positions) {
  memcpy(positions, system->p.x, 4 * (size_t)system->p.n * sizeof(int64_t));
}
void system_put_positions(System *system, const int64_t *positions) {
  memcpy(system->p.x, positions, 4 * (size_t)system->p.n * sizeof(int64_t));
  rebuild(system);
}
