#pragma once
/** A minimiser: what brings a System downhill. Members: one file and one line in minimizers.def. */
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

typedef struct System System;

typedef enum Outcome {
  OUTCOME_CONVERGED,
  OUTCOME_STALLED,
  OUTCOME_EXHAUSTED,
  OUTCOME_LOST,
  /* no result, never stored: */
  OUTCOME_STOPPED, /* asked to (DescentGoal.may_stop) */
  OUTCOME_STRAYED  /* particles went too far out of the domains of the group: one rank can do it */
} Outcome;

typedef struct DescentGoal {
  double force_tolerance;  /* stop at max |F| <= this, eps/sigma */
  int64_t max_evaluations; /* of the forces */
  double length;           /* unit of length: a typical distance of neighbours, sigma */
  double step;             /* fire: largest time step in units of the stability limit 2/sqrt(largest curvature) */
  double flow_tolerance;   /* steepest_descent: relative tolerance of the integration of dr/dt = F */
  bool may_stop;           /* a request to stop (base/signals.h) ends the descent */
} DescentGoal;

typedef struct Descent { /* what came of it */
  Outcome outcome;
  double max_force;    /* reached, eps/sigma */
  int64_t evaluations; /* of the forces, all of them: line searches, estimates of the curvature .. */
} Descent;

typedef struct Minimizer {
  const char *name;
  const char *help;   /* one line */
  const char *source; /* paper */
  /** Bring the System to a minimum; frozen from now on. Not converging is an outcome, not an error. Same start, same bits, on any number
   *  of ranks. Collective: group. */
  void (*descend)(System *system, const DescentGoal *goal, Descent *report);
} Minimizer;

/** All minimisers, by minimizers.def. NULL-terminated. */
extern const Minimizer *const minimizer_list[];
const Minimizer *minimizer_find(const char *name); /* NULL if none */
/** Their names, NULL-terminated: choices of the input. */
extern const char *const minimizer_names[];
/** One word: "converged" .. */
const char *outcome_name(Outcome outcome);
