/* Ghosts: copies of other ranks' particles within reach of a domain. Messages run axis by axis; what arrived along x is passed on along y
 * and z, so six messages reach all 26 neighbours. A rank sends what is near the domain of the receiver, wherever that is: of a frozen
 * System some particles are outside of their owner's domain (downhill.c). A difference of coordinates wraps by itself: a particle needs at
 * most one copy, and ghosts are never shifted. With two ranks on an axis one message carries what lies near either face. The packing knows
 * particles, exchange and channel below know bytes. Between two builds the ghosts follow axis by axis: halo_post packs and sends the
 * messages of an axis, halo_take copies what came into its places. What is computed between the two hides the way (step.c). A pair of a
 * local and a ghost is computed by one of the two ranks, the lower one along the first axis that is cut; what it gives to the ghost goes
 * the same way back, and is added as integers: in any order, exactly. So along that axis ghosts are needed from above only. Of a frozen
 * System, where particles stray, they come from both sides.
 *
 * Many ghosts turn out to be in no pair: a quarter of those from the next domain, at its far rim, and most of those along axes after the
 * first. With the first sums after a build go the marks of those that are in one; of the others nothing is said any more. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "comm/stream.h"
#include "spread.h"

typedef struct Ghost {
  int64_t x[3];
  float skin;
  int32_t species;
} Ghost;
typedef struct Flock {
  Ghost *members;
  size_t n, capacity;
} Flock;

uint64_t halo_units(const System *system, int axis, double distance) { return (uint64_t)fmin(ceil(distance / system->unit[axis]), 0x1p63); }

int halo_owner_axis(const System *system) {
  const int *grid = ranks_grid(system->ranks);
  return grid[0] > 1 ? 0 : grid[1] > 1 ? 1 : grid[2] > 1 ? 2 : 0;
}
bool halo_is_one_sided(const System *system, int axis) {
  return axis == halo_owner_axis(system) && ranks_grid(system->ranks)[axis] > 1 && !system->is_frozen;
}

/** Whether one that is `outside` of the domain may come within the range of its own species and the skins of two of somebody there. */
ALWAYS_INLINE bool is_near(uint64_t outside, uint64_t range, double units, float skin) {
  return outside <= range + (uint64_t)(int64_t)((double)skin * units) + 1;
}
/** Locals (by their index) and the first n_flock ghosts of the flock (-1 - place) within reach of the receiver's domain, by species.
 *  ranges: the farthest that a species reaches, its own skin left out, coordinate units; farthest: of all, with the skin. */
static void choose(const System *system, const Flock *flock, size_t n_flock, const uint64_t ranges[], uint64_t farthest, Message *m) {
  const Particles *p = &system->p;
  const int axis = m->axis, n = system->faces.n[axis];
  int place[3];
  memcpy(place, ranks_place(system->ranks), sizeof place);
  place[axis]          = (place[axis] + m->direction + n) % n;
  const Domain there   = domain_at(&system->faces, place);
  const bool is_face   = halo_is_one_sided(system, axis); /* only the upper one counts */
  const uint64_t width = is_face ? 1 : there.width[axis], low = there.low[axis] + there.width[axis] - width;
  const double units  = (1 + 1e-9) / system->unit[axis];
  const bool is_all   = farthest >= (uint64_t)1 << 62 || width > UINT64_MAX - 2 * farthest;
  const uint64_t from = low - farthest, span = is_all ? UINT64_MAX : width + 2 * farthest;
  memory_grow((void **)&m->send.at, &m->send.capacity, (size_t)particles_local(p) + n_flock, 0, sizeof(int));
  int *const at = m->send.at, n_send = 0;
  for (int s = 0; s < p->n_species; s++) {
    int n_perhaps = n_send; /* by the largest skin: one comparison */
    for (int i = p->first[s]; i < p->first[s] + p->local[s]; i++) {
      at[n_perhaps] = i;
      n_perhaps += (uint64_t)p->x[4 * (size_t)i + (size_t)axis] - from <= span;
    }
    for (int k = n_send; k < n_perhaps; k++) {
      const int i = at[n_send] = at[k];
      n_send += is_near(domain_outside(low, width, p->x[4 * (size_t)i + (size_t)axis]), ranges[s], units, p->skin[i]);
    }
    for (size_t k = 0; k < n_flock; k++) {
      if (flock->members[k].species != s) continue;
      at[n_send]     = -1 - (int)k;
      const Ghost *g = &flock->members[k];
      n_send += is_near(domain_outside(low, width, g->x[axis]), ranges[s], units, g->skin);
    }
  }
  m->send.n = n_send;
}

