#pragma once
/** Inside of a System, for this room only: particles of a group spread over a grid of domains. */
#include "comm/channel.h"
#include "comm/exchange.h"
#include "comm/reduce.h"
#include "engine/system.h"
#include "kernels/simd.h"
#include "matter/particles.h"

/** Which rank owns which block of the box. */
typedef struct Domain {
  uint64_t low[3], width[3]; /* coordinate units; width 0: the whole axis */
} Domain;
/** Where the domains meet. The ranks at one place along an axis are a slab. */
typedef struct Faces {
  int n[3];
  uint64_t *low[3]; /* [n] lower faces of the slabs, coordinate units; the first is 0 */
  double *price[3]; /* [n] time that a slab takes per width, over the average of the axis: as far as it is known */
  int lessons[3];   /* how often the prices have been learnt */
} Faces;
/** Slabs of equal width. */
void faces_create(Faces *faces, const int grid[3]);
void faces_clear(Faces *faces);
Domain domain_at(const Faces *faces, const int place[3]);
/** Width of the narrowest slab, as a part of the edge. */
double faces_narrowest(const Faces *faces, int axis);
/** What the slabs of an axis, each worked at for so long, have cost: into their prices. */
void faces_learn(Faces *faces, int axis, const int64_t *busy);
/** The faces of an axis go towards where all slabs cost the same, at most by `farthest`; no slab becomes narrower than `narrowest`. Both
 *  are parts of the edge. */
void faces_shift(Faces *faces, int axis, double narrowest, double farthest);
/** Coordinate relative to the lower face. */
static inline uint64_t domain_relative(const Domain *domain, int axis, int64_t x) { return (uint64_t)x - domain->low[axis]; }
static inline bool domain_holds(const Domain *domain, const int64_t *x) {
  for (int axis = 0; axis < 3; axis++)
    if (domain->width[axis] && domain_relative(domain, axis, x[axis]) >= domain->width[axis]) return false;
  return true;
}

/** How far x is outside of [low, low + width) of an axis, the short way. */
static inline uint64_t domain_outside(uint64_t low, uint64_t width, int64_t x) {
  const uint64_t relative = (uint64_t)x - low, above = relative - width, below = -relative;
  return relative < width ? 0 : above < below ? above : below;
}

/** A particle on its way between ranks, or to and from the root. */
typedef struct Traveller {
  int64_t x[3];
  double v[3];
  int32_t image[3];
  int32_t id, species;
  float skin;
} Traveller;
typedef struct Crowd {
  Traveller *members;
  size_t n, capacity;
} Crowd;
void crowd_reserve(Crowd *crowd, size_t n);
void crowd_clear(Crowd *crowd);

/** Particles that a message tells of, by their places. */
typedef struct Places {
  int n, *at; /* [n] */
  size_t capacity;
} Places;
/** One message of the halo: what is sent at each step, and where what comes in against it goes; sums of ghosts go the other way. */
typedef struct Message {
  int axis, direction;
  Places send, receive; /* from locals and ghosts, to ghosts */
} Message;
enum { MAX_MESSAGES = 6 };
typedef struct Halo {
  int n_messages, n_axes, first[4]; /* messages [first[k], first[k + 1]) run along the k-th axis that is cut */
  Message messages[MAX_MESSAGES];
  bool is_due;           /* positions have changed since the ghosts were told */
  bool is_thinned;       /* ghosts in no pair are not told of any more */
  bool has_energies;     /* sums are those of energies, too */
  unsigned char *is_met; /* [n] whether a ghost is in a pair of the list, here or on a rank it is passed on to */
  size_t met_capacity;
  Channel *channel; /* NULL: one rank */
  void *out;
  size_t out_capacity;
} Halo;

/** What forces and lists cost, over some lists. */
typedef struct TuneSums {
  double force_time, pairs, steps, build_time, builds; /* s, neighbours per particle times steps, steps, s, lists */
} TuneSums;
/** Search for the cheapest life of a list, see tune.c. */
typedef struct Tuner {
  bool is_on, has_guessed;
  double stride; /* factor of a change */
  int direction;
  TuneSums memory, segment;              /* fading; since the last change */
  double last_neighbors, last_life;      /* of the segment before; life 0: none */
  double clock, neighbors, computations; /* at the last build: force time, the list's neighbours per particle, computations */
} Tuner;
void tune_start(Tuner *tuner);
/** Before the skins of a list are set, when a typical particle goes so far in a step, sigma. */
void tune_guess(System *system, double step);
/** At the end of every list build, which took so many seconds. Collective: group. */
void tune_at_build(System *system, double seconds);

/** How long this rank has worked at each step since the faces were last moved. */
enum { PULSE_STEPS = 128 };
typedef struct Pulse {
  int64_t n;                  /* steps */
  float seconds[PULSE_STEPS]; /* at the last ones of them */
  double until;               /* s of work in all when last counted */
} Pulse;

