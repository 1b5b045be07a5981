#pragma once
/** Messages between neighbouring domains that repeat at every step: sizes agreed once, then posted, and taken when there is nothing else to
 *  do. Within a node they are written in place by the sender and read there by the receiver; between nodes they are MPI messages. */
#include <stdbool.h>
#include <stddef.h>

#include "comm/ranks.h"

typedef struct Channel Channel;
enum { MAX_SLOTS = 30 }; /* messages a rank may have open */

/** What a slot carries: at most n_out bytes to the neighbour in `direction` along `axis`, n_in bytes from the neighbour on the other side.
 */
typedef struct ChannelSlot {
  int axis, direction;
  size_t n_out, n_in;
} ChannelSlot;

/** NULL if the group is one rank. Collective: group. */
Channel *channel_create(const Ranks *ranks);
/** Collective: group. */
void channel_end(Channel **channel);
/** Room for these messages, the same axis and direction on all ranks; no slot is open meanwhile. Collective: group. */
void channel_reserve(Channel *channel, int n, const ChannelSlot slots[]);
/** Where the message of `slot` is to be written. */
void *channel_out(Channel *channel, int slot);
/** The message of n bytes, at most what was reserved, is complete. Between two posts of a slot lies its channel_in, and then some reduction
 * of the group: by then it has been read. (Or the same bytes are posted again.) */
void channel_post(Channel *channel, int slot, size_t n);
/** Whether messages need nobody's help on their way. */
bool channel_moves_alone(const Channel *channel);
/** Else, for whoever computes meanwhile: gives MPI a moment, without which large messages do not move on. */
void channel_nudge(Channel *channel, int slot);
/** Where the message against `slot` will lie, for a prefetch: before the sender has posted since channel_reserve, perhaps where the last
 * one was. NULL between nodes. */
const void *channel_place(const Channel *channel, int slot);
/** Waits for the message that comes in against `slot`, posted before; valid until the next reduction of the group. */
const void *channel_in(Channel *channel, int slot);
