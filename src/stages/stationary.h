#pragma once
/** When is a liquid stationary? When two successive windows of equal length, each with its own origin, show the same motion:
 *    max_t |Fs_k(t) - Fs_{k-1}(t)| <= tolerance   and   max_t |ln( MSD_k(t)/MSD_{k-1}(t) )| <= 2 tolerance,
 *  for the largest species at the model's q, at five times per decade from 1/1000 of the window to its end. A window at whose end Fs is
 *  still above 0.1 is too short to tell: the next one is twice as long. Works on whole Frames, in id order, at the root of a group: the
 *  decision does not depend on the number of ranks. */
#include <stdbool.h>
#include <stdint.h>

#include "base/archive.h"
#include "base/status.h"
#include "matter/frame.h"
#include "matter/mixture.h"

enum { STATIONARY_POINTS = 64 };
typedef struct Stationary {
  int species;
  double q, tolerance;
  int64_t length, start; /* steps of the present window; its first step */
  int n_points, n_windows;
  bool has_previous, has_origin;
  int64_t offsets[STATIONARY_POINTS];                         /* looks inside a window */
  double fs[2][STATIONARY_POINTS], msd[2][STATIONARY_POINTS]; /* previous, present window */
  double fs_difference, msd_ratio;                            /* of the last comparison; NAN if none */
  Frame origin;
} Stationary;

void stationary_init(Stationary *s, const Mixture *mixture, double window_steps, double tolerance);
void stationary_clear(Stationary *s);
/** Next step (>= step) at which a frame is wanted. Every rank may ask. */
int64_t stationary_next(const Stationary *s, int64_t step);
/** A frame at `step`. Returns true when a window ended with this frame. */
bool stationary_look(Stationary *s, int64_t step, const Frame *frame);
/** After a window ended: whether it agreed with the one before. Then starts the next window at this frame. */
bool stationary_judge(Stationary *s, int64_t step, const Frame *frame);
void stationary_put(const Stationary *s, Archive *archive);
NODISCARD Status stationary_get(Stationary *s, const Archive *archive, const Frame *like);
/** On ranks without frames: the window that the root decided on. */
void stationary_follow(Stationary *s, int64_t start, int64_t length);
