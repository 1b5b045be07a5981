#pragma once
/** Sums and blends of vectors of records {x, y, z, 0}: [n] doubles, n a multiple of 32 (8 records), slot 3 is 0. 32 partial sums in a
 *  fixed order: the same bits for every instruction set. */
#include <stddef.h>

typedef struct RecordSums {
  double ff, fv, vv; /* |f|^2, f.v, |v|^2 */
} RecordSums;
