/* One step of velocity Verlet, with the thermostat's two scalings of the velocities fused into the first pass over the particles:
 *
 *    advance:  v <- (v s_end) s_begin + F dt/(2m),  x <- x + v dt        compute: F(x)        finish:  v <- v + F dt/(2m),  sum m v^2
 *
 * s_end belongs to the previous step: after `finish` the kinetic energy of the scaled velocities is s_end^2 times the sum, so the scaling
 * itself can wait for the next pass. The two factors are applied one after the other, so that settling the velocities in between (for a
 * frame or a checkpoint) changes no bit. */
#include "dynamics/md.h"

#include <math.h>

#include "base/memory.h"
#include "dynamics/nose_hoover.h"

struct Md {
  System *system;
  MdSettings set;
  MdState state;
  NoseHoover bath;
  double twice_kinetic, pending; /* of the scaled velocities; factor not yet applied to them */
};

static double target(const Md *md, int64_t step) {
  const MdSettings *set = &md->set;
  if (set->temperature_from == set->temperature_to || set->steps <= 0) return set->temperature_to;
  const double part = fmin((double)step / (double)set->steps, 1.0);
  return set->temperature_from + (set->temperature_to - set->temperature_from) * part;
}

static void describe(Md *md, bool with_energies) {
  MdState *state     = &md->state;
  state->kinetic     = 0.5 * md->twice_kinetic;
  state->temperature = md->twice_kinetic / (double)system_freedom(md->system);
  state->target      = target(md, state->step);
  state->friction    = md->bath.xi[0];
  if (!with_energies) return;
  const Energies *energies = system_energies(md->system);
  const int dim            = system_dim(md->system);
  const double trace       = energies->virial[0] + energies->virial[1] + (dim == 3 ? energies->virial[2] : 0);
  state->potential         = energies->potential;
  state->pressure          = (md->twice_kinetic + trace) / (dim * system_volume(md->system));
  state->conserved         = state->kinetic + state->potential;
  if (md->set.ensemble == ENSEMBLE_NVT) state->conserved += nose_hoover_energy(&md->bath, state->target);
}

static Md *create(System *system, const MdSettings *settings) {
  Md *md = memory_array(1, sizeof *md);
  *md    = (Md){.system = system, .set = *settings, .pending = 1};
  nose_hoover_init(&md->bath, settings->chain_length, (double)system_freedom(system), settings->coupling_time);
  system_set_skin(system, settings->timestep, 0, 0);
  return md;
}
Status md_start(System *system, const MdSettings *settings, Md **out) {
  Md *md = *out     = create(system, settings);
  md->twice_kinetic = system_twice_kinetic(system);
  TRY(system_forces(system, true));
  describe(md, true);
  return STATUS_OK;
}
void md_end(Md **md) {
  memory_free(*md);
  *md = NULL;
}

void md_put(const Md *md, Archive *archive) {
  archive_put_int(archive, "md/step", md->state.step);
  archive_put_int(archive, "md/quantum", system_quantum(md->system));
  archive_put_double(archive, "md/twice_kinetic", md->twice_kinetic);
  nose_hoover_put(&md->bath, archive);
}
Status md_resume(System *system, const MdSettings *settings, const Archive *archive, Md **out) {
  Md *md = *out = create(system, settings);
  int64_t quantum;
  TRY(archive_get_int(archive, "md/step", &md->state.step));
  TRY(archive_get_int(archive, "md/quantum", &quantum));
  TRY(archive_get_double(archive, "md/twice_kinetic", &md->twice_kinetic));
  TRY(nose_hoover_get(&md->bath, archive));
  system_set_quantum(system, (int)quantum);
  TRY(system_compute(system, true));
  describe(md, true);
  return STATUS_OK;
}

Status md_step(Md *md, bool with_energies, Request *request) {
  const MdSettings *set = &md->set;
  const double dt       = set->timestep;
  const bool nvt        = set->ensemble == ENSEMBLE_NVT;
  const double begin    = nvt ? nose_hoover_open(&md->bath, target(md, md->state.step), md->twice_kinetic, dt) : 1.0;
  system_advance(md->system, md->pending, begin, dt, (int)*request);
  const Status status = system_compute(md->system, with_energies);
  const int agreed    = system_requests(md->system);
  *request            = agreed & REQUEST_STOP ? REQUEST_STOP : (Request)agreed;
  TRY(status);
  TRY(system_finish(md->system, dt, &md->twice_kinetic));
  md->state.step++;
  md->pending = 1;
  if (nvt) {
    md->pending = nose_hoover_scale(&md->bath, dt);
    md->twice_kinetic *= md->pending * md->pending;
    nose_hoover_close(&md->bath, target(md, md->state.step), md->twice_kinetic, dt);
  }
  if (set->drift_every > 0 && md->state.step % set->drift_every == 0) {
    md_settle(md);
    system_stop_drift(md->system);
    md->twice_kinetic = system_twice_kinetic(md->system);
  }
  describe(md, with_energies);
  return STATUS_OK;
}
void md_settle(Md *md) {
  if (md->pending != 1) system_scale_velocities(md->system, md->pending);
  md->pending = 1;
}
const MdState *md_state(const Md *md) { return &md->state; }
System *md_system(const Md *md) { return md->system; }
