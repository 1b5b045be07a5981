/* One step, and forces at rest.
 *
 * Rounding grid and overlap guard: pair forces are rounded to multiples of 2^e (e = quantum_exponent, -40 by default) and must stay below
 * 2^(51+e), half of it with a margin for virials. The kernels report the steepest f = -u'(r)/r they met. Between steps the grid is
 * coarsened when a pair force comes within a factor of two of that limit; reaching the limit within one step means that particles ran into
 * each other: the replica is lost, loudly, at that step (agreed with its kinetic energy). Both decisions are functions of the state, agreed
 * by all ranks, so they are the same on any number.
 *
 * Ghosts: while messages are on their way, a share of the inner chunks of the list is done, those that have no ghosts among their
 * neighbours. The other chunks are done when all ghosts are told where they are; then what they collected goes back. Within a node the way
 * is short, but the messages lie in the cache of another core: the kernels fetch what is coming and claim what is to be written, some lines
 * with each chunk (halo_await, halo_claim; where claiming has no effect, messages are written past the caches, stream.h). There the builder
 * does not part inner rows from others, which would cost more than it hides.
 *
 * Whether the list has ended for somebody is asked in `advance` and answered under way: the first inner chunks are begun on the guess that
 * it has not. If it has, what they did is forgotten, so the guess decides no bit. When the list is expected to end, nothing is begun: the
 * forces are still there then, for the skins of the next one. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/timer.h"
#include "spread.h"

enum { FLAG_REBUILD = 1 << 8, FLAG_COARSEN = 1 << 9, FLAG_LOST = 1 << 10 };
enum { FINEST = -40, COARSEST = -4, COARSEN_STEP = 3 };
enum { FLAGS_MEND = FLAG_REBUILD | FLAG_COARSEN | FLAG_LOST }; /* what is to be done before forces can be computed */
enum { GLANCE = 16 };                                          /* chunks between two looks for the answer */
enum { PARTS = 4 };                 /* into which the work during the messages of an axis is cut, if these need to be nudged */
static const double CLEARING = 1.3; /* the list is not expected to end before its last life over this */
enum { VAST = 4 };                  /* as many caches full of coordinates make a system vast */

/** Smallest f over all species pairs at which a pair force reaches `force`. */
static double steepness_at(const System *system, double force) {
  double least = INFINITY;
  for (int a = 0; a < system->p.n_species; a++)
    for (int b = a; b < system->p.n_species; b++) {
      const double range = system->potential->range(system->parameters, a, b);
      for (double r = range; r > 1e-3 * range; r *= 0.998) {
        const PairValue pair = system->potential->pair(system->parameters, a, b, r);
        if (pair.f * r >= force) {
          least = fmin(least, pair.f);
          break;
        }
      }
    }
  return least;
}
int system_quantum(const System *system) { return system->work.quantum_exponent; }
void system_set_quantum(System *system, int exponent) {
  system->work.quantum_exponent = exponent;
  system->steep_fail            = steepness_at(system, ldexp(0.5, 51 + exponent));
  system->steep_warn            = steepness_at(system, ldexp(0.5, 50 + exponent));
}

