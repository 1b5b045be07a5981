/** Checkpoints.
 *
 *  /checkpoint @items     one line "type name" per item, in order
 *              @checksum  xxh64 over name, type, length and data of all items, 16 hex digits
 *      <name>             one dataset per item; "thermostat/xi" lies in group thermostat
 *
 *  A checkpoint is written to path.tmp and synced; only then path becomes path.prev and path.tmp becomes path. At every moment one of
 *  path and path.prev is whole, also when the machine goes down. Reading trusts nothing: every length is checked before memory is
 *  asked for, and the checksum over what was read must agree. Reading is silent until it is known whether path.prev can stand in. */
#include "storage/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/error.h"
#include "base/memory.h"
#include "h5.h"
#include "storage/files.h"

static const char home[]         = "checkpoint";
static const char *const words[] = {
    [ARCHIVE_INT64] = "int64", [ARCHIVE_DOUBLE] = "double", [ARCHIVE_INT32] = "int32", [ARCHIVE_BYTES] = "bytes"};
static const size_t sizes[] = {[ARCHIVE_INT64] = 8, [ARCHIVE_DOUBLE] = 8, [ARCHIVE_INT32] = 4, [ARCHIVE_BYTES] = 1};
enum { N_TYPES = sizeof sizes / sizeof *sizes };

static hid_t type_of(ArchiveType type) {
  switch (type) {
    case ARCHIVE_INT64:
      return H5T_NATIVE_INT64;
    case ARCHIVE_DOUBLE:
      return H5T_NATIVE_DOUBLE;
    case ARCHIVE_INT32:
      return H5T_NATIVE_INT32;
    case ARCHIVE_BYTES:
      return H5T_NATIVE_UINT8;
  }
  return -1;
}

static void digest_item(XXH64_state_t *state, const char *name, ArchiveType type, size_t n, const void *data) {
  const uint64_t length = n;
  (void)XXH64_update(state, name, strlen(name) + 1);
  (void)XXH64_update(state, words[type], strlen(words[type]) + 1);
  (void)XXH64_update(state, &length, sizeof length);
  (void)XXH64_update(state, data, n * sizes[type]);
}

static void finish_digest(XXH64_state_t *state, char text[24]) {
  (void)snprintf(text, 24, "%016llx", (unsigned long long)XXH64_digest(state));
  (void)XXH64_freeState(state);
}

static XXH64_state_t *new_digest(void) {
  XXH64_state_t *state = XXH64_createState();
  require(state != NULL && XXH64_reset(state, 0) == XXH_OK, "xxhash");
  return state;
}

static Status put_index(hid_t group, const Archive *archive) {
  char *list           = NULL, checksum[24];
  size_t size          = 0;
  FILE *out            = open_memstream(&list, &size);
  XXH64_state_t *state = new_digest();
  require(out != NULL, "open_memstream");
  for (size_t k = 0; k < archive_count(archive); k++) {
    const ArchiveItem *item = archive_item(archive, k);
    require(strchr(item->name, '\n') == NULL, "name of an item in two lines");
    (void)fprintf(out, "%s %s\n", words[item->type], item->name);
    digest_item(state, item->name, item->type, item->n, item->data);
  }
  finish_digest(state, checksum);
  require(fclose(out) == 0, "out of memory");
  Status status = h5_put_text(group, "items", list);
  free(list);
  if (status == STATUS_OK) status = h5_put_text(group, "checksum", checksum);
  return status;
}

static Status fill(hid_t file, const Archive *archive, const Provenance *provenance) {
  hid_t facts = -1, group = -1;
  TRY(provenance_write(file, "checkpoint", provenance, &facts));
  TRY(h5_group(file, home, &group));
  for (size_t k = 0; k < archive_count(archive); k++) {
    const ArchiveItem *item = archive_item(archive, k);
    const H5Shape list      = {1, {(int64_t)item->n, 1, 1, 1}};
    TRY(h5_write_array(group, item->name, list, type_of(item->type), type_of(item->type), item->data));
  }
  TRY(put_index(group, archive));
  return provenance_set_complete(file, true);
}

static char *join(const char *path, const char *ending) {
  char *joined = memory_array(strlen(path) + strlen(ending) + 1, 1);
  return strcat(strcat(joined, path), ending);
}

