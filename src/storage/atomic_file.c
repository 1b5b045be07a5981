/** Flushes that are all or nothing: why a killed writer or a full disk costs no frame.
 *
 *  HDF5 overwrites its metadata in place, in order of address. When the index of a growing dataset splits, its root (low address, old
 *  place) is written before the new nodes it points to (high address, new place). A SIGKILL or a full disk in between leaves a root that
 *  points nowhere, and every frame of that dataset is lost. (Seen: 10 particles, a tmpfs of 3 MB, frame 4352.)
 *
 *  This driver splits a write in two. What lies beyond the end of what has been written goes to disk at once: nothing on disk refers to
 *  it yet. What would overwrite old bytes waits in memory, as a patch, until the library ends its flush. Then all patches are written
 *  behind the end of the file as a journal, closed by a mark and a checksum; then they are written to their places; then the file is cut
 *  to its length, and with that the journal is gone. A file that ends with a whole journal was left in the middle of this: opened for
 *  writing, the patches are written to their places; opened for reading, they are laid over what is read. A file that ends with half a
 *  journal is as the flush before left it. On a full disk the new bytes or the journal fail, before any old byte is touched; gaps are
 *  filled with zeros when they are passed, so that a patch never needs room.
 *
 *  After a failure, or when asked to abandon, all writes stay in memory, where the library can read them back while it closes; the file
 *  is cut to its length at the last flush. The library itself never hears of a failed write: a flush that fails leaves its cache in a
 *  state in which closing crashes, at the latest in MPI_Finalize. Whoever flushed or closed asks atomic_file_check. All this counts system
 * calls: a kill keeps their order, a power cut does not (for that there is fsync at checkpoints).
 *
 *  Journal: for each patch {address, size} (uint64) and its bytes; at the end {mark, bytes before, length of the file, xxh64}. */
#include "atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/memory.h"

typedef struct Patch { /* bytes that wait for the end of the flush */
  haddr_t at;
  size_t size;
  char *bytes;
} Patch;

typedef struct Atomic {
  H5FD_t base; /* first, as HDF5 wants it */
  int descriptor;
  dev_t device;
  ino_t node;
  haddr_t end_of_use;                    /* as the library sees it */
  haddr_t written;                       /* all below has been written once */
  haddr_t size;                          /* of the file */
  haddr_t committed;                     /* size of the file after the last commit */
  bool writes, is_touched, is_abandoned; /* touched: something was written since it was opened */
  int trouble;                           /* errno of the first write that failed */
  Patch *patches;
  size_t n_patches, capacity;
} Atomic;

static herr_t tell(const char *what, hid_t minor) {
  (void)H5Epush2(H5E_DEFAULT, __FILE__, what, __LINE__, H5E_ERR_CLS, H5E_IO, minor, "%s: error message = '%s'", what, strerror(errno));
  return -1;
}

