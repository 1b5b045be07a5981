/** Frames from elsewhere.
 *
 *  Wrapping keeps r = position + image * edge. The remainder x - edge * floor(x / edge) can round up to edge itself (tiny negative x)
 *  and float32 files may hold edge as a position; both become 0 with one more image. Frames in order are not touched, so that reading
 *  our own files is exact. */
#include "tidy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

static Status wrap(Frame *frame, const char *where) {
  for (int axis = 0; axis < frame->dim; axis++) {
    const double edge = frame->edges[axis];
    if (!(edge > 0.0) || !isfinite(edge)) return fail(STATUS_FILE, "%s: box edge %d is %g", where, axis + 1, edge);
    for (int64_t i = 0; i < frame->n; i++) {
      double *x = &frame->position[3 * i + axis];
      if (*x >= 0.0 && *x < edge) continue;
      const double turns = floor(*x / edge);
      if (!(fabs(turns) < 1e9)) return fail(STATUS_FILE, "%s: particle %lld is at %g", where, (long long)frame->id[i], *x);
      double inside = *x - edge * turns;
      int32_t image = (int32_t)turns;
      if (inside < 0.0) inside = 0.0;
      if (inside >= edge) {
        inside = 0.0;
        image++;
      }
      *x = inside;
      frame->image[3 * i + axis] += image;
      if (image != 0) frame->has |= FRAME_IMAGE;
    }
  }
  return STATUS_OK;
}

typedef struct Label {
  int64_t id, at;
} Label;

static int by_id(const void *a, const void *b) {
  const Label *left = a, *right = b;
  return (left->id > right->id) - (left->id < right->id);
}

/** array[k] = old array[order[k].at], in elements of `size` bytes. */
static void permute(void *array, size_t size, const Label *order, int64_t n, char *scratch) {
  memcpy(scratch, array, (size_t)n * size);
  for (int64_t k = 0; k < n; k++) memcpy((char *)array + (size_t)k * size, scratch + (size_t)order[k].at * size, size);
}

static void sort(Frame *frame) {
  const int64_t n = frame->n;
  Label *order    = memory_array((size_t)n, sizeof *order);
  for (int64_t i = 0; i < n; i++) order[i] = (Label){frame->id[i], i};
  qsort(order, (size_t)n, sizeof *order, by_id);
  char *scratch = memory_array((size_t)n, 3 * sizeof(double));
  permute(frame->id, sizeof *frame->id, order, n, scratch);
  permute(frame->species, sizeof *frame->species, order, n, scratch);
  permute(frame->mass, sizeof *frame->mass, order, n, scratch);
  permute(frame->position, 3 * sizeof *frame->position, order, n, scratch);
  permute(frame->image, 3 * sizeof *frame->image, order, n, scratch);
  permute(frame->velocity, 3 * sizeof *frame->velocity, order, n, scratch);
  permute(frame->force, 3 * sizeof *frame->force, order, n, scratch);
  permute(frame->fraction, 3 * sizeof *frame->fraction, order, n, scratch);
  for (int k = 0; k < frame->n_fields; k++)
    permute(frame->fields[k].values, (size_t)frame->fields[k].components * sizeof(double), order, n, scratch);
  memory_free(scratch);
  memory_free(order);
}

static bool is_sorted(const Frame *frame) {
  for (int64_t i = 1; i < frame->n; i++)
    if (frame->id[i] <= frame->id[i - 1]) return false;
  return true;
}

Status tidy_frame(Frame *frame, const char *where) {
  TRY(wrap(frame, where));
  for (int64_t i = 0; i < 3 * frame->n; i++)
    if (!isfinite(frame->velocity[i]))
      return fail(STATUS_FILE, "%s: particle %lld has velocity %g", where, (long long)frame->id[i / 3], frame->velocity[i]);
  if (!is_sorted(frame)) sort(frame);
  for (int64_t i = 1; i < frame->n; i++)
    if (frame->id[i] == frame->id[i - 1]) return fail(STATUS_FILE, "%s: id %lld occurs twice", where, (long long)frame->id[i]);
  if (frame->n > 0 && frame->id[0] < 0) return fail(STATUS_FILE, "%s: id %lld is negative", where, (long long)frame->id[0]);
  return STATUS_OK;
}
