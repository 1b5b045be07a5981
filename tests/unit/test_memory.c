#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>

#include "../check.h"
#include "base/compiler.h"

static void test_array(void) {
  for (size_t n = 0; n < 40; n++) {
    double *array = memory_array(n, sizeof *array);
    CHECK(array != NULL);
    CHECK_EQUAL_INT((uintptr_t)array % ALIGNMENT, 0);
    for (size_t k = 0; k < n; k++) CHECK_CLOSE(array[k], 0, 0);
    for (size_t k = 0; k < n; k++) array[k] = 1;
    memory_free(array);
  }
  memory_free(NULL);
}

static void test_grow(void) {
  void *array     = NULL;
  size_t capacity = 0;
  for (size_t n = 1; n <= 1000; n++) {
    memory_grow(&array, &capacity, n, n - 1, sizeof(int));
    CHECK(capacity >= n);
    CHECK_EQUAL_INT(((int *)array)[n - 1], 0);
    ((int *)array)[n - 1] = (int)n;
  }
  long sum = 0;
  for (size_t n = 0; n < 1000; n++) sum += ((int *)array)[n];
  CHECK_EQUAL_INT(sum, 500500);
  const void *before = array;
  memory_grow(&array, &capacity, 10, 10, sizeof(int));
  CHECK(array == before);
  memory_grow(&array, &capacity, 10 * capacity, 2, sizeof(int));
  CHECK_EQUAL_INT(((int *)array)[1], 2);
  CHECK_EQUAL_INT(((int *)array)[2], 0);
  CHECK_EQUAL_INT((uintptr_t)array % ALIGNMENT, 0);
  memory_free(array);
}

static void test_live(void) {
  CHECK_EQUAL_INT(memory_live(), 0);
  char *text = memory_string("glass");
  void *none = memory_array(0, 8);
  CHECK_TEXT(text, "glass");
  CHECK_EQUAL_INT(memory_live(), 2);
  memory_free(text);
  memory_free(none);
  CHECK_EQUAL_INT(memory_live(), 0);
}

int main(void) {
  test_array();
  test_grow();
  test_live();
  return check_report();
}
