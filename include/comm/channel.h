#pragma once
/** Memory that ranks of one node write for each other: a message is written in place by its sender and read there by its receiver,
 *  without the library in between. Only for groups that live on one node; others use exchange_known. */
#include <stdbool.h>
#include <stddef.h>

#include "comm/ranks.h"

typedef struct Channel Channel;
enum { MAX_SLOTS = 12 }; /* messages a rank may have open */

/** NULL if the group does not share memory (or is one rank). Collective: group. */
Channel *channel_create(const Ranks *ranks);
/** Collective: group. */
void channel_end(Channel **channel);
/** Room for messages of bytes[slot] (all MAX_SLOTS of them), the same slots meaning the same axis and direction on all ranks.
 *  Collective: group. */
void channel_reserve(Channel *channel, const size_t bytes[MAX_SLOTS]);
/** Where the message of `slot` is to be written. */
void *channel_out(Channel *channel, int slot);
/** The message is complete. Between two posts of a slot lies some reduction of the group: by then it has been read. */
void channel_post(Channel *channel, int slot);
/** Waits for the neighbour against `direction` to post its next message of `slot`; valid until the next reduction of the group. */
const void *channel_in(Channel *channel, int slot, int axis, int direction);
