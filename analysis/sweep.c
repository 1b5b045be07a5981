/* Sweep: read a sequence of frames once and let every pass see every frame and every planned pair.
 *
 * How. The pairs of the plan are put in order of their later frame. Walking up the frames, frame k is read if some pass wants it, if it is
 * the end of a pair whose origin is in memory, or if it is an origin itself. An origin lives in a slot from its own time to that of its
 * last partner, then the slot is free again. So log blocks need few slots (an origin meets its block, then only the starts of
 * others), and a linear sequence as many as the plan has origins.
 *
 * Bounded memory. When no slot is free and the budget is spent, an origin stays pending; as long as origins are pending, the frames are
 * walked again. Each walk finishes at least one origin; with room for M of O simultaneous origins, O / M walks are needed: the
 * price is reading, never memory. Reading is some 1.5 ms per frame of 8000 particles, a pair of them costs about 0.12 ms.
 *
 * Sharing. With R ranks each reads the file by itself and measures every R-th pair of the plan (lag by lag, so all ranks have equal work at
 * every lag); the stage adds the sums of the passes. */
#include "analysis/sweep.h"

#include "base/memory.h"
#include "matter/frame.h"

#include <stdbool.h>
#include <stdlib.h>

enum { NOT_AN_ORIGIN = -3, FINISHED = -2, PENDING = -1 }; /* otherwise: slot that holds the origin */

typedef struct Meeting {
  int64_t later, origin, index; /* index: number of the pair in the plan */
} Meeting;

typedef struct Walk {
  const SweepSource *source;
  const LagPlan *plan;
  int n_passes;
  const SweepPass *passes;
  size_t memory;
  int64_t n_meetings;
  Meeting *meetings;   /* by later frame, then by origin */
  int64_t *place;      /* [n_frames] slot of an origin, or PENDING .. */
  int64_t *last;       /* [n_frames] last later frame of an origin */
  int64_t n_pending;   /* origins that are neither finished nor in a slot */
  int64_t n_slots;     /* slots made so far */
  int64_t n_free;      /* of these unused: free_slots[0 .. n_free-1] */
  int64_t *free_slots; /* [n_frames] */
  Frame *slots;        /* [n_frames], the first n_slots initialised */
  int64_t max_slots;   /* as the budget allows; known after the first frame */
  Frame current;
} Walk;

static bool takes(const SweepPass *pass, int64_t index) { return pass->size > 0 && index % pass->size == pass->rank; }

static bool pair_is_wanted(const Walk *walk, int64_t index) {
  for (int p = 0; p < walk->n_passes; p++)
    if (walk->passes[p].type->pair != NULL && takes(&walk->passes[p], index)) return true;
  return false;
}

static bool frame_is_wanted(const Walk *walk, int64_t k) {
  for (int p = 0; p < walk->n_passes; p++)
    if (walk->passes[p].type->frame != NULL && takes(&walk->passes[p], k)) return true;
  return false;
}

static int compare_meetings(const void *left, const void *right) {
  const Meeting *a = left, *b = right;
  if (a->later != b->later) return a->later < b->later ? -1 : 1;
  return (a->origin > b->origin) - (a->origin < b->origin);
}

static void walk_init(Walk *walk) {
  const size_t n   = (size_t)walk->source->n_frames;
  walk->meetings   = memory_array((size_t)walk->plan->n_pairs, sizeof *walk->meetings);
  walk->place      = memory_array(n, sizeof *walk->place);
  walk->last       = memory_array(n, sizeof *walk->last);
  walk->free_slots = memory_array(n, sizeof *walk->free_slots);
  walk->slots      = memory_array(n, sizeof *walk->slots);
  walk->max_slots  = 1;
  frame_init(&walk->current);
  for (size_t k = 0; k < n; k++) walk->place[k] = NOT_AN_ORIGIN;
  for (int64_t i = 0; i < walk->plan->n_pairs; i++) {
    const LagPair *pair = &walk->plan->pairs[i];
    if (!pair_is_wanted(walk, i)) continue;
    walk->meetings[walk->n_meetings++] = (Meeting){pair->later, pair->origin, i};
    if (walk->place[pair->origin] == NOT_AN_ORIGIN) walk->n_pending++;
    walk->place[pair->origin] = PENDING;
    if (pair->later > walk->last[pair->origin]) walk->last[pair->origin] = pair->later;
  }
  qsort(walk->meetings, (size_t)walk->n_meetings, sizeof *walk->meetings, compare_meetings);
}