struct System {
  const Ranks *ranks;
  const Potential *potential;
  const void *parameters;
  const Mixture *mixture;
  int dim;
  int64_t n; /* particles of the replica */
  double edges[3], range_max;
  double unit[3];
  Faces faces;
  Domain domain;
  Pulse pulse;
  Particles p;
  Halo halo;
  List list;
  ListScratch scratch;
  ForceWork work;
  double *bonds; /* [6 n_entries] of the list, for potentials with moments */
  size_t bond_capacity;
  Energies energies;
  double speed; /* root mean square velocity of the replica, at the last sum of kinetic energies */
  double skin_dt, skin_steps, skin_smallest, skin_cap, reach; /* reach: halo width of the present list, sigma */
  double owed;                     /* time of a kick by the present forces that the velocities have not got yet; 0: none */
  int age, life;                   /* steps since the list was built; of the list before it */
  bool is_clear;                   /* sums of the locals' forces are 0 */
  double steep_warn, steep_fail;   /* largest f = -u'/r at which the grid is still safe to use / valid */
  bool has_steep_flag, has_failed; /* of the last computation, this rank: the grid is nearly, is too fine */
  bool is_lost, check;
  Vote vote;                   /* of the step that is under way */
  bool is_asked;               /* its answer has not been taken yet */
  int agreed;                  /* the last answer, flags */
  bool is_frozen, has_strayed; /* no more sorting in space nor migration; that does not work any more */
  double stray;                /* frozen: how far locals are outside of their domains at the present list, sigma */
  double *forces;              /* frozen: of the locals, without gaps */
  Tuner tuner;
  Crowd crowd;
  int64_t *labels; /* [n] ids of the Frame; root only */
  SystemCounts counts;
  double neighbor_sum;
};

/** Copies of all locals into the crowd, by species; within one by `order`, numbers of the locals of each species in turn, or as they lie
 *  (NULL). */
void crowd_collect(Crowd *crowd, const System *system, const uint32_t *order);
/** The crowd becomes locals, behind those of their species that are there already. */
void crowd_settle(const Crowd *crowd, System *system);
/** Moves the faces of the domains so that all ranks take equally long. To be followed by migrate. Collective: group. */
void balance(System *system);
/** A step more that counts for the balance. */
void balance_count(System *system);
/** Locals that left the domain to the ranks that own their places, unless the System is frozen. */
void migrate(System *system);
/** A distance in coordinate units of an axis, at most half an edge: nothing is farther. */
uint64_t halo_units(const System *system, int axis, double distance);
/** Ghosts that may come within range of a local, whose skin is at most `largest`, sigma: makes the messages, fills x and skin of the
 *  ghosts. */
void halo_build(System *system, double largest);
/** The first axis that is cut: of the two ranks that know a pair the lower one along it computes the pair (list_owns). */
int halo_owner_axis(const System *system);
/** Whether ghosts come from above only: along that axis, unless particles stray. */
bool halo_is_one_sided(const System *system, int axis);
/** What of the ghosts follows their owners, and what is collected at the ghosts for them. */
typedef enum HaloField { HALO_POSITIONS, HALO_FORCE_SUMS, HALO_MOMENTS, HALO_MOMENT_SUMS } HaloField;
/** Sends the messages of the k-th axis: to the ghosts axis by axis, sums back from the last axis to the first. */
void halo_post(System *system, HaloField which, int k);
/** Now and then between the two: lets them move on. */
void halo_nudge(System *system, HaloField which, int k);
/** Waits for the messages against them and copies them to the ghosts, or adds them to what the ghosts are copies of. To be done before the
 *  next axis is posted. */
void halo_take(System *system, HaloField which, int k);
/** For a pass over so many chunks: the messages that will come in against those of the k-th axis, to be fetched before they are taken. */
void halo_await(System *system, HaloField which, int k, int n_chunks);
/** The messages of all axes, for a pass over so many chunks to claim before they are posted, after the last of them were taken; nothing,
 *  where they are written past the caches. */
Claim halo_claim(System *system, HaloField which, int n_chunks);
void halo_clear(Halo *halo);
/** What the passes of the kernels need. */
MoveArrays move_arrays(const System *system);
/** The velocities get what they are owed. Before anybody looks at them or the forces change. */
void system_settle(System *system);
/** Component k (of the flat [n][4] array) of the forces, eps/sigma, as of the last computation. */
static inline double force_at(const System *system, size_t k) { return force_sum(system->p.f[k]) * system->work.force_unit; }
/** Coarsens the rounding grid if the last computation asked for it. */
void system_relax_grid(System *system);
/** Skins, migration, ghosts, list. */
void rebuild(System *system);
/** Frozen: how far the farthest local of the group is outside of its domain, sigma. Collective: group. */
double downhill_stray(const System *system);
/** Frozen: largest skin that such a stray allows; the System has strayed if there is none. */
double downhill_cap(System *system);
/** Frozen: forces to where a minimiser looks for them. */
void downhill_collect(System *system);
/** Fatal if the list misses an interacting pair (single rank: brute force over all; several: over locals and ghosts). */
void rebuild_check(const System *system);
