/* Paths and provenance of what stages write. A digest covers the sections that decide a file, so a chain knows what may be kept. */
#include "output.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "comm/ranks.h"
#include "storage/files.h"

void output_path(char path[MAX_PATH], const char *directory, const char *name) {
  const int n = snprintf(path, MAX_PATH, "%s/%s", directory, name);
  require(n > 0 && n < MAX_PATH, "path too long: %s/%s", directory, name);
}

void output_provenance(const Command *command, const Params *root, const Ranks *ranks, const char *text, Provenance *provenance) {
  static char domains[48];
  const int *grid = ranks_grid(ranks);
  snprintf(domains, sizeof domains, "%dx%dx%d", grid[0], grid[1], grid[2]);
  const Params *model = params_section(root, "model");
  *provenance         = (Provenance){.stage      = command->verb,
                                     .model      = model ? params_string(model, "name") : "",
                                     .input_file = command->input_file,
                                     .input_text = text,
                                     .domains    = domains,
                                     .simd       = command->simd,
                                     .ranks      = ranks_world_size(ranks),
                                     .replicas   = 1};
}

uint64_t output_digest(const Params *root, const char *const *sections) {
  uint64_t digest = 0;
  for (int k = 0; sections[k]; k++) {
    char *text = params_key_text(root, sections[k]);
    if (text) digest = digest * 0x9e3779b97f4a7c15u + provenance_digest(text);
    memory_free(text);
  }
  return digest;
}

uint64_t output_run_digest(const Params *root, int replicas) {
  const Params *run = params_section(root, "run");
  uint64_t digest   = output_digest(root, (const char *const[]){"model", "seed", "create", "run", NULL}) + (uint64_t)replicas;
  bool quenches     = false;
  for (int k = 0; run && k < params_count(run, "stages"); k++) quenches |= params_has(params_item(run, "stages", k), "quench_every");
  if (!quenches) return digest;
  return digest * 3 + output_digest(params_section(root, "quench"), (const char *const[]){"minimizer", "force_tolerance", "max_evaluations",
                                                                                          "step", "flow_tolerance", NULL});
}

bool output_is_current(const char *path, uint64_t input_digest) {
  if (!files_exist(path)) return false;
  Story story = {0};
  bool same   = story_read(path, &story) == STATUS_OK && story.complete && story.input_digest == input_digest;
  for (int k = 0; same && k < story.n_parents; k++) {
    uint64_t digest = 0;
    char text[24];
    if (!files_exist(story.parents[k].path) || provenance_file_digest(story.parents[k].path, &digest) != STATUS_OK) {
      same = false;
      break;
    }
    snprintf(text, sizeof text, "%016llx", (unsigned long long)digest);
    same = strcmp(text, story.parents[k].digest) == 0;
  }
  story_clear(&story);
  return same;
}
