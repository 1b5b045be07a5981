/* Loops of the minimisers. A product is rounded to the grid by adding 1.5 * 2^52 of its units, and the bits of the result are added as
 * integers, as the kernels of the forces do (pair_kernel.h): a sum costs what it would cost in floating point. Whoever writes a vector
 * finds its largest component on the way, since a grid follows from the largest components of its factors. */
#include "kernels/records.h"

#include "kernels/vector.h"

enum { PIECE = 4096 }; /* doubles whose sums fit into 64-bit lanes: a product is below 2^51 units */

/** Total of the lanes, each of which holds `n` bit patterns of numbers around `magic`. */
static Wide collect(vi sum, size_t n, vd magic) {
  const vi lanes = sum - v_bits(magic) * v_set_int((int64_t)n);
  Wide total     = 0;
  for (int k = 0; k < W; k++) total += lanes[k];
  return total;
}
ALWAYS_INLINE vd magic_of(int exponent) { return v_set(ldexp(VECTOR_MAGIC, exponent)); }
ALWAYS_INLINE vd larger(vd worst, vd a) { return v_max(worst, (vd)(v_bits(a) & INT64_MAX)); }

Wide PATH_NAME(records_dot)(size_t n, const double *a, const double *b, int exponent);
Wide PATH_NAME(records_dot)(size_t n, const double *a, const double *b, int exponent) {
  const vd magic = magic_of(exponent);
  Wide total     = 0;
  for (size_t begin = 0; begin < n; begin += PIECE) {
    const size_t end = begin + PIECE < n ? begin + PIECE : n;
    vi sum = v_set_int(0), second = v_set_int(0);
    for (size_t i = begin; i < end; i += 2 * W) {
      sum += v_bits(v_fma(v_load(a + i), v_load(b + i), magic));
      second += v_bits(v_fma(v_load(a + i + W), v_load(b + i + W), magic));
    }
    total += collect(sum + second, (end - begin) / W, magic);
  }
  return total;
}

RecordSums PATH_NAME(records_sums)(size_t n, const double *f, const double *v, const RecordGrids *grids);
RecordSums PATH_NAME(records_sums)(size_t n, const double *f, const double *v, const RecordGrids *grids) {
  const vd magic_ff = magic_of(grids->ff), magic_fv = magic_of(grids->fv), magic_vv = magic_of(grids->vv);
  RecordSums total = {0};
  for (size_t begin = 0; begin < n; begin += PIECE) {
    const size_t end = begin + PIECE < n ? begin + PIECE : n;
    vi ff = v_set_int(0), fv = v_set_int(0), vv = v_set_int(0);
    for (size_t i = begin; i < end; i += W) {
      const vd force = v_load(f + i), speed = v_load(v + i);
      ff += v_bits(v_fma(force, force, magic_ff));
      fv += v_bits(v_fma(force, speed, magic_fv));
      vv += v_bits(v_fma(speed, speed, magic_vv));
    }
    total.ff += collect(ff, (end - begin) / W, magic_ff);
    total.fv += collect(fv, (end - begin) / W, magic_fv);
    total.vv += collect(vv, (end - begin) / W, magic_vv);
  }
  return total;
}

double PATH_NAME(records_mix)(size_t n, double *out, double s, const double *a, double t, const double *b);
double PATH_NAME(records_mix)(size_t n, double *out, double s, const double *a, double t, const double *b) {
  const vd of_a = v_set(s), of_b = v_set(t);
  vd worst = v_set(0.0), second = v_set(0.0);
  for (size_t i = 0; i < n; i += 2 * W) {
    const vd x = of_a * v_load(a + i) + of_b * v_load(b + i), y = of_a * v_load(a + i + W) + of_b * v_load(b + i + W);
    v_store(out + i, x);
    v_store(out + i + W, y);
    worst  = larger(worst, x);
    second = larger(second, y);
  }
  return v_largest(v_max(worst, second));
}

double PATH_NAME(records_multiply)(size_t n, double *out, const double *a, const double *b);
double PATH_NAME(records_multiply)(size_t n, double *out, const double *a, const double *b) {
  vd worst = v_set(0.0);
  for (size_t i = 0; i < n; i += W) {
    const vd x = v_load(a + i) * v_load(b + i);
    v_store(out + i, x);
    worst = larger(worst, x);
  }
  return v_largest(worst);
}

void PATH_NAME(records_forces)(size_t n, double *out, const int64_t *sums, double unit);
void PATH_NAME(records_forces)(size_t n, double *out, const int64_t *sums, double unit) {
  vd units = v_set(unit);
  for (int k = 3; k < W; k += 4) units[k] = 0;
  for (size_t i = 0; i < n; i += W) v_store(out + i, v_from_sum(v_load_int(sums + i)) * units);
}

double PATH_NAME(records_extent)(size_t n, const double *a);
double PATH_NAME(records_extent)(size_t n, const double *a) {
  vd worst = v_set(0.0), second = v_set(0.0);
  for (size_t i = 0; i < n; i += 2 * W) {
    worst  = larger(worst, v_load(a + i));
    second = larger(second, v_load(a + i + W));
  }
  return v_largest(v_max(worst, second));
}

double PATH_NAME(records_largest)(size_t n, const double *a);
double PATH_NAME(records_largest)(size_t n, const double *a) {
  vd worst = v_set(0.0), second = v_set(0.0);
  for (size_t i = 0; i < n; i += 2 * W) {
    const vd r = v_load(a + i), s = v_load(a + i + W);
    worst  = v_max(worst, v_record_sum(r * r));
    second = v_max(second, v_record_sum(s * s));
  }
  return v_largest(v_max(worst, second));
}
