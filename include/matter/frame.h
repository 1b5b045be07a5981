#pragma once
/** A Frame: one whole configuration, in id order. Arrays are [n][3] also in two dimensions (third component 0).
 *  Reduced units. The currency between engine, files and analysis; never spread over ranks. */
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

enum { FRAME_VELOCITY = 1, FRAME_IMAGE = 2, FRAME_FRACTION = 4, FRAME_FORCE = 8, FRAME_MASS = 16 };
enum { FRAME_MAX_FIELDS = 8 };

typedef struct FrameField {
  char name[48];
  int components; /* 1 or 3 */
  double *values; /* [n][components] */
} FrameField;

typedef struct Frame {
  int64_t n;
  int dim;           /* 2 or 3 */
  double edges[3];   /* box edge lengths, sigma; edges[2] = 1 in two dimensions */
  int64_t step;      /* MD steps since the start of the run */
  double time;       /* reduced time */
  int32_t stage;     /* index of the run's stage that wrote it; -1 unknown */
  int32_t block;     /* log block inside the stage; -1: none */
  unsigned has;      /* which of the optional arrays below are valid: FRAME_... */
  int64_t *id;       /* [n] labels, strictly increasing, >= 0 */
  int32_t *species;  /* [n] 0-based */
  double *position;  /* [n][3] sigma, wrapped into [0, edge) */
  int32_t *image;    /* [n][3] r_unwrapped = position + image * edge; 0 if !has */
  double *velocity;  /* [n][3]; 0 if !has */
  double *force;     /* [n][3]; 0 if !has */
  double *mass;      /* [n]; 1 if !has */
  int64_t *fraction; /* [n][3] exact coordinate: two's complement fraction of the edge times 2^64 (see engine); 0 if !has */
  int n_fields;
  FrameField fields[FRAME_MAX_FIELDS]; /* optional per-particle quantities: potential_energy, kappa, ... */
} Frame;

/** Empty frame; arrays are made by frame_resize. */
void frame_init(Frame *frame);
/** Room for n particles in dim dimensions; keeps nothing, ids become 0..n-1, has = 0. Reuses memory. */
void frame_resize(Frame *frame, int64_t n, int dim);
/** Field by name, made if absent. Lent, [n][components]. */
double *frame_field(Frame *frame, const char *name, int components);
/** NULL if absent. */
const double *frame_find_field(const Frame *frame, const char *name, int *components);
void frame_copy(Frame *to, const Frame *from);
void frame_clear(Frame *frame);
/** Particles of each species, counts[n_species]; largest species index + 1 is returned. */
int frame_species_counts(const Frame *frame, int max_species, int64_t *counts);
double frame_volume(const Frame *frame); /* area in 2D */
/** 64-bit xxhash over ids, wrapped positions (exact fractions if present), images and velocities, in id order: `final_digest`. */
uint64_t frame_digest(const Frame *frame);
