/** Where a file comes from.
 *
 *  Every file of ours has a group /parameters/tektite: short facts as attributes, the full input as dataset `input_text` (an attribute
 *  may not exceed 64 kB), the parents as dataset `parents` of rows (path, digest). `kind` says what else to expect in the file;
 *  `complete` is 0 until its writer has finished. A file without this group is foreign.
 *
 *  Build facts come as TEKTITE_... strings from the build system, so that a binary says of itself what made it. */
#include "storage/provenance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

#include "base/error.h"
#include "base/memory.h"
#include "h5.h"

#ifndef TEKTITE_VERSION
#define TEKTITE_VERSION "unknown"
#endif
#ifndef TEKTITE_REVISION
#define TEKTITE_REVISION "unknown"
#endif
#ifndef TEKTITE_COMPILER
#define TEKTITE_COMPILER "unknown"
#endif
#ifndef TEKTITE_FLAGS
#define TEKTITE_FLAGS "unknown"
#endif
#ifndef TEKTITE_MPI
#define TEKTITE_MPI "unknown"
#endif
#ifndef TEKTITE_FFTW
#define TEKTITE_FFTW "unknown"
#endif

enum { MAX_PARENTS = sizeof((Provenance *)0)->parents / sizeof(Parent) };

static const char home[] = "/parameters/tektite";

uint64_t provenance_digest(const char *text) { return XXH64(text, strlen(text), 0); }

Status provenance_file_digest(const char *path, uint64_t *digest) {
  FILE *file = fopen(path, "rbe");
  if (file == NULL) return fail(STATUS_FILE, "%s: cannot open: %s", path, strerror(errno));
  const size_t size    = (size_t)1 << 20;
  char *buffer         = memory_array(size, 1);
  XXH64_state_t *state = XXH64_createState();
  require(state != NULL && XXH64_reset(state, 0) == XXH_OK, "xxhash");
  size_t got = 0;
  while ((got = fread(buffer, 1, size, file)) > 0) XXH64_update(state, buffer, got);
  const bool is_bad = ferror(file) != 0;
  const int error   = errno;
  *digest           = XXH64_digest(state);
  XXH64_freeState(state);
  memory_free(buffer);
  (void)fclose(file);
  if (is_bad) return fail(STATUS_FILE, "%s: cannot read: %s", path, strerror(error));
  return STATUS_OK;
}

void provenance_add_parent(Provenance *provenance, const char *path, uint64_t digest) {
  require(provenance->n_parents < MAX_PARENTS, "more than %d parents", MAX_PARENTS);
  char text[24];
  (void)snprintf(text, sizeof text, "%016llx", (unsigned long long)digest);
  provenance->parents[provenance->n_parents++] = (Parent){memory_string(path), memory_string(text)};
}

static void free_parents(Parent *parents, int *n) {
  for (int k = 0; k < *n; k++) {
    memory_free(parents[k].path);
    memory_free(parents[k].digest);
    parents[k] = (Parent){NULL, NULL};
  }
  *n = 0;
}

void provenance_clear(Provenance *provenance) { free_parents(provenance->parents, &provenance->n_parents); }

const char *provenance_revision(void) { return TEKTITE_REVISION; }

const char *provenance_version(void) {
  static char text[2048];
  unsigned major = 0, minor = 0, release = 0;
  (void)H5get_libversion(&major, &minor, &release);
  (void)snprintf(text, sizeof text,
                 "tektite %s (git %s)\n"
                 "compiler  %s\n"
                 "flags     %s\n"
                 "libraries HDF5 %u.%u.%u, MPI %s, FFTW %s",
                 TEKTITE_VERSION, TEKTITE_REVISION, TEKTITE_COMPILER, TEKTITE_FLAGS, major, minor, release, TEKTITE_MPI, TEKTITE_FFTW);
  return text;
}

static Status write_build(hid_t group) {
  char created[32] = "", library[32];
  const time_t now = time(NULL);
  struct tm utc;
  if (gmtime_r(&now, &utc) != NULL) (void)strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", &utc);
  unsigned major = 0, minor = 0, release = 0;
  (void)H5get_libversion(&major, &minor, &release);
  (void)snprintf(library, sizeof library, "%u.%u.%u", major, minor, release);
  TRY(h5_put_text(group, "created", created));
  TRY(h5_put_text(group, "program", "tektite"));
  TRY(h5_put_text(group, "version", TEKTITE_VERSION));
  TRY(h5_put_text(group, "revision", TEKTITE_REVISION));
  TRY(h5_put_text(group, "compiler", TEKTITE_COMPILER));
  TRY(h5_put_text(group, "flags", TEKTITE_FLAGS));
  TRY(h5_put_text(group, "hdf5", library));
  TRY(h5_put_text(group, "mpi", TEKTITE_MPI));
  return h5_put_text(group, "fftw", TEKTITE_FFTW);
}

static Status write_parents(hid_t group, const Provenance *provenance) {
  if (provenance->n_parents == 0) return STATUS_OK;
  const char *texts[2 * MAX_PARENTS];
  for (int k = 0; k < provenance->n_parents; k++) {
    texts[2 * k]     = provenance->parents[k].path;
    texts[2 * k + 1] = provenance->parents[k].digest;
  }
  return h5_write_texts(group, "parents", (H5Shape){2, {provenance->n_parents, 2, 1, 1}}, texts);
}

