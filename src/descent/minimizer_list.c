/* The list of minimisers: grows by a line in minimizers.def. */
#include <string.h>

#include "descent/minimizer.h"

#define MINIMIZER(x) extern const Minimizer minimizer_##x;
#include "minimizers.def"
#undef MINIMIZER

#define MINIMIZER(x) &minimizer_##x,
const Minimizer *const minimizer_list[] = {
#include "minimizers.def"
    NULL};
#undef MINIMIZER

#define MINIMIZER(x) #x,
const char *const minimizer_names[] = {
#include "minimizers.def"
    NULL};
#undef MINIMIZER

const Minimizer *minimizer_find(const char *name) {
  for (int k = 0; minimizer_list[k]; k++)
    if (strcmp(minimizer_list[k]->name, name) == 0) return minimizer_list[k];
  return NULL;
}

const char *outcome_name(Outcome outcome) {
  static const char *const names[] = {"converged", "stalled", "exhausted", "lost", "stopped", "strayed"};
  return names[outcome];
}
