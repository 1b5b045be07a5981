#pragma once
/** The domain grids that the command line asks for. */
#include "base/status.h"
#include "comm/ranks.h"
#include "matter/frame.h"
#include "stages/stage.h"

/** grid <- that of --domains, if it fits a box with these edges (no domain narrower than `reach`) and n_ranks ranks, else a mistake of the
 *  user. 0x0x0 if nothing was asked. */
NODISCARD Status domains_asked(const Command *command, int n_ranks, const double edges[3], int dim, double reach, int grid[3]);
/** Groups for work on frames of this box: of one rank each, or of the grid that was asked for. To be ended by ranks_beside_end. Collective:
 *  world. */
NODISCARD Status domains_groups(const Command *command, const Ranks *ranks, const Frame *frame, double reach, Ranks **groups);
