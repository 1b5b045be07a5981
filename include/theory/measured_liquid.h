#pragma once
/** A liquid for ECNLE from a measured structure factor: hard spheres that stand for it, or its S(q) itself. */
#include <stdbool.h>

#include "theory/liquid.h"

typedef struct Params Params;
typedef struct ParamSchema ParamSchema;
typedef struct TableSource TableSource;
typedef struct Spline Spline;

/** How the liquid (in units sigma of its table) becomes spheres of diameter d. */
typedef enum Mapping {
  MAPPING_PEAK,            /* PY hard spheres with the same height of the main peak of S_NN; d from its place */
  MAPPING_COMPRESSIBILITY, /* PY hard spheres with the same rho kT chi_T; d from the density, if it is given */
  MAPPING_DIRECT           /* the measured S(q); phi = (pi/6) density sum_a x_a d_a^3 */
} Mapping;

typedef struct MeasuredLiquid {
  Mapping mapping;
  double phi, diameter;                        /* d in sigma; NaN if unknown */
  double phi_error;                            /* from the standard error of the peak's height or of the compressibility; NaN if unknown */
  double peak_q, peak_height, compressibility; /* of the table, what there was of it (NaN) */
  double peak_error, compressibility_error;    /* standard errors of the last two, likewise */
  Spline *spline;                              /* S over q d: MAPPING_DIRECT */
  Liquid liquid;                               /* MAPPING_DIRECT */
} MeasuredLiquid;

/** What a mapping needs beside the table; NaN where it is not known. */
typedef struct MappingInput {
  Mapping mapping;
  double density;         /* 1/sigma^3: direct; compressibility for d */
  double diameter;        /* sigma: direct */
  double contact;         /* g(d), direct; NaN: Carnahan-Starling's */
  double compressibility; /* compressibility, instead of the table's */
} MappingInput;

/** Keys of the section `structure` of theory ecnle. */
extern const ParamSchema measured_liquid_schema;
/** Reads, checks and maps. Ended by measured_liquid_clear, also after a failure. */
NODISCARD Status measured_liquid_open(const Params *own, const TableSource *source, MeasuredLiquid *measured);
/** The same with the mapping given by the caller; `own` has the keys file, table, q, s. */
NODISCARD Status measured_liquid_map(const Params *own, const TableSource *source, const MappingInput *input, MeasuredLiquid *measured);
void measured_liquid_clear(MeasuredLiquid *measured);
/** Strictly ascending q > 0, S > 0, no NaN, no gap, q_last at least 1.5 times the place of the main peak; else one message at `own`. */
NODISCARD Status measured_liquid_check(const Params *own, int n, const double *q, const double *s);
