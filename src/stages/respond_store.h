#pragma once
/** What the ranks of `respond` leave on disk while they work, OUT/response.parts/RRRRR.<table>.h5, and how response.h5 is made of it. */
#include <stdint.h>

#include "respond_tables.h"
#include "storage/provenance.h"
#include "storage/results.h"

/** What all ranks have done so far. */
typedef struct RespondParts {
  int n_parts;
  char **paths;  /* [n_parts] of the tables of configurations */
  Table **parts; /* [n_parts] them; only whole configurations are in them */
} RespondParts;
/** Read what is in `directory` (which need not exist). */
NODISCARD Status respond_parts_read(const char *directory, RespondParts *parts);
void respond_parts_clear(RespondParts *parts);
/** Whether a frame is in there. */
bool respond_parts_hold(const RespondParts *parts, int64_t frame);
/** Whether the parts were made by this very input. */
bool respond_parts_fit(const RespondParts *parts, uint64_t input_digest);
/** The rows of one table, all parts, configurations by frame: as Table (caller destroys), or as slices for results_gather (lent texts and
 *  arrays in `gathered`, ended by respond_gathered_clear). */
NODISCARD Status respond_parts_table(const RespondParts *parts, RespondTable which, int dim, Table **table);
void respond_parts_gather(const RespondParts *parts, RespondTable which, int dim, GatheredTable *gathered);
void respond_gathered_clear(GatheredTable *gathered);
/** Delete the directory and the parts in it. */
void respond_parts_remove(const char *directory);

/** The growing tables of one rank. */
typedef struct RespondStore RespondStore;
/** New, or continued behind the last whole configuration. */
NODISCARD Status respond_store_open(const char *directory, int rank, int dim, const RespondSettings *settings, const Provenance *provenance,
                                    RespondStore **store);
/** On disk when it returns. */
NODISCARD Status respond_store_add(RespondStore *store, const Response *response, const RespondOrigin *origin, const int32_t *species,
                                   double seconds);
NODISCARD Status respond_store_close(RespondStore **store);
