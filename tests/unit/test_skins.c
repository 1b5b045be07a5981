/** Skins of the particles: what their rule says (kernels/move.h), for one and for many, in every path; the largest is that of the range
 *  alone, and nobody else's skin is touched. */
#include "../check.h"
#include "../lcg.h"
#include "base/memory.h"
#include "kernels/simd.h"

enum { N = 208, FIRST = 16 };

static double around(Lcg *g) { return 2 * lcg_next(g) - 1; }

static void test_range(const KernelSet *kernels, int count) {
  static const double unit = 0x1p-60; /* sigma per coordinate unit: an edge of 16 */
  const MoveSkins rule     = {.first      = FIRST,
                              .count      = count,
                              .force_unit = 0x1p-30,
                              .of_v       = 0.04,
                              .of_f       = 8e-4,
                              .of_x       = {1.5 * unit, 1.4 * unit, 1.3 * unit},
                              .doubt      = 4e-4,
                              .smallest   = 0.012,
                              .cap        = 0.2,
                              .margin     = 1e-5};
  int64_t *x = memory_array(4 * N, sizeof *x), *f = memory_array(4 * N, sizeof *f);
  double *v = memory_array(4 * N, sizeof *v), largest = 0;
  int32_t *x0  = memory_array(4 * N, sizeof *x0);
  float *skins = memory_array(N, sizeof *skins);
  Lcg g        = {(uint64_t)count};
  for (int k = 0; k < 4 * N; k++) {
    const bool is_spare = k % 4 == 3;
    x0[k]               = is_spare ? -1 : (int32_t)(0x7fffffff * around(&g)); /* slot 3: some bits */
    x[k]                = is_spare ? 0 : (int64_t)(((uint64_t)(int64_t)x0[k] << 32) + (uint64_t)(int64_t)(0.05 / unit * around(&g)));
    v[k]                = is_spare ? 0 : 2 * around(&g);
    f[k]                = is_spare ? INT64_MAX : (int64_t)(60 * 0x1p30 * around(&g));
  }
  for (int k = 0; k < N; k++) skins[k] = -1;
  const MoveArrays arrays = {.x = x, .v = v, .f = f, .x0 = x0, .skin = skins};
  const double found      = kernels->move_skins(&arrays, &rule);
  for (int i = FIRST; i < FIRST + count; i++) {
    double squares = rule.smallest * rule.smallest;
    for (int axis = 0; axis < 3; axis++) {
      const int k        = 4 * i + axis;
      const double force = (double)f[k] * rule.force_unit, moved = (double)(int64_t)((uint64_t)x[k] - ((uint64_t)(int64_t)x0[k] << 32));
      const double way = rule.of_v * v[k] + rule.of_f * force + rule.of_x[axis] * moved;
      squares += way * way + rule.doubt * force * rule.doubt * force;
    }
    const double skin = fmin(sqrt(squares), rule.cap) + rule.margin;
    CHECK_CLOSE((double)skins[i], skin, 1e-6);
    largest = fmax(largest, (double)skins[i]);
  }
  CHECK(found == largest);
  for (int i = 0; i < N; i++) CHECK((skins[i] == -1) == (i < FIRST || i >= FIRST + count));
  memory_free(x), memory_free(f), memory_free(v), memory_free(x0), memory_free(skins);
}

int main(void) {
  static const char *const paths[] = {"v4", "v3", "v1"};
  static const int counts[]        = {1, 2, 3, 7, 8, 9, 63, 64, 65, 130, 191, 192};
  for (int k = 0; k < 3; k++) {
    if (simd_select(paths[k]) != STATUS_OK) continue;
    for (size_t q = 0; q < sizeof counts / sizeof *counts; q++) test_range(simd_kernels(), counts[q]);
  }
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
