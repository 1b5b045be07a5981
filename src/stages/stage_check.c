/** `check`: read an input, build its model, print the whole input with defaults, units, origins and help. Reading is the check: what
 *  is wrong was told by input_read with place and caret before this stage is called. */
#include <stdio.h>

#include "base/error.h"
#include "base/params.h"
#include "json_text.h"
#include "matter/mixture.h"
#include "potentials/potential.h"
#include "stages/input.h"
#include "stages/stage.h"

static Status check_run(const Command *command, Params *root, Ranks *ranks) {
  (void)ranks;
  const char *model = NULL;
  if (params_has(root, "model")) {
    const Potential *potential = NULL;
    void *parameters           = NULL;
    Mixture mixture;
    TRY(input_model(root, &potential, &parameters, &mixture));
    model = potential->name;
    potential->release(&parameters);
  }
  if (!error_is_voice()) return STATUS_OK;
  if (command->json) {
    printf("{\"ok\": true, \"input\": ");
    json_string(stdout, command->input_file);
    printf(", \"model\": ");
    json_string(stdout, model);
    printf("}\n");
  } else {
    params_print(root, stdout, true);
  }
  return STATUS_OK;
}

const Stage stage_check = {"check", "Read an input and print it in full: every key with default, unit and origin", STAGE_INPUT, check_run};
