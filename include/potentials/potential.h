#pragma once
/** A potential: what a model must answer. Legend, used in all kernels and nowhere else abbreviated:
 *    r2 squared distance   sigma diameter of the pair   y = r2/sigma^2   eps energy scale   u pair energy   f = -u'(r)/r
 *    k = u''(r)            rho number density           T temperature    dt time step
 *
 *  Members are compiled once per instruction set (x86-64-v4, -v3, baseline); the list holds all builds, potential_find picks one. */
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

typedef struct Params Params;
typedef struct ParamSchema ParamSchema;
typedef struct Mixture Mixture;
typedef struct ForceWork ForceWork; /* what a kernel reads and fills: kernels/force_work.h */

typedef struct PairValue {
  double u, f, k; /* u(r), -u'(r)/r, u''(r); eps, eps/sigma^2, eps/sigma^2 */
} PairValue;

/** Three-body term h of a centre and two of its neighbours as a function of S = (R1.R1, R2.R2, R1.R2), R from the centre: what second
 *  derivatives by positions and strains are made of. */
typedef struct TripletValue {
  double h, first[3], second[3][3]; /* h, dh/dS, d2h/dSdS; eps, eps/sigma^2, eps/sigma^4 */
} TripletValue;

typedef struct Potential {
  const char *name;
  const char *help;          /* one line */
  const char *source;        /* paper */
  int n_moments;             /* doubles per particle that pass 0 makes and pass 1 needs of both partners; 0: one pass, pairs only */
  const ParamSchema *schema; /* keys of `model` beside `name` */
  Status (*read)(const Params *own, Mixture *mixture, void **parameters);
  void (*release)(void **parameters);
  /** Cut-off of a species pair, sigma. */
  double (*range)(const void *parameters, int a, int b);
  /** One pair at distance r (two-body part): tests, plots, input of the overlap guard. */
  PairValue (*pair)(const void *parameters, int a, int b, double r);
  /** Adds what the pairs in the chunks [work->from, work->end) of the list give, in pass 0 or 1, to the sums of both ends;
   *  with_energy also energies and virial. Directions and units: force_work.h. */
  void (*force)(const void *parameters, ForceWork *work, int pass, bool with_energy);
  /** After the last chunk of a pass: sums of the locals become moments or energies; what a unit of those of forces is worth. */
  void (*settle)(const void *parameters, ForceWork *work, int pass, bool with_energy);
  /** One triplet, each unordered pair of neighbours of a centre once; 0 unless both are inside `range`. NULL: pairs only. */
  TripletValue (*triplet)(const void *parameters, const double s[3]);
} Potential;

/** All models of the best instruction set in use, NULL-terminated; potential_find: by name, NULL if none. */
const Potential *const *potential_list(void);
const Potential *potential_find(const char *name);
