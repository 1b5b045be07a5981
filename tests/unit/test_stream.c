/** What is written past the caches is what was given, nothing beside it: any length, whatever the processor prefers. */
#include "../check.h"
#include "base/memory.h"
#include "comm/stream.h"

enum { N = 600 };

static void test_copy(const unsigned char *from, unsigned char *to, size_t n) {
  memset(to, 0xee, N);
  stream_copy(to, from, n);
  CHECK(memcmp(to, from, n) == 0);
  for (size_t k = n; k < N; k++) CHECK(to[k] == 0xee);
}
static void test_words(void) {
  int64_t *out = memory_array(8, sizeof *out), in[3] = {INT64_MIN, -1, INT64_MAX};
  stream_two(out + 2, stream_load(in + 1));
  stream_word(out + 5, in[0]);
  stream_two(out + 6, (StreamTwo){in[2], 7});
  stream_end();
  const int64_t expected[8] = {0, 0, -1, INT64_MAX, 0, INT64_MIN, INT64_MAX, 7};
  CHECK(memcmp(out, expected, sizeof expected) == 0);
  memory_free(out);
}

int main(void) {
  unsigned char *from = memory_array(N, 1), *to = memory_array(N, 1);
  for (int k = 0; k < N; k++) from[k] = (unsigned char)(k * 37 + k / 256);
  for (size_t n = 0; n < N; n++) test_copy(from, to, n);
  for (size_t n = 0; n < 64; n++) test_copy(from + 3, to, n); /* from anywhere */
  test_words();
  memory_free(from);
  memory_free(to);
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
