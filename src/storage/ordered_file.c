/** Ordered writes: why a killed writer or a full disk costs no frame.
 *
 *  HDF5 flushes its metadata in order of address. When the index of a growing dataset splits, its root (low address, old place) is thus
 *  written before the new nodes it points to (high address, new place). A SIGKILL or a full disk in between leaves a root that points
 *  nowhere, and with it every frame of that dataset is lost. (Seen: 10 particles, a tmpfs of 3 MB, frame 4352.)
 *
 *  This driver sorts the writes. What lies beyond the end of what has been written goes to disk at once: nothing on disk refers to it
 *  yet. What would overwrite old bytes is kept in memory until the library ends its flush, and only then written, in an order in which
 *  nothing ever points nowhere (see urgency): a parent that knows of a new child is harmless, a child that gave half away before its
 *  parent knows is not. If any new byte cannot be written, no old byte is touched: the file stays as the last flush left it. No space
 *  is needed in the second part, because gaps are filled with zeros when they are passed.
 *
 *  After a failure, or when asked to abandon, all writes stay in memory, where the library can read them back while it closes. The file
 *  is then cut to its size at the last flush. Order among flushes is that of the system calls: a kill keeps it, a power cut does not
 *  (for that there is fsync at checkpoints). */
#include "ordered_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

typedef struct Patch { /* bytes that wait for the end of the flush */
  haddr_t at;
  size_t size, order;
  char *bytes;
} Patch;

typedef struct Ordered {
  H5FD_t base; /* first, as HDF5 wants it */
  int descriptor;
  dev_t device;
  ino_t node;
  haddr_t end_of_use; /* as the library sees it */
  haddr_t written;    /* all below has been written once */
  haddr_t size;       /* of the file */
  haddr_t committed;  /* size of the file after the last commit */
  bool writes, has_failed, is_abandoned, overlaps;
  Patch *patches;
  size_t n_patches, capacity;
} Ordered;

static herr_t tell(const char *what, hid_t minor) {
  (void)H5Epush2(H5E_DEFAULT, __FILE__, what, __LINE__, H5E_ERR_CLS, H5E_IO, minor, "%s: error message = '%s'", what, strerror(errno));
  return -1;
}

static H5FD_t *driver_open(const char *path, unsigned flags, hid_t access_list, haddr_t most) {
  (void)access_list;
  (void)most;
  int how = (flags & H5F_ACC_RDWR) ? O_RDWR : O_RDONLY;
  if (flags & H5F_ACC_TRUNC) how |= O_TRUNC;
  if (flags & H5F_ACC_CREAT) how |= O_CREAT;
  if (flags & H5F_ACC_EXCL) how |= O_EXCL;
  struct stat facts;
  const int descriptor = open(path, how | O_CLOEXEC, 0666);
  if (descriptor < 0 || fstat(descriptor, &facts) != 0) {
    (void)tell("open", H5E_CANTOPENFILE);
    if (descriptor >= 0) (void)close(descriptor);
    return NULL;
  }
  Ordered *file    = memory_array(1, sizeof *file);
  file->descriptor = descriptor;
  file->device     = facts.st_dev;
  file->node       = facts.st_ino;
  file->written    = (haddr_t)facts.st_size;
  file->size       = (haddr_t)facts.st_size;
  file->committed  = (haddr_t)facts.st_size;
  file->writes     = (flags & H5F_ACC_RDWR) != 0;
  return &file->base;
}

static void drop_patches(Ordered *file) {
  for (size_t k = 0; k < file->n_patches; k++) memory_free(file->patches[k].bytes);
  file->n_patches = 0;
  file->overlaps  = false;
}

static bool write_all(int descriptor, const char *bytes, size_t size, haddr_t at) {
  while (size > 0) {
    const ssize_t done = pwrite(descriptor, bytes, size, (off_t)at);
    if (done < 0 && errno == EINTR) continue;
    if (done == 0) errno = ENOSPC;
    if (done <= 0) return false;
    bytes += done;
    size -= (size_t)done;
    at += (haddr_t)done;
  }
  return true;
}

static bool fill_gap(Ordered *file, haddr_t end) {
  static const char zeros[64 * 1024];
  while (file->written < end) {
    const haddr_t left = end - file->written;
    const size_t size  = left < sizeof zeros ? (size_t)left : sizeof zeros;
    if (!write_all(file->descriptor, zeros, size, file->written)) return false;
    file->written += size;
    if (file->size < file->written) file->size = file->written;
  }
  return true;
}

