#pragma once
/** response.h5, made of the parts when all configurations are done, and what is told of it. At the root only. */
#include <stdbool.h>
#include <stdint.h>

#include "response/respond.h"
#include "storage/provenance.h"

typedef struct RespondTask {  /* all lent */
  const char *parts, *result; /* directory of the parts; path of response.h5 */
  const RespondSettings *settings;
  const Provenance *provenance;
  int dim, n_resamples;
  double omega_limit;
  bool unfinished; /* the quench behind it */
  uint64_t seed;
} RespondTask;
/** Tables, averages, summary; the parts are deleted when it is on disk. */
NODISCARD Status respond_result_write(const RespondTask *task);
/** On the log, and as JSON if asked. */
NODISCARD Status respond_result_tell(const char *path, const char *source, bool json);
