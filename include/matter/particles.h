#pragma once
/** Particles of one replica on one rank, as records {x, y, z, spare} of 32 bytes.
 *
 *  Order: one block per species, [locals | ghosts], each with room to grow up to a multiple of 8; so a species is an index range. The
 *  records behind the locals, up to the next multiple of 8, have v = f = 0 and x = x0 = 0 and never enter a list: loops over locals
 *  need no test. */
#include <stddef.h>
#include <stdint.h>

#include "matter/mixture.h"

typedef struct Particles {
  int n_species, n_moments;                         /* n_moments: doubles per particle, a multiple of 4 */
  int first[MAX_SPECIES], local[MAX_SPECIES];       /* block start (multiple of 8), local particles */
  int ghost_first[MAX_SPECIES], ghost[MAX_SPECIES]; /* ghosts of the block */
  int ghost_room[MAX_SPECIES];                      /* room for ghosts; that for locals ends at ghost_first */
  int n;                                            /* records in use, with padding and room */
  size_t capacity;                                  /* records allocated */
  int64_t *x;                                       /* [n][4] coordinates: two's complement fraction of the edge times 2^64; slot 3 is 0 */
  int32_t *x0;                                      /* [n][4] upper halves at the last list build; slot 3: that of the double -skin^2 */
  double *v;                                        /* [n][4] sigma/time */
  int64_t *f;                                       /* [n][4] sums of forces (see ForceWork) */
  int32_t *image;                                   /* [n][4] box images at the last list build (see particles_image) */
  int32_t *id;                                      /* [n] row in the Frame; -1 padding */
  float *skin;                                      /* [n] with margin */
  double *moments;                                  /* [n][n_moments] */
  double *energies;                                 /* [n] */
} Particles;

void particles_init(Particles *p, int n_species, int n_moments);
/** Room for at least these counts (exactly, padded, if all ghost counts are 0); the locals that are there keep their order, everything
 *  else is lost; `local` becomes the new counts. Blocks move only if something does not fit; first[s] tells where they went. */
void particles_make_room(Particles *p, const int *local, const int *ghost);
/** The records behind the locals as the kernels want them. After locals were added or removed. */
void particles_pad(Particles *p);
/** Record `from` to place `to`; all but forces, moments and energies. */
void particles_move(Particles *p, size_t to, size_t from);
int particles_local(const Particles *p); /* of all species */
void particles_clear(Particles *p);
/** Upper half of a coordinate: its place to 2^-32 of the edge. */
static inline int32_t particles_upper(int64_t x) { return (int32_t)(x >> 32); }
/** By how much the image of a coordinate changes on a way of less than half an edge, between upper halves. */
static inline int32_t particles_wrap(int32_t before, int32_t after) {
  /* as an unsigned fraction the coordinate crossed 0 when the signed step and the unsigned order disagree */
  const uint32_t from = (uint32_t)before, to = (uint32_t)after;
  const int32_t step = (int32_t)(to - from);
  return (int32_t)((step >= 0) & (to < from)) - (int32_t)((step < 0) & (to > from));
}
/** Image of coordinate k (of the flat [n][4] arrays) as it is now. */
static inline int32_t particles_image(const Particles *p, size_t k) {
  return p->image[k] + particles_wrap(p->x0[k], particles_upper(p->x[k]));
}
