#pragma once
/** A System on its way down, as minimisers see it: where it is, how steep it is there, how much was spent. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "descent/minimizer.h"
#include "engine/system.h"

typedef struct Slope {
  System *system;
  const DescentGoal *goal;
  size_t n;            /* doubles of a vector */
  const double *force; /* [n] at the present position */
  double max_force;    /* largest |F_i| there; NAN when lost */
  double curvature;    /* last estimate of the largest, eps/sigma^2 */
  int64_t evaluations;
  double skin, refined_at;  /* of the present list; max |F| at which the rounding grid was last made as fine as possible */
  double best;              /* smallest max |F| so far .. */
  int64_t best_evaluations; /* .. and when */
  bool is_lost, is_stuck;   /* blown up; the member cannot go on */
} Slope;

/** Forces at the start, and an estimate of the curvature. */
void slope_begin(Slope *slope, System *system, const DescentGoal *goal);
/** x <- x + scale * direction, [n], and forces there. False if the System is lost. */
bool slope_move(Slope *slope, const double *direction, double scale);
/** Forces at x + scale * direction, x itself stays (nor do max_force and best change). False if lost. */
bool slope_probe(Slope *slope, const double *direction, double scale);
/** Largest curvature (eigenvalue of the Hessian) here. */
void slope_measure_curvature(Slope *slope);
/** Whether to stop: converged, lost, too many evaluations, or nothing gained for long; fills the report if so. */
bool slope_is_over(const Slope *slope, Descent *report);
