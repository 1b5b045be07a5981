#pragma once
/** A minimiser: what brings a System downhill. Members: one file and one line in minimizers.def. */
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

typedef struct Params Params;
typedef struct ParamSchema ParamSchema;
typedef struct System System;

typedef enum Outcome { OUTCOME_CONVERGED, OUTCOME_STALLED, OUTCOME_EXHAUSTED, OUTCOME_LOST } Outcome;

typedef struct DescentGoal {
  double force_tolerance;  /* stop at max |F| <= this, eps/sigma */
  int64_t max_evaluations; /* of the forces */
  double length;           /* unit of length: a typical pair distance, sigma */
} DescentGoal;

typedef struct Descent { /* what came of it */
  Outcome outcome;
  double energy, max_force;
  int64_t evaluations, products; /* of forces; of Hessian times vector */
} Descent;

typedef struct Minimizer {
  const char *name;
  const char *help;   /* one line */
  const char *source; /* paper */
  /** Not converging is an outcome, not an error. The System is frozen (system_freeze). */
  Status (*descend)(System *system, const DescentGoal *goal, Descent *report);
} Minimizer;

/** All minimisers, by minimizers.def. NULL-terminated. */
extern const Minimizer *const minimizer_list[];
const Minimizer *minimizer_find(const char *name); /* NULL if none */
