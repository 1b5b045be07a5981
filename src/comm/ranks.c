/* World -> groups -> grid. Group g takes the consecutive world ranks [g size, (g+1) size); inside a group the x place runs fastest.
 * Errors of MPI abort (its default handler); fatal() aborts the world through MPI_Abort, so no rank is left waiting. */
#include "comm/ranks.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "world.h"

static void abort_world(void) { MPI_Abort(MPI_COMM_WORLD, 1); }

Ranks *ranks_start(int *argc, char ***argv) {
  MPI_Init(argc, argv);
  Ranks *ranks      = memory_array(1, sizeof *ranks);
  ranks->group_comm = MPI_COMM_NULL;
  MPI_Comm_rank(MPI_COMM_WORLD, &ranks->world_rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks->world_size);
  error_set_voice(ranks->world_rank == 0);
  error_set_abort(abort_world);
  const char *tasks = getenv("SLURM_NTASKS"), *own = getenv("SLURM_PROCID");
  if (ranks->world_size == 1 && tasks && own && atoi(tasks) > 1 && !getenv("OMPI_COMM_WORLD_SIZE"))
    warn("SLURM started %s tasks, but each sees a world of one rank: use mpirun, or srun with a matching --mpi", tasks);
  ranks_split(ranks, 1, (const int[3]){ranks->world_size, 1, 1});
  return ranks;
}
void ranks_end(Ranks **ranks) {
  if (!*ranks) return;
  board_end(&(*ranks)->board);
  if ((*ranks)->group_comm != MPI_COMM_NULL) MPI_Comm_free(&(*ranks)->group_comm);
  memory_free(*ranks);
  *ranks = NULL;
  MPI_Finalize();
}
int ranks_world_rank(const Ranks *ranks) { return ranks->world_rank; }
int ranks_world_size(const Ranks *ranks) { return ranks->world_size; }

void ranks_split(Ranks *ranks, int n_groups, const int grid[3]) {
  const int size = grid[0] * grid[1] * grid[2];
  require(n_groups >= 1 && size >= 1 && n_groups * size <= ranks->world_size, "%d groups of %d in a world of %d", n_groups, size,
          ranks->world_size);
  board_end(&ranks->board);
  if (ranks->group_comm != MPI_COMM_NULL) MPI_Comm_free(&ranks->group_comm);
  const bool is_idle = ranks->world_rank >= n_groups * size;
  ranks->n_groups    = n_groups;
  ranks->group       = is_idle ? -1 : ranks->world_rank / size;
  ranks->rank        = is_idle ? 0 : ranks->world_rank % size;
  ranks->size        = is_idle ? 1 : size;
  memcpy(ranks->grid, grid, sizeof ranks->grid);
  ranks->place[0] = ranks->rank % grid[0];
  ranks->place[1] = ranks->rank / grid[0] % grid[1];
  ranks->place[2] = ranks->rank / (grid[0] * grid[1]);
  MPI_Comm_split(MPI_COMM_WORLD, is_idle ? MPI_UNDEFINED : ranks->group, ranks->rank, &ranks->group_comm);
  if (!is_idle) ranks->board = board_create(ranks->group_comm);
}

Ranks *ranks_alone(const Ranks *ranks) {
  Ranks *alone = memory_array(1, sizeof *alone);
  *alone       = (Ranks){.world_rank = ranks->world_rank,
                         .world_size = ranks->world_size,
                         .n_groups   = 1,
                         .size       = 1,
                         .grid       = {1, 1, 1},
                         .group_comm = MPI_COMM_SELF};
  return alone;
}
Ranks *ranks_beside(const Ranks *ranks, const int grid[3]) {
  Ranks *beside = memory_array(1, sizeof *beside);
  *beside       = (Ranks){.world_rank = ranks->world_rank, .world_size = ranks->world_size, .group_comm = MPI_COMM_NULL};
  ranks_split(beside, ranks->world_size / (grid[0] * grid[1] * grid[2]), grid);
  return beside;
}
void ranks_beside_end(Ranks **other) {
  if (!*other) return;
  board_end(&(*other)->board);
  if ((*other)->group_comm != MPI_COMM_NULL && (*other)->group_comm != MPI_COMM_SELF) MPI_Comm_free(&(*other)->group_comm);
  memory_free(*other);
  *other = NULL;
}
int ranks_group(const Ranks *ranks) { return ranks->group; }
int ranks_n_groups(const Ranks *ranks) { return ranks->n_groups; }
int ranks_rank(const Ranks *ranks) { return ranks->rank; }
int ranks_size(const Ranks *ranks) { return ranks->size; }
const int *ranks_grid(const Ranks *ranks) { return ranks->grid; }
const int *ranks_place(const Ranks *ranks) { return ranks->place; }

int world_neighbor(const Ranks *ranks, int axis, int direction) {
  int place[3];
  memcpy(place, ranks->place, sizeof place);
  place[axis] = (place[axis] + direction + ranks->grid[axis]) % ranks->grid[axis];
  return (place[2] * ranks->grid[1] + place[1]) * ranks->grid[0] + place[0];
}

char *ranks_share_text(const Ranks *ranks, const char *text) {
  int64_t length = ranks->world_rank == 0 && text ? (int64_t)strlen(text) : -1;
  MPI_Bcast(&length, 1, MPI_INT64_T, 0, MPI_COMM_WORLD);
  if (length < 0) return NULL;
  char *copy = memory_array((size_t)length + 1, 1);
  if (ranks->world_rank == 0) memcpy(copy, text, (size_t)length);
  MPI_Bcast(copy, (int)length, MPI_CHAR, 0, MPI_COMM_WORLD);
  return copy;
}
static Status worst(MPI_Comm comm, Status status) {
  int value = (int)status;
  MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_INT, MPI_MAX, comm);
  return (Status)value;
}
Status ranks_agree(const Ranks *ranks, Status status) {
  (void)ranks;
  return worst(MPI_COMM_WORLD, status);
}
Status ranks_agree_group(const Ranks *ranks, Status status) { return ranks->size == 1 ? status : worst(ranks->group_comm, status); }
void ranks_barrier(const Ranks *ranks) {
  (void)ranks;
  MPI_Barrier(MPI_COMM_WORLD);
}
