#pragma once
/** Inside of Ranks, for this room only. */
#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>

#include "comm/ranks.h"

/** Where the ranks of a group that shares memory show each other numbers and leave letters, see board.c. */
typedef struct Board Board;
enum { BOARD_NUMBERS = 31 };
/** NULL if the group is one rank, very large, or spread over nodes. Collective. */
Board *board_create(MPI_Comm comm);
void board_end(Board **board);
/** Begin a reduction: own n <= BOARD_NUMBERS numbers. Then read those of every rank, own included. */
void board_post(Board *board, const int64_t *numbers, int n);
const int64_t *board_read(Board *board, int rank);
/** Whether that need not wait. */
bool board_has(const Board *board, int rank);
/** One letter per rank and turn, all ranks of the group in turn: write own (false: too long, send it through the library), look at the one
 *  that `writer` wrote for this rank (NULL: too long, it comes through the library), say when done with it. */
bool board_write(Board *board, const void *text, size_t n);
const void *board_letter(Board *board, int writer, size_t *n);
void board_letter_done(Board *board, int writer);
/** Until a number in shared memory, stored with release order by another rank, is at least so large: spins a little, then gives the core
 *  away. */
void world_wait(const uint64_t *number, uint64_t least);
/** Collective. */
bool world_shares_memory(MPI_Comm comm);
/** So many bytes per rank, zero, on cache lines, that all ranks can read: segments[r] is rank r's. Until MPI_Win_free. Collective. */
MPI_Win world_share(MPI_Comm comm, size_t bytes, void **segments);

struct Ranks {
  int world_rank, world_size;
  int n_groups, group, rank, size;
  int grid[3], place[3];
  MPI_Comm group_comm; /* MPI_COMM_NULL if idle */
  Board *board;        /* NULL: reduce through the library */
};
/** Rank of the neighbour `direction` steps along the axis of the periodic grid. */
int world_neighbor(const Ranks *ranks, int axis, int direction);
