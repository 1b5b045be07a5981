#pragma once
/** Checkpoints: an Archive on disk. Written to path.tmp, fsync, the old one renamed to path.prev, tmp renamed to path, directory
 *  fsync; a checksum over all items is verified on reading. */
#include <stdbool.h>

#include "base/archive.h"
#include "base/status.h"
#include "storage/provenance.h"

NODISCARD Status checkpoint_write(const char *path, const Archive *archive, const Provenance *provenance);
/** Reads path; if it is missing or damaged, path.prev (with a warning). found = false and STATUS_OK if neither exists. Both damaged:
 * STATUS_FILE. */
NODISCARD Status checkpoint_read(const char *path, Archive **archive, bool *found);
