/** A quench of several replicas leaves one file for each; together they are one ensemble. */
#include "respond_source.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/memory.h"
#include "inherent_files.h"
#include "output.h"
#include "storage/exchange_formats.h"
#include "storage/files.h"
#include "storage/provenance.h"

static bool is_directory(const char *path) {
  struct stat entry;
  return stat(path, &entry) == 0 && S_ISDIR(entry.st_mode);
}

static void add_file(RespondSources *sources, size_t *capacity, const char *path) {
  void *files = sources->files;
  memory_grow(&files, capacity, (size_t)sources->n + 1, (size_t)sources->n, sizeof *sources->files);
  sources->files               = files;
  sources->files[sources->n++] = (RespondFile){.path = memory_string(path)};
}

Status respond_sources_find(const char *from, const char *out, RespondSources *sources) {
  char path[MAX_PATH], name[32];
  size_t capacity = 0;
  *sources        = (RespondSources){0};
  if (from && !is_directory(from)) {
    if (!files_exist(from)) return fail(STATUS_INPUT, "%s: no such file (respond.from)", from);
    add_file(sources, &capacity, from);
    return STATUS_OK;
  }
  const char *directory = from ? from : out;
  output_path(path, directory, "inherent.h5md");
  if (files_exist(path)) {
    add_file(sources, &capacity, path);
    return STATUS_OK;
  }
  for (int replica = 0;; replica++) {
    snprintf(name, sizeof name, "r%03d/inherent.h5md", replica);
    output_path(path, directory, name);
    if (!files_exist(path)) break;
    add_file(sources, &capacity, path);
  }
  sources->are_replicas = true;
  if (sources->n > 0) return STATUS_OK;
  return fail(from ? STATUS_INPUT : STATUS_FILE,
              "%s: neither inherent.h5md nor r000/inherent.h5md in it: run `tektite quench` first, or say "
              "respond.from",
              directory);
}

static bool is_trajectory(const char *path) {
  const char *ending = strrchr(path, '.');
  return ending && (strcmp(ending, ".h5md") == 0 || strcmp(ending, ".h5") == 0);
}

Status respond_sources_open(RespondSources *sources) {
  sources->unfinished = -1;
  for (int k = 0; k < sources->n; k++) {
    RespondFile *file = &sources->files[k];
    file->first       = sources->n_frames;
    TRY(configuration_count(file->path, &file->n));
    TRY(inherent_read_rows(file->path, &file->origins));
    sources->n_frames += file->n;
    if (sources->unfinished < 0 && is_trajectory(file->path) && story_is_unfinished(file->path, sources->are_replicas ? sources->n : 0))
      sources->unfinished = k;
  }
  return sources->n_frames > 0 ? STATUS_OK : fail(STATUS_FILE, "%s: holds no frame", sources->files[0].path);
}

void respond_sources_clear(RespondSources *sources) {
  for (int k = 0; k < sources->n; k++) {
    memory_free(sources->files[k].path);
    table_destroy(&sources->files[k].origins);
  }
  memory_free(sources->files);
  *sources = (RespondSources){0};
}

static const RespondFile *file_of(const RespondSources *sources, int64_t k) {
  int at = 0;
  while (k >= sources->files[at].first + sources->files[at].n) at++;
  return &sources->files[at];
}

Status respond_sources_read(const RespondSources *sources, int64_t k, const Mixture *mixture, Frame *frame) {
  const RespondFile *file = file_of(sources, k);
  return configuration_read(file->path, k - file->first, mixture, frame);
}

/** Value of a column in the row of frame k; NaN if there is none. */
static double look_up(const RespondSources *sources, int64_t k, const char *name) {
  const RespondFile *file = file_of(sources, k);
  const double *frames    = file->origins ? table_column(file->origins, "frame") : NULL;
  const double *values    = file->origins ? table_column(file->origins, name) : NULL;
  for (size_t row = 0; frames && values && row < file->origins->n_rows; row++)
    if ((int64_t)frames[row] == k - file->first) return values[row];
  return NAN;
}

RespondOrigin respond_sources_origin(const RespondSources *sources, int64_t k, double parent_temperature) {
  const double temperature = look_up(sources, k, "parent_temperature"), replica = look_up(sources, k, "replica");
  const RespondFile *file = file_of(sources, k);
  return (RespondOrigin){.frame              = k,
                         .source_frame       = k - file->first,
                         .parent_frame       = look_up(sources, k, "parent_frame"),
                         .replica            = isnan(replica) && sources->n > 1 ? (double)(file - sources->files) : replica,
                         .parent_temperature = isnan(temperature) ? parent_temperature : temperature,
                         .quench_outcome     = look_up(sources, k, "outcome")};
}

void respond_sources_name(const RespondSources *sources, int64_t k, char *text, size_t size) {
  const RespondFile *file = file_of(sources, k);
  snprintf(text, size, "%s: frame %lld", file->path, (long long)(k - file->first));
}
