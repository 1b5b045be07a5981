/* Small reductions and letters of a group that shares memory, without the library in between.
 *
 * Each rank has a board of two sheets that all ranks of the group can read. For its k-th reduction a rank writes its numbers onto sheet
 * k mod 2 and posts k; then it reads the sheets of all others as soon as they have posted k. Two sheets are enough: who writes sheet k + 2
 * has seen every k + 1 posted, and who posted k + 1 has finished reading the sheets of k. A waiting rank spins a little, then gives its
 * core away.
 *
 * Letters: every rank writes its k-th one at the same turn, each for one reader, on paper k mod 2. The reader puts his turn on it when he
 * has done, and the writer waits for that before he takes the paper again. What is longer than the paper goes through the library; then
 * the letter says only that. */
#include <sched.h>
#include <string.h>

#include "base/compiler.h"
#include "base/memory.h"
#include "comm/stream.h"
#include "world.h"

enum { SPINS = 2000, MOST_RANKS = 64, PAPER = 1 << 17 /* bytes: four thousand ghosts */ };
typedef struct Sheet {
  uint64_t posted;
  int64_t numbers[BOARD_NUMBERS]; /* the first seven in the line that tells of them */
} Sheet;
typedef struct Letter {
  uint64_t written, read, n;
  char pad[CACHE_LINE - 3 * sizeof(uint64_t)], text[PAPER];
} Letter;
typedef struct Desk {
  Sheet sheets[2];
  Letter letters[2];
} Desk;
struct Board {
  MPI_Win window;
  int rank, size;
  uint64_t turn, letter;
  Desk *desks[MOST_RANKS];
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

MPI_Win world_share(MPI_Comm comm, size_t bytes, void **segments) {
  MPI_Win window;
  int rank, size;
  void *own;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  MPI_Win_allocate_shared((MPI_Aint)(bytes + CACHE_LINE), 1, MPI_INFO_NULL, comm, &own, &window);
  for (int r = 0; r < size; r++) { /* what begins at the same place of a page does so for all ranks */
    MPI_Aint n;
    int unit;
    char *segment;
    MPI_Win_shared_query(window, r, &n, &unit, &segment);
    segments[r] = segment + (CACHE_LINE - (uintptr_t)segment % CACHE_LINE) % CACHE_LINE;
  }
  memset(segments[rank], 0, bytes);
  MPI_Barrier(comm);
  return window;
}

Board *board_create(MPI_Comm comm) {
  int rank, size;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  if (size == 1 || size > MOST_RANKS || !world_shares_memory(comm)) return NULL;
  Board *board = memory_array(1, sizeof *board);
  board->rank = rank, board->size = size;
  board->window = world_share(comm, sizeof(Desk), (void **)board->desks);
  return board;
}
void board_end(Board **board) {
  if (!*board) return;
  MPI_Win_free(&(*board)->window);
  memory_free(*board);
  *board = NULL;
}

void world_wait(const uint64_t *number, uint64_t least) {
  for (int spins = 0; __atomic_load_n(number, __ATOMIC_ACQUIRE) < least;)
    if (++spins > SPINS)
      sched_yield();
    else
      __builtin_ia32_pause();
}

void board_post(Board *board, const int64_t *numbers, int n) {
  Sheet *own = &board->desks[board->rank]->sheets[++board->turn % 2];
  memcpy(own->numbers, numbers, (size_t)n * sizeof *numbers);
  __atomic_store_n(&own->posted, board->turn, __ATOMIC_RELEASE);
}
const int64_t *board_read(Board *board, int rank) {
  const Sheet *sheet = &board->desks[rank]->sheets[board->turn % 2];
  world_wait(&sheet->posted, board->turn);
  return sheet->numbers;
}
bool board_has(const Board *board, int rank) {
  return __atomic_load_n(&board->desks[rank]->sheets[board->turn % 2].posted, __ATOMIC_ACQUIRE) >= board->turn;
}

bool board_write(Board *board, const void *text, size_t n) {
  Letter *own = &board->desks[board->rank]->letters[++board->letter % 2];
  if (board->letter > 2) world_wait(&own->read, board->letter - 2);
  own->n = n;
  if (n <= PAPER) stream_copy(own->text, text, n);
  __atomic_store_n(&own->written, board->letter, __ATOMIC_RELEASE);
  return n <= PAPER;
}
const void *board_letter(Board *board, int writer, size_t *n) {
  const Letter *letter = &board->desks[writer]->letters[board->letter % 2];
  world_wait(&letter->written, board->letter);
  *n = letter->n;
  return *n <= PAPER ? letter->text : NULL;
}
void board_letter_done(Board *board, int writer) {
  __atomic_store_n(&board->desks[writer]->letters[board->letter % 2].read, board->letter, __ATOMIC_RELEASE);
}
