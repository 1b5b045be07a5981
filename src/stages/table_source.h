#pragma once
/** Stored tables for theories: results files and plain text columns, each file that was read noted once. */
#include "base/status.h"
#include "storage/provenance.h"
#include "theory/theory.h"

enum { MAX_SOURCES = 8 }; /* parents that a file can name */

typedef struct SourceFiles {
  const char *out; /* where analysis.h5 lies */
  int n;
  char *paths[MAX_SOURCES]; /* files read so far */
} SourceFiles;

/** A source that notes what it reads in `files`, which must outlive it. */
TableSource table_source(SourceFiles *files);
/** Name every file that was read as parent. */
NODISCARD Status table_source_parents(const SourceFiles *files, Provenance *provenance);
void table_source_clear(SourceFiles *files);
