/** OpenBLAS, told how to work.
 *
 *  OpenBLAS picks its kernels when it is loaded, by the model number of the processor. A processor younger than the library falls to
 *  kernels for much older ones (an AVX-512 Zen 5 to those of Haswell, a Xeon 207 even to those of Prescott, five times slower).
 *  OPENBLAS_CORETYPE corrects that, but is read before main begins. The library exports the two functions that its own constructor
 *  and destructor use to choose: to let go of the choice, set the variable and choose again is the same as a start with the variable
 *  set, as long as no BLAS call is under way. Where they are missing (another BLAS, a static kernel) nothing is done.
 *
 *  CHOLMOD's own loops ask OpenMP for four threads, whatever the environment says; zero active levels of parallelism make every
 *  such region run on the one thread that meets it. */
#include "blas_setup.h"

#include <cblas.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef void (*Action)(void);
typedef void (*LevelAction)(int);

/** A function of a loaded library by its name; NULL without it. POSIX lets data and function pointers be copied into each other. */
static Action find_action(const char *name) {
  void *symbol  = dlsym(RTLD_DEFAULT, name);
  Action action = NULL;
  memcpy(&action, &symbol, sizeof action);
  return action;
}

static bool is_one_of(const char *name, const char *const *list) {
  for (; *list != NULL; list++)
    if (strcmp(name, *list) == 0) return true;
  return false;
}

/** The kernels this processor can run best, or NULL if OpenBLAS has chosen well. */
static const char *better_core(const char *chosen) {
  static const char *const wide[]   = {"SkylakeX", "Cooperlake", "SapphireRapids", NULL};
  static const char *const medium[] = {"Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids", NULL};
  __builtin_cpu_init();
  const bool has_wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd");
  if (has_wide) return is_one_of(chosen, wide) ? NULL : "SkylakeX";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return is_one_of(chosen, medium) ? NULL : "Haswell";
  return NULL;
}

static void choose_kernels(void) {
  if (getenv("OPENBLAS_CORETYPE") != NULL) return;
  const char *core    = better_core(openblas_get_corename());
  const Action forget = find_action("gotoblas_dynamic_quit");
  const Action choose = find_action("gotoblas_dynamic_init");
  if (core == NULL || forget == NULL || choose == NULL) return;
  setenv("OPENBLAS_CORETYPE", core, 1);
  forget();
  choose();
}

void blas_prepare(void) {
  static bool is_done; /* state of the process, as the libraries' own settings are */
  if (is_done) return;
  is_done = true;
  choose_kernels();
  openblas_set_num_threads(1);
  const Action set_levels = find_action("omp_set_max_active_levels");
  if (set_levels != NULL) ((LevelAction)set_levels)(0);
}

const char *blas_core_name(void) { return openblas_get_corename(); }
