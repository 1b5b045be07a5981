/* Birth, end and story of a System: dealing a Frame out to the domains and collecting it again.
 *
 * A coordinate is the two's complement fraction x = position/edge * 2^64: periodic wrapping is integer overflow, the minimum image is one
 * subtraction, the same number on every rank. */
#include "engine/system.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/timer.h"
#include "spread.h"

static const double SMALLEST_CAP = 0.15, LARGEST_CAP = 0.6; /* sigma: bounds of the largest skin */

static double largest_range(const Potential *potential, const void *parameters, const Mixture *mixture) {
  double range = 0;
  for (int a = 0; a < mixture->n_species; a++)
    for (int b = 0; b < mixture->n_species; b++) range = fmax(range, potential->range(parameters, a, b));
  return range;
}

double system_reach(const Potential *potential, const void *parameters, const Mixture *mixture) {
  return largest_range(potential, parameters, mixture) + 2 * SMALLEST_CAP + 0.01;
}

Status system_check_frame(const Potential *potential, const void *parameters, const Mixture *mixture, const Frame *frame) {
  const double range          = largest_range(potential, parameters, mixture);
  int64_t counts[MAX_SPECIES] = {0};
  const int species           = frame_species_counts(frame, MAX_SPECIES, counts);
  if (species > mixture->n_species)
    return fail(STATUS_INPUT, "the configuration has %d species, the model %s has %d", species, potential->name, mixture->n_species);
  for (int axis = 0; axis < frame->dim; axis++)
    if (!(frame->edges[axis] >= 2 * range))
      return fail(STATUS_INPUT, "the box edge %g is smaller than two cut-offs (%g) of %s: use at least %lld particles at this density",
                  frame->edges[axis], 2 * range, potential->name,
                  (long long)ceil((double)frame->n * pow(2 * range / frame->edges[axis], frame->dim)));
  for (int64_t k = 0; k < 3 * frame->n; k++)
    if (!isfinite(frame->position[k]) || !isfinite(frame->velocity[k]))
      return fail(STATUS_INPUT, "particle %lld of the configuration has a position or velocity that is not a number",
                  (long long)frame->id[k / 3]);
  return STATUS_OK;
}

static int64_t to_fraction(double position, double edge) {
  long double u = (long double)position / (long double)edge;
  u -= floorl(u);
  const long double scaled = u * 0x1p64L;
  return (int64_t)(scaled >= 0x1p64L ? 0 : (uint64_t)scaled);
}
static double to_position(int64_t x, double edge) {
  const double position = (double)((long double)(uint64_t)x * 0x1p-64L * (long double)edge);
  return position < edge ? position : nextafter(edge, 0);
}

/** One particle of the root's frame as a traveller. */
static Traveller traveller_of(const Frame *frame, int64_t k) {
  Traveller t = {.id = (int32_t)k, .species = frame->species[k]};
  for (int axis = 0; axis < 3; axis++) {
    const bool is_flat = axis >= frame->dim;
    t.x[axis]          = is_flat                       ? 0
                         : frame->has & FRAME_FRACTION ? frame->fraction[3 * k + axis]
                                                       : to_fraction(frame->position[3 * k + axis], frame->edges[axis]);
    t.v[axis]          = is_flat || !(frame->has & FRAME_VELOCITY) ? 0 : frame->velocity[3 * k + axis];
    t.image[axis]      = is_flat || !(frame->has & FRAME_IMAGE) ? 0 : frame->image[3 * k + axis];
  }
  return t;
}

static void deal(System *system, const Frame *frame) {
  const size_t n = (size_t)system->n;
  Traveller *all = memory_array(n, sizeof *all);
  Crowd *crowd   = &system->crowd;
  if (ranks_rank(system->ranks) == 0)
    for (int64_t k = 0; k < system->n; k++) all[k] = traveller_of(frame, k);
  exchange_share(system->ranks, all, n * sizeof *all);
  crowd->n = 0;
  crowd_reserve(crowd, n / (size_t)ranks_size(system->ranks) + 64);
  for (size_t k = 0; k < n; k++)
    if (domain_holds(&system->domain, all[k].x)) {
      crowd_reserve(crowd, crowd->n + 1);
      crowd->members[crowd->n++] = all[k];
    }
  memory_free(all);
  crowd_settle(crowd, system);
}

Status system_create(const Ranks *ranks, const Potential *potential, const void *parameters, const Mixture *mixture, const Frame *frame,
                     System **out) {
  System *system    = memory_array(1, sizeof *system);
  *out              = system;
  *system           = (System){.ranks = ranks, .potential = potential, .parameters = parameters, .mixture = mixture};
  system->range_max = largest_range(potential, parameters, mixture);
  struct {
    int64_t n;
    double edges[3];
    int32_t dim, status;
  } facts = {0};
  if (ranks_rank(ranks) == 0) {
    facts.status = (int32_t)system_check_frame(potential, parameters, mixture, frame);
    facts.n = frame->n, facts.dim = frame->dim;
    memcpy(facts.edges, frame->edges, sizeof facts.edges);
  }
  exchange_share(ranks, &facts, sizeof facts);
  if (facts.status != STATUS_OK) {
    system_destroy(out);
    return (Status)facts.status;
  }
  system->n   = facts.n;
  system->dim = facts.dim;
  memcpy(system->edges, facts.edges, sizeof system->edges);
  for (int axis = 0; axis < 3; axis++) system->unit[axis] = system->edges[axis] * 0x1p-64;
  faces_create(&system->faces, ranks_grid(ranks));
  system->domain   = domain_at(&system->faces, ranks_place(ranks));
  system->skin_cap = LARGEST_CAP;
  for (int axis = 0; axis < system->dim; axis++)
    if (ranks_grid(ranks)[axis] > 1)
      system->skin_cap = fmin(system->skin_cap, (system->edges[axis] / ranks_grid(ranks)[axis] - system->range_max) / 2 - 0.004);
  require(system->skin_cap > 0, "domains narrower than the cut-off");
  particles_init(&system->p, mixture->n_species, potential->n_moments);
  if (ranks_rank(ranks) == 0) {
    system->labels = memory_array((size_t)system->n, sizeof(int64_t));
    memcpy(system->labels, frame->id, (size_t)system->n * sizeof(int64_t));
  }
  system->halo.channel = channel_create(ranks);
  system_set_skin(system, 0, 0, 0);
  system_set_quantum(system, -40);
  deal(system, frame);
  rebuild(system);
  return STATUS_OK;
}

