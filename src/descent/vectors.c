/* The loops are kernels. A sum begins with the largest components of its factors, agreed by the group: they give the grid that all ranks
 * round to, so the sum of the integers is the same on any number of ranks; its error is about that of an ordinary sum. */
#include "vectors.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "kernels/simd.h"

static const double TOO_LARGE = 1e290; /* product of components */

void vector_init(Vector *v, const System *system) {
  *v    = (Vector){.system = system, .n = 4 * system_records(system)};
  v->at = memory_array(v->n, sizeof(double));
}
void vector_clear(Vector *v) {
  memory_free(v->at);
  *v = (Vector){0};
}
void vector_refresh(Vector *v) { v->largest = simd_kernels()->records_extent(v->n, v->at); }
void vector_zero(Vector *v) {
  memset(v->at, 0, v->n * sizeof *v->at);
  v->largest = 0;
}
void vector_copy(Vector *to, const Vector *from) {
  memcpy(to->at, from->at, from->n * sizeof *to->at);
  to->largest = from->largest;
}
void vector_scale(Vector *y, double s) { vector_mix(y, s, y, 0, y); }
void vector_mix(Vector *out, double s, const Vector *a, double t, const Vector *b) {
  out->largest = simd_kernels()->records_mix(out->n, out->at, s, a->at, t, b->at);
  if (!isfinite(s) || !isfinite(t)) out->largest = INFINITY;
}
void vector_multiply(Vector *out, const Vector *a, const Vector *b) {
  out->largest = simd_kernels()->records_multiply(out->n, out->at, a->at, b->at);
}

double vector_dot(const Vector *a, const Vector *b) {
  double largest[] = {a->largest, b->largest};
  system_agree_largest(a->system, largest, 2);
  if (!(largest[0] * largest[1] < TOO_LARGE)) return NAN;
  const int exponent = records_grid(largest[0], largest[1]);
  Wide sum           = simd_kernels()->records_dot(a->n, a->at, b->at, exponent);
  system_agree_sums(a->system, &sum, 1);
  return ldexp((double)sum, exponent);
}

double vector_largest(const Vector *a) {
  double largest = simd_kernels()->records_largest(a->n, a->at);
  system_agree_largest(a->system, &largest, 1);
  return sqrt(largest);
}

VectorSums vector_sums(const Vector *f, const Vector *v) {
  double largest[] = {f->largest, v->largest};
  system_agree_largest(f->system, largest, 2);
  if (!(fmax(largest[0], largest[1]) < sqrt(TOO_LARGE))) return (VectorSums){NAN, NAN, NAN};
  const RecordGrids grids = {records_grid(largest[0], largest[0]), records_grid(largest[0], largest[1]),
                             records_grid(largest[1], largest[1])};
  const RecordSums sums   = simd_kernels()->records_sums(f->n, f->at, v->at, &grids);
  Wide all[]              = {sums.ff, sums.fv, sums.vv};
  system_agree_sums(f->system, all, 3);
  return (VectorSums){ldexp((double)all[0], grids.ff), ldexp((double)all[1], grids.fv), ldexp((double)all[2], grids.vv)};
}
