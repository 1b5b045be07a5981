/** Small file manners shared by all writers.
 *
 *  A file that others may look at is never half written: text goes to `path.tmp` and is renamed, which POSIX makes atomic. What
 *  must outlive a power cut is synced together with its directory, because a rename is a change of the directory. A file in the way
 *  is never overwritten: it moves to path.old-1, -2, ... */
#include "storage/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"

enum { MAX_ASIDE = 100000 };

static char *join(const char *path, const char *ending) {
  const size_t length = strlen(path), extra = strlen(ending);
  char *joined = memory_array(length + extra + 1, 1);
  memcpy(joined, path, length);
  memcpy(joined + length, ending, extra + 1);
  return joined;
}

bool files_exist(const char *path) {
  struct stat facts;
  return lstat(path, &facts) == 0;
}

Status files_make_directory(const char *path) {
  char *part    = memory_string(path);
  Status status = STATUS_OK;
  for (char *at = part + 1; part[0] != '\0'; at++) {
    const char kept = *at;
    if (kept != '/' && kept != '\0') continue;
    *at = '\0';
    struct stat facts;
    if (mkdir(part, 0777) != 0 && errno != EEXIST) {
      status = fail(STATUS_FILE, "%s: cannot make directory: %s", part, strerror(errno));
    } else if (stat(part, &facts) == 0 && !S_ISDIR(facts.st_mode)) {
      status = fail(STATUS_FILE, "%s: is not a directory", part);
    }
    *at = kept;
    if (kept == '\0' || status != STATUS_OK) break;
  }
  memory_free(part);
  return status;
}

Status files_move_aside(const char *path) {
  if (!files_exist(path)) return STATUS_OK;
  for (int k = 1; k <= MAX_ASIDE; k++) {
    char ending[32];
    (void)snprintf(ending, sizeof ending, ".old-%d", k);
    char *aside = join(path, ending);
    if (files_exist(aside)) {
      memory_free(aside);
      continue;
    }
    const int result = rename(path, aside);
    memory_free(aside);
    if (result != 0) return fail(STATUS_FILE, "%s: cannot move aside: %s", path, strerror(errno));
    return STATUS_OK;
  }
  return fail(STATUS_FILE, "%s: cannot move aside: %d old ones are there already", path, MAX_ASIDE);
}

char *files_temporary(const char *path) { return join(path, ".tmp"); }

Status files_put_in_place(const char *temporary, const char *path) {
  TRY(files_move_aside(path));
  if (rename(temporary, path) != 0) return fail(STATUS_FILE, "%s: cannot write: %s", path, strerror(errno));
  return STATUS_OK;
}

static int sync_one(const char *path, int flags) {
  const int file = open(path, flags | O_CLOEXEC);
  if (file < 0) return errno;
  int error = fsync(file) == 0 ? 0 : errno;
  if (error == EINVAL || error == EROFS) error = 0; /* a file system that cannot sync directories */
  if (close(file) != 0 && error == 0) error = errno;
  return error;
}

Status files_sync(const char *path) {
  int error = sync_one(path, O_RDONLY);
  if (error != 0) return fail(STATUS_FILE, "%s: cannot sync to disk: %s", path, strerror(error));
  char *directory = memory_string(path);
  char *slash     = strrchr(directory, '/');
  if (slash != NULL) slash[slash == directory ? 1 : 0] = '\0';
  error = sync_one(slash == NULL ? "." : directory, O_RDONLY | O_DIRECTORY);
  memory_free(directory);
  if (error != 0) return fail(STATUS_FILE, "%s: cannot sync its directory to disk: %s", path, strerror(error));
  return STATUS_OK;
}

Status files_read_text(const char *path, char **text) {
  *text      = NULL;
  FILE *file = fopen(path, "rbe");
  if (file == NULL) return fail(STATUS_FILE, "%s: cannot open: %s", path, strerror(errno));
  void *buffer    = NULL;
  size_t capacity = 0, length = 0, got = 0;
  do {
    memory_grow(&buffer, &capacity, length + 65537, length, 1);
    got = fread((char *)buffer + length, 1, 65536, file);
    length += got;
  } while (got > 0);
  const bool is_bad = ferror(file) != 0;
  const int error   = errno;
  (void)fclose(file);
  if (is_bad) {
    memory_free(buffer);
    return fail(STATUS_FILE, "%s: cannot read: %s", path, strerror(error));
  }
  *text           = buffer;
  (*text)[length] = '\0';
  if (strlen(*text) != length) {
    memory_free(*text);
    *text = NULL;
    return fail(STATUS_FILE, "%s: is not a text file (holds a zero byte)", path);
  }
  return STATUS_OK;
}

Status files_write_text(const char *path, const char *text) {
  char *temporary = files_temporary(path);
  int error       = 0;
  FILE *file      = fopen(temporary, "wbe");
  if (file == NULL) {
    error = errno;
  } else {
    const size_t length = strlen(text);
    if (fwrite(text, 1, length, file) != length) error = errno;
    if (fclose(file) != 0 && error == 0) error = errno;
    if (error == 0 && rename(temporary, path) != 0) error = errno;
    if (error != 0) (void)unlink(temporary);
  }
  memory_free(temporary);
  if (error != 0) return fail(STATUS_FILE, "%s: cannot write: %s", path, strerror(error));
  return STATUS_OK;
}
