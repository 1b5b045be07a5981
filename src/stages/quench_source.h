#pragma once
/** The configurations that `quench` works on: one file or one per replica, and of each the chosen frames. */
#include "base/table.h"
#include "output.h"
#include "quench_plan.h"
#include "run_files.h"

typedef struct QuenchSource {
  RunFile *file; /* lent; its trajectory is NULL for a single configuration (.xyz, .data) */
  const Mixture *mixture;
  int64_t n, *frame;        /* [n] chosen frames of the file */
  int replica;              /* 0 if there are no replicas */
  char directory[MAX_PATH]; /* where its inherent structures go */
  Table *thermo;            /* of the run; NULL: unknown */
} QuenchSource;

typedef struct QuenchSources {
  RunFiles runs;
  int n;
  QuenchSource *sources;
} QuenchSources;

/** Every rank may open. Ended by quench_sources_close also after failure. */
NODISCARD Status quench_sources_open(const QuenchPlan *plan, const char *out, QuenchSources *sources);
NODISCARD Status quench_sources_close(QuenchSources *sources);
/** Chosen configuration k. */
NODISCARD Status quench_source_read(QuenchSource *source, int64_t k, Frame *frame);
/** Temperature that the thermostat of the run had at the frame; NAN if nobody knows. */
double quench_source_temperature(const QuenchSource *source, const Frame *frame);
