/* Making ghosts and neighbour list anew.
 *
 * Skins follow the motion: s_i^2 = way_i^2 + doubt_i^2 + smallest^2, at most skin_cap, where way_i is where the particle will be after tau
 * = K dt, the expected life of the list, as far as that can be foreseen:
 *
 *      way = v tau + a tau (tau + dt)/2 + g (x - x0 - v T + a T (T - dt)/2),     g = LOOK_BACK K (K+1) (K+2) / (k (k-1) (k-2)).
 *
 * Here v is the velocity half a step ago and a the acceleration a step ago (the new one needs the list). x0 is where the list that ends was
 * built, T = k dt ago; the bracket is what the force has changed on the way from there. If a changed evenly, at j, it would be
 * j dt^3 k (k-1) (k-2)/6, and change the way to come by j dt^3 K (K+1) (K+2)/6 (velocity Verlet, exactly). It goes on for about half of
 * that, in all models. doubt = DOUBT a tau^2/2: strong forces change most. For the same life these skins are on average a fifth shorter
 * than smallest + |v tau + a tau^2/2| (stored steps of mblj, KA, Wahnstroem, IPL; of SW, with its long steps, a quarter).
 *
 * A list is good until some particle is farther than its own skin from where it was (list_build.h has the proof). The skins decide how long
 * a list lives and how long it is, never a bit of the result.
 * Now and then the particles are sorted in space, so that neighbours lie near each other in memory. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/timer.h"
#include "spread.h"

enum { SORT_EVERY = 50 };
static const uint64_t SMALLEST_INNER = (uint64_t)1 << 40; /* coordinate units: the builder rounds it inwards to multiples of 2^32 */
static const double SKIN             = 0.012;             /* sigma: the smallest that pays */
static const double UNFORESEEN       = 0.65;              /* of the way of a typical particle during tau */
static const double LOOK_BACK = 0.45, MOST_BACK = 8;      /* of the change of force, what goes on; largest g */
static const double DOUBT = 0.5;                          /* of the way that the force makes */

/** A part of the way that a typical particle goes in the life of the list, and one and a half of its steps where these are long: what
 *  the velocity and force of now do not foresee. */
static double smallest_skin(const System *system, double step) {
  if (system->skin_smallest > 0) return system->skin_smallest;
  return fmin(fmax(SKIN, fmax(1.5, UNFORESEEN * system->skin_steps) * step), 0.5 * system->skin_cap);
}

/** g of the way: K and k are the lives of the list to come and of the last one, steps. Where the forces are forgotten already (is_clear)
 * the bracket is all that is known of them: -a T (T - dt)/2. */
static double look_back(const System *system, double K, double k) {
  if (system->is_frozen || k < 2 || (k < 3 && !system->is_clear)) return 0;
  const double ahead = K * (K + 1), behind = k * (k - 1);
  return system->is_clear ? -fmin(ahead / behind, MOST_BACK) : fmin(LOOK_BACK * ahead * (K + 2) / (behind * (k - 2)), MOST_BACK);
}
static MoveSkins skin_rule(const System *system, int species, double smallest, double cap) {
  const double dt = system->skin_dt, tau = dt * system->skin_steps, past = dt * system->age;
  const double mass = system->mixture->masses[species], back = look_back(system, system->skin_steps, system->age);
  const double *unit = system->unit;
  return (MoveSkins){.first      = system->p.first[species],
                     .count      = system->p.local[species],
                     .force_unit = system->work.force_unit,
                     .of_v       = tau - back * past,
                     .of_f       = 0.5 * (tau * (tau + dt) + back * past * (past - dt)) / mass,
                     .of_x       = {back * unit[0], back * unit[1], system->dim == 3 ? back * unit[2] : 0},
                     .doubt      = DOUBT * 0.5 * tau * tau / mass,
                     .smallest   = smallest,
                     .cap        = cap,
                     .margin     = list_margin(fmax(system->edges[0], fmax(system->edges[1], system->edges[2])))};
}
static double set_skins(System *system, double cap) {
  const double step = system->skin_dt * system->speed; /* the way of a typical particle */
  tune_guess(system, step);
  const MoveArrays arrays = move_arrays(system);
  double largest          = 0;
  for (int s = 0; s < system->p.n_species; s++) {
    const MoveSkins rule = skin_rule(system, s, smallest_skin(system, step), cap);
    largest              = fmax(largest, simd_kernels()->move_skins(&arrays, &rule));
  }
  reduce_group_max(system->ranks, &largest, 1);
  return largest;
}
/** x0 <- x with the skins; images become those of the present positions. */
static void mark(System *system) {
  const MoveArrays arrays = move_arrays(system);
  for (int s = 0; s < system->p.n_species; s++) {
    const MoveSkins rule = skin_rule(system, s, 0, 0);
    simd_kernels()->move_mark(&arrays, &rule);
  }
}

