/* Which rank owns what. At first all domains are equal: the faces of an axis are at the fractions k/p of the edge, exactly, in 64-bit
 * coordinates. How they move: balance.c. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "spread.h"

void faces_create(Faces *faces, const int grid[3]) {
  for (int axis = 0; axis < 3; axis++) {
    const int n        = grid[axis];
    faces->n[axis]     = n;
    faces->low[axis]   = memory_array((size_t)n, sizeof(uint64_t));
    faces->price[axis] = memory_array((size_t)n, sizeof(double));
    for (int k = 0; k < n; k++) {
      faces->low[axis][k]   = (uint64_t)(((unsigned __int128)1 << 64) * (unsigned)k / (unsigned)n);
      faces->price[axis][k] = 1;
    }
  }
}
void faces_clear(Faces *faces) {
  for (int axis = 0; axis < 3; axis++) {
    memory_free(faces->low[axis]);
    memory_free(faces->price[axis]);
  }
  *faces = (Faces){0};
}
Domain domain_at(const Faces *faces, const int place[3]) {
  Domain domain;
  for (int axis = 0; axis < 3; axis++) {
    const int k = place[axis], n = faces->n[axis];
    domain.low[axis]   = faces->low[axis][k];
    domain.width[axis] = faces->low[axis][(k + 1) % n] - domain.low[axis]; /* modulo 2^64; 0 if there is but one */
  }
  return domain;
}
double faces_narrowest(const Faces *faces, int axis) {
  const int n   = faces->n[axis];
  double widths = 1;
  for (int k = 0; k < n && n > 1; k++) widths = fmin(widths, (double)(faces->low[axis][(k + 1) % n] - faces->low[axis][k]) * 0x1p-64);
  return widths;
}

bool system_grid_fits(const double edges[3], int dim, double reach, const int grid[3], int largest[3]) {
  bool fits = true;
  for (int axis = 0; axis < 3; axis++) {
    largest[axis] = axis < dim ? (int)(edges[axis] / reach) : 1;
    if (largest[axis] < 1) largest[axis] = 1;
    fits = fits && grid[axis] <= largest[axis];
  }
  return fits;
}

void system_choose_grid(const double edges[3], int dim, double reach, int n_ranks, int grid[3]) {
  int largest[3];
  double least = DBL_MAX;
  int most     = 0;
  (void)system_grid_fits(edges, dim, reach, (const int[3]){1, 1, 1}, largest);
  memcpy(grid, (const int[3]){1, 1, 1}, 3 * sizeof(int));
  for (int x = 1; x <= largest[0] && x <= n_ranks; x++)
    for (int y = 1; y <= largest[1] && x * y <= n_ranks; y++)
      for (int z = 1; z <= largest[2] && x * y * z <= n_ranks; z++) {
        const double a = edges[0] / x, b = edges[1] / y, c = dim == 3 ? edges[2] / z : 1;
        const double surface = (x > 1 ? b * c : 0) + (y > 1 ? a * c : 0) + (z > 1 ? a * b : 0);
        if (x * y * z > most || (x * y * z == most && surface < least)) {
          most = x * y * z, least = surface;
          memcpy(grid, (const int[3]){x, y, z}, 3 * sizeof(int));
        }
      }
}
