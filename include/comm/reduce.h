#pragma once
/** Sums and maxima. Group reductions are exact (integers); they are free for a group of one rank. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "comm/ranks.h"

/** Group: exact sums of 128-bit integers, |value| < 2^110. */
void reduce_group_wide(const Ranks *ranks, __int128 *values, int n);
void reduce_group_sum(const Ranks *ranks, int64_t *values, int n);
void reduce_group_max(const Ranks *ranks, double *values, int n);
/** Bitwise or. */
int reduce_group_flags(const Ranks *ranks, int flags);
/** The same under way: ask with this rank's flags, then compute, look whether all ranks have said theirs, take what they said. No other
 *  reduction of the group in between. */
typedef struct Vote {
  int own, all; /* flags of this rank, of the group */
  int request;  /* of MPI, as Fortran names it */
} Vote;
void vote_ask(const Ranks *ranks, Vote *vote, int flags);
bool vote_is_known(const Ranks *ranks, Vote *vote);
/** Waits for it; once. */
int vote_take(const Ranks *ranks, Vote *vote);
/** World: sums in rank order (every rank gets the same bits), maxima, minima. */
void reduce_sum_doubles(const Ranks *ranks, double *values, size_t n);
void reduce_max_doubles(const Ranks *ranks, double *values, size_t n);
void reduce_min_doubles(const Ranks *ranks, double *values, size_t n);
