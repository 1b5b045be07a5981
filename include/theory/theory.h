#pragma once
/** A theory: tables from equations. It knows no file and no MPI; the stage spreads its tasks over ranks and writes its tables. */
#include <stddef.h>

#include "base/status.h"

typedef struct Params Params;
typedef struct ParamSchema ParamSchema;
typedef struct Table Table;
typedef struct TheoryState TheoryState; /* private */

/** How a theory gets a stored table (a measured S(q), tau_alpha of a run): given by the stage. */
typedef struct TableSource {
  /** Table `name` of a results file, or of a text file of columns (name ignored; columns "c0", "c1", ..); caller destroys. Paths are
   *  relative to the working directory. */
  Status (*read)(const char *path, const char *name, Table **table);
} TableSource;

typedef struct Theory {
  const char *name;
  const char *help;          /* one line */
  const char *source;        /* paper */
  const ParamSchema *schema; /* keys of this theory beside `name` */
  /** Reads its keys and any tables. On every rank alike. */
  Status (*open)(const Params *own, const TableSource *source, TheoryState **state);
  /** Independent pieces of work (states of a scan), and doing one of them. tasks may be NULL: all work is done in close. */
  int (*tasks)(const TheoryState *state);
  Status (*task)(TheoryState *state, int task);
  /** What tasks wrote: n doubles, 0 where this rank did nothing; the stage adds them over ranks. Lent. NaN is a value. */
  double *(*sums)(TheoryState *state, size_t *n);
  /** Tables (memory_array of Table*, caller's), the first one's rows go to --json. Frees the state; called with tables == NULL after a
   *  failure. */
  Status (*close)(TheoryState **state, Table ***tables, int *n_tables);
} Theory;

/** All theories, by theories.def. NULL-terminated. */
extern const Theory *const theory_list[];
const Theory *theory_find(const char *name); /* NULL if none */
