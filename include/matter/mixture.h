#pragma once
/** Species of a model: names, masses, composition, recommended state point. Filled by a potential's read(). Plain value. */
#include <stdint.h>

enum { MAX_SPECIES = 2 };
typedef struct Mixture {
  int n_species;
  char names[MAX_SPECIES][16]; /* "A", "B" */
  double masses[MAX_SPECIES];
  double sizes[MAX_SPECIES];     /* rough diameters (sigma_aa): starts, plots */
  double fractions[MAX_SPECIES]; /* default composition; sums to 1 */
  int largest;                   /* index of the largest species */
  int dim;                       /* dimension the model is made for */
  /* the source paper's state point: defaults of create and run */
  double density;
  int64_t particles;
  double timestep, coupling_time;
  double closest;        /* random starts: distance to which overlaps are pushed apart, mean diameters */
  double q[MAX_SPECIES]; /* wave number of the first peak per species; 0: not known */
} Mixture;

/** Index of a species by name ("A"), by 0-based number ("0"); -1 if none. */
int mixture_find(const Mixture *mixture, const char *name);
/** Particles of each species for n in total: species k > 0 gets round(fraction n), species 0 the rest. */
void mixture_counts(const Mixture *mixture, int64_t n, int64_t *counts);