static void keep(Ordered *file, haddr_t at, size_t size, const char *bytes) {
  for (size_t k = 0; k < file->n_patches; k++) {
    Patch *patch = &file->patches[k];
    if (patch->at == at && patch->size == size && !file->overlaps) {
      memcpy(patch->bytes, bytes, size);
      return;
    }
    if (patch->at < at + size && at < patch->at + patch->size) file->overlaps = true;
  }
  void *patches = file->patches;
  memory_grow(&patches, &file->capacity, file->n_patches + 1, file->n_patches, sizeof *file->patches);
  file->patches                    = patches;
  file->patches[file->n_patches++] = (Patch){at, size, 0, memcpy(memory_array(size, 1), bytes, size)};
}

static herr_t driver_write(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t at, size_t size, const void *bytes) {
  (void)type;
  (void)transfer;
  Ordered *file = (Ordered *)base;
  if (file->has_failed || file->is_abandoned) {
    keep(file, at, size, bytes);
    errno = EIO;
    return file->is_abandoned ? 0 : tell("write after a failure", H5E_WRITEERROR);
  }
  const haddr_t old = file->written > at ? file->written - at : 0;
  const size_t kept = old < size ? (size_t)old : size;
  if (kept < size) {
    if (!fill_gap(file, at + kept) || !write_all(file->descriptor, (const char *)bytes + kept, size - kept, at + kept)) {
      file->has_failed = true;
      return tell("write", H5E_WRITEERROR);
    }
    file->written = at + size;
    if (file->size < file->written) file->size = file->written;
  }
  if (kept > 0) keep(file, at, kept, bytes);
  return 0;
}

