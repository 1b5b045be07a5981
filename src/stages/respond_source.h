#pragma once
/** The configurations that `respond` works on: the frames of one file, or of one per replica, numbered through. */
#include <stdbool.h>
#include <stdint.h>

#include "base/table.h"
#include "matter/frame.h"
#include "matter/mixture.h"
#include "respond_tables.h"

typedef struct RespondFile {
  char *path;
  int64_t first, n; /* its frames are first .. first + n - 1 */
  Table *origins;   /* table `frames` that quench leaves beside its structures; NULL: there is none */
} RespondFile;
typedef struct RespondSources {
  int n;
  RespondFile *files;
  int64_t n_frames;  /* all files */
  bool are_replicas; /* found as r000/inherent.h5md, r001/.. */
  int unfinished;    /* the first file of a quench that was begun and not ended; -1: none */
} RespondSources;

/** Paths only. from: a file, or a directory with inherent.h5md or r000/inherent.h5md, r001/..; NULL: the directory `out`. */
NODISCARD Status respond_sources_find(const char *from, const char *out, RespondSources *sources);
/** Count frames, read where they come from. */
NODISCARD Status respond_sources_open(RespondSources *sources);
void respond_sources_clear(RespondSources *sources);
NODISCARD Status respond_sources_read(const RespondSources *sources, int64_t k, const Mixture *mixture, Frame *frame);
/** parent_temperature: what to take where the files do not say. */
RespondOrigin respond_sources_origin(const RespondSources *sources, int64_t k, double parent_temperature);
/** "PATH: frame K" of frame k, for messages. */
void respond_sources_name(const RespondSources *sources, int64_t k, char *text, size_t size);
