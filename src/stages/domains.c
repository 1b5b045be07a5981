/* One wording for all stages. */
#include "domains.h"

#include "base/error.h"
#include "engine/system.h"

Status domains_asked(const Command *command, int n_ranks, const double edges[3], int dim, double reach, int grid[3]) {
  int largest[3];
  for (int axis = 0; axis < 3; axis++) grid[axis] = command->domains[axis];
  if (grid[0] == 0) return STATUS_OK;
  for (int axis = 0; axis < 3; axis++) grid[axis] = grid[axis] < 1 ? 1 : grid[axis];
  if (!system_grid_fits(edges, dim, reach, grid, largest))
    return fail(STATUS_INPUT,
                "--domains %dx%dx%d does not fit: domains must be at least %.4g wide (cut-off plus skin), the largest grid for this box is "
                "%dx%dx%d",
                grid[0], grid[1], grid[2], reach, largest[0], largest[1], largest[2]);
  if (grid[0] * grid[1] * grid[2] > n_ranks)
    return fail(STATUS_INPUT, "--domains %dx%dx%d needs %d ranks, there are %d", grid[0], grid[1], grid[2], grid[0] * grid[1] * grid[2],
                n_ranks);
  return STATUS_OK;
}

Status domains_groups(const Command *command, const Ranks *ranks, const Frame *frame, double reach, Ranks **groups) {
  const int world = ranks_world_size(ranks);
  int grid[3];
  TRY(domains_asked(command, world, frame->edges, frame->dim, reach, grid));
  if (grid[0] == 0) grid[0] = grid[1] = grid[2] = 1;
  const int cells = grid[0] * grid[1] * grid[2], idle = world % cells, n = world / cells;
  if (idle) warn("%d of %d ranks idle: %d group%s of %dx%dx%d domains", idle, world, n, n > 1 ? "s" : "", grid[0], grid[1], grid[2]);
  *groups = ranks_beside(ranks, grid);
  return STATUS_OK;
}
