/** Species of a model. Names are the model's own ("A", "Si"); numbers are accepted because foreign files know nothing else.
 *
 *  Counts are rounded for all species but the first, which takes the rest: the sum is exact for any n and any fractions, and the
 *  result does not depend on how a fraction like 2/3 was rounded in the input. Should rounding ask for more particles than there
 *  are (tiny n), the later species give way. */
#include "matter/mixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int mixture_find(const Mixture *mixture, const char *name) {
  for (int k = 0; k < mixture->n_species; k++)
    if (strcmp(mixture->names[k], name) == 0) return k;
  if (name[0] < '0' || name[0] > '9') return -1;
  char *end          = NULL;
  const long species = strtol(name, &end, 10);
  return *end == '\0' && species < mixture->n_species ? (int)species : -1;
}

void mixture_counts(const Mixture *mixture, int64_t n, int64_t *counts) {
  int64_t left = n;
  for (int k = 1; k < mixture->n_species; k++) {
    const int64_t wanted = llround(mixture->fractions[k] * (double)n);
    counts[k]            = wanted < left ? wanted : left;
    left -= counts[k];
  }
  counts[0] = left;
}