/** A pass over all chunks; the inner ones are done in shares, while messages are on their way. */
typedef struct Pass {
  int number;
  bool with_energies;
  int n_waits, n_waited, n_done; /* messages' turns in all and until now; inner chunks done */
  double clock;                  /* until when the time is accounted for */
} Pass;
/** Chunks [from, end) of the list's order. */
static void run_chunks(System *system, Pass *pass, int from, int end) {
  if (from == end) return;
  system->work.from = from;
  system->work.end  = end;
  system->potential->force(system->parameters, &system->work, pass->number, pass->with_energies);
  pass->clock = timer_lap(TIMER_FORCE, pass->clock);
}
/** The inner chunks from where the pass is to `upto`. */
static void run_inner(System *system, Pass *pass, int upto) {
  run_chunks(system, pass, pass->n_done, upto);
  pass->n_done = upto;
}
/** What the group answers, if it was asked and has not been heard yet: waits for it. Whether forces can be computed. */
static bool can_go_on(System *system) {
  if (system->is_asked) system->agreed = vote_take(system->ranks, &system->vote);
  system->is_asked = false;
  return !(system->agreed & FLAGS_MEND);
}
/** Inner chunks, at most up to `end`, until the answer has come. */
static bool run_on_a_guess(System *system, Pass *pass, int end) {
  while (system->is_asked && pass->n_done < end && !(system->vote.own & FLAGS_MEND) && !vote_is_known(system->ranks, &system->vote)) {
    pass->clock = timer_lap(TIMER_COMMUNICATE, pass->clock);
    run_inner(system, pass, pass->n_done + GLANCE < end ? pass->n_done + GLANCE : end);
  }
  const bool goes_on = can_go_on(system);
  pass->clock        = timer_lap(TIMER_COMMUNICATE, pass->clock);
  return goes_on;
}
/** The messages of the k-th axis that is cut, and a share of the inner chunks meanwhile. False: called off. */
static bool exchange(System *system, Pass *pass, HaloField which, int k) {
  halo_post(system, which, k);
  pass->clock     = timer_lap(TIMER_COMMUNICATE, pass->clock);
  const int end   = (int)((int64_t)system->list.n_inner * ++pass->n_waited / pass->n_waits);
  const int parts = channel_moves_alone(system->halo.channel) ? 1 : PARTS;
  halo_await(system, which, k, end - pass->n_done);
  const bool goes_on = run_on_a_guess(system, pass, end);
  for (int part = parts; part > 0 && goes_on; part--) {
    run_inner(system, pass, end - (end - pass->n_done) / part * (part - 1));
    halo_nudge(system, which, k);
  }
  halo_take(system, which, k);
  pass->clock = timer_lap(TIMER_COMMUNICATE, pass->clock);
  return goes_on;
}
/** `field` goes to the ghosts if that is due, `sums` come back from them; `next` is what will go to them after that. False: called off. */
static bool run_pass(System *system, int number, bool with_energies, HaloField field, bool is_due, HaloField sums, HaloField next) {
  const int n_axes = system->halo.n_axes, n_due = is_due ? n_axes : 0, n_inner = system->list.n_inner;
  const int n_claiming = system->list.n_chunks - (is_due ? n_inner / 2 : 0); /* chunks until the sums leave, as many as after the field */
  Pass pass            = {.number = number, .with_energies = with_energies, .n_waits = n_due + n_axes, .clock = timer_now()};
  memset(system->work.claims, 0, sizeof system->work.claims);
  system->work.claims[CLAIM_SUMS] = halo_claim(system, sums, n_claiming);
  for (int k = 0; k < n_due; k++)
    if (!exchange(system, &pass, field, k)) return false;
  system->work.claims[CLAIM_NEXT] = halo_claim(system, next, n_claiming);
  run_chunks(system, &pass, n_inner, system->list.n_chunks);
  for (int k = n_axes; k-- > 0;) exchange(system, &pass, sums, k);
  run_chunks(system, &pass, pass.n_done, n_inner);
  system->potential->settle(system->parameters, &system->work, number, with_energies);
  timer_lap(TIMER_FORCE, pass.clock);
  return true;
}

/** What the passes of velocity Verlet need of a species. */
static MoveStep move_step(const System *system, int species) {
  return (MoveStep){.first      = system->p.first[species],
                    .count      = system->p.local[species],
                    .force_unit = system->work.force_unit,
                    .owed       = 0.5 * system->owed / system->mixture->masses[species]};
}
MoveArrays move_arrays(const System *system) {
  const Particles *p = &system->p;
  return (MoveArrays){.x = p->x, .v = p->v, .f = p->f, .x0 = p->x0, .image = p->image, .skin = p->skin};
}
void system_settle(System *system) {
  const MoveArrays arrays = move_arrays(system);
  for (int s = 0; s < system->p.n_species && system->owed != 0; s++) {
    const MoveStep step = move_step(system, s);
    simd_kernels()->move_settle(&arrays, &step);
  }
  system->owed = 0;
}

