#pragma once
/** Everything that `respond` asks of one configuration, by the keys of the input's section. */
#include "base/params.h"
#include "response/dipole.h"
#include "response/elasticity.h"
#include "response/modes.h"
#include "response/pseudoharmonic.h"

extern const ParamSchema respond_schema;

typedef struct RespondSettings {
  bool has_shear, has_dipoles;
  bool keeps_dipoles; /* the kappa of every pair is wanted in the file */
  int plane;          /* of G: 0 xy, 1 xz, 2 yz, MAX_PLANES their mean */
  double force_tolerance;
  bool allows_unquenched;
  DipoleOptions dipole;
  int n_modes;
  int n_vectors;                        /* lowest modes, and pseudoharmonic ones, whose vectors are kept in the file */
  PseudoharmonicOptions pseudoharmonic; /* n_starts 0: none */
  size_t memory;
} RespondSettings;
/** Whether max |F| is within the tolerance, but for what reading and adding up in another order may change. */
bool respond_is_quenched(const RespondSettings *settings, double max_force);
/** From a bound section. */
void respond_settings(const Params *own, uint64_t seed, RespondSettings *settings);

typedef enum RespondOutcome {
  RESPOND_MINIMUM,   /* an inherent structure */
  RESPOND_SADDLE,    /* directions downhill, or zero modes beside the translations: no response exists */
  RESPOND_UNQUENCHED /* forces above the tolerance, or a quench that says so itself: not looked at, unless asked for */
} RespondOutcome;

typedef struct Response {
  RespondOutcome outcome;
  int64_t particles, rattlers; /* all; of them left out: no part of the solid */
  int dim;
  double volume, energy, pressure, max_force; /* energy: total */
  Elasticity elasticity;                      /* this and what follows: of the others; NaN where there is no solid */
  Dipoles dipoles;                            /* i, j, local: by particles of the frame; local of a rattler is NaN */
  Modes modes;                                /* vector: [n][particles][d], a rattler's is 0 */
  Pseudoharmonics pseudoharmonics;            /* i, j, core: by particles of the frame; vectors as those of the modes */
} Response;

/** G of the plane asked for: 0 total, 1 Born part, 2 non-affine part. NaN where it does not exist. */
double respond_shear(const Response *response, const RespondSettings *settings, int part);
/** is_quenched: false where whoever went down says that it did not arrive, whatever the forces are. draw: number of the configuration,
 *  decides which pairs a sample holds. Numbers that do not exist are NaN. STATUS_INPUT as pairs_build. */
NODISCARD Status respond_compute(const Frame *frame, const Potential *potential, const void *parameters, const Mixture *mixture,
                                 const RespondSettings *settings, bool is_quenched, uint64_t draw, Response *response);
void respond_clear(Response *response);
/** Largest |F| of a frame, eps/sigma: cheap. */
NODISCARD Status respond_max_force(const Frame *frame, const Potential *potential, const void *parameters, const Mixture *mixture,
                                   double *max_force);
