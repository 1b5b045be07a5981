/** Archives: named arrays on their way to or from a checkpoint.
 *
 *  An archive holds a few dozen items, so a name is found by looking at all of them. Order is kept: the same state always gives the
 *  same file. What is missing when a run resumes is a damaged or foreign file, hence STATUS_FILE and not a bug. */
#include "base/archive.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

struct Archive {
  ArchiveItem **items; /* each on its own, so that a lent item stays where it is when others are put in */
  size_t n, capacity;
};

static const size_t element_size[]      = {[ARCHIVE_INT64] = 8, [ARCHIVE_DOUBLE] = 8, [ARCHIVE_INT32] = 4, [ARCHIVE_BYTES] = 1};
static const char *const element_name[] = {
    [ARCHIVE_INT64] = "int64", [ARCHIVE_DOUBLE] = "double", [ARCHIVE_INT32] = "int32", [ARCHIVE_BYTES] = "byte"};

Archive *archive_create(void) { return memory_array(1, sizeof(Archive)); }

void archive_destroy(Archive **archive) {
  Archive *a = *archive;
  if (a == NULL) return;
  for (size_t k = 0; k < a->n; k++) {
    memory_free((void *)(size_t)a->items[k]->name);
    memory_free(a->items[k]->data);
    memory_free(a->items[k]);
  }
  memory_free(a->items);
  memory_free(a);
  *archive = NULL;
}

static ArchiveItem *find(const Archive *archive, const char *name) {
  for (size_t k = 0; k < archive->n; k++)
    if (strcmp(archive->items[k]->name, name) == 0) return archive->items[k];
  return NULL;
}

static ArchiveItem *append(Archive *archive, const char *name) {
  void *items = archive->items;
  memory_grow(&items, &archive->capacity, archive->n + 1, archive->n, sizeof *archive->items);
  archive->items               = items;
  ArchiveItem *item            = memory_array(1, sizeof *item);
  item->name                   = memory_string(name);
  archive->items[archive->n++] = item;
  return item;
}

void archive_put(Archive *archive, const char *name, ArchiveType type, size_t n, const void *data) {
  require(name[0] != '\0', "an archive item needs a name");
  ArchiveItem *item = find(archive, name);
  if (item == NULL) item = append(archive, name);
  void *copy = memory_array(n, element_size[type]); /* before the old one goes: data may be the item itself */
  if (n > 0) memcpy(copy, data, n * element_size[type]);
  memory_free(item->data);
  item->type = type;
  item->n    = n;
  item->data = copy;
}

void archive_put_double(Archive *archive, const char *name, double value) { archive_put(archive, name, ARCHIVE_DOUBLE, 1, &value); }
void archive_put_int(Archive *archive, const char *name, int64_t value) { archive_put(archive, name, ARCHIVE_INT64, 1, &value); }

const ArchiveItem *archive_find(const Archive *archive, const char *name) { return find(archive, name); }
size_t archive_count(const Archive *archive) { return archive->n; }

const ArchiveItem *archive_item(const Archive *archive, size_t k) {
  require(k < archive->n, "item %zu of %zu", k, archive->n);
  return archive->items[k];
}

Status archive_get(const Archive *archive, const char *name, ArchiveType type, size_t n, void *data) {
  const ArchiveItem *item = find(archive, name);
  if (item == NULL) return fail(STATUS_FILE, "checkpoint lacks '%s'", name);
  if (item->type != type || item->n != n)
    return fail(STATUS_FILE, "checkpoint lacks '%s' as %zu %s: it holds %zu %s", name, n, element_name[type], item->n,
                element_name[item->type]);
  if (n > 0) memcpy(data, item->data, n * element_size[type]);
  return STATUS_OK;
}

Status archive_get_double(const Archive *archive, const char *name, double *value) {
  return archive_get(archive, name, ARCHIVE_DOUBLE, 1, value);
}

Status archive_get_int(const Archive *archive, const char *name, int64_t *value) {
  return archive_get(archive, name, ARCHIVE_INT64, 1, value);
}
