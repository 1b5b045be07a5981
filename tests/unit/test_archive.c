#include "base/archive.h"

#include <stdlib.h>

#include "../check.h"
#include "base/memory.h"
#include "capture.h"

static void test_round_trip(void) {
  Archive *archive     = archive_create();
  const double x[]     = {1.5, -2.5, 1e-300};
  const int64_t ids[]  = {1, INT64_MAX, INT64_MIN, 4};
  const int32_t kind[] = {3, 2};
  archive_put(archive, "particles/x", ARCHIVE_DOUBLE, 3, x);
  archive_put(archive, "particles/id", ARCHIVE_INT64, 4, ids);
  archive_put(archive, "particles/species", ARCHIVE_INT32, 2, kind);
  archive_put(archive, "note", ARCHIVE_BYTES, 5, "glass");
  archive_put(archive, "empty", ARCHIVE_DOUBLE, 0, NULL);
  archive_put_double(archive, "thermostat/xi", 0.25);
  archive_put_int(archive, "step", 1000000007);
  CHECK_EQUAL_INT(archive_count(archive), 7);
  CHECK_TEXT(archive_item(archive, 1)->name, "particles/id");
  CHECK(archive_find(archive, "nothing") == NULL);
  double copy[3], xi;
  int64_t id_copy[4], step;
  CHECK_EQUAL_INT(archive_get(archive, "particles/x", ARCHIVE_DOUBLE, 3, copy), STATUS_OK);
  CHECK(memcmp(copy, x, sizeof x) == 0);
  CHECK_EQUAL_INT(archive_get(archive, "particles/id", ARCHIVE_INT64, 4, id_copy), STATUS_OK);
  CHECK(memcmp(id_copy, ids, sizeof ids) == 0);
  CHECK_EQUAL_INT(archive_get_double(archive, "thermostat/xi", &xi), STATUS_OK);
  CHECK_CLOSE(xi, 0.25, 0);
  CHECK_EQUAL_INT(archive_get_int(archive, "step", &step), STATUS_OK);
  CHECK_EQUAL_INT(step, 1000000007);
  CHECK_EQUAL_INT(archive_get(archive, "empty", ARCHIVE_DOUBLE, 0, NULL), STATUS_OK);
  archive_destroy(&archive);
  CHECK(archive == NULL);
  archive_destroy(&archive);
}

static void test_replace(void) {
  Archive *archive = archive_create();
  archive_put_double(archive, "a", 1);
  const ArchiveItem *lent = archive_find(archive, "a");
  for (int k = 0; k < 100; k++) {
    char name[16];
    snprintf(name, sizeof name, "item%d", k);
    archive_put_int(archive, name, k);
  }
  CHECK(archive_find(archive, "a") == lent);
  archive_put(archive, "a", ARCHIVE_BYTES, 3, "abc");
  CHECK_EQUAL_INT(archive_count(archive), 101);
  CHECK_EQUAL_INT(lent->type, ARCHIVE_BYTES);
  CHECK_EQUAL_INT(lent->n, 3);
  archive_put(archive, "a", ARCHIVE_BYTES, 2, lent->data);
  CHECK(memcmp(archive_find(archive, "a")->data, "ab", 2) == 0);
  archive_destroy(&archive);
}

static void test_failures(void) {
  Archive *archive = archive_create();
  double value     = 7;
  int64_t integer  = 7;
  archive_put_double(archive, "xi", 1);
  capture_start();
  const Status absent = archive_get_double(archive, "eta", &value);
  const Status kind   = archive_get_int(archive, "xi", &integer);
  const Status length = archive_get(archive, "xi", ARCHIVE_DOUBLE, 2, &value);
  CHECK_TEXT(capture_end(),
             "tektite: error: checkpoint lacks 'eta'\n"
             "tektite: error: checkpoint lacks 'xi' as 1 int64: it holds 1 double\n"
             "tektite: error: checkpoint lacks 'xi' as 2 double: it holds 1 double\n");
  CHECK_EQUAL_INT(absent, STATUS_FILE);
  CHECK_EQUAL_INT(kind, STATUS_FILE);
  CHECK_EQUAL_INT(length, STATUS_FILE);
  CHECK_CLOSE(value, 7, 0);
  CHECK_EQUAL_INT(integer, 7);
  archive_destroy(&archive);
}

int main(void) {
  test_round_trip();
  test_replace();
  test_failures();
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
