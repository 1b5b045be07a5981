/* The list of passes, made from passes.def: to add a pass, add its file and its line. */
#include "analysis/pass.h"

#include <string.h>

#define PASS(name) extern const PassType pass_##name;
#include "passes.def"
#undef PASS

#define PASS(name) &pass_##name,
const PassType *const pass_list[] = {
#include "passes.def"
    NULL};
#undef PASS

const PassType *pass_find(const char *name) {
  for (int i = 0; pass_list[i] != NULL; i++)
    if (strcmp(pass_list[i]->name, name) == 0) return pass_list[i];
  return NULL;
}
