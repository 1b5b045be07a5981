#pragma once
/** Where inherent structures go: STEM.h5md, the configurations (position, image, field potential_energy), and STEM.h5 with one row per
 *  configuration. Root of a group only. */
#include "base/table.h"
#include "descent/quench.h"
#include "storage/provenance.h"
#include "storage/results.h"
#include "storage/trajectory.h"

typedef struct InherentRow {
  int64_t parent_frame; /* index in the parent file; -1: quenched while running */
  int replica;
  double temperature; /* of the parent's thermostat; NAN unknown */
  Quench quench;
  Quench other;    /* second minimiser */
  double distance; /* between the two minima, sigma; NAN without a second */
} InherentRow;

typedef struct InherentFiles {
  Trajectory *frames;
  TableFile *table;
  const QuenchTask *task; /* its minimiser and settings are told in the table */
  int64_t bisect;         /* frames of a block that was bisected; 0: none */
  const Minimizer *other; /* a second one, with columns of its own; NULL: none */
  double threshold;       /* two minima closer than that are one */
} InherentFiles;

/** Minimiser, settings and bisection from the table of a quench to one that was made of its structures; false: it does not tell them (it
 *  is NULL, or older). */
bool inherent_copy_settings(const Table *from, Table *to);
/** Whether two tables tell the same of them. */
bool inherent_same_settings(const Table *a, const Table *b);
/** The rows (table "frames") beside a file of configurations, STEM.h5 beside STEM.h5md, one row per configuration; NULL if there are none.
 *  The caller destroys the table. */
NODISCARD Status inherent_read_rows(const char *path, Table **rows);
/** New files; old ones move aside. first: a configuration of the parent; stage names may be NULL. */
NODISCARD Status inherent_create(InherentFiles *files, const char *directory, const char *stem, const Frame *first, const Mixture *mixture,
                                 const char *const *stages, int n_stages, const Provenance *provenance);
/** Rows that both files hold. */
NODISCARD Status inherent_count(const char *directory, const char *stem, int64_t *rows);
/** Open again and keep n rows. */
NODISCARD Status inherent_resume(InherentFiles *files, const char *directory, const char *stem, int64_t n);
int64_t inherent_rows(const InherentFiles *files);
NODISCARD Status inherent_append(InherentFiles *files, const Frame *frame, const InherentRow *row);
/** Rows of the table reach the file (frames do at once). */
NODISCARD Status inherent_flush(InherentFiles *files);
NODISCARD Status inherent_sync(InherentFiles *files, const char *directory, const char *stem);
NODISCARD Status inherent_close(InherentFiles *files, bool complete);
void inherent_abandon(InherentFiles *files);