static void drop_patches(Atomic *file) {
  for (size_t k = 0; k < file->n_patches; k++) memory_free(file->patches[k].bytes);
  file->n_patches = 0;
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

static bool fill_gap(Atomic *file, haddr_t end) {
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

static void keep(Atomic *file, haddr_t at, size_t size, const char *bytes) {
  if (file->n_patches > 0) { /* the library often writes the same place again */
    Patch *last = &file->patches[file->n_patches - 1];
    if (last->at == at && last->size == size) {
      memcpy(last->bytes, bytes, size);
      return;
    }
  }
  void *patches = file->patches;
  memory_grow(&patches, &file->capacity, file->n_patches + 1, file->n_patches, sizeof *file->patches);
  file->patches                    = patches;
  file->patches[file->n_patches++] = (Patch){at, size, memcpy(memory_array(size, 1), bytes, size)};
}

static herr_t driver_write(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t at, size_t size, const void *bytes) {
  (void)type;
  (void)transfer;
  Atomic *file     = (Atomic *)base;
  file->is_touched = true;
  if (file->trouble != 0 || file->is_abandoned) {
    keep(file, at, size, bytes);
    return 0;
  }
  const haddr_t old = file->written > at ? file->written - at : 0;
  const size_t kept = old < size ? (size_t)old : size;
  if (kept < size) {
    if (!fill_gap(file, at + kept) || !write_all(file->descriptor, (const char *)bytes + kept, size - kept, at + kept)) {
      file->trouble = errno;
      keep(file, at, size, bytes);
      return 0;
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
  const Atomic *file = (const Atomic *)base;
  char *bytes        = buffer;
  size_t have        = 0;
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

static bool set_size(Atomic *file, haddr_t size) {
  if (ftruncate(file->descriptor, (off_t)size) != 0) return false;
  file->size = size;
  if (file->written > size) file->written = size;
  return true;
}

static bool apply_patches(const Atomic *file) {
  for (size_t k = 0; k < file->n_patches; k++)
    if (!write_all(file->descriptor, file->patches[k].bytes, file->patches[k].size, file->patches[k].at)) return false;
  return true;
}

typedef struct Mark {
  char text[8];
  uint64_t bytes, length, checksum; /* of the journal before the mark; of the file; of both */
} Mark;

static const char mark_text[8] = {'t', 'e', 'k', 'j', 'r', 'n', 'l', '1'};

static uint64_t checksum(const char *journal, const Mark *mark) { return XXH64(journal, mark->bytes, mark->length); }

static bool write_journal(const Atomic *file) {
  Mark mark = {.bytes = 0, .length = file->end_of_use};
  memcpy(mark.text, mark_text, sizeof mark.text);
  for (size_t k = 0; k < file->n_patches; k++) mark.bytes += 2 * sizeof(uint64_t) + file->patches[k].size;
  char *journal = memory_array((size_t)mark.bytes + sizeof mark, 1), *end = journal;
  for (size_t k = 0; k < file->n_patches; k++) {
    const Patch *patch     = &file->patches[k];
    const uint64_t head[2] = {patch->at, patch->size};
    memcpy(end, head, sizeof head);
    memcpy(end + sizeof head, patch->bytes, patch->size);
    end += sizeof head + patch->size;
  }
  mark.checksum = checksum(journal, &mark);
  memcpy(end, &mark, sizeof mark);
  const haddr_t behind = file->end_of_use > file->size ? file->end_of_use : file->size;
  const bool is_good   = write_all(file->descriptor, journal, (size_t)mark.bytes + sizeof mark, behind);
  memory_free(journal);
  return is_good;
}

static bool commit(Atomic *file) {
  if (file->n_patches > 0 && !(write_journal(file) && apply_patches(file))) return false;
  if ((file->n_patches > 0 || file->end_of_use != file->size) && !set_size(file, file->end_of_use)) return false;
  drop_patches(file);
  file->committed = file->end_of_use;
  return true;
}

/** Patches out of a journal; false if they do not fit together. */
static bool take_patches(Atomic *file, const char *journal, size_t bytes) {
  for (size_t at = 0; at < bytes;) {
    uint64_t head[2];
    if (bytes - at < sizeof head) return false;
    memcpy(head, journal + at, sizeof head);
    at += sizeof head;
    if (head[1] == 0 || head[1] > bytes - at) return false;
    keep(file, head[0], (size_t)head[1], journal + at);
    at += (size_t)head[1];
  }
  return true;
}

/** Finish the flush in the middle of which a writer was killed. */
static bool recover(Atomic *file) {
  Mark mark;
  if (file->size < sizeof mark) return true;
  const haddr_t end = file->size - sizeof mark;
  if (pread(file->descriptor, &mark, sizeof mark, (off_t)end) != (ssize_t)sizeof mark) return true;
  if (memcmp(mark.text, mark_text, sizeof mark.text) != 0 || mark.bytes > end || mark.length > end - mark.bytes) return true;
  char *journal       = memory_array((size_t)mark.bytes, 1);
  const bool here     = pread(file->descriptor, journal, (size_t)mark.bytes, (off_t)(end - mark.bytes)) == (ssize_t)mark.bytes;
  const bool is_whole = here && checksum(journal, &mark) == mark.checksum && take_patches(file, journal, (size_t)mark.bytes);
  memory_free(journal);
  if (!is_whole) drop_patches(file);
  const bool is_ours = is_whole && file->writes && flock(file->descriptor, LOCK_EX | LOCK_NB) == 0;
  if (is_whole && file->writes && !is_ours) drop_patches(file); /* its writer lives: the library's own lock will fail next */
  if (!is_ours) return true;
  if (!apply_patches(file) || !set_size(file, mark.length)) return false;
  file->committed = mark.length;
  drop_patches(file);
  return true;
}

static herr_t driver_flush(H5FD_t *base, hid_t transfer, hbool_t closing) {
  (void)transfer;
  (void)closing;
  Atomic *file = (Atomic *)base;
  if (file->is_touched && !file->is_abandoned && file->trouble == 0 && !commit(file)) file->trouble = errno;
  return 0;
}

static int close_trouble; /* errno of the last file that was closed */

static herr_t driver_close(H5FD_t *base) {
  Atomic *file = (Atomic *)base;
  if (file->is_touched && (file->is_abandoned || file->trouble != 0))
    (void)!ftruncate(file->descriptor, (off_t)file->committed);
  else if (file->is_touched && (file->n_patches > 0 || file->end_of_use != file->size) && !commit(file)) {
    file->trouble = errno;
    (void)!ftruncate(file->descriptor, (off_t)file->committed);
  }
  drop_patches(file);
  if (close(file->descriptor) != 0 && file->writes && file->trouble == 0) file->trouble = errno;
  close_trouble = file->is_abandoned ? 0 : file->trouble;
  memory_free(file->patches);
  memory_free(file);
  return 0;
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
  Atomic *file     = memory_array(1, sizeof *file);
  file->descriptor = descriptor;
  file->device     = facts.st_dev;
  file->node       = facts.st_ino;
  file->written    = (haddr_t)facts.st_size;
  file->size       = (haddr_t)facts.st_size;
  file->committed  = (haddr_t)facts.st_size;
  file->writes     = (flags & H5F_ACC_RDWR) != 0;
  if (recover(file)) return &file->base;
  (void)tell("recover", H5E_WRITEERROR);
  (void)driver_close(&file->base);
  return NULL;
}

static int driver_compare(const H5FD_t *a, const H5FD_t *b) {
  const Atomic *left = (const Atomic *)a, *right = (const Atomic *)b;
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
  return ((const Atomic *)base)->end_of_use;
}

static herr_t driver_set_end_of_use(H5FD_t *base, H5FD_mem_t type, haddr_t end) {
  (void)type;
  ((Atomic *)base)->end_of_use = end;
  return 0;
}

static haddr_t driver_get_end(const H5FD_t *base, H5FD_mem_t type) {
  (void)type;
  return ((const Atomic *)base)->size;
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
  if (flock(((Atomic *)base)->descriptor, (is_exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 || errno == ENOSYS) return 0;
  return tell("lock", H5E_CANTLOCKFILE);
}

static herr_t driver_unlock(H5FD_t *base) {
  if (flock(((Atomic *)base)->descriptor, LOCK_UN) == 0 || errno == ENOSYS) return 0;
  return tell("unlock", H5E_CANTUNLOCKFILE);
}

static const H5FD_class_t driver_class = {.name       = "atomic",
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

herr_t atomic_file_use(hid_t access_list) {
  static hid_t driver = -1;
  if (driver < 0) driver = H5FDregister(&driver_class);
  return driver < 0 ? -1 : H5Pset_driver(access_list, driver, NULL);
}

herr_t atomic_file_check(hid_t file) {
  const Atomic *atomic = NULL;
  if (file >= 0 && H5Fget_vfd_handle(file, H5P_DEFAULT, (void **)&atomic) < 0) return -1;
  errno = file < 0 ? close_trouble : atomic->trouble;
  return errno == 0 ? 0 : tell("write", H5E_WRITEERROR);
}

void atomic_file_abandon(hid_t file) {
  Atomic *atomic = NULL;
  if (H5Fget_vfd_handle(file, H5P_DEFAULT, (void **)&atomic) >= 0 && atomic != NULL) atomic->is_abandoned = true;
}
