/** `list`: what this build knows, each with one line and its source paper. Models, passes and theories come from their own lists; the ways
 * to move (ensembles, thermostats) from the choices in the schema of the input, so nothing here needs to be edited for a new member. */
#include <stdio.h>
#include <string.h>

#include "analysis/pass.h"
#include "base/error.h"
#include "base/params.h"
#include "descent/minimizer.h"
#include "json_text.h"
#include "potentials/potential.h"
#include "stages/input.h"
#include "stages/stage.h"
#include "theory/theory.h"

/** A key of the input whose choices are members of a family. */
typedef struct Family {
  const char *key, *title;
} Family;
static const Family families[] = {{"ensemble", "ensembles"}, {"thermostat", "thermostats"}, {"barostat", "barostats"}};
enum { N_FAMILIES = sizeof families / sizeof families[0] };

/** First spec of that key with choices, anywhere below schema. */
static const ParamSpec *find_choices(const ParamSchema *schema, const char *key) {
  if (schema == NULL) return NULL;
  for (const ParamSpec *spec = schema->specs; spec->key != NULL; spec++) {
    if (strcmp(spec->key, key) == 0 && spec->choices != NULL) return spec;
    const ParamSpec *below = find_choices(spec->sub, key);
    if (below != NULL) return below;
  }
  return NULL;
}

static void print_member(const char *name, const char *help, const char *source) {
  printf("  %-18s %s\n", name, help != NULL ? help : "");
  if (source != NULL && *source != '\0') printf("  %-18s   [%s]\n", "", source);
}

static void print_text(void) {
  printf("models\n");
  for (const Potential *const *p = potential_list(); *p != NULL; p++) print_member((*p)->name, (*p)->help, (*p)->source);
  printf("\npasses\n");
  for (size_t k = 0; pass_list[k] != NULL; k++) print_member(pass_list[k]->name, pass_list[k]->help, pass_list[k]->source);
  printf("\ntheories\n");
  for (size_t k = 0; theory_list[k] != NULL; k++) print_member(theory_list[k]->name, theory_list[k]->help, theory_list[k]->source);
  printf("\nminimizers\n");
  for (size_t k = 0; minimizer_list[k] != NULL; k++)
    print_member(minimizer_list[k]->name, minimizer_list[k]->help, minimizer_list[k]->source);
  for (int k = 0; k < N_FAMILIES; k++) {
    const ParamSpec *spec = find_choices(input_schema(), families[k].key);
    if (spec == NULL) continue;
    printf("\n%s (key `%s`: %s)\n", families[k].title, spec->key, spec->help);
    for (const char *const *choice = spec->choices; *choice != NULL; choice++) printf("  %s\n", *choice);
  }
  printf("\n`tektite check INPUT.yaml` shows every key with its default, unit and meaning.\n");
}

static void json_member(bool is_first, const char *name, const char *help, const char *source) {
  printf("%s{\"name\": ", is_first ? "" : ", ");
  json_string(stdout, name);
  printf(", \"help\": ");
  json_string(stdout, help);
  printf(", \"source\": ");
  json_string(stdout, source);
  printf("}");
}

static void print_json(void) {
  printf("{\"models\": [");
  const Potential *const *models = potential_list();
  for (size_t k = 0; models[k] != NULL; k++) json_member(k == 0, models[k]->name, models[k]->help, models[k]->source);
  printf("], \"passes\": [");
  for (size_t k = 0; pass_list[k] != NULL; k++) json_member(k == 0, pass_list[k]->name, pass_list[k]->help, pass_list[k]->source);
  printf("], \"theories\": [");
  for (size_t k = 0; theory_list[k] != NULL; k++) json_member(k == 0, theory_list[k]->name, theory_list[k]->help, theory_list[k]->source);
  printf("], \"minimizers\": [");
  for (size_t k = 0; minimizer_list[k] != NULL; k++)
    json_member(k == 0, minimizer_list[k]->name, minimizer_list[k]->help, minimizer_list[k]->source);
  printf("]");
  for (int k = 0; k < N_FAMILIES; k++) {
    const ParamSpec *spec = find_choices(input_schema(), families[k].key);
    if (spec == NULL) continue;
    printf(", \"%s\": [", families[k].title);
    for (size_t c = 0; spec->choices[c] != NULL; c++) {
      printf(c == 0 ? "" : ", ");
      json_string(stdout, spec->choices[c]);
    }
    printf("]");
  }
  printf("}\n");
}

static Status members_run(const Command *command, Params *root, Ranks *ranks) {
  (void)root, (void)ranks;
  if (!error_is_voice()) return STATUS_OK;
  if (command->json) {
    print_json();
  } else {
    print_text();
  }
  return STATUS_OK;
}

const Stage stage_members = {"list", "All models, passes, theories and methods, each with its source paper", STAGE_NOTHING, members_run};
