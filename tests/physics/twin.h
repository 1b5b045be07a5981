#pragma once
/** A model opened for testing, and a frame's forces by the engine, for each instruction set of this machine. */
#include <stdio.h>

#include "../check.h"
#include "base/memory.h"
#include "base/params.h"
#include "engine/system.h"
#include "kernels/simd.h"

enum { PATHS = 3 };
static const char *const path_names[PATHS] = {"v4", "v3", "v1"};

/** Whether the machine can; the path is chosen if so. */
static inline bool path_select(int path) {
  static int can[PATHS]; /* 0 not tried, 1 yes, -1 no */
  if (can[path] < 0) return false;
  const bool good = simd_select(path_names[path]) == STATUS_OK;
  if (!good) printf("%s: not on this machine, skipped\n", path_names[path]);
  can[path] = good ? 1 : -1;
  return good;
}

typedef struct Model {
  const Potential *potential;
  void *parameters;
  Params *params;
  Mixture mixture;
} Model;

/** Of the path in use. input: YAML of the model's own keys, "{}" for the defaults. */
static inline bool model_open(Model *model, const char *name, const char *input) {
  *model = (Model){.potential = potential_find(name)};
  CHECK_RESULT_(model->potential != NULL, "no potential %s", name);
  if (!model->potential) return false;
  const bool good = params_parse(input, name, 0, NULL, &model->params) == STATUS_OK &&
                    params_bind(model->params, model->potential->schema) == STATUS_OK &&
                    model->potential->read(model->params, &model->mixture, &model->parameters) == STATUS_OK;
  CHECK_RESULT_(good, "%s %s: not read", name, input);
  return good;
}
static inline void model_close(Model *model) {
  if (model->parameters) model->potential->release(&model->parameters);
  if (model->params) params_end(&model->params);
}
static inline double model_range(const Model *model) {
  double range = 0;
  for (int a = 0; a < model->mixture.n_species; a++)
    for (int b = 0; b < model->mixture.n_species; b++) range = fmax(range, model->potential->range(model->parameters, a, b));
  return range;
}

typedef struct Answer {
  Status status;
  Frame frame; /* with forces and potential_energy */
  Energies energies;
  int quantum; /* exponent of the rounding grid */
} Answer;

/** The kernels without energies must give the same forces, bit for bit. */
static inline void answer_check_plain(const Answer *answer, System *system) {
  Frame plain;
  frame_init(&plain);
  const bool good = system_forces(system, false) == STATUS_OK;
  system_save(system, &plain, true);
  CHECK_RESULT_(good && memcmp(plain.force, answer->frame.force, 3 * (size_t)plain.n * sizeof(double)) == 0,
                "%s: forces without energies differ from those with energies", simd_name());
  frame_clear(&plain);
}
/** Forces of `frame`; is_checked: the engine also compares its list with brute force. Collective: world of one rank. */
static inline void answer_compute(Answer *answer, const Ranks *ranks, const Model *model, const Frame *frame, bool is_checked) {
  System *system = NULL;
  *answer        = (Answer){.status = STATUS_OK};
  frame_init(&answer->frame);
  answer->status = system_create(ranks, model->potential, model->parameters, &model->mixture, frame, &system);
  if (answer->status != STATUS_OK) return;
  system_set_check(system, is_checked);
  answer->status = system_forces(system, true);
  if (answer->status == STATUS_OK) {
    answer->energies = *system_energies(system);
    answer->quantum  = system_quantum(system);
    system_save(system, &answer->frame, true);
    if (is_checked) answer_check_plain(answer, system);
  }
  system_destroy(&system);
}
static inline void answer_clear(Answer *answer) { frame_clear(&answer->frame); }

/** Whether two answers have the same bits: forces, energies, totals. */
static inline bool answer_equal(const Answer *a, const Answer *b) {
  int components;
  const size_t n = (size_t)a->frame.n;
  if (a->status != b->status) return false;
  if (a->status != STATUS_OK) return true;
  return a->frame.n == b->frame.n && memcmp(a->frame.force, b->frame.force, 3 * n * sizeof(double)) == 0 &&
         memcmp(frame_find_field(&a->frame, "potential_energy", &components), frame_find_field(&b->frame, "potential_energy", &components),
                n * sizeof(double)) == 0 &&
         memcmp(&a->energies, &b->energies, sizeof a->energies) == 0 && a->quantum == b->quantum;
}