/** [n][words] of 8 bytes: those of ghosts and, unless they are known to be 0, locals. */
static void set_to_zero(const Particles *p, void *array, size_t words, bool are_locals_clear) {
  const size_t size = words * sizeof(int64_t);
  for (int s = 0; s < p->n_species; s++) {
    if (!are_locals_clear) memset((char *)array + (size_t)p->first[s] * size, 0, (size_t)p->local[s] * size);
    memset((char *)array + (size_t)p->ghost_first[s] * size, 0, (size_t)p->ghost[s] * size);
  }
}
/** False: called off, the sums of forces are as they were. */
static bool run_kernels(System *system, bool with_energies) {
  const double start   = timer_now();
  const bool may_guess = system->is_clear && system->halo.n_axes > 0, goes_on = may_guess || can_go_on(system);
  timer_lap(TIMER_COMMUNICATE, start);
  if (!goes_on) return false;
  system_settle(system);
  Particles *p    = &system->p;
  ForceWork *work = &system->work;
  work->dim       = system->dim;
  work->n_species = p->n_species;
  work->is_cubic  = system->edges[0] == system->edges[1] && (system->dim == 2 || system->edges[0] == system->edges[2]);
  memcpy(work->unit, system->unit, sizeof work->unit);
  memcpy(work->first, p->first, sizeof work->first);
  memcpy(work->local, p->local, sizeof work->local);
  work->x                = p->x;
  work->f                = p->f;
  work->moments          = p->moments;
  work->energies         = p->energies;
  work->list             = &system->list;
  work->bonds            = system->bonds;
  work->is_vast          = (int64_t)system->list.n_chunks * system->list.width * 4 * (int64_t)sizeof *p->x > VAST * simd_cache();
  work->steepest_allowed = system->steep_fail;
  work->steepest         = 0;
  work->energy           = 0;
  work->n_pairs          = 0;
  memset(work->virial, 0, sizeof work->virial);
  set_to_zero(p, p->f, 4, system->is_clear);
  system->is_clear = false;
  set_to_zero(p, p->moments, (size_t)p->n_moments, false);
  system->halo.has_energies = with_energies;
  const HaloField sums      = system->potential->n_moments ? HALO_MOMENT_SUMS : HALO_FORCE_SUMS,
                  next      = system->potential->n_moments ? HALO_MOMENTS : HALO_POSITIONS;
  if (!run_pass(system, 0, with_energies, HALO_POSITIONS, system->halo.is_due, sums, next)) { /* as if nothing had been begun */
    set_to_zero(p, p->f, 4, false);
    system->is_clear = true;
    return false;
  }
  system->halo.is_due = false;
  if (system->potential->n_moments) run_pass(system, 1, with_energies, HALO_MOMENTS, true, HALO_FORCE_SUMS, HALO_POSITIONS);
  system->counts.computations++;
  return true;
}

static void collect_energies(System *system) {
  ForceWork *work      = &system->work;
  Wide sums[8]         = {work->energy,    work->virial[0], work->virial[1], work->virial[2],
                          work->virial[3], work->virial[4], work->virial[5], work->n_pairs};
  const double quantum = force_energy_quantum(work);
  reduce_group_wide(system->ranks, sums, 8);
  system->energies.potential = 0.5 * quantum * (double)sums[0];
  for (int k = 0; k < 6; k++) system->energies.virial[k] = quantum * (double)sums[1 + k];
  system->energies.n_pairs = (int64_t)sums[7];
}

double system_max_force(System *system) {
  const Particles *p = &system->p;
  double largest     = 0;
  for (int s = 0; s < p->n_species; s++)
    for (size_t i = (size_t)p->first[s]; i < (size_t)(p->first[s] + p->local[s]); i++) {
      const double x = force_at(system, 4 * i), y = force_at(system, 4 * i + 1), z = force_at(system, 4 * i + 2);
      largest = fmax(largest, x * x + y * y + z * z);
    }
  reduce_group_max(system->ranks, &largest, 1);
  return sqrt(largest);
}

Status system_forces(System *system, bool with_energies) {
  if (system->is_lost) return STATUS_LOST;
  for (int exponent = FINEST; exponent <= COARSEST; exponent += COARSEN_STEP) {
    system_set_quantum(system, exponent);
    run_kernels(system, with_energies);
    double steepest = system->work.steepest;
    reduce_group_max(system->ranks, &steepest, 1);
    if (!(steepest < system->steep_warn)) continue;
    if (with_energies) {
      collect_energies(system);
      system->energies.max_force = system_max_force(system);
    }
    system->has_steep_flag = system->has_failed = false;
    downhill_collect(system);
    return STATUS_OK;
  }
  system->is_lost = true;
  return ranks_rank(system->ranks) == 0 ? fail(STATUS_LOST, "particles overlap: a pair force exceeds %g", ldexp(0.5, 50 + COARSEST))
                                        : STATUS_LOST;
}

static bool wants_to_coarsen(const System *system) {
  return system->has_steep_flag && system->work.quantum_exponent + COARSEN_STEP <= COARSEST;
}
void system_relax_grid(System *system) {
  if (wants_to_coarsen(system)) system_set_quantum(system, system->work.quantum_exponent + COARSEN_STEP);
  system->has_steep_flag = false;
}

