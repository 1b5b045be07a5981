/* The choice of instruction set. v4 = AVX-512 (F, BW, CD, DQ, VL), v3 = AVX2 + FMA + BMI, v1 = any x86-64. All kernels are in the
 * binary three times; nothing outside the kernels is compiled for more than the baseline. */
#include "kernels/simd.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"

extern const KernelSet kernel_set_v4, kernel_set_v3, kernel_set_v1;
static const KernelSet *const sets[] = {&kernel_set_v4, &kernel_set_v3, &kernel_set_v1};
static int chosen                    = -1;

static bool is_supported(int set) {
  __builtin_cpu_init();
  switch (set) {
    case 0:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    case 1:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
    default:
      return true;
  }
}

Status simd_select(const char *name) {
  for (int set = 0; set < 3; set++)
    if (strcmp(name, "auto") == 0 ? is_supported(set) : strcmp(name, sets[set]->name) == 0) {
      if (!is_supported(set)) return fail(STATUS_INPUT, "--simd %s: this processor does not have these instructions", name);
      chosen = set;
      return STATUS_OK;
    }
  return fail(STATUS_INPUT, "--simd %s: unknown instruction set (v4, v3, v1 or auto)", name);
}

int simd_index(void) {
  if (chosen < 0) {
    const Status status = simd_select("auto");
    require(status == STATUS_OK, "no instruction set");
  }
  return chosen;
}
const KernelSet *simd_kernels(void) { return sets[simd_index()]; }
const char *simd_name(void) { return simd_kernels()->name; }

int64_t simd_cache(void) {
  static int64_t bytes; /* asked once: in a virtual machine the answer takes long */
  if (bytes == 0) bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
  if (bytes <= 0) bytes = 512 << 10;
  return bytes;
}
