#pragma once
/** A theory: tables from equations. It knows no file and no MPI; the stage spreads its tasks over ranks and writes its tables. */
#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

typedef struct Params Params;
typedef struct ParamSchema ParamSchema;
typedef struct Table Table;
typedef struct TheoryState TheoryState; /* private */

/** How a theory gets a stored table (a measured S(q), tau_alpha of a run): given by the stage, which notes what was read as parents. */
typedef struct TableSource TableSource;
struct TableSource {
  /** Table `name` of a results file (with its scalars), or of a text file of columns (name NULL or ignored; columns "c0", "c1", ..);
   *  caller destroys. Paths are relative to the working directory or else to the output directory; NULL: its analysis.h5. */
  Status (*read)(const TableSource *source, const char *path, const char *name, Table **table);
  void *context; /* the stage's */
  /** Whether `path` (as for read) is a results file, in which a table must be named. NULL: no. */
  bool (*has_tables)(const TableSource *source, const char *path);
};

typedef struct Theory {
  const char *name;
  const char *help;          /* one line */
  const char *source;        /* paper */
  const ParamSchema *schema; /* keys of this theory beside `name` */
  /** Reads its keys and any tables. On every rank alike. After a failure *state is NULL or is ended by close. */
  Status (*open)(const Params *own, const TableSource *source, TheoryState **state);
  /** Independent pieces of work (states of a scan), and doing one of them. tasks may be NULL: all work is done in close. */
  int (*tasks)(const TheoryState *state);
  Status (*task)(TheoryState *state, int task);
  /** What tasks wrote: n doubles, 0 where this rank did nothing; the stage adds them over ranks. Lent. NaN is a value. */
  double *(*sums)(TheoryState *state, size_t *n);
  /** Tables (memory_array of Table*, caller's), named "<name of the theory>/<table>"; the text twin of a table has the last part as its
   *  name, so no two theories may share one. The rows of the first table go to --json. Frees the state; called with tables == NULL
   *  after a failure. */
  Status (*close)(TheoryState **state, Table ***tables, int *n_tables);
  const char *const *first_words; /* what the numbers 0, 1, .. of the first column mean: shown instead of them; NULL: numbers */
  int n_json;                     /* how many columns of the first table --json shows, from the first on; 0: all */
} Theory;

/** All theories, by theories.def. NULL-terminated. */
extern const Theory *const theory_list[];
const Theory *theory_find(const char *name); /* NULL if none */
