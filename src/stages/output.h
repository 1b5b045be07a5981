#pragma once
/** What the writing stages share: paths, provenance, reading a configuration for a model. */
#include <stddef.h>
#include <stdint.h>

#include "base/params.h"
#include "matter/frame.h"
#include "matter/mixture.h"
#include "stages/stage.h"
#include "storage/provenance.h"

enum { MAX_PATH = 4096 };

/** "OUT/name". Fatal if it does not fit. */
void output_path(char path[MAX_PATH], const char *directory, const char *name);
/** Facts of this program and input for files that a stage writes; `text` (the full input) is lent until provenance_clear. */
void output_provenance(const Command *command, const Params *root, const Ranks *ranks, const char *text, Provenance *provenance);
/** Digest of the sections (NULL-terminated list of keys of the root) that decide a stage's output. */
uint64_t output_digest(const Params *root, const char *const *sections);
/** The same for `run`: with the minimiser and its settings if a stage quenches while running. */
uint64_t output_run_digest(const Params *root, int replicas);
/** Whether `path` is a complete output of this very input digest (and of its parents as they are now). Quiet. */
bool output_is_current(const char *path, uint64_t input_digest);
