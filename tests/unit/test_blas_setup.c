/** OpenBLAS that chose kernels for an old processor (as it does for one it does not know) must have better ones after the first use of
 *  the math room. With a BLAS that cannot choose again there is nothing to test. */
#include "../../src/math/blas_setup.h"

#include <stdbool.h>
#include <stdlib.h>

#include "check.h"

void gotoblas_dynamic_init(void) __attribute__((weak));
void gotoblas_dynamic_quit(void) __attribute__((weak));

int main(void) {
  if (gotoblas_dynamic_init == NULL || gotoblas_dynamic_quit == NULL) return 0;
  setenv("OPENBLAS_CORETYPE", "Prescott", 1);
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  CHECK_TEXT(blas_core_name(), "Prescott");
  unsetenv("OPENBLAS_CORETYPE");
  blas_prepare();
  const bool is_better = strcmp(blas_core_name(), "Prescott") != 0;
  CHECK(is_better == (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")));
  printf("Prescott became %s\n", blas_core_name());
  return check_report();
}