static herr_t driver_read(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t at, size_t size, void *buffer) {
  (void)type;
  (void)transfer;
  const Ordered *file = (const Ordered *)base;
  char *bytes         = buffer;
  size_t have         = 0;
  while (have < size) {
    const ssize_t got = pread(file->descriptor, bytes + have, size - have, (off_t)(at + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tell("read", H5E_READERROR);
    if (got == 0) break;
    have += (size_t)got;
  }
  memset(bytes + have, 0, size - have);
  for (size_t k = 0; k < file->n_patches; k++) {
    const Patch *patch  = &file->patches[k];
    const haddr_t first = patch->at > at ? patch->at : at;
    const haddr_t end   = patch->at + patch->size < at + size ? patch->at + patch->size : at + size;
    if (first < end) memcpy(bytes + (first - at), patch->bytes + (first - patch->at), (size_t)(end - first));
  }
  return 0;
}

/** Level of an index node ("TREE", node type, level), or -1 if these bytes are something else. */
static int node_level(const char *bytes, size_t size) { return size > 6 && memcmp(bytes, "TREE", 4) == 0 ? (unsigned char)bytes[5] : -1; }

/** When a patch is due, first to last: the superblock if it takes more of the file into use; index nodes where there was none, from the
 *  leaves up, for nothing on disk refers to them yet; the other index nodes, from the root down; the rest; the superblock if it gives
 *  back. */
static size_t urgency(const Ordered *file, const Patch *patch) {
  enum { GROWING, NEW_NODE, NODE = NEW_NODE + 256, OTHER = NODE + 256, SHRINKING };
  if (patch->at == 0) return file->end_of_use >= file->committed ? GROWING : SHRINKING;
  const int level = node_level(patch->bytes, patch->size);
  if (level < 0) return OTHER;
  char old[8]         = "";
  const bool was_node = pread(file->descriptor, old, sizeof old, (off_t)patch->at) == sizeof old && node_level(old, sizeof old) >= 0;
  return was_node ? NODE + 255 - (size_t)level : NEW_NODE + (size_t)level;
}

static int by_order(const void *a, const void *b) {
  const size_t left = ((const Patch *)a)->order, right = ((const Patch *)b)->order;
  return (left > right) - (left < right);
}

static bool set_size(Ordered *file, haddr_t size) {
  if (ftruncate(file->descriptor, (off_t)size) != 0) return false;
  file->size = size;
  if (file->written > size) file->written = size;
  return true;
}

static bool commit(Ordered *file) {
  if (file->end_of_use > file->size && !set_size(file, file->end_of_use)) return false;
  for (size_t k = 0; k < file->n_patches; k++) file->patches[k].order = urgency(file, &file->patches[k]) * file->n_patches + k;
  if (!file->overlaps && file->n_patches > 1) qsort(file->patches, file->n_patches, sizeof *file->patches, by_order);
  for (size_t k = 0; k < file->n_patches; k++)
    if (!write_all(file->descriptor, file->patches[k].bytes, file->patches[k].size, file->patches[k].at)) return false;
  drop_patches(file);
  if (file->end_of_use < file->size && !set_size(file, file->end_of_use)) return false;
  file->committed = file->end_of_use;
  return true;
}

static herr_t driver_flush(H5FD_t *base, hid_t transfer, hbool_t closing) {
  (void)transfer;
  (void)closing;
  Ordered *file = (Ordered *)base;
  if (!file->writes || file->is_abandoned) return 0;
  errno = EIO;
  if (file->has_failed) return tell("flush after a failure", H5E_WRITEERROR);
  if (commit(file)) return 0;
  file->has_failed = true;
  return tell("write", H5E_WRITEERROR);
}

static herr_t driver_close(H5FD_t *base) {
  Ordered *file       = (Ordered *)base;
  const bool is_quiet = file->is_abandoned || !file->writes;
  herr_t result       = 0;
  if (file->writes && (file->is_abandoned || file->has_failed))
    (void)!ftruncate(file->descriptor, (off_t)file->committed);
  else if (file->writes && (file->n_patches > 0 || file->end_of_use != file->committed) && !commit(file))
    result = tell("write", H5E_WRITEERROR);
  drop_patches(file);
  if (close(file->descriptor) != 0 && !is_quiet) result = tell("close", H5E_CANTCLOSEFILE);
  memory_free(file->patches);
  memory_free(file);
  return result;
}

static int driver_compare(const H5FD_t *a, const H5FD_t *b) {
  const Ordered *left = (const Ordered *)a, *right = (const Ordered *)b;
  if (left->device != right->device) return left->device < right->device ? -1 : 1;
  return (left->node > right->node) - (left->node < right->node);
}

static herr_t driver_query(const H5FD_t *base, unsigned long *flags) {
  (void)base;
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
  return 0;
}

static haddr_t driver_get_end_of_use(const H5FD_t *base, H5FD_mem_t type) {
  (void)type;
  return ((const Ordered *)base)->end_of_use;
}

static herr_t driver_set_end_of_use(H5FD_t *base, H5FD_mem_t type, haddr_t end) {
  (void)type;
  ((Ordered *)base)->end_of_use = end;
  return 0;
}

static haddr_t driver_get_end(const H5FD_t *base, H5FD_mem_t type) {
  (void)type;
  return ((const Ordered *)base)->size;
}

static herr_t driver_get_handle(H5FD_t *base, hid_t access_list, void **handle) {
  (void)access_list;
  *handle = base;
  return 0;
}

static herr_t driver_truncate(H5FD_t *base, hid_t transfer, hbool_t closing) {
  (void)base;
  (void)transfer;
  (void)closing;
  return 0; /* commit does it, after the old bytes have been replaced */
}

static herr_t driver_lock(H5FD_t *base, hbool_t is_exclusive) {
  if (flock(((Ordered *)base)->descriptor, (is_exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 || errno == ENOSYS) return 0;
  return tell("lock", H5E_CANTLOCKFILE);
}

static herr_t driver_unlock(H5FD_t *base) {
  if (flock(((Ordered *)base)->descriptor, LOCK_UN) == 0 || errno == ENOSYS) return 0;
  return tell("unlock", H5E_CANTUNLOCKFILE);
}

static const H5FD_class_t driver_class = {.name       = "ordered",
                                          .maxaddr    = (haddr_t)1 << 62,
                                          .fc_degree  = H5F_CLOSE_STRONG,
                                          .open       = driver_open,
                                          .close      = driver_close,
                                          .cmp        = driver_compare,
                                          .query      = driver_query,
                                          .get_eoa    = driver_get_end_of_use,
                                          .set_eoa    = driver_set_end_of_use,
                                          .get_eof    = driver_get_end,
                                          .get_handle = driver_get_handle,
                                          .read       = driver_read,
                                          .write      = driver_write,
                                          .flush      = driver_flush,
                                          .truncate   = driver_truncate,
                                          .lock       = driver_lock,
                                          .unlock     = driver_unlock,
                                          .fl_map     = H5FD_FLMAP_DICHOTOMY};

herr_t ordered_file_use(hid_t access_list) {
  static hid_t driver = -1;
  if (driver < 0) driver = H5FDregister(&driver_class);
  return driver < 0 ? -1 : H5Pset_driver(access_list, driver, NULL);
}

void ordered_file_abandon(hid_t file) {
  Ordered *ordered = NULL;
  if (H5Fget_vfd_handle(file, H5P_DEFAULT, (void **)&ordered) >= 0 && ordered != NULL) ordered->is_abandoned = true;
}
