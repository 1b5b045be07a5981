#pragma once
/** Ranks: world -> replica groups -> domain grid of each group. The only door to MPI (with exchange and reduce). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct Ranks Ranks;

/** First in: MPI_Init, abort hook, voice. A guard warns when a launcher started many worlds of one rank. */
Ranks *ranks_start(int *argc, char ***argv);
/** Last out. Collective: world. */
void ranks_end(Ranks **ranks);
int ranks_world_rank(const Ranks *ranks);
int ranks_world_size(const Ranks *ranks);

/** Make n_groups groups of grid[0]*grid[1]*grid[2] ranks each; ranks beyond n_groups * cells idle (ranks_group = -1).
 *  May be called again; the old split is ended. Collective: world. */
void ranks_split(Ranks *ranks, int n_groups, const int grid[3]);
/** This process as a group of its own, beside the groups of `ranks`: for work that needs no other. Collective: no. */
Ranks *ranks_alone(const Ranks *ranks);
/** A second split beside that of `ranks`: as many groups of grid[0]*grid[1]*grid[2] ranks each as there are ranks for, the others idle.
 *  Collective: world. */
Ranks *ranks_beside(const Ranks *ranks, const int grid[3]);
/** The end of either. Collective: its group. */
void ranks_beside_end(Ranks **other);
int ranks_group(const Ranks *ranks); /* which group this rank works in, 0-based; -1 idle */
int ranks_n_groups(const Ranks *ranks);
int ranks_rank(const Ranks *ranks);         /* rank inside the group; 0 is its root */
int ranks_size(const Ranks *ranks);         /* ranks of the group */
const int *ranks_grid(const Ranks *ranks);  /* [3] */
const int *ranks_place(const Ranks *ranks); /* [3] place of this rank in the grid */

/** World-wide: the same text on all ranks (only the voice's is read); returns a copy, memory_free it. NULL stays NULL. */
char *ranks_share_text(const Ranks *ranks, const char *text);
/** The worst status of all ranks of the world / the group. Collective. */
NODISCARD Status ranks_agree(const Ranks *ranks, Status status);
NODISCARD Status ranks_agree_group(const Ranks *ranks, Status status);
void ranks_barrier(const Ranks *ranks);
