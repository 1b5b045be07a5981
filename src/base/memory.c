/** Heap arrays.
 *
 *  Every array starts on a cache line, so that kernels may use aligned loads, and is zeroed, so that padding never holds a NaN.
 *  A failed allocation ends the program: no caller could go on, and none of them has to ask. The count of live arrays is kept
 *  because a leak of one array per frame kills a run of a month; main checks it at the end. */
#include "base/memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/compiler.h"
#include "base/error.h"

static long n_live;

/** Arrays of several of these may lie in pages of this size: fewer walks through page tables, fewer faults. */
enum { HUGE_PAGE = 2 << 20, SEVERAL = 4 };

static void *allocate(size_t count, size_t size) {
  require(size == 0 || count <= (SIZE_MAX / 2) / size, "array of %zu elements of %zu bytes", count, size);
  size_t bytes       = count * size;
  const bool is_huge = bytes >= (size_t)SEVERAL * HUGE_PAGE;
  const size_t grain = is_huge ? HUGE_PAGE : ALIGNMENT;
  bytes              = bytes == 0 ? grain : (bytes + grain - 1) / grain * grain;
  void *array        = aligned_alloc(grain, bytes);
  if (array == NULL) fatal("out of memory: %zu elements of %zu bytes", count, size);
  n_live++;
#ifdef MADV_HUGEPAGE /* Linux; a wish: without it all goes on */
  if (is_huge) (void)madvise(array, bytes, MADV_HUGEPAGE);
#endif
  return memset(array, 0, bytes);
}

void *memory_array(size_t count, size_t size) { return allocate(count, size); }

void memory_grow(void **array, size_t *capacity, size_t count, size_t keep, size_t size) {
  if (*array != NULL && count <= *capacity) return;
  require(keep <= *capacity && keep <= count, "keep %zu of %zu elements in %zu", keep, *capacity, count);
  const size_t roomy  = *capacity + *capacity / 2;
  const size_t wanted = count > roomy ? count : roomy;
  void *larger        = allocate(wanted, size);
  if (keep > 0) memcpy(larger, *array, keep * size);
  memory_free(*array);
  *array    = larger;
  *capacity = wanted;
}

char *memory_string(const char *text) {
  const size_t bytes = strlen(text) + 1;
  return memcpy(allocate(bytes, 1), text, bytes);
}

void memory_free(void *pointer) {
  if (pointer == NULL) return;
  n_live--;
  free(pointer);
}

long memory_live(void) { return n_live; }
