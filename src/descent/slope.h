#pragma once
/** A System on its way down, as minimisers see it: where it is, how steep it is there, how much was spent. */
#include <stdbool.h>
#include <stdint.h>

#include "descent/minimizer.h"
#include "engine/system.h"
#include "vectors.h"

typedef struct Slope {
  System *system;
  const DescentGoal *goal;
  Vector force;     /* at the present position; its numbers are lent by the System */
  double max_force; /* largest |F_i| there; NAN when lost */
  double curvature; /* last estimate of the largest, eps/sigma^2 */
  int64_t evaluations;
  double skin, refined_at;  /* of the present list; max |F| at which the rounding grid was last made as fine as possible */
  double best;              /* smallest max |F| so far .. */
  int64_t best_evaluations; /* .. and when */
  int64_t heard_at;         /* evaluation at which requests to stop were last listened to */
  bool is_lost, is_stuck;   /* blown up; the member cannot go on */
  bool is_stopped;          /* somebody asked for it */
} Slope;

/** Forces at the start, and an estimate of the curvature. */
void slope_begin(Slope *slope, System *system, const DescentGoal *goal);
/** x <- x + scale * direction, and forces there. False if the System is lost or the descent stopped. */
bool slope_move(Slope *slope, const Vector *direction, double scale);
/** Forces at x + scale * direction, x itself stays (nor do max_force and best change). False if lost or stopped. */
bool slope_probe(Slope *slope, const Vector *direction, double scale);
/** Largest curvature (eigenvalue of the Hessian) here. */
void slope_measure_curvature(Slope *slope);
/** Whether to end: converged, lost, stopped, too many evaluations, or nothing gained for long; fills the report if so. */
bool slope_is_over(const Slope *slope, Descent *report);
