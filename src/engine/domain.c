/* Domains: rank k of p along an axis owns the fractions [k/p, (k+1)/p) of the edge, exactly, in 64-bit coordinates. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "spread.h"

void domain_set(Domain *domain, const int grid[3], const int place[3]) {
  for (int axis = 0; axis < 3; axis++) {
    const unsigned __int128 one  = (unsigned __int128)1 << 64;
    const uint64_t low           = (uint64_t)(one * (unsigned)place[axis] / (unsigned)grid[axis]);
    const unsigned __int128 high = one * ((unsigned)place[axis] + 1u) / (unsigned)grid[axis];
    domain->low[axis]            = low;
    domain->width[axis]          = grid[axis] == 1 ? 0 : (uint64_t)(high - low);
  }
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
