/* Domains of unequal width, so that all ranks take equally long.
 *
 * Every step ends with a sum over all ranks: the slowest decides. Cores are not equally fast (other work on the same node, clock
 * frequencies), nor are particles spread evenly. So every few list builds the ranks tell each other how long they have worked at the
 * quickest steps since the last time, waiting left out. The others tell of what disturbed the core for a moment, which does not come again
 * at the same rank: faces that follow a mean run after it (two domains of 4000 on a shared machine: at undisturbed steps the two were 3.1
 * us apart, with the median of all steps 6.2). Builds do not count: where a core is slower at these than at steps, both cannot be level,
 * and most of the time goes into steps, each of which ends together. A slab's share of that over its share of the edge is its price,
 * remembered with fading, since times are noisy. The faces that would make all slabs cost the same follow from the prices as if these were
 * constant within each slab; each face goes part of the way there, not so far that a particle could cross a whole domain.
 *
 * Which rank computes a pair never decides a bit of the result. All ranks know the same integers, so they agree on the faces. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/sample.h"
#include "base/timer.h"
#include "spread.h"

enum { EVERY = 4 };                           /* list builds */
static const double LEARN = 0.3, TRUST = 1.5; /* least weight of the last times; they count as no more than this factor off */
static const double CALM = 0.003, GAIN = 0.5; /* imbalance that is left alone; part of the way that a face goes */
static const double FARTHEST = 0.25;          /* cut-offs that a face goes at once */

static double low_of(const Faces *faces, int axis, int k) { return k < faces->n[axis] ? (double)faces->low[axis][k] * 0x1p-64 : 1; }
static double width_of(const Faces *faces, int axis, int k) { return low_of(faces, axis, k + 1) - low_of(faces, axis, k); }

void faces_learn(Faces *faces, int axis, const int64_t *busy) {
  const int n  = faces->n[axis];
  double total = 0;
  for (int k = 0; k < n; k++) total += (double)busy[k];
  const double weight = fmax(LEARN, 1.0 / (2 + faces->lessons[axis]++)); /* at first the mean of all */
  for (int k = 0; k < n && total > 0; k++) {
    const double known = faces->price[axis][k], price = (double)busy[k] / (total * width_of(faces, axis, k));
    faces->price[axis][k] += weight * (fmin(fmax(price, known / TRUST), known * TRUST) - known);
  }
}

void faces_shift(Faces *faces, int axis, double narrowest, double farthest) {
  const int n  = faces->n[axis];
  double total = 0, most = 0, *next = memory_array((size_t)n + 1, sizeof *next);
  for (int k = 0; k < n; k++) {
    const double cost = faces->price[axis][k] * width_of(faces, axis, k);
    total += cost;
    most = fmax(most, cost);
  }
  double passed = 0; /* cost of the slabs before slab k */
  for (int face = 1, k = 0; face < n; face++) {
    const double wanted = total * face / n, from = low_of(faces, axis, face);
    for (double cost; k < n - 1 && passed + (cost = faces->price[axis][k] * width_of(faces, axis, k)) < wanted; k++) passed += cost;
    const double way = GAIN * (low_of(faces, axis, k) + (wanted - passed) / faces->price[axis][k] - from);
    next[face]       = from + fmin(fmax(way, -farthest), farthest);
  }
  next[n] = 1;
  for (int face = 1; face < n; face++) next[face] = fmax(next[face], next[face - 1] + narrowest);
  for (int face = n - 1; face > 0; face--) next[face] = fmin(next[face], next[face + 1] - narrowest);
  for (int face = 1; face < n && most * n > total * (1 + CALM); face++) faces->low[axis][face] = (uint64_t)(next[face] * 0x1p64);
  memory_free(next);
}

void balance_count(System *system) {
  Pulse *pulse        = &system->pulse;
  const double worked = timer_get(TIMER_FORCE) + timer_get(TIMER_INTEGRATE);
  if (worked > pulse->until) pulse->seconds[pulse->n++ % PULSE_STEPS] = (float)(worked - pulse->until); /* else the timers began anew */
  pulse->until = worked;
}
/** One step in twenty took no longer, and at least one; 0 if there were none. */
static double undisturbed(const Pulse *pulse) {
  const int n = pulse->n < PULSE_STEPS ? (int)pulse->n : PULSE_STEPS;
  return n > 0 ? (double)sample_nth(pulse->seconds, n, n / 20) : 0;
}
void balance(System *system) {
  if (system->counts.rebuilds % EVERY != 0) return;
  Faces *faces     = &system->faces;
  const int *place = ranks_place(system->ranks), n_slabs = faces->n[0] + faces->n[1] + faces->n[2];
  const double worked = undisturbed(&system->pulse);
  system->pulse.n     = 0;
  if (system->counts.rebuilds == 0) return; /* the same for all ranks, other than their times */
  int64_t *busy = memory_array((size_t)n_slabs, sizeof *busy), *slabs = busy;
  for (int axis = 0; axis < 3; slabs += faces->n[axis++]) slabs[place[axis]] = (int64_t)(1e9 * worked);
  reduce_group_sum(system->ranks, busy, n_slabs);
  slabs = busy;
  for (int axis = 0; axis < 3; slabs += faces->n[axis++]) {
    const double edge = system->edges[axis], narrowest = system->range_max + 2 * system->skin_cap + 0.007; /* create left 0.008 */
    if (faces->n[axis] == 1) continue;
    faces_learn(faces, axis, slabs);
    faces_shift(faces, axis, narrowest / edge, FARTHEST * system->range_max / edge);
  }
  system->domain = domain_at(faces, place);
  memory_free(busy);
}
