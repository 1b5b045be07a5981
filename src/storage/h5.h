#pragma once
/** Thin helpers over HDF5, for this room only: no other file of the house includes hdf5.h.
 *
 *  Every function that can fail tells it once, as "tektite: error: PATH: what", and returns STATUS_FILE; HDF5 itself never prints.
 *  Closing a file closes everything that was opened in it, so that error paths need not clean up. */
#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "storage/provenance.h"

enum { H5_MAX_RANK = 4, H5_CHUNK_BYTES = 16 * 1024 /* of datasets that grow by small rows */ };

/** Files. ------------------------------------------------------------------------------------------------------------------- */
NODISCARD Status h5_create(const char *path, hid_t *file); /* replaces an existing file */
NODISCARD Status h5_open(const char *path, bool writes, hid_t *file);
/** As h5_open for reading, but silent: NULL, or why not. */
const char *h5_try_open(const char *path, bool writes, hid_t *file);
NODISCARD Status h5_flush(hid_t file);
/** Sets *file to -1; accepts -1. */
NODISCARD Status h5_close(hid_t *file);
/** Close without writing another byte to disk: after a failed write, to save what is there. */
void h5_abandon(hid_t *file);
/** Close a file that was only read, silently. A writer of the same file in this process goes on unharmed, which h5_abandon would stop. */
void h5_leave(hid_t *file);

/** Failing: `where` is any open object of the file; a dataset is named in the message. Adds the operating system's reason, if HDF5 knows
 *  one: call it right after what failed. */
NODISCARD Status h5_fail(hid_t where, const char *format, ...) PRINTF_LIKE(2, 3);
/** Close any object; accepts a negative id. */
void h5_release(hid_t object);

/** Groups. `name` may be a path; parents are made. -------------------------------------------------------------------------- */
bool h5_has(hid_t where, const char *name);
bool h5_is_group(hid_t where, const char *name);
NODISCARD Status h5_group(hid_t where, const char *name, hid_t *group); /* opened, or made if absent; keeps creation order */
NODISCARD Status h5_link(hid_t from, const char *name, hid_t to);       /* hard link from/name as to/name */

/** Attributes. --------------------------------------------------------------------------------------------------------------- */
bool h5_has_attribute(hid_t where, const char *name);
NODISCARD Status h5_put_text(hid_t where, const char *name, const char *text); /* NULL counts as "" */
NODISCARD Status h5_put_integer(hid_t where, const char *name, int64_t value);
NODISCARD Status h5_put_unsigned(hid_t where, const char *name, uint64_t value);
NODISCARD Status h5_put_double(hid_t where, const char *name, double value);
NODISCARD Status h5_put_integers(hid_t where, const char *name, int n, const int *values);
/** Attributes are read leniently: the fallback if absent or of another kind. Text is the caller's (memory_free). */
char *h5_get_text(hid_t where, const char *name, const char *fallback);
int64_t h5_get_integer(hid_t where, const char *name, int64_t fallback);
uint64_t h5_get_unsigned(hid_t where, const char *name, uint64_t fallback);
double h5_get_double(hid_t where, const char *name, double fallback);

/** Datasets. ----------------------------------------------------------------------------------------------------------------- */
typedef struct H5Shape {
  int rank;
  int64_t size[H5_MAX_RANK]; /* sizes beyond the rank are 1 */
} H5Shape;

/** Whole dataset of fixed shape; file_type and memory_type are HDF5 types. */
NODISCARD Status h5_write_array(hid_t where, const char *name, H5Shape shape, hid_t file_type, hid_t memory_type, const void *data);
/** A dataset that grows along its first axis, now without rows. fill: of memory_type, or NULL. */
NODISCARD Status h5_create_rows(hid_t where, const char *name, H5Shape row, hid_t file_type, hid_t memory_type, const void *fill,
                                hid_t *dataset);
NODISCARD Status h5_open_dataset(hid_t where, const char *name, hid_t *dataset);
NODISCARD Status h5_shape(hid_t dataset, H5Shape *shape);
int64_t h5_row_length(const H5Shape *shape); /* elements of one row: product of all sizes but the first */
/** Rows first .. first + n - 1, the dataset growing as needed. */
NODISCARD Status h5_write_rows(hid_t dataset, int64_t first, int64_t n, hid_t memory_type, const void *data);
NODISCARD Status h5_read_rows(hid_t dataset, int64_t first, int64_t n, hid_t memory_type, void *data);
NODISCARD Status h5_set_rows(hid_t dataset, int64_t n);
/** Look at the last chunk before writing to a file of unknown past: the library crashes when it writes into a damaged one. */
NODISCARD Status h5_check_index(hid_t dataset);
/** Whole dataset. */
NODISCARD Status h5_read_array(hid_t dataset, hid_t memory_type, void *data);
/** Array of n texts, each cut to width - 1 bytes; written as, and read from, texts of fixed or variable length. */
NODISCARD Status h5_write_texts(hid_t where, const char *name, H5Shape shape, const char *const *texts);
NODISCARD Status h5_read_texts(hid_t dataset, char ***texts, int64_t *n); /* free with h5_free_texts */
void h5_free_texts(char ***texts, int64_t n);
/** Whether a shape can be real: no larger than what a file of this size may hold. */
bool h5_is_plausible(hid_t file, int64_t elements);

/** Written by provenance.c: /parameters/tektite. `kind` as in Story. */
NODISCARD Status provenance_write(hid_t file, const char *kind, const Provenance *provenance, hid_t *group);
NODISCARD Status provenance_set_complete(hid_t file, bool complete);
