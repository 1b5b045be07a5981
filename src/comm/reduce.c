/* Reductions. Wide integers travel as two 64-bit limbs (low 48 bits, rest), whose sums cannot overflow below 2^15 ranks. World sums of
 * doubles are gathered and added in rank order, so that every rank has the same bits. */
#include "comm/reduce.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "world.h"

enum { MAX_WIDE = 16 };

void reduce_group_wide(const Ranks *ranks, __int128 *values, int n) {
  if (ranks->size == 1) return;
  require(n <= MAX_WIDE, "%d values", n);
  int64_t limbs[2 * MAX_WIDE];
  for (int k = 0; k < n; k++) {
    limbs[2 * k]     = (int64_t)(values[k] & (((__int128)1 << 48) - 1));
    limbs[2 * k + 1] = (int64_t)(values[k] >> 48);
  }
  reduce_group_sum(ranks, limbs, 2 * n);
  for (int k = 0; k < n; k++) values[k] = (__int128)limbs[2 * k] + (__int128)limbs[2 * k + 1] * ((__int128)1 << 48);
}
void reduce_group_sum(const Ranks *ranks, int64_t *values, int n) {
  if (ranks->size == 1) return;
  if (!ranks->board || n > BOARD_NUMBERS) {
    MPI_Allreduce(MPI_IN_PLACE, values, n, MPI_INT64_T, MPI_SUM, ranks->group_comm);
    return;
  }
  board_post(ranks->board, values, n);
  memset(values, 0, (size_t)n * sizeof *values);
  for (int r = 0; r < ranks->size; r++) {
    const int64_t *numbers = board_read(ranks->board, r);
    for (int k = 0; k < n; k++) values[k] += numbers[k];
  }
}
void reduce_group_max(const Ranks *ranks, double *values, int n) {
  if (ranks->size == 1) return;
  int64_t bits[BOARD_NUMBERS];
  if (!ranks->board || n > BOARD_NUMBERS) {
    MPI_Allreduce(MPI_IN_PLACE, values, n, MPI_DOUBLE, MPI_MAX, ranks->group_comm);
    return;
  }
  memcpy(bits, values, (size_t)n * sizeof *values);
  board_post(ranks->board, bits, n);
  for (int r = 0; r < ranks->size; r++) {
    double others[BOARD_NUMBERS];
    memcpy(others, board_read(ranks->board, r), (size_t)n * sizeof *others);
    for (int k = 0; k < n; k++) values[k] = others[k] > values[k] ? others[k] : values[k];
  }
}
int reduce_group_flags(const Ranks *ranks, int flags) {
  Vote vote;
  vote_ask(ranks, &vote, flags);
  return vote_take(ranks, &vote);
}
void vote_ask(const Ranks *ranks, Vote *vote, int flags) {
  vote->own = vote->all = flags;
  if (ranks->size == 1) return;
  const int64_t own = flags;
  MPI_Request request;
  if (ranks->board) {
    board_post(ranks->board, &own, 1);
    return;
  }
  MPI_Iallreduce(&vote->own, &vote->all, 1, MPI_INT, MPI_BOR, ranks->group_comm, &request);
  vote->request = MPI_Request_c2f(request);
}
bool vote_is_known(const Ranks *ranks, Vote *vote) {
  int is_known = 1;
  for (int r = 0; ranks->board && is_known && r < ranks->size; r++) is_known = board_has(ranks->board, r);
  if (ranks->size > 1 && !ranks->board) {
    MPI_Request request = MPI_Request_f2c(vote->request);
    MPI_Test(&request, &is_known, MPI_STATUS_IGNORE);
    vote->request = MPI_Request_c2f(request);
  }
  return is_known;
}
int vote_take(const Ranks *ranks, Vote *vote) {
  if (ranks->size == 1) return vote->all;
  if (!ranks->board) {
    MPI_Request request = MPI_Request_f2c(vote->request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    vote->request = MPI_Request_c2f(request);
    return vote->all;
  }
  for (int r = 0; r < ranks->size; r++) vote->all |= (int)board_read(ranks->board, r)[0];
  return vote->all;
}
void reduce_sum_doubles(const Ranks *ranks, double *values, size_t n) {
  if (ranks->world_size == 1) return;
  const size_t piece = 1u << 16;
  double *all        = memory_array(ranks->world_rank == 0 ? piece * (size_t)ranks->world_size : 1, sizeof *all);
  for (size_t done = 0; done < n; done += piece) {
    const int count = (int)(n - done < piece ? n - done : piece);
    MPI_Gather(values + done, count, MPI_DOUBLE, all, count, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    if (ranks->world_rank == 0)
      for (int k = 0; k < count; k++)
        for (int r = 1; r < ranks->world_size; r++) values[done + (size_t)k] += all[(size_t)r * (size_t)count + (size_t)k];
    MPI_Bcast(values + done, count, MPI_DOUBLE, 0, MPI_COMM_WORLD);
  }
  memory_free(all);
}
void reduce_max_doubles(const Ranks *ranks, double *values, size_t n) {
  (void)ranks;
  MPI_Allreduce(MPI_IN_PLACE, values, (int)n, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
}
void reduce_min_doubles(const Ranks *ranks, double *values, size_t n) {
  (void)ranks;
  MPI_Allreduce(MPI_IN_PLACE, values, (int)n, MPI_DOUBLE, MPI_MIN, MPI_COMM_WORLD);
}
