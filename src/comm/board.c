/* Small reductions of a group that shares memory, without the library in between.
 *
 * Each rank has a board of two sheets that all ranks of the group can read. For its k-th reduction a rank writes its numbers onto sheet
 * k mod 2 and posts k; then it reads the sheets of all others as soon as they have posted k. Two sheets are enough: who writes sheet k + 2
 * has seen every k + 1 posted, and who posted k + 1 has finished reading the sheets of k. A waiting rank spins a little, then gives its
 * core away. */
#include <sched.h>
#include <string.h>

#include "base/memory.h"
#include "world.h"

enum { LINE = 64, SPINS = 2000, MOST_RANKS = 64 };
typedef struct Sheet {
  uint64_t posted;
  char pad[LINE - sizeof(uint64_t)];
  int64_t numbers[BOARD_NUMBERS];
} Sheet;
struct Board {
  MPI_Win window;
  int rank, size;
  uint64_t turn;
  Sheet *sheets[MOST_RANKS]; /* two per rank */
};

bool world_shares_memory(MPI_Comm comm) {
  MPI_Comm node;
  int on_node, size;
  MPI_Comm_size(comm, &size);
  MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
  MPI_Comm_size(node, &on_node);
  MPI_Comm_free(&node);
  int is_shared = on_node == size;
  MPI_Allreduce(MPI_IN_PLACE, &is_shared, 1, MPI_INT, MPI_LAND, comm);
  return is_shared;
}

Board *board_create(MPI_Comm comm) {
  int rank, size;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  if (size == 1 || size > MOST_RANKS || !world_shares_memory(comm)) return NULL;
  Board *board = memory_array(1, sizeof *board);
  board->rank = rank, board->size = size;
  MPI_Win_allocate_shared((MPI_Aint)(2 * sizeof(Sheet)), 1, MPI_INFO_NULL, comm, &board->sheets[rank], &board->window);
  memset(board->sheets[rank], 0, 2 * sizeof(Sheet));
  for (int r = 0; r < size; r++) {
    MPI_Aint bytes;
    int unit;
    MPI_Win_shared_query(board->window, r, &bytes, &unit, &board->sheets[r]);
  }
  MPI_Barrier(comm);
  return board;
}
void board_end(Board **board) {
  if (!*board) return;
  MPI_Win_free(&(*board)->window);
  memory_free(*board);
  *board = NULL;
}

void board_post(Board *board, const int64_t *numbers, int n) {
  Sheet *own = &board->sheets[board->rank][++board->turn % 2];
  memcpy(own->numbers, numbers, (size_t)n * sizeof *numbers);
  __atomic_store_n(&own->posted, board->turn, __ATOMIC_RELEASE);
}
const int64_t *board_read(Board *board, int rank) {
  const Sheet *sheet = &board->sheets[rank][board->turn % 2];
  for (int spins = 0; __atomic_load_n(&sheet->posted, __ATOMIC_ACQUIRE) < board->turn;)
    if (++spins > SPINS)
      sched_yield();
    else
      __builtin_ia32_pause();
  return sheet->numbers;
}
