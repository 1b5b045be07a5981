#pragma once
/** Writing what another core reads: past the caches, into memory.
 *
 *  Before a core can write to a line that another one has read, the line must be fetched back. On Zen 4 that takes 5 to 30 ns each,
 * depending on where the two cores lie, and prefetchw, which could do it beforehand, has no effect: 225 lines take 1.1 to 6.5 us with and
 * without it. Stores past the caches need not wait, 0.4 to 0.6 us, and the lines are read as fast afterwards. On Granite Rapids prefetchw
 * does fetch them back (Claim, force_work.h), and lines that come from memory took 1.4 times as long to read. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"

/** Whether that is the faster way on this processor. */
static inline bool stream_pays(void) { return __builtin_cpu_is("amd"); }

typedef int64_t StreamTwo __attribute__((vector_size(16), may_alias));
ALWAYS_INLINE StreamTwo stream_load(const void *from) {
  StreamTwo two;
  memcpy(&two, from, sizeof two);
  return two;
}
/** `to`: a multiple of 16 bytes, of 8 for one word. A line should be written whole, one piece after the other. */
ALWAYS_INLINE void stream_two(void *to, StreamTwo two) { __asm__ volatile("movntdq %1, %0" : "=m"(*(StreamTwo *)to) : "x"(two)); }
ALWAYS_INLINE void stream_word(int64_t *to, int64_t word) { __asm__ volatile("movnti %1, %0" : "=m"(*to) : "r"(word)); }
/** Between the last of these stores and the one that tells others that they may read. */
ALWAYS_INLINE void stream_end(void) { __asm__ volatile("sfence" ::: "memory"); }

/** n bytes, to a multiple of 16, in the faster way. */
static inline void stream_copy(void *to, const void *from, size_t n) {
  const size_t streamed = stream_pays() ? n / sizeof(StreamTwo) * sizeof(StreamTwo) : 0;
  for (size_t k = 0; k < streamed; k += sizeof(StreamTwo)) stream_two((char *)to + k, stream_load((const char *)from + k));
  memcpy((char *)to + streamed, (const char *)from + streamed, n - streamed);
  if (streamed > 0) stream_end();
}
