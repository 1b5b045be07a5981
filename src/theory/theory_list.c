/* The list of theories, made from theories.def: to add a theory, add its file and its line. */
#include <string.h>

#include "theory/theory.h"

#define THEORY(name) extern const Theory theory_##name;
#include "theories.def"
#undef THEORY

#define THEORY(name) &theory_##name,
const Theory *const theory_list[] = {
#include "theories.def"
    NULL};
#undef THEORY

const Theory *theory_find(const char *name) {
  for (int i = 0; theory_list[i] != NULL; i++)
    if (strcmp(theory_list[i]->name, name) == 0) return theory_list[i];
  return NULL;
}