static void send_ghosts(System *system, Flock *flock, Message *m) {
  Halo *halo         = &system->halo;
  const Particles *p = &system->p;
  memory_grow(&halo->out, &halo->out_capacity, (size_t)m->send.n * sizeof(Ghost), 0, 1);
  Ghost *out  = halo->out;
  int species = 0;
  for (int k = 0; k < m->send.n; k++) {
    const int i = m->send.at[k];
    if (i < 0) {
      out[k]  = flock->members[-1 - i];
      species = out[k].species;
      continue;
    }
    while (i >= p->first[species] + p->local[species]) species++;
    const int64_t *x = p->x + 4 * (size_t)i;
    out[k]           = (Ghost){{x[0], x[1], x[2]}, p->skin[i], species};
  }
  const size_t before = flock->n;
  exchange_any(system->ranks, m->axis, m->direction, out, (size_t)m->send.n, sizeof(Ghost), (void **)&flock->members, &flock->n,
               &flock->capacity);
  m->receive.n = (int)(flock->n - before);
}

/** Ghosts into their places behind the locals, which may move to make room; the messages follow. */
static void settle(System *system, const Flock *flock) {
  Particles *p           = &system->p;
  Halo *halo             = &system->halo;
  int ghost[MAX_SPECIES] = {0}, old[MAX_SPECIES], local[MAX_SPECIES], next[MAX_SPECIES];
  for (int s = 0; s < p->n_species; s++)
    for (size_t k = 0; k < flock->n; k++) ghost[s] += flock->members[k].species == s;
  memcpy(old, p->first, sizeof old);
  memcpy(local, p->local, sizeof local);
  particles_make_room(p, local, ghost);
  memcpy(next, p->ghost_first, sizeof next);
  int *index = memory_array(flock->n, sizeof(int));
  for (size_t k = 0; k < flock->n; k++) {
    const Ghost *g = &flock->members[k];
    const size_t i = (size_t)next[g->species]++;
    index[k]       = (int)i;
    p->skin[i]     = g->skin;
    for (size_t axis = 0; axis < 3; axis++) p->x[4 * i + axis] = g->x[axis];
  }
  const int *came      = index;
  const bool has_moved = memcmp(old, p->first, sizeof old) != 0;
  for (int q = 0; q < halo->n_messages; q++) {
    Message *m = &halo->messages[q];
    int s      = 0;
    for (int k = 0; k < m->send.n && (has_moved || q >= halo->first[1]); k++) { /* else they are locals in their places */
      const int i = m->send.at[k];
      if (i >= 0)
        while (i >= old[s] + p->local[s]) s++;
      else
        s = flock->members[-1 - i].species;
      m->send.at[k] = i >= 0 ? i + p->first[s] - old[s] : index[-1 - i];
    }
    memory_grow((void **)&m->receive.at, &m->receive.capacity, (size_t)m->receive.n, 0, sizeof(int));
    memcpy(m->receive.at, came, (size_t)m->receive.n * sizeof(int));
    came += m->receive.n;
  }
  memory_free(index);
}

static void reserve_slots(System *system);

