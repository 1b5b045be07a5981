/* Velocity-Verlet passes. A record {x, y, z, spare} is one vector of v3, half of v4: scaling, kick and drift are the same for all slots
 * (slot 3 of v and f is 0, so it never moves). The displacement test needs the squared length of a record: slot 3 of x0 holds -skin^2,
 * so that the sum over the slots of {dx^2, dy^2, dz^2, -skin^2} is positive exactly when the particle left its skin. Slot 3 of a sum of
 * forces may be anything: its unit is 0. */
#include "kernels/move.h"

#include "kernels/simd.h"
#include "kernels/vector.h"
#include "matter/particles.h"

extern const KernelSet PATH_NAME(kernel_set);

ALWAYS_INLINE vd spread(const double axis[3], double fourth) { /* the same record in every place of the vector */
  const double record[] = {axis[0], axis[1], axis[2], fourth};
  vd a                  = v_set(0.0);
  for (int k = 0; k < W; k++) a[k] = record[k % 4];
  return a;
}

/** Drift and displacement test of one vector. */
ALWAYS_INLINE vd drift_from(const MoveArrays *arrays, int64_t k, vd moved_by, vd unit, vmask is_spare) {
  const vi position = v_load_int(arrays->x + k) + v_round(moved_by), start = v_load_upper(arrays->x0 + k);
  v_store_int(arrays->x + k, position);
  const vd moved = v_from_int(position - start) * unit;
  return v_record_sum(v_select(is_spare, (vd)start, moved * moved));
}

static double move_along(const MoveArrays *arrays, const double *direction, const MoveStep *step) {
  const vd drift = spread(step->drift, 0.0), unit = spread(step->unit, 0.0);
  const vmask is_spare = v_lt(v_set(0.5), spread((double[]){0, 0, 0}, 1.0));
  const int64_t first = 4 * (int64_t)step->first, last = 4 * ((int64_t)step->first + (step->count + 7) / 8 * 8);
  vd worst = v_set(-1.0);
  for (int64_t k = first; k < last; k += W)
    worst = v_max(worst, drift_from(arrays, k, v_load(direction + (k - first)) * drift, unit, is_spare));
  return v_largest(worst);
}

ALWAYS_INLINE vd force_units(double unit) { return v_set(unit) * spread((double[]){1, 1, 1}, 0.0); } /* valgrind knows its code, too */

/** What is done to a record is one chain of some 90 cycles where integers are converted by halves (vector.h). Cut in three, eight records
 * at a time, more of it fits into what the processor holds in flight: 25 % off this pass on Zen 3. */
enum { BLOCK = 8 * 4 / W }; /* vectors of eight records */
ALWAYS_INLINE double first_half(const MoveArrays *arrays, const MoveStep *step, const bool clears) {
  const vd scale_1 = v_set(step->scale_1), scale_2 = v_set(step->scale_2), kick = v_set(step->kick), owed = v_set(step->owed);
  const vd units = force_units(step->force_unit);
  const vd drift = spread(step->drift, 0.0), unit = spread(step->unit, 0.0), spare = spread((double[]){0, 0, 0}, 1.0);
  const vmask is_spare    = v_lt(v_set(0.5), spare);
  int64_t *const x        = arrays->x;
  double *const v         = arrays->v;
  int64_t *const f        = arrays->f;
  const int32_t *const x0 = arrays->x0;
  const int64_t first = 4 * (int64_t)step->first, last = 4 * ((int64_t)step->first + (step->count + 7) / 8 * 8);
  vd worst = v_set(-1.0);
  for (int64_t k = first; k < last; k += BLOCK * W) {
    vd way[BLOCK];
    vi start[BLOCK], moved[BLOCK];
    for (int n = 0; n < BLOCK; n++) {
      const int64_t at  = k + n * W;
      const vd force    = v_from_sum(v_load_int(f + at)) * units;
      const vd velocity = v_fma(force, kick, (v_fma(force, owed, v_load(v + at)) * scale_1) * scale_2);
      v_store(v + at, velocity);
      if (clears) v_store_int(f + at, v_set_int(0));
      way[n] = velocity * drift;
    }
    for (int n = 0; n < BLOCK; n++) {
      const int64_t at  = k + n * W;
      const vi position = v_load_int(x + at) + v_round(way[n]);
      v_store_int(x + at, position);
      start[n] = v_load_upper(x0 + at);
      moved[n] = position - start[n];
    }
    for (int n = 0; n < BLOCK; n++) {
      const vd far = v_from_int(moved[n]) * unit;
      worst        = v_max(worst, v_record_sum(v_select(is_spare, (vd)start[n], far * far)));
    }
  }
  return v_largest(worst);
}

static double move_first(const MoveArrays *arrays, const MoveStep *step) {
  return step->clears ? first_half(arrays, step, true) : first_half(arrays, step, false);
}

/** From the end: forces were computed towards it, and move_first will begin at the beginning. So each finds in the cache what the pass
 *  before it left there. */
static Wide move_second(const MoveArrays *arrays, const MoveStep *step) {
  const vd owed = v_set(step->owed), units = force_units(step->force_unit), magic = v_set(VECTOR_MAGIC * 0x1p-38);
  const double *const v  = arrays->v;
  const int64_t *const f = arrays->f;
  const int64_t first = 4 * (int64_t)step->first, last = 4 * ((int64_t)step->first + (step->count + 7) / 8 * 8);
  Wide total = 0;
  for (int64_t end = last; end > first;) { /* pieces short enough for 64-bit sums */
    const int64_t begin = end - first > 65536 ? end - 65536 : first;
    vi sum              = v_set_int(0);
    for (int64_t k = end - W; k >= begin; k -= W) {
      const vd velocity = v_fma(v_from_sum(v_load_int(f + k)) * units, owed, v_load(v + k));
      sum += v_bits(v_fma(velocity, velocity, magic)) - v_bits(magic);
    }
    total += v_sum_int(sum);
    end = begin;
  }
  return total;
}