/** Cells of about 1.3 sigma of the domain (larger where it is sparse), block by block as the list is built. */
typedef struct Cells {
  uint64_t low[3];
  uint32_t blocks[3], n[3]; /* blocks along an axis, cells of a block along it */
  double per_unit[3];
} Cells;
static Cells set_cells(const System *system) {
  const Domain *domain = &system->domain;
  double edges[3], volume = 1;
  Cells c;
  for (int axis = 0; axis < 3; axis++) {
    edges[axis] = axis < system->dim ? system->edges[axis] * (domain->width[axis] ? (double)domain->width[axis] * 0x1p-64 : 1) : 1;
    volume *= edges[axis];
  }
  const double cell = fmax(1.3, pow(volume / fmax(particles_local(&system->p), 1), 1.0 / system->dim));
  for (int axis = 0; axis < 3; axis++) {
    c.low[axis]      = domain->low[axis];
    c.blocks[axis]   = axis < system->dim ? (uint32_t)list_blocks(edges[axis], system->dim) : 1;
    c.n[axis]        = axis < system->dim ? (uint32_t)ceil(edges[axis] / c.blocks[axis] / cell) : 1;
    c.per_unit[axis] = c.blocks[axis] * c.n[axis] * (system->edges[axis] / edges[axis]) * 0x1p-64;
  }
  return c;
}
/** Number of a place's cell: a block's are counted along a snake, before those of the next one. */
ALWAYS_INLINE size_t cell_of(const Cells *c, const int64_t *x) {
  uint32_t cell[3];
  size_t block = 0, within = 0;
  for (int axis = 2; axis >= 0; axis--) {
    const uint32_t all = c->blocks[axis] * c->n[axis],
                   at  = (uint32_t)((double)(int64_t)(((uint64_t)x[axis] - c->low[axis]) >> 1) * 2 * c->per_unit[axis]);
    cell[axis]         = (at < all ? at : all - 1) % c->n[axis];
    block              = block * c->blocks[axis] + (at < all ? at : all - 1) / c->n[axis];
  }
  if (cell[2] & 1) cell[1] = c->n[1] - 1 - cell[1];
  if (cell[1] & 1) cell[0] = c->n[0] - 1 - cell[0];
  for (int axis = 2; axis >= 0; axis--) within = within * c->n[axis] + cell[axis];
  return block * c->n[0] * c->n[1] * c->n[2] + within;
}
/** Locals in the order of their cells, by counting. */
static void sort_locals(System *system) {
  Particles *p         = &system->p;
  const Cells c        = set_cells(system);
  const size_t n       = (size_t)particles_local(p);
  const size_t n_cells = (size_t)c.blocks[0] * c.n[0] * c.blocks[1] * c.n[1] * c.blocks[2] * c.n[2];
  uint32_t *order = memory_array(n, sizeof *order), *next = memory_array(n_cells + 1, sizeof *next);
  for (size_t from = 0, s = 0; s < (size_t)p->n_species; from += (size_t)p->local[s++]) {
    const int64_t *x = p->x + 4 * (size_t)p->first[s];
    memset(next, 0, (n_cells + 1) * sizeof *next);
    for (size_t k = 0; k < (size_t)p->local[s]; k++) next[cell_of(&c, x + 4 * k) + 1]++;
    for (size_t cell = 1; cell < n_cells; cell++) next[cell] += next[cell - 1];
    for (size_t k = 0; k < (size_t)p->local[s]; k++) order[from + next[cell_of(&c, x + 4 * k)]++] = (uint32_t)k;
  }
  crowd_collect(&system->crowd, system, order);
  memset(p->local, 0, sizeof p->local);
  crowd_settle(&system->crowd, system);
  memory_free(order);
  memory_free(next);
}

