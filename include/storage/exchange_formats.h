#pragma once
/** Configurations from and to elsewhere: extended XYZ and LAMMPS data. Species by the model's names or 0-based index (XYZ),
 *  1-based type (LAMMPS). 2D files carry z = 0. */
#include "base/status.h"
#include "matter/frame.h"
#include "matter/mixture.h"

/** Any configuration file by its ending: .h5md (frame k, negative from the end), .xyz (frame k), .data. dim: 2 or 3, as the model's. */
NODISCARD Status configuration_read(const char *path, int64_t k, const Mixture *mixture, Frame *frame);
/** Frames in such a file. */
NODISCARD Status configuration_count(const char *path, int64_t *n);
/** `Lattice="..." Properties=species:S:1:pos:R:3[:vel:R:3][:id:I:1]`: 17 digits; other columns are skipped. */
NODISCARD Status xyz_read(const char *path, int64_t k, const Mixture *mixture, Frame *frame);
NODISCARD Status xyz_count(const char *path, int64_t *n);
/** append: add a frame. Writes id, velocities if present, every field of the frame as a column. */
NODISCARD Status xyz_write(const char *path, bool append, const Frame *frame, const Mixture *mixture);
NODISCARD Status lammps_read(const char *path, const Mixture *mixture, Frame *frame);
NODISCARD Status lammps_write(const char *path, const Frame *frame, const Mixture *mixture);
