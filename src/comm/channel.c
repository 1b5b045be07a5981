/* One shared window per group. Each rank's segment starts with a head: how often each slot was posted, and where its data lies; then the
 * data. Posting is a release store of the count, waiting an acquire load; a waiting rank spins a little, then gives its core away, so that
 * more ranks than cores work too. */
#include "comm/channel.h"

#include <sched.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "world.h"

enum { LINE = 64, SPINS = 2000 };
typedef struct Head {
  struct {
    uint64_t count, offset;
    char pad[LINE - 16];
  } slots[MAX_SLOTS]; /* a cache line each */
} Head;

struct Channel {
  const Ranks *ranks;
  MPI_Win window;
  size_t capacity;
  Head *own;
  Head **others; /* [size] segments of the group's ranks */
  uint64_t posted[MAX_SLOTS], taken[MAX_SLOTS];
};

static void open_window(Channel *c, size_t bytes) {
  c->capacity = bytes;
  MPI_Win_allocate_shared((MPI_Aint)(sizeof(Head) + bytes), 1, MPI_INFO_NULL, c->ranks->group_comm, &c->own, &c->window);
  memset(c->own, 0, sizeof(Head));
  for (int r = 0; r < c->ranks->size; r++) {
    MPI_Aint size;
    int unit;
    MPI_Win_shared_query(c->window, r, &size, &unit, &c->others[r]);
  }
  memset(c->posted, 0, sizeof c->posted);
  memset(c->taken, 0, sizeof c->taken);
  MPI_Barrier(c->ranks->group_comm);
}

Channel *channel_create(const Ranks *ranks) {
  if (ranks->size == 1) return NULL;
  if (!world_shares_memory(ranks->group_comm)) return NULL;
  Channel *c = memory_array(1, sizeof *c);
  c->ranks   = ranks;
  c->others  = memory_array((size_t)ranks->size, sizeof *c->others);
  open_window(c, 1 << 16);
  return c;
}
void channel_end(Channel **channel) {
  if (!*channel) return;
  MPI_Win_free(&(*channel)->window);
  memory_free((*channel)->others);
  memory_free(*channel);
  *channel = NULL;
}

void channel_reserve(Channel *c, const size_t bytes[MAX_SLOTS]) {
  uint64_t total = 0;
  for (int slot = 0; slot < MAX_SLOTS; slot++) total += (bytes[slot] + LINE - 1) / LINE * LINE;
  uint64_t most = total; /* also the barrier behind which old messages are no longer read */
  MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPI_UINT64_T, MPI_MAX, c->ranks->group_comm);
  if (most > c->capacity) {
    MPI_Win_free(&c->window);
    open_window(c, most + most / 4);
  }
  uint64_t offset = sizeof(Head);
  for (int slot = 0; slot < MAX_SLOTS; slot++) {
    c->own->slots[slot].offset = offset; /* seen by the receiver after the next post */
    offset += (bytes[slot] + LINE - 1) / LINE * LINE;
  }
}
void *channel_out(Channel *c, int slot) { return (char *)c->own + c->own->slots[slot].offset; }
void channel_post(Channel *c, int slot) { __atomic_store_n(&c->own->slots[slot].count, ++c->posted[slot], __ATOMIC_RELEASE); }

const void *channel_in(Channel *c, int slot, int axis, int direction) {
  Head *from              = c->others[world_neighbor(c->ranks, axis, -direction)];
  const uint64_t expected = ++c->taken[slot];
  for (int spins = 0; __atomic_load_n(&from->slots[slot].count, __ATOMIC_ACQUIRE) < expected;)
    if (++spins > SPINS)
      sched_yield();
    else
      __builtin_ia32_pause();
  return (const char *)from + from->slots[slot].offset;
}
