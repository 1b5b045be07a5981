#pragma once
/** The schema of the whole input file: sections model, seed, create, run, analyze, theory .. put together from the rooms that own the keys.
 */
#include "base/params.h"
#include "base/status.h"
#include "matter/mixture.h"
#include "potentials/potential.h"

const ParamSchema *input_schema(void);
/** Read text (already shared by all ranks), apply overrides, bind everything incl. the model's own keys and each pass's keys, fill the
 *  model's recommended state point into create/run/analyze. Collective: no (every rank does the same). */
NODISCARD Status input_read(const char *text, const char *file, int n_overrides, const char *const *overrides, Params **root);
/** The model of a bound input (a mistake of the user if it has none): potential, its parameter block (release with potential->release) and
 * mixture. */
NODISCARD Status input_model(const Params *root, const Potential **potential, void **parameters, Mixture *mixture);