static void move_settle(const MoveArrays *arrays, const MoveStep *step) {
  const vd owed = v_set(step->owed), units = force_units(step->force_unit);
  const int64_t first = 4 * (int64_t)step->first, last = 4 * ((int64_t)step->first + (step->count + 7) / 8 * 8);
  for (int64_t k = first; k < last; k += W)
    v_store(arrays->v + k, v_fma(v_from_sum(v_load_int(arrays->f + k)) * units, owed, v_load(arrays->v + k)));
}

/** The roots by themselves, W at a time: one of a vector of records costs as much as one of W particles. */
static double move_skins(const MoveArrays *arrays, const MoveSkins *rule) {
  enum { BATCH = 64 }; /* particles */
  const vd units = force_units(rule->force_unit), of_v = v_set(rule->of_v), of_f = v_set(rule->of_f), doubt = v_set(rule->doubt);
  const vd of_x     = spread(rule->of_x, 0.0);
  const vd smallest = v_set(rule->smallest * rule->smallest), cap = v_set(rule->cap), margin = v_set(rule->margin);
  const int64_t last = (int64_t)rule->first + rule->count;
  vd largest         = v_set(0.0);
  for (int64_t first = rule->first; first < last; first += BATCH) {
    const int n = last - first < BATCH ? (int)(last - first) : BATCH;
    double squares[BATCH] __attribute__((aligned(ALIGNMENT)));
    float skins[BATCH];
    for (int i = 0; i < n; i += W / 4) {
      const int64_t k = 4 * (first + i);
      const vd force  = v_from_sum(v_load_int(arrays->f + k)) * units,
               moved  = v_from_int(v_load_int(arrays->x + k) - v_load_upper(arrays->x0 + k));
      const vd way = v_fma(force, of_f, v_fma(v_load(arrays->v + k), of_v, moved * of_x)), unsure = force * doubt;
      const vd square = v_record_sum(v_fma(way, way, unsure * unsure));
      for (int r = 0; r < W / 4; r++) squares[i + r] = square[4 * r];
    }
    for (int i = n; i < (n + W - 1) / W * W; i++) squares[i] = 0; /* nobody's: not to be the largest */
    for (int i = 0; i < n; i += W) {
      const vd skin = v_min(v_sqrt(v_load(squares + i) + smallest), cap) + margin;
      for (int lane = 0; lane < W; lane++) skins[i + lane] = (float)skin[lane];
      largest = v_max(largest, skin);
    }
    memcpy(arrays->skin + first, skins, (size_t)n * sizeof *skins);
  }
  return (double)(float)v_largest(largest);
}

static void move_mark(const MoveArrays *arrays, const MoveSkins *rule) {
  const int64_t *const x = arrays->x;
  int32_t *const x0 = arrays->x0, *const image = arrays->image;
  const int64_t first = rule->first, last = first + rule->count;
  for (int64_t k = 4 * first; k < 4 * last; k++) {
    const int32_t now = particles_upper(x[k]);
    image[k] += particles_wrap(x0[k], now);
    x0[k] = now;
  }
  for (int64_t i = first; i < last; i++) {
    const double skin = (double)arrays->skin[i] - rule->margin, limit = -skin * skin * (1 - 1e-6);
    int64_t bits;
    memcpy(&bits, &limit, sizeof bits);
    x0[4 * i + 3]    = particles_upper(bits); /* cut towards 0: a little less once more */
    image[4 * i + 3] = 0;
  }
}

Wide PATH_NAME(records_dot)(size_t n, const double *a, const double *b, int exponent);
RecordSums PATH_NAME(records_sums)(size_t n, const double *f, const double *v, const RecordGrids *grids);
double PATH_NAME(records_mix)(size_t n, double *out, double s, const double *a, double t, const double *b);
double PATH_NAME(records_multiply)(size_t n, double *out, const double *a, const double *b);
void PATH_NAME(records_forces)(size_t n, double *out, const int64_t *sums, double unit);
double PATH_NAME(records_extent)(size_t n, const double *a);
double PATH_NAME(records_largest)(size_t n, const double *a);
void PATH_NAME(list_build)(const ListInput *input, ListScratch *scratch, List *list);
const KernelSet PATH_NAME(kernel_set) = {.name             = PATH_TEXT,
                                         .width            = W,
                                         .list_build       = PATH_NAME(list_build),
                                         .move_first       = move_first,
                                         .move_along       = move_along,
                                         .move_second      = move_second,
                                         .move_settle      = move_settle,
                                         .move_skins       = move_skins,
                                         .move_mark        = move_mark,
                                         .records_dot      = PATH_NAME(records_dot),
                                         .records_sums     = PATH_NAME(records_sums),
                                         .records_mix      = PATH_NAME(records_mix),
                                         .records_multiply = PATH_NAME(records_multiply),
                                         .records_forces   = PATH_NAME(records_forces),
                                         .records_extent   = PATH_NAME(records_extent),
                                         .records_largest  = PATH_NAME(records_largest)};
