#pragma once
/** Bytes to and from neighbouring domains of a group's periodic grid; knows no particle. */
#include <stddef.h>

#include "comm/ranks.h"

/** Messages along one axis: +1 sends to the upper neighbour and receives from the lower one, -1 the reverse. With two ranks on an axis
 *  both neighbours are the same rank, so callers use +1 only; with one rank there is nothing to exchange. */

/** n_send members of so many bytes there, and what comes behind the *n members of *array, which is grown (memory_grow); their number need
 *  not be known to the receiver (what repeats goes through channel.h). Collective: group. */
void exchange_any(const Ranks *ranks, int axis, int direction, const void *send, size_t n_send, size_t size, void **array, size_t *n,
                  size_t *capacity);
/** Everybody's bytes to the root of the group, in rank order; *receive and sizes[ranks_size] valid at the root. Collective: group. */
void exchange_gather(const Ranks *ranks, const void *send, size_t n_send, void **receive, size_t *capacity, size_t *sizes);
/** Root's bytes to the whole group. Collective: group. */
void exchange_share(const Ranks *ranks, void *data, size_t n);
