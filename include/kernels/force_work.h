#pragma once
/** What a force kernel reads and fills: one replica's particles on this rank, its neighbour list, and exact accumulators.
 *
 *  Coordinates are 64-bit fractions of the box edges: a difference wraps by itself and is exact. Sums are exact too: each pair term
 *  is rounded to a multiple of `quantum` (a power of two) by adding 1.5 * 2^52 quanta, and the bit patterns are added as integers
 *  [ARCHITECTURE: parallel invariance]. So no result depends on the order of neighbours, chunks or ranks. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "matter/mixture.h"

typedef __int128 Wide; /* exact total of many 64-bit integers */

/** Neighbour list in SELL layout: chunk = W centre particles of one species, one lane each; column = their k-th neighbours. A pair is
 *  listed at one of its ends, on one rank. Lanes are sorted by length, so most columns are full; a lane that has ended repeats its own
 *  centre. */
typedef struct List {
  int width; /* lanes of a chunk, W of the build that made it */
  int n_chunks;
  int *order; /* [n_chunks] all chunks: first the inner ones, none of whose neighbours is a ghost, then the rest */
  int n_inner;
  bool *is_inner;    /* [n_chunks] */
  int *species;      /* [n_chunks] of the centres */
  int *lanes;        /* [n_chunks] real centres, 1 .. W */
  int *full;         /* [n_chunks] columns in which every lane is real */
  int *columns;      /* [n_chunks] all columns */
  int64_t *first;    /* [n_chunks] first entry of the chunk in `entries` */
  int32_t *centres;  /* [n_chunks][W] record offsets (4 * particle); unused lanes repeat a real one */
  int32_t *counts;   /* [n_chunks][W] neighbours of each lane; 0 for unused lanes */
  int32_t *entries;  /* [sum of columns][W] record offsets of neighbours */
  int64_t n_entries; /* columns * W in total */
  int64_t n_pairs;
  size_t chunk_capacity, entry_capacity;
} List;

/** Memory that lies in the cache of another core: with each chunk but the first ones a kernel brings `pace` lines of it here. */
typedef struct Claim {
  const char *next, *end;
  int pace, delay; /* delay: chunks */
} Claim;
/** Messages that are to be written after this pass, before the next one, and (two) to be read. */
enum { CLAIM_SUMS, CLAIM_NEXT, CLAIM_IN, CLAIMS = CLAIM_IN + 2 };

typedef struct ForceWork {
  int dim, n_species;
  bool is_cubic;                              /* all edges equal: one length unit for all axes */
  double unit[3];                             /* length of one coordinate unit per axis: edge * 2^-64, sigma */
  int first[MAX_SPECIES], local[MAX_SPECIES]; /* particles of a species block: its first, and how many are locals */
  const int64_t *x;                           /* [n][4] coordinates */
  int64_t *f;                                 /* [n][4] sums of forces, in units of force_unit; slot 3 is not one of them */
  double *moments;                            /* [n][4 * ceil(n_moments/4)] sums, then moments; made by pass 0, needed by pass 1 */
  double *bonds;                              /* [6 n_entries] kept from pass 0 for pass 1; NULL without moments */
  double *energies;                           /* [n] out with energies: half of each pair's energy */
  const List *list;
  int from, end;           /* the chunks to do: places in list->order */
  Claim claims[CLAIMS];    /* what is left of them */
  bool is_vast;            /* x is much larger than the cache of the core: worth fetching each neighbour ahead */
  int quantum_exponent;    /* forces and energies are rounded to multiples of about 2^quantum_exponent */
  double steepest_allowed; /* f is capped here, so that no pair force leaves the range of the grid */
  double force_unit;       /* out: eps/sigma */
  /* out, added to: */
  double steepest;        /* largest f = -u'(r)/r met, eps/sigma^2; steepest_allowed if the cap was used */
  Wide energy, virial[6]; /* in units of energy_quantum: sum of pair energies twice (both ends), of f x_a x_b: xx yy zz xy xz yz */
  int64_t n_pairs;        /* pairs inside the cut-off */
} ForceWork;

/** A sum as a number. TEKTITE_PLAIN_SUMS: see pair_kernel.h. */
static inline double force_sum(int64_t sum) {
#ifdef TEKTITE_PLAIN_SUMS
  double value;
  memcpy(&value, &sum, sizeof value);
  return value;
#else
  return (double)sum;
#endif
}
/** eps per unit of energy and virial totals. */
static inline double force_energy_quantum(const ForceWork *work) {
  return work->quantum_exponent < 0 ? 1.0 / (double)((int64_t)1 << -work->quantum_exponent)
                                    : (double)((int64_t)1 << work->quantum_exponent);
}
