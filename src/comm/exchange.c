/* Point-to-point messages between grid neighbours, and gather and share inside a group. Messages above 2 GiB are not needed: a domain's
 * halo is far smaller; gathers of whole configurations go in one message per rank. */
#include "comm/exchange.h"

#include <limits.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "world.h"

static int bytes(size_t n) {
  require(n <= INT_MAX, "message of %zu bytes", n);
  return (int)n;
}

void exchange_any(const Ranks *ranks, int axis, int direction, const void *send, size_t n_send, size_t size, void **array, size_t *n,
                  size_t *capacity) {
  const int to = world_neighbor(ranks, axis, direction), from = world_neighbor(ranks, axis, -direction);
  Board *board        = ranks->board;
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Message message;
  size_t n_bytes = 0;
  if (!board || !board_write(board, send, n_send * size))
    MPI_Isend(send, bytes(n_send * size), MPI_BYTE, to, 1, ranks->group_comm, &request);
  const void *letter = board ? board_letter(board, from, &n_bytes) : NULL;
  if (!letter) {
    MPI_Status status;
    int count;
    MPI_Mprobe(from, 1, ranks->group_comm, &message, &status);
    MPI_Get_count(&status, MPI_BYTE, &count);
    n_bytes = (size_t)count;
  }
  memory_grow(array, capacity, *n + n_bytes / size, *n, size);
  char *end = (char *)*array + *n * size;
  if (letter)
    memcpy(end, letter, n_bytes);
  else
    MPI_Mrecv(end, (int)n_bytes, MPI_BYTE, &message, MPI_STATUS_IGNORE);
  *n += n_bytes / size;
  if (board) board_letter_done(board, from);
  MPI_Wait(&request, MPI_STATUS_IGNORE);
}
void exchange_gather(const Ranks *ranks, const void *send, size_t n_send, void **receive, size_t *capacity, size_t *sizes) {
  const uint64_t own = n_send;
  uint64_t *all      = memory_array((size_t)ranks->size, sizeof *all);
  int *count = memory_array((size_t)ranks->size, sizeof *count), *first = memory_array((size_t)ranks->size, sizeof *first);
  MPI_Gather(&own, 1, MPI_UINT64_T, all, 1, MPI_UINT64_T, 0, ranks->group_comm);
  if (ranks->rank == 0) {
    size_t total = 0;
    for (int r = 0; r < ranks->size; r++) {
      first[r] = bytes(total);
      count[r] = bytes((size_t)all[r]);
      sizes[r] = (size_t)all[r];
      total += (size_t)all[r];
    }
    memory_grow(receive, capacity, total, 0, 1);
  }
  MPI_Gatherv(send, bytes(n_send), MPI_BYTE, ranks->rank == 0 ? *receive : NULL, count, first, MPI_BYTE, 0, ranks->group_comm);
  memory_free(all);
  memory_free(count);
  memory_free(first);
}
void exchange_share(const Ranks *ranks, void *data, size_t n) {
  char *p = data;
  for (size_t done = 0; done < n && ranks->size > 1;) {
    const size_t part = n - done < (1u << 30) ? n - done : (1u << 30);
    MPI_Bcast(p + done, bytes(part), MPI_BYTE, 0, ranks->group_comm);
    done += part;
  }
}
