#pragma once
/** A stage: one verb of the command line. It opens the files, calls one working room, closes the files. */
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

typedef struct Params Params;
typedef struct Ranks Ranks;

/** What the command line said. Strings are lent by main for the whole program. */
typedef struct Command {
  const char *verb;
  const char *input_file; /* path as given; NULL for verbs without input */
  const char *out;        /* output directory; default: the input's file name without ending */
  const char *simd;       /* instruction set in use */
  int replicas;           /* 0: as the input says */
  int domains[3];         /* 0: chosen */
  bool json, quiet, restart_from_scratch;
  int n_arguments; /* what follows the verb for verbs that read files: explain FILE, export FILE TARGET, plot FILE */
  const char *const *arguments;
} Command;

typedef enum StageNeeds { STAGE_INPUT, STAGE_FILES, STAGE_NOTHING } StageNeeds; /* what follows the verb */

typedef struct Stage {
  const char *name;
  const char *help; /* one line */
  StageNeeds needs;
  /** root: the whole input, parsed and bound to input_schema(); NULL unless needs == STAGE_INPUT. Collective: world.
   *  The program's exit code is the Status. */
  Status (*run)(const Command *command, Params *root, Ranks *ranks);
} Stage;

/** All verbs, by stages.def, in the order of the help. NULL-terminated. */
extern const Stage *const stage_list[];
const Stage *stage_find(const char *name); /* NULL if none */
