/* One quench: a System of its own for the frame, down to the minimum, and home again. Everything that could differ between two quenches of
 * one frame (order of particles, neighbour lists, rounding grid) begins anew with the System. */
#include "descent/quench.h"

#include <math.h>

#include "engine/system.h"

static void mark_unknown(Frame *frame) {
  double *energies = frame_field(frame, "potential_energy", 1);
  for (int64_t k = 0; k < frame->n; k++) energies[k] = NAN;
}

/** What the frame keeps of itself. */
static void take_home(System *system, Frame *frame, const Quench *result) {
  const Frame old = {.step = frame->step, .time = frame->time, .stage = frame->stage, .block = frame->block};
  system_save(system, frame, true);
  frame->step = old.step, frame->time = old.time, frame->stage = old.stage, frame->block = old.block;
  if (result->outcome != OUTCOME_CONVERGED && frame->n > 0) mark_unknown(frame);
}

static void evaluate(System *system, Quench *result) {
  if (system_forces(system, true) != STATUS_OK) {
    result->outcome = OUTCOME_LOST;
    return;
  }
  const Energies *e  = system_energies(system);
  const int dim      = system_dim(system);
  const double trace = e->virial[0] + e->virial[1] + (dim == 3 ? e->virial[2] : 0);
  result->energy     = e->potential;
  result->pressure   = trace / (dim * system_volume(system));
  result->max_force  = e->max_force;
  result->evaluations++;
}

/** The mean distance, or where the system is dilute the reach of the shortest bond. */
static double length_of(const QuenchTask *task, const System *system) {
  double length = pow(system_volume(system) / (double)system_particles(system), 1.0 / system_dim(system));
  for (int a = 0; a < task->mixture->n_species; a++)
    for (int b = a; b < task->mixture->n_species; b++) length = fmin(length, task->potential->range(task->parameters, a, b));
  return length;
}

Status quench_frame(const QuenchTask *task, Frame *frame, Quench *result) {
  System *system = NULL;
  Descent descent;
  DescentGoal goal = task->goal;
  frame->has &= ~(unsigned)(FRAME_FRACTION | FRAME_VELOCITY);
  for (int64_t k = 0; k < 3 * frame->n; k++) frame->velocity[k] = 0;
  TRY(system_create(task->ranks, task->potential, task->parameters, task->mixture, frame, &system));
  goal.length = length_of(task, system);
  task->minimizer->descend(system, &goal, &descent);
  *result = (Quench){descent.outcome, NAN, NAN, descent.max_force, descent.evaluations};
  if (result->outcome < OUTCOME_LOST) evaluate(system, result);
  if (result->outcome < OUTCOME_LOST)
    take_home(system, frame, result);
  else if (frame->n > 0)
    mark_unknown(frame);
  frame->has &= ~(unsigned)(FRAME_VELOCITY | FRAME_FRACTION);
  system_destroy(&system);
  return STATUS_OK;
}
