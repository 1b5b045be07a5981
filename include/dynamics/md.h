#pragma once
/** Molecular dynamics of a System: NVE (velocity Verlet) and NVT (Nosé-Hoover), temperature ramps. Collective: group. */
#include <stdbool.h>
#include <stdint.h>

#include "base/archive.h"
#include "base/signals.h"
#include "base/status.h"
#include "engine/system.h"

typedef enum Ensemble { ENSEMBLE_NVE, ENSEMBLE_NVT } Ensemble;
typedef struct MdSettings {
  Ensemble ensemble;
  double timestep;                         /* time */
  double temperature_from, temperature_to; /* NVT target, linear over `steps` */
  double coupling_time;                    /* tau: Q = N_f T tau^2 */
  int chain_length;
  int64_t steps;       /* length of the stage: end of a ramp */
  int64_t drift_every; /* steps between removals of the centre-of-mass velocity; 0: never */
} MdSettings;

/** State of the last completed step. Energies are those of the last step that was asked for with energies. */
typedef struct MdState {
  int64_t step;                /* since the start of this stage */
  double kinetic, temperature; /* K, 2K/N_f */
  double potential, pressure;  /* U; (2K + tr W)/(d V) */
  double conserved;            /* H', K + U in NVE */
  double friction, target;     /* xi_1, temperature asked for */
  double max_force;
} MdState;

typedef struct Md Md;
/** Start of a stage at the system's present positions and velocities: computes forces with energies. */
NODISCARD Status md_start(System *system, const MdSettings *settings, Md **md);
/** Go on from an archive that md_put filled; the system holds the stored positions and velocities. */
NODISCARD Status md_resume(System *system, const MdSettings *settings, const Archive *archive, Md **md);
void md_end(Md **md);
void md_put(const Md *md, Archive *archive);
/** One step. *request in: this rank's wish; out: what the group agreed on. */
NODISCARD Status md_step(Md *md, bool with_energies, Request *request);
/** Velocities of the present time are written back into the system (a pending scaling is applied); call before system_save. */
void md_settle(Md *md);
/** energies valid if the last step had them. */
const MdState *md_state(const Md *md);
System *md_system(const Md *md);