void system_destroy(System **system) {
  if (!*system) return;
  System *s = *system;
  faces_clear(&s->faces);
  particles_clear(&s->p);
  halo_clear(&s->halo);
  list_clear(&s->list);
  memory_free(s->bonds);
  memory_free(s->forces);
  list_scratch_clear(&s->scratch);
  crowd_clear(&s->crowd);
  memory_free(s->labels);
  memory_free(s);
  *system = NULL;
}

typedef struct ForceRecord {
  double f[3], energy;
  int64_t id;
} ForceRecord;
/** Forces and energies of all particles into the root's frame. */
static void gather_forces(System *system, Frame *frame) {
  const Particles *p = &system->p;
  const bool is_root = ranks_rank(system->ranks) == 0;
  ForceRecord *own   = memory_array((size_t)particles_local(p), sizeof *own);
  size_t n = 0, capacity = 0, *sizes = memory_array((size_t)ranks_size(system->ranks), sizeof *sizes);
  void *all = NULL;
  for (int s = 0; s < p->n_species; s++)
    for (size_t i = (size_t)p->first[s]; i < (size_t)(p->first[s] + p->local[s]); i++)
      own[n++] =
          (ForceRecord){{force_at(system, 4 * i), force_at(system, 4 * i + 1), force_at(system, 4 * i + 2)}, p->energies[i], p->id[i]};
  exchange_gather(system->ranks, own, n * sizeof *own, &all, &capacity, sizes);
  double *energies = is_root ? frame_field(frame, "potential_energy", 1) : NULL;
  for (int64_t k = 0; is_root && k < system->n; k++) {
    const ForceRecord *r = (const ForceRecord *)all + k;
    memcpy(frame->force + 3 * r->id, r->f, sizeof r->f);
    energies[r->id] = r->energy;
  }
  if (is_root) frame->has |= FRAME_FORCE;
  memory_free(own);
  memory_free(sizes);
  memory_free(all);
}

void system_save(System *system, Frame *frame, bool with_forces) {
  const double start = timer_now();
  size_t *sizes      = memory_array((size_t)ranks_size(system->ranks), sizeof *sizes);
  size_t capacity    = 0;
  void *all          = NULL;
  system_settle(system);
  crowd_collect(&system->crowd, system, NULL);
  exchange_gather(system->ranks, system->crowd.members, system->crowd.n * sizeof(Traveller), &all, &capacity, sizes);
  if (ranks_rank(system->ranks) == 0) {
    frame_resize(frame, system->n, system->dim);
    memcpy(frame->edges, system->edges, sizeof frame->edges);
    memcpy(frame->id, system->labels, (size_t)system->n * sizeof(int64_t));
    frame->has = FRAME_VELOCITY | FRAME_IMAGE | FRAME_FRACTION | FRAME_MASS;
    for (int64_t k = 0; k < system->n; k++) {
      const Traveller *t  = (const Traveller *)all + k;
      const int64_t row   = t->id;
      frame->species[row] = t->species;
      frame->mass[row]    = system->mixture->masses[t->species];
      for (int axis = 0; axis < 3; axis++) {
        frame->fraction[3 * row + axis] = t->x[axis];
        frame->position[3 * row + axis] = axis < system->dim ? to_position(t->x[axis], system->edges[axis]) : 0;
        frame->velocity[3 * row + axis] = t->v[axis];
        frame->image[3 * row + axis]    = t->image[axis];
      }
    }
  }
  if (with_forces) gather_forces(system, frame);
  memory_free(all);
  memory_free(sizes);
  timer_add(TIMER_COMMUNICATE, timer_now() - start);
}

int64_t system_particles(const System *system) { return system->n; }
int system_dim(const System *system) { return system->dim; }
double system_volume(const System *system) { return system->edges[0] * system->edges[1] * (system->dim == 3 ? system->edges[2] : 1); }
int64_t system_freedom(const System *system) { return system->n > 1 ? system->dim * (system->n - 1) : system->dim; }
const Mixture *system_mixture(const System *system) { return system->mixture; }
const Ranks *system_ranks(const System *system) { return system->ranks; }
const Energies *system_energies(const System *system) { return &system->energies; }
SystemCounts system_counts(const System *system) {
  SystemCounts counts = system->counts;
  counts.neighbors    = counts.rebuilds ? system->neighbor_sum / (double)counts.rebuilds : 0;
  return counts;
}
void system_set_check(System *system, bool check) { system->check = check; }
void system_set_skin(System *system, double dt, double steps, double smallest) {
  system->skin_dt    = dt;
  system->skin_steps = steps > 0 ? steps : 6;
  system->tuner      = (Tuner){0};
  if (!(steps > 0)) tune_start(&system->tuner);
  system->skin_smallest = smallest;
}