static Status replace(const char *temporary, const char *path, const char *previous) {
  if (files_exist(path) && rename(path, previous) != 0) return fail(STATUS_FILE, "%s: cannot rename: %s", path, strerror(errno));
  if (rename(temporary, path) != 0) return fail(STATUS_FILE, "%s: cannot rename: %s", temporary, strerror(errno));
  return files_sync(path);
}

Status checkpoint_write(const char *path, const Archive *archive, const Provenance *provenance) {
  char *temporary = join(path, ".tmp"), *previous = join(path, ".prev");
  hid_t file    = -1;
  Status status = h5_create(temporary, &file);
  if (status == STATUS_OK) status = fill(file, archive, provenance);
  if (status == STATUS_OK) status = h5_close(&file);
  h5_abandon(&file);
  if (status == STATUS_OK) status = files_sync(temporary);
  if (status == STATUS_OK) status = replace(temporary, path, previous);
  if (status != STATUS_OK) (void)unlink(temporary);
  memory_free(previous);
  memory_free(temporary);
  return status;
}

static bool load_item(hid_t group, const char *name, ArchiveType type, Archive *archive, XXH64_state_t *state) {
  const hid_t dataset = h5_has(group, name) ? H5Dopen2(group, name, H5P_DEFAULT) : -1;
  if (dataset < 0) return false;
  const hid_t space = H5Dget_space(dataset), stored = H5Dget_type(dataset);
  const hssize_t n = H5Sget_simple_extent_npoints(space);
  bool is_good     = n >= 0 && H5Tequal(stored, type_of(type)) > 0 && h5_is_plausible(dataset, n);
  if (is_good) {
    void *data = memory_array((size_t)n, sizes[type]);
    is_good    = n == 0 || H5Dread(dataset, type_of(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0;
    if (is_good) archive_put(archive, name, type, (size_t)n, data);
    if (is_good) digest_item(state, name, type, (size_t)n, data);
    memory_free(data);
  }
  h5_release(stored);
  h5_release(space);
  h5_release(dataset);
  return is_good;
}

static bool load_line(hid_t group, char *line, Archive *archive, XXH64_state_t *state) {
  char *name = strchr(line, ' ');
  if (name == NULL || name[1] == '\0') return false;
  *name++ = '\0';
  for (int type = 0; type < N_TYPES; type++)
    if (strcmp(line, words[type]) == 0) return load_item(group, name, (ArchiveType)type, archive, state);
  return false;
}

static const char *load_items(hid_t file, Archive *archive) {
  if (!h5_is_group(file, home)) return "is not a checkpoint";
  const hid_t group = H5Gopen2(file, home, H5P_DEFAULT);
  if (group < 0) return "is damaged";
  char *list = h5_get_text(group, "items", ""), *checksum = h5_get_text(group, "checksum", "");
  XXH64_state_t *state = new_digest();
  char *rest           = NULL, found[24];
  bool is_good         = true;
  for (char *line = strtok_r(list, "\n", &rest); line != NULL && is_good; line = strtok_r(NULL, "\n", &rest))
    is_good = load_line(group, line, archive, state);
  finish_digest(state, found);
  const bool agrees = strcmp(found, checksum) == 0;
  memory_free(checksum);
  memory_free(list);
  h5_release(group);
  return !is_good ? "is damaged (an item cannot be read)" : (agrees ? NULL : "is damaged (checksum does not agree)");
}

/** NULL and a new archive, or what is wrong. */
static const char *load(const char *path, Archive **archive) {
  hid_t file          = -1;
  const char *trouble = h5_try_open(path, false, &file);
  *archive            = NULL;
  if (trouble != NULL) return trouble;
  *archive = archive_create();
  trouble  = load_items(file, *archive);
  h5_leave(&file);
  if (trouble != NULL) archive_destroy(archive);
  return trouble;
}

Status checkpoint_read(const char *path, Archive **archive, bool *found) {
  char *previous  = join(path, ".prev");
  const bool here = files_exist(path), before = files_exist(previous);
  Status status = STATUS_OK;
  *archive      = NULL;
  *found        = false;
  if (here || before) {
    const char *trouble = here ? load(path, archive) : "is missing";
    if (trouble != NULL) {
      const char *second = before ? load(previous, archive) : "is missing";
      if (second == NULL)
        warn("%s: %s; going on from %s", path, trouble, previous);
      else
        status = fail(STATUS_FILE, "%s: %s, and %s %s", path, trouble, previous, second);
    }
    *found = *archive != NULL;
  }
  memory_free(previous);
  return status;
}