void halo_build(System *system, double largest) {
  Halo *halo       = &system->halo;
  const int *grid  = ranks_grid(system->ranks);
  Flock flock      = {0};
  halo->n_messages = halo->n_axes = 0;
  for (int axis = 0; axis < 3; axis++) {
    if (grid[axis] == 1) continue;
    halo->first[halo->n_axes++] = halo->n_messages;
    const size_t before         = flock.n; /* what this axis' own messages bring is not sent back */
    uint64_t ranges[MAX_SPECIES], farthest = 0;
    for (int s = 0; s < system->p.n_species; s++) {
      double range = 0;
      for (int a = 0; a < system->p.n_species; a++) range = fmax(range, system->potential->range(system->parameters, a, s));
      ranges[s] = halo_units(system, axis, range + largest + system->stray);
      farthest  = ranges[s] > farthest ? ranges[s] : farthest;
    }
    farthest += halo_units(system, axis, 1.001 * largest);
    for (int direction = 1; direction >= -1; direction -= 2) {
      if (halo_is_one_sided(system, axis) ? direction > 0 : grid[axis] == 2 && direction < 0) continue;
      Message *m   = &halo->messages[halo->n_messages++];
      m->axis      = axis;
      m->direction = direction;
      choose(system, &flock, before, ranges, farthest, m);
      send_ghosts(system, &flock, m);
    }
  }
  halo->first[halo->n_axes] = halo->n_messages;
  settle(system, &flock);
  particles_pad(&system->p);
  memory_free(flock.members);
  if (halo->channel) reserve_slots(system);
  memory_grow((void **)&halo->is_met, &halo->met_capacity, (size_t)system->p.n, 0, 1);
  memset(halo->is_met, 0, (size_t)system->p.n);
  halo->is_due = halo->is_thinned = false;
}

/** What the messages carry: the first `words` 8-byte words of each particle's `stride`. */
typedef struct Field {
  int64_t *array;
  size_t words, stride;
  bool is_return; /* sums of ghosts */
  int slots;      /* which of a message's slots */
} Field;
enum { SLOT_POSITIONS, SLOT_SUMS, SLOT_MET, SLOT_MOMENTS, SLOT_MOMENT_SUMS };
static Field field_of(System *system, HaloField which) {
  const Particles *p  = &system->p;
  const bool energies = system->halo.has_energies; /* they are in the place behind the others */
  const size_t stride = (size_t)p->n_moments, n = ((size_t)system->potential->n_moments + 1) / 2 * 2;
  int64_t *moments     = (int64_t *)p->moments;
  const Field fields[] = {{p->x, 3, 4, false, SLOT_POSITIONS},
                          {p->f, energies ? 4 : 3, 4, true, SLOT_SUMS},
                          {moments, n, stride, false, SLOT_MOMENTS},
                          {moments, energies ? stride : n, stride, true, SLOT_MOMENT_SUMS}};
  return fields[which];
}
static int slot_of(const Halo *halo, int kind, int message) { return kind * halo->n_messages + message; }

static void reserve_slots(System *system) {
  const Halo *halo             = &system->halo;
  const size_t moments         = (size_t)system->p.n_moments * sizeof(double);
  const size_t sizes[]         = {3 * sizeof(int64_t), 4 * sizeof(int64_t), 1, moments, moments}; /* of a particle in a slot */
  const bool is_return[]       = {false, true, true, false, true};
  ChannelSlot slots[MAX_SLOTS] = {0};
  const int n_kinds            = moments ? 5 : 3;
  for (int kind = 0; kind < n_kinds; kind++)
    for (int q = 0; q < halo->n_messages; q++) {
      const Message *m   = &halo->messages[q];
      const size_t there = (size_t)m->send.n * sizes[kind], back = (size_t)m->receive.n * sizes[kind];
      slots[slot_of(halo, kind, q)] =
          is_return[kind] ? (ChannelSlot){m->axis, -m->direction, back, there} : (ChannelSlot){m->axis, m->direction, there, back};
    }
  channel_reserve(halo->channel, n_kinds * halo->n_messages, slots);
}

/** The ghosts that came with message q and are in no pair leave it: here, and where they came from (thin_in). The marks, a byte per ghost,
 *  go the way of the sums: from the last axis to the first, so a ghost passed on is marked before its own message is thinned. */
