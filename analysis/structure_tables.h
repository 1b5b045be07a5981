#pragma once
/** From the sums of pass `structure` to its tables. */
#include <stdbool.h>
#include <stddef.h>

#include "base/table.h"
#include "density_waves.h"
#include "matter/mixture.h"

enum { STRUCTURE_SLOTS = 256, SPECIES_PAIRS = MAX_SPECIES * (MAX_SPECIES + 1) / 2 };

/** Plain data, owned by the pass. One slot per piece of time of a run; slots are the samples of the error bars. */
typedef struct StructureSums {
  Mixture mixture;
  int dim;
  double volume;              /* area in 2D */
  double counts[MAX_SPECIES]; /* particles per species */
  int n_pairs;                /* pairs of species of the model, see pair_row */
  int n_distances;            /* bins of g(r), of width: */
  double distance_width;      /* sigma */
  DensityWaves *waves;        /* bins of S(q) */
  size_t slot_size;           /* doubles per slot */
  double *sums;               /* [STRUCTURE_SLOTS][slot_size]: frames, pairs [n_pairs][n_distances], power [n_pairs][waves->n_bins] */
} StructureSums;

/** Where in a slot the counts of g(r) and the power of S(q) of a species pair begin. */
size_t structure_distances(const StructureSums *all, int pair);
size_t structure_powers(const StructureSums *all, int pair);

Table *structure_table_gr(const StructureSums *all); /* "structure/gr" */
Table *structure_table_sq(const StructureSums *all); /* "structure/sq" */
