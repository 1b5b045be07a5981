#pragma once
/** The two passes of a velocity-Verlet step over the local particles of one species, fused with scaling, displacement test and kinetic
 *  energy. The second half of a kick is looked at when it is due and made with the first half of the next one, so a step writes each
 *  velocity once. Arrays are records [n][4]; ranges are padded to multiples of 8 records whose velocity and force are 0. */
#include <stdbool.h>
#include <stdint.h>

#include "kernels/force_work.h"

typedef struct MoveArrays {
  int64_t *x;     /* coordinates */
  double *v;      /* velocities, sigma/time */
  int64_t *f;     /* sums of forces (see ForceWork) */
  int32_t *x0;    /* coordinates at the last list build, upper halves; slot 3: upper half of the double -skin^2 */
  int32_t *image; /* box images there */
  float *skin;    /* [n] sigma, with margin */
} MoveArrays;

typedef struct MoveStep {
  int first, count;        /* particles; first is a multiple of 8 */
  double force_unit;       /* eps/sigma per unit of a sum */
  double owed;             /* dt/2 / mass of a kick that is still to be made, before anything else; 0: none */
  double scale_1, scale_2; /* v <- (v scale_1) scale_2 before the kick */
  double kick;             /* dt/2 / mass */
  double drift[3];         /* dt / unit, coordinate units per velocity */
  double unit[3];          /* sigma per coordinate unit */
  bool clears;             /* sums of forces become 0, for the next ones */
} MoveStep;

/** Skins of the particles of one species, sigma: the root of way^2 + (doubt f)^2 + smallest^2, at most cap, and a margin for what is
 * rounded; way = of_v v + of_f f + of_x (x - x0). */
typedef struct MoveSkins {
  int first, count;
  double force_unit, of_v, of_f, of_x[3], doubt; /* time; time^2/mass; sigma per coordinate unit; time^2/mass */
  double smallest, cap, margin;
} MoveSkins;

enum { MOVE_SQUARE_EXPONENT = -38 }; /* v^2 is rounded to multiples of 2^-38: range 8192 */
