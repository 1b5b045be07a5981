/** Messages between domains arrive whole and in order whatever their size and whoever is slow: empty ones, such as just fit where a group
 *  that shares memory leaves them, such as do not and go through the library, and each after each. */
#include <unistd.h>

#include "../check.h"
#include "../lcg.h"
#include "base/memory.h"
#include "comm/exchange.h"
#include "comm/ranks.h"

enum { FITS = 1 << 17 /* PAPER of board.c */, TURNS = 100 };

/** What rank `from` sends at a turn: everybody can tell. */
static size_t size_of(int turn, int from) {
  static const size_t sizes[] = {0, 1, 7, 4096, FITS - 1, FITS, FITS + 1, 5 * FITS};
  return sizes[(size_t)(turn * 5 + turn / 8 + from * 3) % 8];
}
static unsigned char byte_of(int turn, int from, size_t k) {
  return (unsigned char)(k * 31 + (size_t)turn * 7 + (size_t)from * 101 + k / 256);
}

static void test_turns(const Ranks *ranks, int axis, int direction) {
  const int rank = ranks_rank(ranks), size = ranks_size(ranks), from = (rank - direction + size) % size;
  unsigned char *out = memory_array(5 * FITS, 1);
  void *in           = NULL;
  size_t n_in = 0, capacity = 0;
  Lcg pause = {(uint64_t)rank + 5};
  for (int turn = 0; turn < TURNS; turn++) {
    const size_t n = size_of(turn, rank);
    for (size_t k = 0; k < n; k++) out[k] = byte_of(turn, rank, k);
    if (lcg_next(&pause) < 0.05) usleep(2000); /* somebody is late */
    const size_t before = turn % 3 ? n_in : 0; /* now and then behind what is there */
    size_t wrong        = 0;
    n_in                = before;
    exchange_any(ranks, axis, direction, out, n, 1, &in, &n_in, &capacity);
    CHECK_EQUAL_INT(n_in - before, size_of(turn, from));
    for (size_t k = before; k < n_in; k++) wrong += ((unsigned char *)in)[k] != byte_of(turn, from, k - before);
    if (turn % 3 == 1)
      for (size_t k = 0; k < before; k++) wrong += ((unsigned char *)in)[k] != byte_of(turn - 1, from, k);
    CHECK_EQUAL_INT(wrong, 0);
  }
  memory_free(out);
  memory_free(in);
}

int main(int argc, char **argv) {
  Ranks *ranks = ranks_start(&argc, &argv);
  for (int axis = 0; axis < 3; axis++) {
    int grid[3] = {1, 1, 1};
    grid[axis]  = ranks_world_size(ranks);
    ranks_split(ranks, 1, grid);
    for (int direction = 1; direction >= -1; direction -= 2)
      if (grid[axis] > 2 || direction > 0) test_turns(ranks, axis, direction);
  }
  ranks_end(&ranks);
  return check_report();
}
