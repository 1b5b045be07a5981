/* Memory of lists and of their builder; the blocks in which lists are built. */
#include <math.h>

#include "base/memory.h"
#include "kernels/list_build.h"
#include "kernels/simd.h"

int list_blocks(double edge, int dim) {
  const double caches = (double)simd_cache() / (512 << 10), block = dim == 2 ? 56 * sqrt(caches) : 10 * cbrt(caches);
  return (int)fmin(fmax(edge / block, 1), 1000);
}

void list_scratch_clear(ListScratch *scratch) {
  for (size_t k = 0; k < sizeof scratch->arrays / sizeof scratch->arrays[0]; k++) memory_free(scratch->arrays[k]);
  *scratch = (ListScratch){0};
}
void list_clear(List *list) {
  memory_free(list->order);
  memory_free(list->is_inner);
  memory_free(list->species);
  memory_free(list->lanes);
  memory_free(list->full);
  memory_free(list->columns);
  memory_free(list->first);
  memory_free(list->centres);
  memory_free(list->counts);
  memory_free(list->entries);
  *list = (List){0};
}