static void describe(const System *system, double skin_max, ListInput *in) {
  const Particles *p = &system->p;
  *in = (ListInput){.dim = system->dim, .n_species = p->n_species, .x = p->x, .skin = p->skin, .skin_max = (float)skin_max, .n = p->n};
  in->is_met     = system->halo.is_met;
  in->has_inner  = true;
  in->is_split   = !system->halo.channel || !channel_moves_alone(system->halo.channel); /* see step.c */
  in->owner_axis = halo_owner_axis(system);
  memcpy(in->edges, system->edges, sizeof in->edges);
  for (int a = 0; a < p->n_species; a++)
    for (int b = 0; b < p->n_species; b++) in->range[a][b] = system->potential->range(system->parameters, a, b);
  for (int axis = 0; axis < 3; axis++) {
    const uint64_t width = system->domain.width[axis], reach = halo_units(system, axis, system->reach);
    const unsigned __int128 span = (unsigned __int128)width + 2 * (unsigned __int128)reach;
    in->is_periodic[axis]        = width == 0 || span >= (unsigned __int128)1 << 64;
    in->origin[axis]             = in->is_periodic[axis] ? 0 : system->domain.low[axis] - reach;
    in->span[axis]               = in->is_periodic[axis] ? 0 : (uint64_t)span;
    in->margin[axis]             = reach;
    const uint64_t below         = halo_is_one_sided(system, axis) ? 0 : reach; /* who strays is within the reach too */
    in->inner_low[axis]          = system->domain.low[axis] + below;
    in->inner_span[axis]         = width ? width - reach - below : UINT64_MAX;
    if (width && (width / 2 <= reach || width - reach - below < SMALLEST_INNER)) in->has_inner = false;
  }
  for (int s = 0; s < p->n_species; s++) {
    if (p->local[s]) in->ranges[in->n_ranges++] = (ListRange){p->first[s], p->local[s], s, true};
    if (p->ghost[s]) in->ranges[in->n_ranges++] = (ListRange){p->ghost_first[s], p->ghost[s], s, false};
  }
}

void rebuild(System *system) {
  const double start = timer_now();
  Particles *p       = &system->p;
  system->stray      = system->is_frozen ? downhill_stray(system) : 0;
  const double cap   = system->is_frozen ? downhill_cap(system) : system->skin_cap;
  if (system->has_strayed) return;
  const bool is_alone = ranks_size(system->ranks) == 1, is_sorting = !system->is_frozen && system->counts.rebuilds % SORT_EVERY == 0;
  const double largest = set_skins(system, cap);
  if (!is_alone && !system->is_frozen) balance(system);
  system->reach = system->range_max + 2 * largest + system->stray;
  migrate(system);
  if (is_sorting) sort_locals(system);
  halo_build(system, largest);
  const double ready = timer_now();
  ListInput input;
  describe(system, largest, &input);
  simd_kernels()->list_build(&input, &system->scratch, &system->list);
  if (system->potential->n_moments)
    memory_grow((void **)&system->bonds, &system->bond_capacity, 6 * (size_t)system->list.n_entries, 0, sizeof(double));
  mark(system);
  system->counts.rebuilds++;
  system->life = system->age;
  system->age = 0, system->is_clear = false;
  const int local = particles_local(p);
  system->neighbor_sum += local ? 2 * (double)system->list.n_pairs / local : 0;
  if (is_alone)
    timer_add(TIMER_LIST, timer_now() - start);
  else {
    timer_add(TIMER_COMMUNICATE, ready - start);
    timer_add(TIMER_LIST, timer_now() - ready);
  }
  tune_at_build(system, timer_now() - start);
  if (system->check) rebuild_check(system);
}

