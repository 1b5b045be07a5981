#pragma once
/** The stored runs that a stage reads: one trajectory, or one per replica, and of each the frames of one stage of the run; or
 *  configurations from elsewhere, which tell no times and no stages. */
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/table.h"
#include "matter/mixture.h"
#include "storage/trajectory.h"

typedef struct RunFile {
  char *path;
  Trajectory *trajectory; /* NULL: a file of configurations, .xyz or .data */
  Mixture mixture;        /* that its species are read by */
  int64_t n;              /* frames chosen, in time order */
  int64_t *frame;         /* [n] index in the file */
  int64_t *step;          /* [n] strictly increasing */
  int32_t *block;         /* [n] log block, -1: none */
  double *time;           /* [n] */
  double timestep;        /* time per step; NAN for less than two frames */
  Table *origins;         /* RUN_INHERENT: the table beside the file, a row per frame of it; NULL: none */
  int replica;            /* number k of rk/run.h5md; -1: the file of a run without replicas */
} RunFile;

typedef struct RunFiles {
  int n;
  RunFile *files;
} RunFiles;

typedef enum RunFilesKind { RUN_FRAMES, RUN_INHERENT } RunFilesKind; /* run.h5md; inherent.h5md, else inherent_run.h5md */

/** Open what `from` says: a file; a directory with run.h5md or r000/run.h5md, r001/run.h5md ..; NULL: the directory `out`.
 *  stage: name of the run's stage, or a pattern as of the shell that takes several (I*); NULL: the last one of which some file holds two
 * frames (else one). Files without a frame of it are left out with a warning. Ended by run_files_close also after failure. Collective: no.
 */
NODISCARD Status run_files_open(RunFilesKind kind, const char *from, const char *out, const char *stage, RunFiles *files);
/** Warns of a file of ours that was made with another model, and fails if that is of another dimension. Files from elsewhere name none. */
NODISCARD Status run_files_check_model(const RunFiles *files, const char *model, const Mixture *mixture);
/** Whether a path has an ending of configurations from elsewhere: .xyz, .extxyz, .data. */
bool run_files_are_configurations(const char *path);
/** Open such a file: all its frames, in its order; steps and times are numbers of that order. Ended like the others. */
NODISCARD Status run_files_open_configurations(const char *path, const Mixture *mixture, RunFiles *files);
/** Whether a stage of that index has a name that matches the pattern. */
bool run_files_in_stage(const Trajectory *trajectory, int32_t stage, const char *pattern);
/** Chosen frame k of a RunFile: made to be SweepSource.read. */
NODISCARD Status run_files_read(void *run_file, int64_t k, Frame *frame);
NODISCARD Status run_files_close(RunFiles *files);
