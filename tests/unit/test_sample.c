/** The k-th smallest of a few values: of all orders of four with two alike, and of one. */
#include "../check.h"
#include "base/memory.h"
#include "base/sample.h"

int main(void) {
  static const float sorted[4] = {-2, 0.5F, 0.5F, 7};
  for (int order = 0; order < 256; order++) {
    const int at[4] = {order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6};
    float values[4] = {0}, before[4];
    if ((1 << at[0] | 1 << at[1] | 1 << at[2] | 1 << at[3]) != 15) continue; /* no permutation */
    for (int k = 0; k < 4; k++) values[at[k]] = sorted[k];
    memcpy(before, values, sizeof before);
    for (int k = 0; k < 4; k++) CHECK(sample_nth(values, 4, k) == sorted[k]);
    CHECK(memcmp(before, values, sizeof before) == 0);
  }
  CHECK(sample_nth(sorted + 3, 1, 0) == 7);
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
