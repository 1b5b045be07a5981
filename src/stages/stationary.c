/* Windows of a run that waits for stationarity. The state is small but for the window's origin; all of it goes into checkpoints. */
#include "stationary.h"

#include <math.h>
#include <string.h>

#include "analysis/self_motion.h"

static void set_offsets(Stationary *s) {
  s->n_points = 0;
  for (int k = -15; k <= 0; k++) {
    const int64_t offset = (int64_t)llround((double)s->length * pow(10.0, k / 5.0));
    if (offset >= 1 && (s->n_points == 0 || offset > s->offsets[s->n_points - 1])) s->offsets[s->n_points++] = offset;
  }
}
void stationary_init(Stationary *s, const Mixture *mixture, double window_steps, double tolerance) {
  *s               = (Stationary){.species = mixture->largest, .q = mixture->q[mixture->largest], .tolerance = tolerance};
  s->length        = (int64_t)llround(fmax(window_steps, 10));
  s->fs_difference = s->msd_ratio = NAN;
  if (!(s->q > 0)) s->q = 6.28 / mixture->sizes[mixture->largest];
  set_offsets(s);
  frame_init(&s->origin);
}
void stationary_clear(Stationary *s) { frame_clear(&s->origin); }

int64_t stationary_next(const Stationary *s, int64_t step) {
  if (step <= s->start) return s->start;
  for (int k = 0; k < s->n_points; k++)
    if (s->start + s->offsets[k] >= step) return s->start + s->offsets[k];
  return INT64_MAX;
}

bool stationary_look(Stationary *s, int64_t step, const Frame *frame) {
  if (step == s->start) {
    frame_copy(&s->origin, frame);
    s->has_origin = true;
    return false;
  }
  for (int k = 0; k < s->n_points; k++)
    if (s->start + s->offsets[k] == step) {
      self_motion_measure(&s->origin, frame, s->species, s->q, &s->msd[1][k], &s->fs[1][k]);
      return k == s->n_points - 1;
    }
  return false;
}

bool stationary_judge(Stationary *s, int64_t step, const Frame *frame) {
  const bool is_long = s->fs[1][s->n_points - 1] < 0.1;
  bool agrees        = false;
  s->n_windows++;
  s->fs_difference = s->msd_ratio = NAN;
  if (is_long && s->has_previous) {
    s->fs_difference = s->msd_ratio = 0;
    for (int k = 0; k < s->n_points; k++) {
      s->fs_difference = fmax(s->fs_difference, fabs(s->fs[1][k] - s->fs[0][k]));
      s->msd_ratio     = fmax(s->msd_ratio, fabs(log(s->msd[1][k] / s->msd[0][k])));
    }
    agrees = s->fs_difference <= s->tolerance && s->msd_ratio <= 2 * s->tolerance;
  }
  memcpy(s->fs[0], s->fs[1], sizeof s->fs[0]);
  memcpy(s->msd[0], s->msd[1], sizeof s->msd[0]);
  s->has_previous = is_long;
  s->start        = step;
  if (!is_long) s->length *= 2;
  set_offsets(s);
  frame_copy(&s->origin, frame);
  return agrees;
}

void stationary_put(const Stationary *s, Archive *archive) {
  const int64_t facts[] = {s->length, s->start, s->n_windows, s->has_previous, s->has_origin};
  archive_put(archive, "stationary/facts", ARCHIVE_INT64, 5, facts);
  archive_put(archive, "stationary/fs", ARCHIVE_DOUBLE, 2 * STATIONARY_POINTS, s->fs);
  archive_put(archive, "stationary/msd", ARCHIVE_DOUBLE, 2 * STATIONARY_POINTS, s->msd);
  if (!s->has_origin || s->origin.n == 0) return;
  archive_put(archive, "frame/stationary_position", ARCHIVE_DOUBLE, 3 * (size_t)s->origin.n, s->origin.position);
  archive_put(archive, "frame/stationary_image", ARCHIVE_INT32, 3 * (size_t)s->origin.n, s->origin.image);
}
Status stationary_get(Stationary *s, const Archive *archive, const Frame *like) {
  int64_t facts[5];
  TRY(archive_get(archive, "stationary/facts", ARCHIVE_INT64, 5, facts));
  TRY(archive_get(archive, "stationary/fs", ARCHIVE_DOUBLE, 2 * STATIONARY_POINTS, s->fs));
  TRY(archive_get(archive, "stationary/msd", ARCHIVE_DOUBLE, 2 * STATIONARY_POINTS, s->msd));
  s->length       = facts[0];
  s->start        = facts[1];
  s->n_windows    = (int)facts[2];
  s->has_previous = facts[3] != 0;
  s->has_origin   = facts[4] != 0;
  set_offsets(s);
  if (!like || !s->has_origin) return STATUS_OK;
  frame_copy(&s->origin, like);
  TRY(archive_get(archive, "frame/stationary_position", ARCHIVE_DOUBLE, 3 * (size_t)like->n, s->origin.position));
  return archive_get(archive, "frame/stationary_image", ARCHIVE_INT32, 3 * (size_t)like->n, s->origin.image);
}
void stationary_follow(Stationary *s, int64_t start, int64_t length) {
  s->start  = start;
  s->length = length;
  set_offsets(s);
}
