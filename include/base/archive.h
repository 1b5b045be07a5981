#pragma once
/** An Archive: ordered list of named arrays in memory. Every part that must survive a restart puts itself in and takes itself out
 *  again; storage/checkpoint.c writes it as one file. Names are unique, like "thermostat/xi". */
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct Archive Archive;
typedef enum ArchiveType { ARCHIVE_INT64, ARCHIVE_DOUBLE, ARCHIVE_INT32, ARCHIVE_BYTES } ArchiveType;
typedef struct ArchiveItem {
  const char *name;
  ArchiveType type;
  size_t n;   /* elements */
  void *data; /* n elements of 8, 8, 4 or 1 bytes */
} ArchiveItem;

Archive *archive_create(void);
void archive_destroy(Archive **archive);
/** Copy n elements in; an item of that name is replaced. */
void archive_put(Archive *archive, const char *name, ArchiveType type, size_t n, const void *data);
void archive_put_double(Archive *archive, const char *name, double value);
void archive_put_int(Archive *archive, const char *name, int64_t value);
/** Lent; NULL if absent. */
const ArchiveItem *archive_find(const Archive *archive, const char *name);
size_t archive_count(const Archive *archive);
const ArchiveItem *archive_item(const Archive *archive, size_t k);
/** Copy out; fails (STATUS_FILE, "checkpoint lacks ...") when absent or of another type or length. */
NODISCARD Status archive_get(const Archive *archive, const char *name, ArchiveType type, size_t n, void *data);
NODISCARD Status archive_get_double(const Archive *archive, const char *name, double *value);
NODISCARD Status archive_get_int(const Archive *archive, const char *name, int64_t *value);
