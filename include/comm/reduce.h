#pragma once
/** Sums and maxima. Group reductions are exact (integers); they are free for a group of one rank. */
#include <stddef.h>
#include <stdint.h>

#include "comm/ranks.h"

/** Group: exact sums of 128-bit integers, |value| < 2^110. */
void reduce_group_wide(const Ranks *ranks, __int128 *values, int n);
void reduce_group_sum(const Ranks *ranks, int64_t *values, int n);
void reduce_group_max(const Ranks *ranks, double *values, int n);
/** Bitwise or. */
int reduce_group_flags(const Ranks *ranks, int flags);
/** World: sums in rank order (every rank gets the same bits), maxima, minima. */
void reduce_sum_doubles(const Ranks *ranks, double *values, size_t n);
void reduce_max_doubles(const Ranks *ranks, double *values, size_t n);
void reduce_min_doubles(const Ranks *ranks, double *values, size_t n);