static void walk_clear(Walk *walk) {
  for (int64_t i = 0; i < walk->n_slots; i++) frame_clear(&walk->slots[i]);
  frame_clear(&walk->current);
  memory_free(walk->slots);
  memory_free(walk->free_slots);
  memory_free(walk->last);
  memory_free(walk->place);
  memory_free(walk->meetings);
}

/* Bytes of a frame's arrays: id, species, image, four vectors of doubles, mass, fraction, fields. */
static size_t frame_bytes(const Frame *frame) {
  size_t bytes = 8 + 4 + 12 + 3 * 24 + 8 + 24;
  for (int i = 0; i < frame->n_fields; i++) bytes += 8 * (size_t)frame->fields[i].components;
  return bytes * (size_t)(frame->n > 0 ? frame->n : 1);
}

/* Put the current frame k into a slot, if there is room. */
static void keep_origin(Walk *walk, int64_t k) {
  if (walk->n_free == 0 && walk->n_slots < walk->max_slots) {
    frame_init(&walk->slots[walk->n_slots]);
    walk->free_slots[walk->n_free++] = walk->n_slots++;
  }
  if (walk->n_free == 0) return;
  const int64_t slot = walk->free_slots[--walk->n_free];
  const Frame spare  = walk->slots[slot];
  walk->slots[slot]  = walk->current;
  walk->current      = spare;
  walk->place[k]     = slot;
  walk->n_pending--;
}

static bool has_room(const Walk *walk) { return walk->n_free > 0 || walk->n_slots < walk->max_slots; }

static Status show_frame(Walk *walk, int64_t k) {
  for (int p = 0; p < walk->n_passes; p++) {
    const SweepPass *pass = &walk->passes[p];
    if (pass->type->frame != NULL && takes(pass, k)) TRY(pass->type->frame(pass->state, &walk->current));
  }
  return STATUS_OK;
}

static Status show_pair(Walk *walk, const Meeting *meeting) {
  const int lag       = walk->plan->pairs[meeting->index].lag;
  const Frame *origin = &walk->slots[walk->place[meeting->origin]];
  for (int p = 0; p < walk->n_passes; p++) {
    const SweepPass *pass = &walk->passes[p];
    if (pass->type->pair != NULL && takes(pass, meeting->index)) TRY(pass->type->pair(pass->state, lag, origin, &walk->current));
  }
  if (walk->last[meeting->origin] == meeting->later) { /* may be shown at several lags only if steps repeat: they do not */
    walk->free_slots[walk->n_free++] = walk->place[meeting->origin];
    walk->place[meeting->origin]     = FINISHED;
  }
  return STATUS_OK;
}

/* One walk over all frames; meetings[next ..] are those that end at frame k or after it. */
static Status walk_once(Walk *walk, bool is_first) {
  int64_t next = 0;
  for (int64_t k = 0; k < walk->source->n_frames; k++) {
    int64_t end   = next;
    bool is_ended = false;
    for (; end < walk->n_meetings && walk->meetings[end].later == k; end++)
      if (walk->place[walk->meetings[end].origin] >= 0) is_ended = true;
    const bool is_wanted = is_first && frame_is_wanted(walk, k);
    if (is_wanted || is_ended || (walk->place[k] == PENDING && has_room(walk))) {
      TRY(walk->source->read(walk->source->source, k, &walk->current));
      walk->max_slots = (int64_t)(walk->memory / frame_bytes(&walk->current));
      if (walk->max_slots < 1) walk->max_slots = 1;
      if (is_wanted) TRY(show_frame(walk, k));
      for (int64_t i = next; i < end; i++)
        if (walk->place[walk->meetings[i].origin] >= 0) TRY(show_pair(walk, &walk->meetings[i]));
      if (walk->place[k] == PENDING) keep_origin(walk, k);
    }
    next = end;
  }
  return STATUS_OK;
}

Status sweep_frames(const SweepSource *source, const LagPlan *plan, int n_passes, const SweepPass *passes, size_t memory) {
  Walk walk = {.source = source, .plan = plan, .n_passes = n_passes, .passes = passes, .memory = memory};
  walk_init(&walk);
  Status status = walk_once(&walk, true);
  while (status == STATUS_OK && walk.n_pending > 0) status = walk_once(&walk, false);
  walk_clear(&walk);
  return status;
}
