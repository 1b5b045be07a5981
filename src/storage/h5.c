/** HDF5 files: opening, closing, failing.
 *
 *  Files use the 1.8 object format (libver bounds V18): its superblock knows no "open for write" mark, so a file whose writer was killed
 *  opens at once, and its object headers carry checksums. They are read and written by our own driver (atomic_file.c), which keeps a
 *  killed writer or a full disk from spoiling what is there. HDF5's exit handler is switched off: what matters has been flushed, and
 *  a library that finds a full disk at exit would hang or print.
 *
 *  The library's error stack is never printed. Its one useful part, the reason of the operating system, is fished out of it. */
#include "h5.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atomic_file.h"
#include "base/error.h"

enum { MESSAGE = 1024, REASON = 160 };

static void start(void) {
  static bool is_started = false;
  if (!is_started) {
    (void)H5dont_atexit();
    require(H5open() >= 0, "HDF5 does not start");
    is_started = true;
  }
  (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

/** "..., error message = 'No space left on device', ..." deep in the error stack. */
static herr_t find_reason(unsigned k, const H5E_error2_t *error, void *data) {
  (void)k;
  static const char mark[] = "error message = '";
  const char *at           = error->desc == NULL ? NULL : strstr(error->desc, mark);
  if (at == NULL) return 0;
  at += sizeof mark - 1;
  const size_t length = strcspn(at, "'");
  char *reason        = data;
  const size_t kept   = length < REASON - 1 ? length : REASON - 1;
  memcpy(reason, at, kept);
  reason[kept] = '\0';
  return 1;
}

static void file_name(hid_t where, char *name, size_t size) {
  name[0] = '\0';
  if (H5Fget_name(where, name, size) <= 0) (void)snprintf(name, size, "(HDF5 file)");
}

Status h5_fail(hid_t where, const char *format, ...) {
  char reason[REASON] = "", what[MESSAGE], name[4096], object[256] = "";
  (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, find_reason, reason);
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  file_name(where, name, sizeof name);
  const bool is_dataset = H5Iget_type(where) == H5I_DATASET && H5Iget_name(where, object, sizeof object) > 0;
  const bool is_told    = reason[0] != '\0' && strcmp(reason, "Success") != 0;
  return fail(STATUS_FILE, "%s: %s%s%s%s%s", name, is_dataset ? object : "", is_dataset ? ": " : "", what, is_told ? ": " : "",
              is_told ? reason : "");
}

void h5_release(hid_t object) {
  if (object >= 0) (void)H5Idec_ref(object);
}

static hid_t access_list(bool writes) {
  const hid_t list = H5Pcreate(H5P_FILE_ACCESS);
  require(list >= 0, "HDF5 property list");
  require(atomic_file_use(list) >= 0, "HDF5 file driver");
  (void)H5Pset_fclose_degree(list, H5F_CLOSE_STRONG);
  (void)H5Pset_file_locking(list, true, true);
  if (writes) (void)H5Pset_libver_bounds(list, H5F_LIBVER_V18, H5F_LIBVER_V18);
  return list;
}

Status h5_create(const char *path, hid_t *file) {
  start();
  *file           = -1;
  const int trial = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (trial < 0) return fail(STATUS_FILE, "%s: cannot create: %s", path, strerror(errno));
  (void)close(trial);
  const hid_t list    = access_list(true);
  *file               = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, list);
  char reason[REASON] = "";
  if (*file < 0) (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, find_reason, reason);
  h5_release(list);
  if (*file < 0) return fail(STATUS_FILE, "%s: cannot create HDF5 file: %s", path, reason[0] == '\0' ? "it is in use" : reason);
  return STATUS_OK;
}

static bool is_locked(const char *path) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool locked = flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  (void)close(file);
  return locked;
}

