/* Section `run` turned into steps and settings; all cross-checks between keys are here. */
#include "run_plan.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

static const int64_t NEVER_ENDS = (int64_t)1e15;

static Status read_save(const Params *stage, double dt, int64_t steps, Schedule *save) {
  Params *own      = params_section(stage, "save");
  *save            = (Schedule){.spacing = (Spacing)params_choice(own, "spacing"), .per_decade = (int)params_integer(own, "per_decade")};
  const char *name = params_string(own, "spacing");
  if (save->spacing == SPACING_LINEAR) {
    if (!params_has(own, "every")) return params_fail(own, "spacing", "spacing linear needs 'every'");
    save->every = (int64_t)llround(params_double(own, "every") / dt);
    if (save->every < 1) return params_fail(own, "every", "shorter than half a time step (%g)", dt);
  } else if (params_given(own, "every"))
    return params_fail(own, "every", "goes with spacing linear, not %s", name);
  if (save->spacing == SPACING_LOG_BLOCKS) {
    if (!params_has(own, "block_time")) return params_fail(own, "spacing", "spacing log_blocks needs 'block_time'");
    save->block = (int64_t)llround(params_double(own, "block_time") / dt);
    if (save->block < 2) return params_fail(own, "block_time", "shorter than two time steps (%g)", dt);
    if (steps < NEVER_ENDS && save->block > steps)
      return params_fail(own, "block_time", "longer than the stage (%g): no block would be complete", (double)steps * dt);
  } else if (params_given(own, "block_time"))
    return params_fail(own, "block_time", "goes with spacing log_blocks, not %s", name);
  return STATUS_OK;
}

static Status read_length(const Params *stage, double dt, StagePlan *plan) {
  plan->is_until_stationary = params_has(stage, "until");
  const bool has_time = params_has(stage, "time"), has_steps = params_has(stage, "steps");
  if (plan->is_until_stationary) {
    if (has_time || has_steps)
      return params_fail(stage, has_time ? "time" : "steps", "goes without 'until'; use max_time to limit the stage");
    plan->md.steps = params_has(stage, "max_time") ? (int64_t)llround(params_double(stage, "max_time") / dt) : NEVER_ENDS;
    return STATUS_OK;
  }
  if (has_time == has_steps) return params_fail(stage, has_time ? "steps" : NULL, "a stage needs one of 'time', 'steps' or 'until'");
  if (params_has(stage, "max_time")) return params_fail(stage, "max_time", "goes with 'until'");
  const double steps = has_time ? params_double(stage, "time") / dt : (double)params_integer(stage, "steps");
  if (steps > (double)NEVER_ENDS) return params_fail(stage, has_time ? "time" : "steps", "more than 1e15 steps");
  plan->md.steps = (int64_t)llround(steps);
  if (plan->md.steps < 1) return params_fail(stage, "time", "shorter than half a time step (%g)", dt);
  return STATUS_OK;
}

static Status read_temperature(const Params *stage, StagePlan *plan) {
  const Params *temperature = params_section(stage, "temperature");
  if (temperature) {
    plan->md.temperature_from = params_double(temperature, "from");
    plan->md.temperature_to   = params_has(temperature, "to") ? params_double(temperature, "to") : plan->md.temperature_from;
    if (plan->is_until_stationary && plan->md.temperature_to != plan->md.temperature_from)
      return params_fail(stage, "until", "a temperature ramp never becomes stationary");
    return STATUS_OK;
  }
  if (plan->md.ensemble == ENSEMBLE_NVT) return params_fail(stage, NULL, "an nvt stage needs 'temperature'");
  if (plan->is_thermal) return params_fail(stage, NULL, "drawing velocities needs 'temperature' (or velocities: keep)");
  return STATUS_OK;
}

static Status read_stage(const Params *run, int k, StagePlan *plan) {
  const Params *stage = params_item(run, "stages", k);
  const double dt     = params_double(params_has(stage, "timestep") ? stage : run, "timestep");
  plan->name          = params_string(stage, "name");
  for (int j = 0; j < k; j++)
    if (strcmp(params_string(params_item(run, "stages", j), "name"), plan->name) == 0)
      return params_fail(stage, "name", "two stages are named '%s'", plan->name);
  plan->md = (MdSettings){.ensemble      = (Ensemble)params_choice(stage, "ensemble"),
                          .timestep      = dt,
                          .coupling_time = params_double(stage, "coupling_time"),
                          .chain_length  = (int)params_integer(stage, "chain_length"),
                          .drift_every   = params_integer(run, "drift_every")};
  if (plan->md.ensemble == ENSEMBLE_NVT && plan->md.coupling_time < 4 * dt)
    return params_fail(stage, "coupling_time", "shorter than four time steps (%g): the thermostat would be unstable", 4 * dt);
  plan->is_thermal = params_has(stage, "velocities") ? params_choice(stage, "velocities") == 0 : k == 0;
  if (k == 0 && !params_has(stage, "velocities") && !params_section(stage, "temperature")) plan->is_thermal = false;
  TRY(read_length(stage, dt, plan));
  TRY(read_temperature(stage, plan));
  TRY(read_save(stage, dt, plan->md.steps, &plan->save));
  plan->thermo =
      (Schedule){.spacing = SPACING_LINEAR, .every = params_integer(params_has(stage, "thermo_every") ? stage : run, "thermo_every")};
  if (params_has(stage, "quench_every"))
    plan->quench = (Schedule){.spacing = SPACING_LINEAR, .every = params_integer(stage, "quench_every")};
  plan->checkpoint_seconds = params_duration(params_has(stage, "checkpoint_every") ? stage : run, "checkpoint_every");
  plan->window             = params_double(stage, "window");
  plan->tolerance          = params_double(stage, "tolerance");
  return STATUS_OK;
}

Status run_plan_read(const Params *root, RunPlan *plan) {
  const Params *run = params_section(root, "run");
  *plan             = (RunPlan){0};
  if (!run) return params_fail(root, NULL, "the input has no section 'run'");
  plan->n_stages = params_count(run, "stages");
  if (plan->n_stages == 0) return params_fail(run, "stages", "at least one stage is needed");
  plan->stages              = memory_array((size_t)plan->n_stages, sizeof *plan->stages);
  plan->names               = memory_array((size_t)plan->n_stages, sizeof *plan->names);
  plan->seed                = (uint64_t)params_integer(root, "seed");
  plan->replicas            = (int)params_integer(run, "replicas");
  plan->is_single_precision = params_choice(run, "precision") == 1;
  plan->check_list          = params_boolean(run, "check_list");
  plan->progress_seconds    = params_duration(run, "progress_every");
  plan->list_steps          = params_has(run, "list_steps") ? params_double(run, "list_steps") : 0;
  plan->list_skin           = params_has(run, "list_skin") ? params_double(run, "list_skin") : 0;
  for (int k = 0; k < plan->n_stages; k++) {
    TRY(read_stage(run, k, &plan->stages[k]));
    plan->names[k] = plan->stages[k].name;
    plan->has_frames |= plan->stages[k].save.spacing != SPACING_NONE;
    plan->has_quenches |= plan->stages[k].quench.spacing != SPACING_NONE;
  }
  return STATUS_OK;
}
void run_plan_clear(RunPlan *plan) {
  memory_free(plan->stages);
  memory_free((void *)plan->names);
  *plan = (RunPlan){0};
}
