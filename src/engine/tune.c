/* How long should a neighbour list live? Long lists hold more pairs outside the cut-off, short ones are built more often; where the balance
 * lies depends on model, temperature, density and machine. Since skins never change a bit of the result, the System may simply try: after
 * every segment of some builds it compares the cost of a step with the last segment's, goes on in the same direction if that was lower,
 * else turns round with a smaller stride.
 *
 * Times of two segments differ by more than what is looked for, on a machine with other work. So both are told from the same prices: a
 * neighbour costs what it cost on average over the last segments, and so does a build. What differs between the two segments is counted:
 *
 *      cost of a step = (neighbours per particle) * (price of a neighbour) + (price of a build) / (steps that a list lived).
 *
 * The first guess: the best list lives while a typical particle goes 0.05 to 0.09 sigma, in all seven models. */
#include <math.h>

#include "base/timer.h"
#include "spread.h"

static const double SHORTEST = 2, LONGEST = 40, SMALLEST_STRIDE = 1.05, FADING = 0.8, WAY = 0.055;
enum { SEGMENT_BUILDS = 12 };

void tune_start(Tuner *tuner) { *tuner = (Tuner){.is_on = true, .stride = 1.2, .direction = 1}; }

static double bounded(double steps) { return fmin(fmax(steps, SHORTEST), LONGEST); }
void tune_guess(System *system, double step) {
  Tuner *t = &system->tuner;
  if (!t->is_on || t->has_guessed) return;
  if (!(step > 0)) return; /* nobody moves yet */
  system->skin_steps = bounded(WAY / step);
  t->has_guessed     = true;
}

static void add(TuneSums *sums, const TuneSums *more) {
  sums->force_time += more->force_time;
  sums->pairs += more->pairs;
  sums->steps += more->steps;
  sums->build_time += more->build_time;
  sums->builds += more->builds;
}
static void fade(TuneSums *sums) {
  sums->force_time *= FADING;
  sums->pairs *= FADING;
  sums->steps *= FADING;
  sums->build_time *= FADING;
  sums->builds *= FADING;
}

/** The segment is over: another life, in the direction that pays. */
static void change(System *system) {
  Tuner *t          = &system->tuner;
  const TuneSums *m = &t->memory;
  /* of the slowest rank: forces of a step and neighbours then, a build; neighbours now */
  double facts[4] = {m->force_time / m->steps, m->pairs / m->steps, m->build_time / m->builds, t->segment.pairs / t->segment.steps};
  reduce_group_max(system->ranks, facts, 4);
  const double price = facts[0] / fmax(facts[1], 1e-3), life = t->segment.steps / t->segment.builds;
  const double cost = price * facts[3] + facts[2] / life, last = price * t->last_neighbors + facts[2] / t->last_life;
  if (t->last_life > 0 && !(cost < last)) {
    t->direction = -t->direction;
    t->stride    = fmax(1 + 0.7 * (t->stride - 1), SMALLEST_STRIDE);
  }
  t->last_neighbors  = facts[3];
  t->last_life       = life;
  system->skin_steps = bounded(system->skin_steps * pow(t->stride, t->direction));
  t->segment         = (TuneSums){0};
  fade(&t->memory);
}

void tune_at_build(System *system, double seconds) {
  Tuner *t = &system->tuner;
  if (!t->is_on) return;
  const double clock = timer_get(TIMER_FORCE), computations = (double)system->counts.computations;
  const double steps = computations - t->computations;
  if (t->computations > 0 && steps > 0) { /* the list before this one lived in steady state */
    const TuneSums lived = {clock - t->clock, t->neighbors * steps, steps, seconds, 1};
    add(&t->segment, &lived);
    add(&t->memory, &lived);
    if (t->segment.builds >= SEGMENT_BUILDS) change(system);
  }
  t->clock        = clock;
  t->computations = computations;
  t->neighbors    = 2 * (double)system->list.n_pairs / fmax(particles_local(&system->p), 1);
}