const char *h5_try_open(const char *path, bool writes, hid_t *file) {
  start();
  *file = -1;
  struct stat facts;
  if (stat(path, &facts) != 0) return strerror(errno);
  if (!S_ISREG(facts.st_mode)) return "is not a regular file";
  if (facts.st_size == 0) return "is empty";
  if (access(path, writes ? R_OK | W_OK : R_OK) != 0) return strerror(errno);
  const hid_t list   = access_list(writes);
  const htri_t known = H5Fis_hdf5(path);
  if (known > 0) *file = H5Fopen(path, writes ? H5F_ACC_RDWR : H5F_ACC_RDONLY, list);
  h5_release(list);
  if (*file >= 0) return NULL;
  if (known == 0) return "is not an HDF5 file";
  if (is_locked(path))
    return writes ? "another program has it open" : "another program is writing it (HDF5_USE_FILE_LOCKING=FALSE reads it all the same)";
  return "is a damaged or truncated HDF5 file";
}

Status h5_open(const char *path, bool writes, hid_t *file) {
  const char *trouble = h5_try_open(path, writes, file);
  if (trouble != NULL) return fail(STATUS_FILE, "%s: %s", path, trouble);
  return STATUS_OK;
}

Status h5_flush(hid_t file) {
  if (H5Fflush(file, H5F_SCOPE_LOCAL) < 0 || atomic_file_check(file) < 0) return h5_fail(file, "cannot write");
  return STATUS_OK;
}

Status h5_close(hid_t *file) {
  if (*file < 0) return STATUS_OK;
  if (H5Fflush(*file, H5F_SCOPE_LOCAL) < 0 || atomic_file_check(*file) < 0) {
    const Status status = h5_fail(*file, "cannot write the end of the file");
    h5_abandon(file);
    return status;
  }
  char name[4096];
  file_name(*file, name, sizeof name);
  const bool is_good = H5Fclose(*file) >= 0 && atomic_file_check(-1) >= 0;
  *file              = -1;
  return is_good ? STATUS_OK : fail(STATUS_FILE, "%s: cannot write the end of the file: %s", name, strerror(errno));
}

void h5_leave(hid_t *file) {
  if (*file >= 0) (void)H5Fclose(*file);
  *file = -1;
}

void h5_abandon(hid_t *file) {
  if (*file < 0) return;
  atomic_file_abandon(*file);
  (void)H5Fclose(*file);
  *file = -1;
}

bool h5_has(hid_t where, const char *name) {
  char part[512];
  const size_t length = strlen(name);
  if (length == 0 || length >= sizeof part) return false;
  for (size_t k = 1; k <= length; k++) {
    if (name[k] != '/' && name[k] != '\0') continue;
    memcpy(part, name, k);
    part[k] = '\0';
    if (H5Lexists(where, part, H5P_DEFAULT) <= 0) return false;
  }
  return H5Oexists_by_name(where, name, H5P_DEFAULT) > 0;
}

bool h5_is_group(hid_t where, const char *name) {
  H5O_info_t facts;
  return h5_has(where, name) && H5Oget_info_by_name2(where, name, &facts, H5O_INFO_BASIC, H5P_DEFAULT) >= 0 && facts.type == H5O_TYPE_GROUP;
}

Status h5_group(hid_t where, const char *name, hid_t *group) {
  if (h5_has(where, name)) {
    *group = H5Gopen2(where, name, H5P_DEFAULT);
    if (*group < 0) return h5_fail(where, "%s: cannot open group", name);
    return STATUS_OK;
  }
  const hid_t links = H5Pcreate(H5P_LINK_CREATE), create = H5Pcreate(H5P_GROUP_CREATE);
  (void)H5Pset_create_intermediate_group(links, 1);
  (void)H5Pset_link_creation_order(create, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  (void)H5Pset_attr_creation_order(create, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  *group              = H5Gcreate2(where, name, links, create, H5P_DEFAULT);
  const Status status = *group < 0 ? h5_fail(where, "%s: cannot make group", name) : STATUS_OK;
  h5_release(links);
  h5_release(create);
  return status;
}

Status h5_link(hid_t from, const char *name, hid_t to) {
  if (H5Lcreate_hard(from, name, to, name, H5P_DEFAULT, H5P_DEFAULT) < 0) return h5_fail(to, "%s: cannot link", name);
  return STATUS_OK;
}
