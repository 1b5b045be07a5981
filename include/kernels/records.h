#pragma once
/** Sums and blends of vectors of records {x, y, z, 0}: [n] doubles, n a multiple of 32 (8 records), slot 3 is 0.
 *
 *  Sums are exact but for one rounding of each product to a multiple of 2^exponent: they are integers, the same in whatever order and on
 *  however many ranks they are added. */
#include <math.h>
#include <stddef.h>

#include "kernels/force_work.h"

typedef struct RecordSums {
  Wide ff, fv, vv; /* |f|^2, f.v, |v|^2, each in units of its own grid */
} RecordSums;
typedef struct RecordGrids {
  int ff, fv, vv; /* exponents */
} RecordGrids;

/** Exponent of the grid for products of numbers not above these (finite) magnitudes: 50 to 51 bits below the largest product there may be.
 */
static inline int records_grid(double largest_a, double largest_b) {
  int exponent;
  (void)frexp(largest_a * largest_b, &exponent);
  return exponent > -900 ? exponent - 51 : -951;
}
