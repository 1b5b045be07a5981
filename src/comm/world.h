#pragma once
/** Inside of Ranks, for this room only. */
#include <mpi.h>

#include "comm/ranks.h"

struct Ranks {
  int world_rank, world_size;
  int n_groups, group, rank, size;
  int grid[3], place[3];
  MPI_Comm group_comm; /* MPI_COMM_NULL if idle */
};
/** Rank of the neighbour `direction` steps along the axis of the periodic grid. */
int world_neighbor(const Ranks *ranks, int axis, int direction);