static void thin_out(Halo *halo, int q) {
  const unsigned char *const is_met = halo->is_met;
  Places *places                    = &halo->messages[q].receive;
  const int slot                    = slot_of(halo, SLOT_MET, q);
  unsigned char *out                = channel_out(halo->channel, slot);
  int *const at = places->at, n_met = 0;
  const int n = places->n;
  for (int k = 0; k < n; k++) {
    const int i = at[n_met]  = at[k];
    const unsigned char mark = out[k] = is_met[i];
    n_met += mark;
  }
  places->n = n_met;
  channel_post(halo->channel, slot, (size_t)n);
}
static void thin_in(Halo *halo, int q) {
  Places *places          = &halo->messages[q].send;
  const unsigned char *in = channel_in(halo->channel, slot_of(halo, SLOT_MET, q));
  int *const at = places->at, n_met = 0;
  const int n                 = places->n;
  unsigned char *const is_met = halo->is_met;
  for (int k = 0; k < n; k++) {
    const int i = at[n_met]  = at[k];
    const unsigned char mark = in[k];
    n_met += mark;
    is_met[i] |= mark; /* a ghost itself, perhaps */
  }
  places->n = n_met;
}

enum { AHEAD = 128 }; /* words: a kilobyte */
/** For pack: past the caches, two words at a time; what two particles' odd words leave over goes together, so `out` stays aligned. */
ALWAYS_INLINE void stream(const Places *places, const int64_t *array, int64_t *out, const size_t words, const size_t stride) {
  const size_t odd = words % 2;
  int k            = 0;
  for (; k + 1 < places->n; k += 2, out += 2 * words) {
    const int64_t *one = array + (size_t)places->at[k] * stride, *next = array + (size_t)places->at[k + 1] * stride;
    for (size_t w = 0; w + 1 < words; w += 2) stream_two(out + w, stream_load(one + w));
    if (odd) stream_two(out + words - 1, (StreamTwo){one[words - 1], next[0]});
    for (size_t w = odd; w < words; w += 2) stream_two(out + words + w, stream_load(next + w));
  }
  for (size_t w = 0; w < words && k < places->n; w++) stream_word(out + w, array[(size_t)places->at[k] * stride + w]);
  stream_end();
}
/** The particles of an array, gathered: `words` of each, a multiple of the literal `piece`. Returns the bytes. */
ALWAYS_INLINE size_t pack(const Places *places, const int64_t *array, int64_t *out, const size_t words, const size_t stride,
                          const size_t piece, bool streams) {
  if (streams)
    stream(places, array, out, words, stride);
  else
    for (int k = 0; k < places->n; k++, out += words)
      for (size_t w = 0; w < words; w += piece) memcpy(out + w, array + (size_t)places->at[k] * stride + w, piece * sizeof(int64_t));
  return (size_t)places->n * words * sizeof(int64_t);
}
ALWAYS_INLINE void unpack(const Places *places, int64_t *array, const int64_t *in, const size_t words, const size_t stride,
                          const size_t piece) {
  for (int k = 0; k < places->n; k++, in += words) {
    __builtin_prefetch(in + AHEAD); /* out of the cache of another core */
    for (size_t w = 0; w < words; w += piece) memcpy(array + (size_t)places->at[k] * stride + w, in + w, piece * sizeof(int64_t));
  }
}
/** Sums are numbers modulo 2^64. */
ALWAYS_INLINE void add(const Places *places, int64_t *array, const int64_t *in, const size_t words, const size_t stride) {
  typedef uint64_t Two __attribute__((vector_size(16), may_alias, aligned(8)));
  for (int k = 0; k < places->n; k++, in += words) {
    int64_t *to = array + (size_t)places->at[k] * stride;
    __builtin_prefetch(in + AHEAD);
    for (size_t w = 0; w + 1 < words; w += 2) *(Two *)(to + w) += *(const Two *)(in + w);
    if (words % 2) to[words - 1] = (int64_t)((uint64_t)to[words - 1] + (uint64_t)in[words - 1]);
  }
}

