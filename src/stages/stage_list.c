/** The list of all verbs, made of stages.def: to add a verb is one file and one line there. */
#include <string.h>

#include "stages/stage.h"

#define STAGE(name) extern const Stage stage_##name;
#include "stages.def"
#undef STAGE

#define STAGE(name) &stage_##name,
const Stage *const stage_list[] = {
#include "stages.def"
    NULL};
#undef STAGE

const Stage *stage_find(const char *name) {
  for (size_t k = 0; stage_list[k] != NULL; k++) {
    if (strcmp(stage_list[k]->name, name) == 0) return stage_list[k];
  }
  return NULL;
}
