/** Faces between domains go to where all slabs cost the same: where cores differ in speed, where particles crowd together; never so far
 * that a domain becomes too narrow, never faster than allowed. */
#include "../../src/engine/spread.h"
#include "../check.h"

enum { MOST = 8 };

static double width(const Faces *faces, int k) {
  const int n = faces->n[0];
  return n == 1 ? 1 : (double)(faces->low[0][(k + 1) % n] - faces->low[0][k]) * 0x1p-64;
}
/** Cost of [from, to) where one half of the edge is ten times as dear as the other. */
static double crowded(double from, double to) { return fmin(to, 0.5) - fmin(from, 0.5) + 0.1 * (fmax(to, 0.5) - fmax(from, 0.5)); }

/** Time that each slab takes: at the speed of its core, for what is there. Returns largest over mean. */
static double work(const Faces *faces, const double *slowness, bool is_crowded, int64_t *busy) {
  double from = 0, most = 0, total = 0;
  for (int k = 0; k < faces->n[0]; from += width(faces, k++)) {
    const double time = 1e6 * slowness[k] * (is_crowded ? crowded(from, from + width(faces, k)) : width(faces, k));
    busy[k]           = (int64_t)time;
    most              = fmax(most, time);
    total += time;
  }
  return most * faces->n[0] / total;
}

static void test_level(int n, const double *slowness, bool is_crowded) {
  const double narrowest = 0.02, farthest = 0.03;
  Faces faces;
  int64_t busy[MOST];
  faces_create(&faces, (const int[3]){n, 1, 1});
  const double first = work(&faces, slowness, is_crowded, busy);
  for (int round = 0; round < 200; round++) {
    uint64_t before[MOST];
    memcpy(before, faces.low[0], (size_t)n * sizeof *before);
    faces_learn(&faces, 0, busy);
    faces_shift(&faces, 0, narrowest, farthest);
    double sum = 0;
    for (int k = 0; k < n; k++) {
      const double way = fabs((double)(int64_t)(faces.low[0][k] - before[k])) * 0x1p-64;
      CHECK(way <= farthest * (1 + 1e-9));
      CHECK(width(&faces, k) >= narrowest * (1 - 1e-9));
      sum += width(&faces, k);
    }
    CHECK_CLOSE(sum, 1, 1e-12);
    CHECK_EQUAL_INT(faces.low[0][0], 0);
    (void)work(&faces, slowness, is_crowded, busy);
  }
  const double last = work(&faces, slowness, is_crowded, busy);
  printf("%d slabs%s: largest over mean %.3f, then %.3f\n", n, is_crowded ? ", crowded" : "", first, last);
  CHECK(last < 1.02);
  faces_clear(&faces);
}

static void test_bounds(void) {
  Faces faces;
  faces_create(&faces, (const int[3]){4, 1, 1});
  for (int round = 0; round < 100; round++) { /* the first slab is without end */
    faces_learn(&faces, 0, (const int64_t[]){1000000, 1, 1, 1});
    faces_shift(&faces, 0, 0.2, 0.05);
  }
  CHECK_CLOSE(width(&faces, 0), 0.2, 1e-9);
  faces_clear(&faces);
  faces_create(&faces, (const int[3]){3, 2, 1});
  const Faces equal = faces;
  uint64_t low[3];
  memcpy(low, faces.low[0], sizeof low);
  faces_learn(&faces, 0, (const int64_t[]){0, 0, 0}); /* nothing known, nothing moved */
  faces_shift(&faces, 0, 0.01, 0.1);
  faces_learn(&faces, 0, (const int64_t[]){1000, 1001, 999}); /* as good as equal */
  faces_shift(&faces, 0, 0.01, 0.1);
  CHECK(memcmp(low, equal.low[0], sizeof low) == 0);
  CHECK_CLOSE(faces_narrowest(&faces, 0), 1.0 / 3, 1e-12);
  CHECK_CLOSE(faces_narrowest(&faces, 1), 0.5, 1e-12);
  CHECK_CLOSE(faces_narrowest(&faces, 2), 1, 0);
  faces_clear(&faces);
}

/** Every coordinate is in one domain. */
static void test_domains(void) {
  Faces faces;
  faces_create(&faces, (const int[3]){5, 1, 2});
  faces.low[0][2] += 12345678901234567u;
  const uint64_t at[] = {0, 1, UINT64_MAX, faces.low[0][2] - 1, faces.low[0][2], UINT64_C(1) << 63};
  for (size_t q = 0; q < sizeof at / sizeof *at; q++) {
    const int64_t x[] = {(int64_t)at[q], (int64_t)at[q], (int64_t)at[q]};
    int owners        = 0;
    for (int a = 0; a < 5; a++)
      for (int c = 0; c < 2; c++) {
        const Domain domain = domain_at(&faces, (const int[3]){a, 0, c});
        owners += domain_holds(&domain, x);
      }
    CHECK_EQUAL_INT(owners, 1);
  }
  faces_clear(&faces);
}

int main(void) {
  const double equal[MOST] = {1, 1, 1, 1, 1, 1, 1, 1}, mixed[MOST] = {1, 1.4, 1, 2, 0.7, 1, 1, 1.1};
  for (int n = 2; n <= MOST; n++) {
    test_level(n, equal, false);
    test_level(n, mixed, false);
    test_level(n, equal, true);
    test_level(n, mixed, true);
  }
  test_bounds();
  test_domains();
  return check_report();
}
