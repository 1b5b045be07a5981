/* A group on one node has one shared window. Each rank's segment starts with a head: how often each slot was posted, and where its data
 * lies; then the data. Posting is a release store of the count, waiting an acquire load; a waiting rank spins a little, then gives its core
 * away, so that more ranks than cores work too.
 * A group on several nodes has private memory for what goes out and what comes in, and a pair of requests for each slot. */
#include "comm/channel.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/memory.h"
#include "comm/reduce.h"
#include "world.h"

typedef struct Head {
  struct {
    uint64_t count, offset;
    char pad[CACHE_LINE - 16];
  } slots[MAX_SLOTS]; /* a cache line each */
} Head;
typedef struct Mail {
  char *out, *in;
  MPI_Request requests[2];
} Mail;

struct Channel {
  const Ranks *ranks;
  bool is_shared;
  ChannelSlot slots[MAX_SLOTS];
  size_t capacity;
  /* shared */
  MPI_Win window;
  Head *own;
  Head **others; /* [size] segments of the group's ranks */
  uint64_t posted[MAX_SLOTS], taken[MAX_SLOTS];
  /* not shared */
  void *data;
  Mail mail[MAX_SLOTS];
};

static void open_window(Channel *c, size_t bytes) {
  c->capacity = bytes;
  c->window   = world_share(c->ranks->group_comm, sizeof(Head) + bytes, (void **)c->others);
  c->own      = c->others[c->ranks->rank];
  memset(c->posted, 0, sizeof c->posted);
  memset(c->taken, 0, sizeof c->taken);
}

Channel *channel_create(const Ranks *ranks) {
  if (ranks->size == 1) return NULL;
  Channel *c   = memory_array(1, sizeof *c);
  c->ranks     = ranks;
  c->is_shared = world_shares_memory(ranks->group_comm);
  if (!c->is_shared) return c;
  c->others = memory_array((size_t)ranks->size, sizeof *c->others);
  open_window(c, 1 << 16);
  return c;
}
void channel_end(Channel **channel) {
  Channel *c = *channel;
  if (!c) return;
  if (c->is_shared) MPI_Win_free(&c->window);
  memory_free(c->others);
  memory_free(c->data);
  memory_free(c);
  *channel = NULL;
}

static size_t lines(size_t bytes) { return (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE; }

static void reserve_shared(Channel *c, int n) {
  uint64_t total = 0;
  for (int slot = 0; slot < n; slot++) total += lines(c->slots[slot].n_out);
  double most = (double)total; /* also the barrier behind which old messages are no longer read */
  reduce_group_max(c->ranks, &most, 1);
  if ((size_t)most > c->capacity) {
    MPI_Win_free(&c->window);
    open_window(c, (size_t)most + (size_t)most / 4);
  }
  uint64_t offset = sizeof(Head);
  for (int slot = 0; slot < n; slot++) {
    __atomic_store_n(&c->own->slots[slot].offset, offset, __ATOMIC_RELAXED); /* seen by the receiver after the next post */
    offset += lines(c->slots[slot].n_out);
  }
}
static void reserve_mail(Channel *c, int n) {
  size_t total = 0;
  for (int slot = 0; slot < n; slot++) total += lines(c->slots[slot].n_out) + lines(c->slots[slot].n_in);
  memory_grow(&c->data, &c->capacity, total, 0, 1);
  char *next = c->data;
  for (int slot = 0; slot < n; slot++) {
    const ChannelSlot *s = &c->slots[slot];
    require(s->n_out <= INT_MAX && s->n_in <= INT_MAX, "messages of %zu and %zu bytes", s->n_out, s->n_in);
    c->mail[slot].out = next;
    c->mail[slot].in  = next + lines(s->n_out);
    next += lines(s->n_out) + lines(s->n_in);
  }
}
void channel_reserve(Channel *c, int n, const ChannelSlot slots[]) {
  require(n <= MAX_SLOTS, "%d slots", n);
  memcpy(c->slots, slots, (size_t)n * sizeof *slots);
  if (c->is_shared)
    reserve_shared(c, n);
  else
    reserve_mail(c, n);
}

void *channel_out(Channel *c, int slot) { return c->is_shared ? (char *)c->own + c->own->slots[slot].offset : c->mail[slot].out; }

void channel_post(Channel *c, int slot, size_t n) {
  if (c->is_shared) {
    __atomic_store_n(&c->own->slots[slot].count, ++c->posted[slot], __ATOMIC_RELEASE);
    return;
  }
  const ChannelSlot *s = &c->slots[slot];
  Mail *mail           = &c->mail[slot];
  MPI_Irecv(mail->in, (int)s->n_in, MPI_BYTE, world_neighbor(c->ranks, s->axis, -s->direction), slot, c->ranks->group_comm,
            &mail->requests[0]);
  MPI_Isend(mail->out, (int)n, MPI_BYTE, world_neighbor(c->ranks, s->axis, s->direction), slot, c->ranks->group_comm, &mail->requests[1]);
}

bool channel_moves_alone(const Channel *c) { return c->is_shared; }
void channel_nudge(Channel *c, int slot) {
  int done;
  if (!c->is_shared) MPI_Testall(2, c->mail[slot].requests, &done, MPI_STATUSES_IGNORE);
}
static Head *sender(const Channel *c, int slot) {
  return c->others[world_neighbor(c->ranks, c->slots[slot].axis, -c->slots[slot].direction)];
}
static const void *data_of(const Head *from, int slot) {
  return (const char *)from + __atomic_load_n(&from->slots[slot].offset, __ATOMIC_RELAXED);
}
const void *channel_place(const Channel *c, int slot) { return c->is_shared ? data_of(sender(c, slot), slot) : NULL; }
const void *channel_in(Channel *c, int slot) {
  if (!c->is_shared) {
    MPI_Waitall(2, c->mail[slot].requests, MPI_STATUSES_IGNORE);
    return c->mail[slot].in;
  }
  Head *from = sender(c, slot);
  world_wait(&from->slots[slot].count, ++c->taken[slot]);
  return data_of(from, slot);
}