void system_advance(System *system, double scale_1, double scale_2, double dt, int requests) {
  balance_count(system);
  const double start = timer_now();
  MoveArrays arrays  = move_arrays(system);
  double worst       = -1;
  const bool clears  = CLEARING * (double)++system->age < (double)system->life; /* a new list would need the forces, for its skins */
  for (int s = 0; s < system->p.n_species; s++) {
    MoveStep step = move_step(system, s);
    step.clears = clears, step.scale_1 = scale_1, step.scale_2 = scale_2, step.kick = 0.5 * dt / system->mixture->masses[s];
    for (int axis = 0; axis < 3; axis++) {
      step.drift[axis] = axis < system->dim ? dt / system->unit[axis] : 0;
      step.unit[axis]  = axis < system->dim ? system->unit[axis] : 0;
    }
    worst = fmax(worst, simd_kernels()->move_first(&arrays, &step));
  }
  system->owed      = 0;
  const double edge = fmin(system->edges[0], fmin(system->edges[1], system->dim == 3 ? system->edges[2] : system->edges[0]));
  int flags         = requests | (worst > 0 ? FLAG_REBUILD : 0) | (wants_to_coarsen(system) ? FLAG_COARSEN : 0);
  if (!(worst < edge * edge / 64) || (system->is_lost)) flags |= FLAG_LOST;
  system->halo.is_due = system->is_asked = true;
  system->is_clear                       = clears;
  const double moved                     = timer_lap(TIMER_INTEGRATE, start);
  vote_ask(system->ranks, &system->vote, flags);
  timer_lap(TIMER_COMMUNICATE, moved);
}
/** Does what the group agreed on, so that forces can be computed. */
static Status mend(System *system) {
  const int flags = system->agreed & FLAGS_MEND;
  system->agreed &= ~FLAGS_MEND;
  if (flags & FLAG_LOST) {
    system->is_lost = true;
    return STATUS_LOST;
  }
  system->has_steep_flag = flags & FLAG_COARSEN;
  system_relax_grid(system);
  if (flags & FLAG_REBUILD) rebuild(system);
  return STATUS_OK;
}
int system_requests(const System *system) { return system->agreed & 0xff; }

Status system_compute(System *system, bool with_energies) {
  if (system->is_lost && !system->is_asked) return STATUS_LOST;
  while (!run_kernels(system, with_energies)) TRY(mend(system));
  if (with_energies) collect_energies(system);
  int flags =
      (system->work.steepest < system->steep_warn ? 0 : FLAG_COARSEN) | (system->work.steepest < system->steep_fail ? 0 : FLAG_LOST);
  if (system->is_frozen) flags = reduce_group_flags(system->ranks, flags); /* else agreed at the next advance, loss at the next finish */
  system->has_steep_flag = flags & FLAG_COARSEN;
  if (system->is_frozen)
    system->is_lost |= (flags & FLAG_LOST) != 0;
  else
    system->has_failed |= (flags & FLAG_LOST) != 0;
  downhill_collect(system);
  return STATUS_OK;
}

/** Twice the kinetic energy after a kick of dt/2 that stays owed. This reduction is also what says that all ranks have read the messages of
 *  the step (channel_post). */
static double kinetic(System *system, double dt) {
  const double start         = timer_now();
  const Particles *p         = &system->p;
  const MoveArrays arrays    = move_arrays(system);
  Wide sums[MAX_SPECIES + 1] = {0};
  system->owed               = dt;
  for (int s = p->n_species; s-- > 0;) { /* backwards, see move.c */
    const MoveStep step = move_step(system, s);
    sums[s]             = simd_kernels()->move_second(&arrays, &step);
  }
  const double moved = timer_lap(TIMER_INTEGRATE, start);
  sums[p->n_species] = system->has_failed;
  reduce_group_wide(system->ranks, sums, p->n_species + 1);
  system->is_lost |= sums[p->n_species] > 0;
  if (ranks_size(system->ranks) > 1) timer_lap(TIMER_COMMUNICATE, moved);
  double total = 0, squares = 0;
  for (int s = 0; s < p->n_species; s++) {
    const double square = ldexp((double)sums[s], MOVE_SQUARE_EXPONENT);
    squares += square;
    total += system->mixture->masses[s] * square;
  }
  system->speed = sqrt(squares / (double)system->n);
  return total;
}
Status system_finish(System *system, double dt, double *twice_kinetic) {
  *twice_kinetic = kinetic(system, dt);
  return system->is_lost ? STATUS_LOST : STATUS_OK;
}
double system_twice_kinetic(System *system) {
  system_settle(system);
  return kinetic(system, 0);
}
