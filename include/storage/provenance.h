#pragma once
/** Where a file comes from: build, machine, ranks, full input, parents. Written into every file under /parameters/tektite. */
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

typedef struct Parent {
  char *path;
  char *digest;
} Parent; /* digest: xxh64 of the file, 16 hex digits */
typedef struct Provenance {
  const char *stage;      /* verb that writes: "create", "run" .. */
  const char *model;      /* model name */
  const char *input_file; /* as given */
  const char *input_text; /* full input as used (params_text) */
  const char *domains;    /* "2x1x1" */
  const char *simd;       /* "v4" */
  int ranks, replicas, replica;
  uint64_t input_digest; /* of the stage's own sections: what decides whether a finished output may be kept */
  int n_parents;
  Parent parents[8];
} Provenance;

/** xxh64 of text. */
uint64_t provenance_digest(const char *text);
/** xxh64 of a file's bytes. */
NODISCARD Status provenance_file_digest(const char *path, uint64_t *digest);
void provenance_add_parent(Provenance *provenance, const char *path, uint64_t digest);
void provenance_clear(Provenance *provenance); /* frees parents */
/** One line facts of this build: "tektite 0.1.0 (git abcdef), gcc 12.2.0, Open MPI ..". Lent, static. */
const char *provenance_version(void);  /* several lines, as --version prints; SIMD path appended by main */
const char *provenance_revision(void); /* git revision or "unknown" */
/** What a file says of itself, for explain and for the stages. Strings are owned by the story. */
typedef struct Story {
  char *kind; /* "trajectory" | "results" | "checkpoint" */
  char *stage, *model, *revision, *build, *input_file, *input_text, *domains, *simd, *created;
  int ranks, replicas, replica, complete;
  uint64_t input_digest;
  int n_parents;
  Parent parents[8];
} Story;
NODISCARD Status story_read(const char *path, Story *story); /* STATUS_FILE with a clear line if not ours or damaged */
void story_clear(Story *story);
/** Whether this file, or what it is one replica of (n_files of them are there; 0: do not ask), was begun by us and not ended. Quiet for
 * files from elsewhere. */
bool story_is_unfinished(const char *path, int n_files);
