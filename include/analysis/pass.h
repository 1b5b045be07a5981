#pragma once
/** A pass: curves from frames. It knows no file, no MPI and no loop over time; `sweep` feeds it from files, an observer may feed it
 *  from a running system. */
#include <stddef.h>

#include "base/status.h"

typedef struct Params Params;
typedef struct ParamSchema ParamSchema;
typedef struct Frame Frame;
typedef struct Mixture Mixture;
typedef struct Table Table;
typedef struct PassState PassState; /* private accumulators of a pass */

enum { NEEDS_IMAGE = 1, NEEDS_VELOCITY = 2, NEEDS_ORDER = 4, NEEDS_INHERENT = 8 /* reads inherent.h5md */ };

typedef struct PassType {
  const char *name;
  const char *help;   /* one line */
  const char *source; /* paper */
  unsigned needs;
  const ParamSchema *schema; /* keys of this pass beside `pass` and `from` */
  /** lags: the n_lags planned lag times, ascending (time units): rows of the curves. */
  Status (*open)(const Params *own, const Mixture *, const Frame *first, int n_lags, const double *lags, PassState **);
  Status (*frame)(PassState *, const Frame *);                                   /* each frame once, in time order; may be NULL */
  Status (*pair)(PassState *, int lag, const Frame *origin, const Frame *later); /* each planned pair once; may be NULL */
  double *(*sums)(PassState *, size_t *n);                                       /* what may be added over ranks and over files; lent */
  Status (*close)(PassState **, Table ***tables, int *n_tables); /* normalise, fit, free; tables: memory_array of Table*, caller's */
  /** A new independent run (replica) begins with frame `first`; run = 0, 1 ..; for errors between runs; may be NULL. Called before the
   * run's frames and pairs, on every rank alike. */
  void (*begin)(PassState *, int run, const Frame *first);
} PassType;

/** All passes, by passes.def. NULL-terminated. */
extern const PassType *const pass_list[];
const PassType *pass_find(const char *name); /* NULL if none */
