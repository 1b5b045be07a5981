#pragma once
/** What section `quench` says. */
#include "base/params.h"
#include "descent/quench.h"

typedef struct QuenchPlan {
  const Params *own;      /* the section, lent: for messages */
  QuenchTask task;        /* but for the ranks */
  const Ranks *alone;     /* this rank alone, for frames that do not fit the domains of the group; given by the stage */
  const Minimizer *other; /* a second descent of each frame, to compare; NULL: none */
  const char *from, *stage;
  bool has_frame;
  int64_t frame, every;
  int64_t bisect;   /* frames of a block that is bisected; 0: every frame is quenched */
  double threshold; /* sigma: inherent structures closer than that are one */
} QuenchPlan;

/** Model, parameters and mixture are lent by the caller. */
NODISCARD Status quench_plan_read(const Params *root, const Potential *potential, const void *parameters, const Mixture *mixture,
                                  QuenchPlan *plan);
