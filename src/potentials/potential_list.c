/* All models, by potentials.def, for each instruction set. */
#include <string.h>

#include "kernels/simd.h"
#include "potentials/potential.h"

#define POTENTIAL(file, name) extern const Potential name##_v4, name##_v3, name##_v1;
#include "potentials.def"
#undef POTENTIAL

static const Potential *const lists[3][32] = {{
#define POTENTIAL(file, name) &name##_v4,
#include "potentials.def"
#undef POTENTIAL
                                              },
                                              {
#define POTENTIAL(file, name) &name##_v3,
#include "potentials.def"
#undef POTENTIAL
                                              },
                                              {
#define POTENTIAL(file, name) &name##_v1,
#include "potentials.def"
#undef POTENTIAL
                                              }};

const Potential *const *potential_list(void) { return lists[simd_index()]; }

const Potential *potential_find(const char *name) {
  for (const Potential *const *p = potential_list(); *p; p++)
    if (strcmp((*p)->name, name) == 0) return *p;
  return NULL;
}
