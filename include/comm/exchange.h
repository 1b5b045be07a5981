#pragma once
/** Bytes to and from neighbouring domains of a group's periodic grid; knows no particle. */
#include <stddef.h>

#include "comm/ranks.h"

/** Messages along one axis: +1 sends to the upper neighbour and receives from the lower one, -1 the reverse. With two ranks on an axis
 *  both neighbours are the same rank, so callers use +1 only; with one rank there is nothing to exchange. */

/** Sizes not known to the receiver (what repeats goes through channel.h). *receive is grown (memory_grow); returns the bytes received.
 * Collective: group. */
size_t exchange_any(const Ranks *ranks, int axis, int direction, const void *send, size_t n_send, void **receive, size_t *capacity);
/** Everybody's bytes to the root of the group, in rank order; *receive and sizes[ranks_size] valid at the root. Collective: group. */
void exchange_gather(const Ranks *ranks, const void *send, size_t n_send, void **receive, size_t *capacity, size_t *sizes);
/** Root's bytes to the whole group. Collective: group. */
void exchange_share(const Ranks *ranks, void *data, size_t n);