void halo_post(System *system, HaloField which, int k) {
  Halo *halo         = &system->halo;
  const Field field  = field_of(system, which);
  const bool streams = stream_pays() && channel_moves_alone(halo->channel);
  for (int q = halo->first[k]; q < halo->first[k + 1]; q++) {
    if (field.is_return && !halo->is_thinned) thin_out(halo, q);
    const Places *places = field.is_return ? &halo->messages[q].receive : &halo->messages[q].send;
    const int slot       = slot_of(halo, field.slots, q);
    int64_t *out         = channel_out(halo->channel, slot);
    const size_t n       = field.words == 3   ? pack(places, field.array, out, 3, 4, 3, streams)
                           : field.words == 4 ? pack(places, field.array, out, 4, 4, 4, streams)
                                              : pack(places, field.array, out, field.words, field.stride, 2, streams);
    channel_post(halo->channel, slot, n);
  }
}
void halo_nudge(System *system, HaloField which, int k) {
  const Halo *halo = &system->halo;
  const int kind   = field_of(system, which).slots;
  for (int q = halo->first[k]; q < halo->first[k + 1]; q++) channel_nudge(halo->channel, slot_of(halo, kind, q));
}
void halo_take(System *system, HaloField which, int k) {
  Halo *halo        = &system->halo;
  const Field field = field_of(system, which);
  for (int q = halo->first[k]; q < halo->first[k + 1]; q++) {
    if (field.is_return && !halo->is_thinned) thin_in(halo, q);
    const Message *m  = &halo->messages[q];
    const int64_t *in = channel_in(halo->channel, slot_of(halo, field.slots, q));
    if (!field.is_return && field.words == 3)
      unpack(&m->receive, field.array, in, 3, 4, 3);
    else if (!field.is_return)
      unpack(&m->receive, field.array, in, field.words, field.stride, 2);
    else if (field.words == 3)
      add(&m->send, field.array, in, 3, 4);
    else if (field.words == 4)
      add(&m->send, field.array, in, 4, 4);
    else
      add(&m->send, field.array, in, field.words, field.stride);
  }
  if (field.is_return && k == 0) halo->is_thinned = true;
}

/** [begin, end) for so many chunks, after some delay. */
static Claim claim_of(const char *begin, const char *end, int n_chunks, int delay) {
  return n_chunks > delay ? (Claim){begin, end, (int)((end - begin) / CACHE_LINE / (n_chunks - delay)) + 1, delay} : (Claim){0};
}
enum { DELAY = 32 }; /* chunks, of 0.1 to 0.5 us, after which a message is thought to have come */
void halo_await(System *system, HaloField which, int k, int n_chunks) {
  const Halo *halo  = &system->halo;
  const Field field = field_of(system, which);
  for (int q = halo->first[k]; q < halo->first[k + 1] && halo->is_thinned; q++) {
    const char *in = channel_place(halo->channel, slot_of(halo, field.slots, q));
    const int n    = field.is_return ? halo->messages[q].send.n : halo->messages[q].receive.n;
    if (in)
      system->work.claims[CLAIM_IN + q - halo->first[k]] = claim_of(in, in + (size_t)n * field.words * sizeof(int64_t), n_chunks, DELAY);
  }
}
Claim halo_claim(System *system, HaloField which, int n_chunks) {
  const Halo *halo = &system->halo;
  if (halo->n_messages == 0 || !channel_moves_alone(halo->channel) || stream_pays()) return (Claim){0};
  const Field field   = field_of(system, which);
  const Message *last = &halo->messages[halo->n_messages - 1];
  const char *begin   = channel_out(halo->channel, slot_of(halo, field.slots, 0));
  const char *from    = channel_out(halo->channel, slot_of(halo, field.slots, halo->n_messages - 1));
  const size_t n_last = (size_t)(field.is_return ? last->receive.n : last->send.n);
  return claim_of(begin, from + n_last * field.words * sizeof(int64_t), n_chunks, 0);
}

void halo_clear(Halo *halo) {
  for (int q = 0; q < MAX_MESSAGES; q++) {
    memory_free(halo->messages[q].send.at);
    memory_free(halo->messages[q].receive.at);
  }
  memory_free(halo->is_met);
  memory_free(halo->out);
  channel_end(&halo->channel);
  *halo = (Halo){0};
}