Status provenance_write(hid_t file, const char *kind, const Provenance *provenance, hid_t *group) {
  TRY(h5_group(file, home, group));
  TRY(h5_put_text(*group, "kind", kind));
  TRY(h5_put_integer(*group, "complete", 0));
  TRY(write_build(*group));
  TRY(h5_put_text(*group, "stage", provenance->stage));
  TRY(h5_put_text(*group, "model", provenance->model));
  TRY(h5_put_text(*group, "input_file", provenance->input_file));
  TRY(h5_put_text(*group, "domains", provenance->domains));
  TRY(h5_put_text(*group, "simd", provenance->simd));
  TRY(h5_put_integer(*group, "ranks", provenance->ranks));
  TRY(h5_put_integer(*group, "replicas", provenance->replicas));
  TRY(h5_put_integer(*group, "replica", provenance->replica));
  TRY(h5_put_unsigned(*group, "input_digest", provenance->input_digest));
  const char *text = provenance->input_text == NULL ? "" : provenance->input_text;
  TRY(h5_write_texts(*group, "input_text", (H5Shape){0, {1, 1, 1, 1}}, &text));
  return write_parents(*group, provenance);
}

Status provenance_set_complete(hid_t file, bool complete) {
  hid_t group = -1;
  if (!h5_is_group(file, home)) return h5_fail(file, "was not written by tektite (no group %s)", home);
  TRY(h5_group(file, home, &group));
  const Status status = h5_put_integer(group, "complete", complete ? 1 : 0);
  h5_release(group);
  return status;
}

static char *build_text(hid_t group) {
  static const char *const facts[] = {"version", "compiler", "flags", "hdf5", "mpi", "fftw"};
  static const char *const words[] = {"tektite ", ", ", ", flags ", ", HDF5 ", ", MPI ", ", FFTW "};
  char text[4096];
  size_t length = 0;
  for (size_t k = 0; k < sizeof facts / sizeof *facts && length < sizeof text; k++) {
    char *fact = h5_get_text(group, facts[k], "unknown");
    length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", words[k], fact);
    memory_free(fact);
  }
  return memory_string(text);
}

static Status read_input_and_parents(hid_t group, Story *story) {
  hid_t dataset = -1;
  char **texts  = NULL;
  int64_t n     = 0;
  TRY(h5_open_dataset(group, "input_text", &dataset));
  TRY(h5_read_texts(dataset, &texts, &n));
  story->input_text = memory_string(n > 0 ? texts[0] : "");
  h5_free_texts(&texts, n);
  if (!h5_has(group, "parents")) return STATUS_OK;
  TRY(h5_open_dataset(group, "parents", &dataset));
  TRY(h5_read_texts(dataset, &texts, &n));
  for (int64_t k = 0; k + 1 < n && story->n_parents < MAX_PARENTS; k += 2)
    story->parents[story->n_parents++] = (Parent){memory_string(texts[k]), memory_string(texts[k + 1])};
  h5_free_texts(&texts, n);
  return STATUS_OK;
}

static Status read_story(hid_t file, Story *story) {
  hid_t group = -1;
  if (!h5_is_group(file, home)) return h5_fail(file, "was not written by tektite (no group %s)", home);
  TRY(h5_group(file, home, &group));
  story->kind         = h5_get_text(group, "kind", "");
  story->stage        = h5_get_text(group, "stage", "");
  story->model        = h5_get_text(group, "model", "");
  story->revision     = h5_get_text(group, "revision", "unknown");
  story->build        = build_text(group);
  story->input_file   = h5_get_text(group, "input_file", "");
  story->domains      = h5_get_text(group, "domains", "");
  story->simd         = h5_get_text(group, "simd", "");
  story->created      = h5_get_text(group, "created", "");
  story->ranks        = (int)h5_get_integer(group, "ranks", 0);
  story->replicas     = (int)h5_get_integer(group, "replicas", 0);
  story->replica      = (int)h5_get_integer(group, "replica", 0);
  story->complete     = (int)h5_get_integer(group, "complete", 0);
  story->input_digest = h5_get_unsigned(group, "input_digest", 0);
  if (story->kind[0] == '\0') return h5_fail(file, "is damaged (%s lacks its kind)", home);
  return read_input_and_parents(group, story);
}

Status story_read(const char *path, Story *story) {
  memset(story, 0, sizeof *story);
  hid_t file = -1;
  TRY(h5_open(path, false, &file));
  const Status status = read_story(file, story);
  h5_leave(&file);
  if (status != STATUS_OK) story_clear(story);
  return status;
}

bool story_is_unfinished(const char *path, int n_files) {
  hid_t file  = -1;
  Story story = {0};
  if (h5_open(path, false, &file) != STATUS_OK) return false;
  const bool is_ours = h5_is_group(file, home) && read_story(file, &story) == STATUS_OK;
  h5_leave(&file);
  const bool is_unfinished = is_ours && (!story.complete || story.replicas > (n_files > 0 ? n_files : story.replicas));
  story_clear(&story);
  return is_unfinished;
}

void story_clear(Story *story) {
  memory_free(story->kind);
  memory_free(story->stage);
  memory_free(story->model);
  memory_free(story->revision);
  memory_free(story->build);
  memory_free(story->input_file);
  memory_free(story->input_text);
  memory_free(story->domains);
  memory_free(story->simd);
  memory_free(story->created);
  free_parents(story->parents, &story->n_parents);
  memset(story, 0, sizeof *story);
}
