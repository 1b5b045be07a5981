#pragma once
/** The files of one replica: frames, thermo table, windows table, checkpoint. Root of the group only. */
#include "base/archive.h"
#include "inherent_files.h"
#include "replica.h"
#include "storage/results.h"
#include "storage/trajectory.h"

typedef struct ReplicaFiles {
  const ReplicaTask *task;
  Provenance provenance;
  Trajectory *frames; /* NULL if no stage stores any */
  TableFile *thermo, *windows;
  InherentFiles inherent; /* if some stage quenches */
} ReplicaFiles;

/** The configuration that the replica starts from. */
NODISCARD Status replica_files_start(ReplicaFiles *files, Frame *frame);
NODISCARD Status replica_files_create(ReplicaFiles *files, const Frame *first);
/** Open again and cut what lies beyond the checkpoint. */
NODISCARD Status replica_files_resume(ReplicaFiles *files, const Archive *archive);
void replica_files_put(const ReplicaFiles *files, Archive *archive);
NODISCARD Status replica_files_checkpoint(ReplicaFiles *files, const Archive *archive);
/** Whether a finished run's files were all closed as complete (it may have been killed after its last checkpoint). */
bool replica_files_are_complete(const ReplicaFiles *files, const Archive *archive);
NODISCARD Status replica_files_close(ReplicaFiles *files, bool complete);
/** After a failure that has been told: what is on disk stays, nothing more is written or said. */
void replica_files_abandon(ReplicaFiles *files);
