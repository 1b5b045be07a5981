/** Checkpoints: what was put in comes out; any damage is seen; the previous one stands in. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "check.h"
#include "storage/checkpoint.h"
#include "storage/files.h"

const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libhdf5"; } /* HDF5 leaks the header of a damaged object */

static const Provenance provenance = {.stage = "run", .model = "kob_andersen", .input_text = "a: 1\n", .ranks = 2, .replicas = 1};
static const char path[]           = "state.chk";

static Archive *make(int64_t step) {
  Archive *archive         = archive_create();
  const double positions[] = {1.0, 2.5, -0.0};
  const int32_t images[]   = {-1, 0, 7};
  archive_put_int(archive, "step", step);
  archive_put(archive, "state/positions", ARCHIVE_DOUBLE, 3, positions);
  archive_put(archive, "state/images", ARCHIVE_INT32, 3, images);
  archive_put(archive, "raw", ARCHIVE_BYTES, 5, "ab\0cd");
  archive_put(archive, "empty", ARCHIVE_INT64, 0, NULL);
  return archive;
}

static void save(int64_t step) {
  Archive *archive = make(step);
  CHECK(checkpoint_write(path, archive, &provenance) == STATUS_OK);
  archive_destroy(&archive);
}

/** Step found in the checkpoint; -1: none; -2: STATUS_FILE. */
static int64_t read_step(void) {
  Archive *archive = NULL;
  bool found       = false;
  int64_t step     = -1;
  if (checkpoint_read(path, &archive, &found) != STATUS_OK) return -2;
  if (!found) return -1;
  Archive *wanted = make(0);
  CHECK_EQUAL_INT(archive_count(archive), archive_count(wanted));
  for (size_t k = 0; k < archive_count(wanted); k++) {
    const ArchiveItem *a = archive_item(archive, k), *b = archive_item(wanted, k);
    static const size_t sizes[] = {[ARCHIVE_INT64] = 8, [ARCHIVE_DOUBLE] = 8, [ARCHIVE_INT32] = 4, [ARCHIVE_BYTES] = 1};
    CHECK_TEXT(a->name, b->name);
    CHECK(a->type == b->type && a->n == b->n);
    if (k > 0) CHECK(memcmp(a->data, b->data, a->n * sizes[a->type]) == 0);
  }
  CHECK(archive_get_int(archive, "step", &step) == STATUS_OK);
  archive_destroy(&wanted);
  archive_destroy(&archive);
  return step;
}

static char *load(size_t *n) {
  struct stat facts;
  CHECK(stat(path, &facts) == 0);
  *n          = (size_t)facts.st_size;
  char *bytes = malloc(*n);
  FILE *file  = fopen(path, "rb");
  CHECK(file != NULL && fread(bytes, 1, *n, file) == *n);
  fclose(file);
  return bytes;
}

static void store(const char *bytes, size_t n) {
  FILE *file = fopen(path, "wb");
  CHECK(file != NULL && fwrite(bytes, 1, n, file) == n);
  fclose(file);
}

static void test_damage(void) {
  size_t n    = 0;
  char *bytes = load(&n);
  for (size_t k = 0; k < 60; k++) {
    store(bytes, n * k / 60);
    CHECK_EQUAL_INT(read_step(), 10);
  }
  int n_seen = 0;
  for (size_t at = 0; at < n; at += n / 150) {
    bytes[at] = (char)(bytes[at] ^ 0x10);
    store(bytes, n);
    bytes[at]          = (char)(bytes[at] ^ 0x10);
    const int64_t step = read_step();
    CHECK(step == 10 || step == 20); /* 20: the byte was no part of the state */
    n_seen += step == 10;
  }
  CHECK(n_seen > 10);
  for (const char *item = "ab\0cd"; item != NULL; item = NULL) { /* inside the data themselves */
    char *place = memmem(bytes, n, item, 5);
    CHECK(place != NULL);
    if (place == NULL) break;
    place[3] ^= 1;
    store(bytes, n);
    CHECK_EQUAL_INT(read_step(), 10);
    place[3] ^= 1;
  }
  store(bytes, n);
  CHECK_EQUAL_INT(read_step(), 20);
  free(bytes);
}

static void test_order_of_files(void) {
  CHECK_EQUAL_INT(read_step(), -1);
  save(10);
  CHECK(!files_exist("state.chk.prev") && !files_exist("state.chk.tmp"));
  CHECK_EQUAL_INT(read_step(), 10);
  save(20);
  CHECK(files_exist("state.chk.prev") && !files_exist("state.chk.tmp"));
  CHECK_EQUAL_INT(read_step(), 20);
  test_damage();
  CHECK(unlink(path) == 0);
  CHECK_EQUAL_INT(read_step(), 10);
  store("junk", 4);
  CHECK_EQUAL_INT(read_step(), 10);
  CHECK(truncate("state.chk.prev", 1000) == 0);
  CHECK_EQUAL_INT(read_step(), -2);
  CHECK(unlink(path) == 0);
  CHECK_EQUAL_INT(read_step(), -2);
}

static void test_story(void) {
  Story story;
  save(30);
  CHECK(story_read(path, &story) == STATUS_OK);
  CHECK_TEXT(story.kind, "checkpoint");
  CHECK_TEXT(story.model, "kob_andersen");
  CHECK_EQUAL_INT(story.complete, 1);
  story_clear(&story);
  Archive *archive = make(1);
  CHECK(checkpoint_write("no/such/folder/state.chk", archive, &provenance) == STATUS_FILE);
  archive_destroy(&archive);
}

int main(void) {
  const char *base = getenv("TMPDIR");
  char directory[4096];
  snprintf(directory, sizeof directory, "%s/tektite-XXXXXX", base == NULL ? "/tmp" : base);
  CHECK(mkdtemp(directory) != NULL && chdir(directory) == 0);
  CHECK(freopen("errors.txt", "w", stderr) != NULL);
  test_order_of_files();
  test_story();
  CHECK_EQUAL_INT(memory_live(), 0);
  if (check_failures == 0) {
    char command[4200];
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    CHECK(system(command) == 0);
  }
  return check_report();
}