/** Neighbours of all particles, each pair at both of its ends: particle i's are at [start[i], start[i + 1]). */
static int32_t *both_ends(const List *list, size_t n, int64_t *start) {
  int32_t *neighbors = memory_array(2 * (size_t)list->n_entries, sizeof *neighbors);
  memset(start, 0, (n + 2) * sizeof *start);
  for (int is_counted = 0; is_counted < 2; is_counted++) {
    for (int chunk = 0; chunk < list->n_chunks; chunk++)
      for (int lane = 0; lane < list->lanes[chunk]; lane++) {
        const int64_t slot = (int64_t)chunk * list->width + lane;
        const int32_t i    = list->centres[slot] / 4;
        for (int k = 0; k < list->counts[slot]; k++) {
          const int32_t j = list->entries[list->first[chunk] + (int64_t)k * list->width + lane] / 4;
          if (is_counted)
            neighbors[start[i + 1]++] = j, neighbors[start[j + 1]++] = i;
          else
            start[i + 2]++, start[j + 2]++;
        }
      }
    for (size_t k = 2; k < n + 2 && !is_counted; k++) start[k] += start[k - 1];
  }
  return neighbors;
}

void rebuild_check(const System *system) {
  const Particles *p  = &system->p;
  const List *list    = &system->list;
  const size_t n      = (size_t)p->n;
  unsigned char *seen = memory_array(n, 1);
  bool *is_inner      = memory_array(n, sizeof *is_inner);
  int64_t *start      = memory_array(n + 2, sizeof *start);
  int32_t *neighbors  = both_ends(list, n, start);
  ListInput in;
  describe(system, 0, &in);
  for (int64_t slot = 0; slot < (int64_t)list->n_chunks * list->width; slot++)
    is_inner[list->centres[slot] / 4] = list->is_inner[slot / list->width];
  for (int q = 0; q < in.n_ranges; q++)
    for (int i = in.ranges[q].first; in.ranges[q].is_local && i < in.ranges[q].first + in.ranges[q].count; i++) {
      for (int64_t k = start[i]; k < start[i + 1]; k++) seen[neighbors[k]]++;
      for (int r = 0; r < in.n_ranges; r++)
        for (int j = in.ranges[r].first; j < in.ranges[r].first + in.ranges[r].count; j++) {
          double r2 = 0;
          for (int axis = 0; axis < system->dim; axis++) {
            const double d =
                (double)(int64_t)((uint64_t)p->x[4 * (int64_t)i + axis] - (uint64_t)p->x[4 * (int64_t)j + axis]) * system->unit[axis];
            r2 += d * d;
          }
          const double range = in.range[in.ranges[q].species][in.ranges[r].species];
          require(seen[j] <= 1, "pair %d %d is listed %d times", i, j, seen[j]);
          const bool is_due = i != j && (in.ranges[r].is_local || list_owns(in.owner_axis, p->x + 4 * (int64_t)i, p->x + 4 * (int64_t)j));
          require(seen[j] || !is_due || r2 >= range * range, "pair %d %d at distance %g misses in the list", i, j, sqrt(r2));
          require(!seen[j] || is_due, "pair %d %d is no pair of this rank", i, j);
          require(!seen[j] || !is_inner[i] || in.ranges[r].is_local, "particle %d of an inner chunk has the ghost %d", i, j);
          seen[j] = 0;
        }
    }
  memory_free(seen);
  memory_free(is_inner);
  memory_free(start);
  memory_free(neighbors);
}
