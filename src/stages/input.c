/* The schema of the whole input, and the order in which it is bound: model first (it knows the recommended state point), then the rest. */
#include "stages/input.h"

#include <math.h>
#include <string.h>

#include "analysis/pass.h"
#include "base/error.h"
#include "descent/minimizer.h"
#include "input_sources.h"
#include "response/respond.h"
#include "theory/theory.h"

static const char *const starts[]     = {"random", "lattice", NULL};
static const char *const ensembles[]  = {"nve", "nvt", NULL};
static const char *const untils[]     = {"stationary", NULL};
static const char *const spacings[]   = {"none", "linear", "log", "log_blocks", NULL};
static const char *const precisions[] = {"double", "single", NULL};
static const char *const velocities[] = {"thermal", "keep", NULL};

static const ParamSpec create_specs[] = {
    {"particles", PARAM_INTEGER, "", "1", 1, 5e8, false, NULL, NULL, "number of particles"},
    {"density", PARAM_DOUBLE, "", "sigma^-d", 0, 1e6, true, NULL, NULL, "number density N/V (N/area in 2D)"},
    {"start", PARAM_CHOICE, "random", NULL, 0, 0, false, starts, NULL,
     "random: uniform points, overlaps pushed apart; lattice: FCC, species shuffled"},
    {"closest", PARAM_DOUBLE, "", "mean diameter", 0, 1.2, true, NULL, NULL, "random start: smallest distance of a pair"},
    {"from", PARAM_STRING, "", NULL, 0, 0, false, NULL, NULL,
     "take the configuration from this file instead: .h5md, .xyz (extended), .data (LAMMPS)"},
    {"frame", PARAM_INTEGER, "-1", "1", -1e15, 1e15, false, NULL, NULL, "frame of that file; negative: from the end"},
    {0}};
static const ParamSchema create_schema = {"create", "starting configuration", NULL, create_specs};

static const ParamSpec temperature_specs[] = {
    {"from", PARAM_DOUBLE, NULL, "eps/kB", 0, 1e6, true, NULL, NULL, "at the start of the stage"},
    {"to", PARAM_DOUBLE, "", "eps/kB", 0, 1e6, true, NULL, NULL, "at its end, linear in time; default: the same"},
    {0}};
static const ParamSchema temperature_schema = {"temperature", "thermostat temperature, constant or a ramp", "from", temperature_specs};

static const ParamSpec save_specs[] = {
    {"spacing", PARAM_CHOICE, "none", NULL, 0, 0, false, spacings, NULL, "which steps are stored"},
    {"every", PARAM_DOUBLE, "", "time", 0, INFINITY, true, NULL, NULL, "linear: time between frames"},
    {"block_time", PARAM_DOUBLE, "", "time", 0, INFINITY, true, NULL, NULL,
     "log_blocks: length of a block; inside, frames are spaced logarithmically"},
    {"per_decade", PARAM_INTEGER, "8", "1", 1, 100, false, NULL, NULL, "log, log_blocks: frames per decade of time"},
    {0}};
static const ParamSchema save_schema = {"save", "frames stored in run.h5md", "spacing", save_specs};

static const ParamSpec stage_specs[] = {
    {"name", PARAM_STRING, NULL, NULL, 0, 0, false, NULL, NULL, "name of the stage, for quench and analyze"},
    {"ensemble", PARAM_CHOICE, "nvt", NULL, 0, 0, false, ensembles, NULL, "nvt: Nose-Hoover; nve: velocity Verlet"},
    {"temperature", PARAM_SECTION, "", "eps/kB", 0, 0, false, NULL, &temperature_schema,
     "needed for nvt; for nve only where velocities are drawn"},
    {"coupling_time", PARAM_DOUBLE, "", "time", 0, INFINITY, true, NULL, NULL, "tau of the thermostat, Q = N_f T tau^2"},
    {"chain_length", PARAM_INTEGER, "1", "1", 1, 10, false, NULL, NULL, "thermostats in the Nose-Hoover chain"},
    {"timestep", PARAM_DOUBLE, "", "time", 0, 1e3, true, NULL, NULL, "default: run.timestep"},
    {"time", PARAM_DOUBLE, "", "time", 0, INFINITY, true, NULL, NULL, "length of the stage (rounded to whole steps)"},
    {"steps", PARAM_INTEGER, "", "1", 1, 1e15, false, NULL, NULL, "length of the stage, instead of time"},
    {"until", PARAM_CHOICE, "", NULL, 0, 0, false, untils, NULL, "stationary: until Fs and MSD of successive windows agree"},
    {"max_time", PARAM_DOUBLE, "", "time", 0, INFINITY, true, NULL, NULL, "with until: give up after that"},
    {"window", PARAM_DOUBLE, "50", "time", 0, INFINITY, true, NULL, NULL,
     "until stationary: first window; doubled until Fs has decayed below 0.1"},
    {"tolerance", PARAM_DOUBLE, "0.1", "1", 0, 1, true, NULL, NULL,
     "until stationary: largest |Fs difference|; twice it for |ln MSD ratio|"},
    {"velocities", PARAM_CHOICE, "", NULL, 0, 0, false, velocities, NULL,
     "thermal: drawn anew at the stage's temperature; keep. Default: thermal in the first stage, keep later"},
    {"save", PARAM_SECTION, "{}", NULL, 0, 0, false, NULL, &save_schema, "frames stored in run.h5md"},
    {"quench_every", PARAM_INTEGER, "", "1", 1, 1e12, false, NULL, NULL,
     "steps between inherent structures found while running (settings: section quench), in inherent_run.h5md; default: none"},
    {"thermo_every", PARAM_INTEGER, "", "1", 1, 1e12, false, NULL, NULL,
     "steps between rows of the thermo table; default: run.thermo_every"},
    {"checkpoint_every", PARAM_DURATION, "", "s", 0, INFINITY, true, NULL, NULL,
     "wall time between checkpoints; default: run.checkpoint_every"},
    {0}};
static const ParamSchema stage_schema = {"stages", "one stage of a run", NULL, stage_specs};

static const ParamSpec run_specs[] = {
    {"from", PARAM_STRING, "", NULL, 0, 0, false, NULL, NULL, "starting configuration; default: OUT/start.h5md"},
    {"frame", PARAM_INTEGER, "", "1", -1e15, 1e15, false, NULL, NULL,
     "frame of that file; default: replica k takes frame k (modulo their number)"},
    {"replicas", PARAM_INTEGER, "1", "1", 1, 1e6, false, NULL, NULL, "independent runs"},
    {"timestep", PARAM_DOUBLE, "", "time", 0, 1e3, true, NULL, NULL, "time step of all stages"},
    {"thermo_every", PARAM_INTEGER, "100", "1", 1, 1e12, false, NULL, NULL, "steps between rows of the thermo table"},
    {"checkpoint_every", PARAM_DURATION, "600s", "s", 0, INFINITY, true, NULL, NULL, "wall time between checkpoints"},
    {"progress_every", PARAM_DURATION, "10s", "s", 0, INFINITY, true, NULL, NULL, "wall time between progress lines"},
    {"drift_every", PARAM_INTEGER, "1000", "1", 0, 1e12, false, NULL, NULL,
     "steps between removals of the centre-of-mass velocity; 0: never"},
    {"precision", PARAM_CHOICE, "double", NULL, 0, 0, false, precisions, NULL, "of positions and velocities in run.h5md"},
    {"list_steps", PARAM_DOUBLE, "", "1", 0, 1000, true, NULL, NULL,
     "expected life of a neighbour list, steps; default: tuned while running; results do not depend on it"},
    {"list_skin", PARAM_DOUBLE, "", "sigma", 0, 1, true, NULL, NULL,
     "smallest skin of a particle; default: 0.65 of what a typical particle goes in the life of a list, at least 1.5 of its "
     "steps and 0.012; results do not depend on it"},
    {"check_list", PARAM_BOOLEAN, "false", NULL, 0, 0, false, NULL, NULL, "compare every neighbour list with brute force (slow)"},
    {"stages", PARAM_LIST, NULL, NULL, 0, 0, false, NULL, &stage_schema, "played in order"},
    {0}};
static const ParamSchema run_schema = {"run", "molecular dynamics", NULL, run_specs};

static const ParamSpec evaluate_specs[] = {
    {"from", PARAM_STRING, "", NULL, 0, 0, false, NULL, NULL,
     "configuration: .h5md, .xyz, .data; default: OUT/run.h5md, else OUT/start.h5md"},
    {"frame", PARAM_INTEGER, "-1", "1", -1e15, 1e15, false, NULL, NULL, "frame of that file; negative: from the end"},
    {0}};
static const ParamSchema evaluate_schema = {"evaluate", "energy and forces of one configuration", NULL, evaluate_specs};

static const ParamSpec quench_specs[] = {
    {"from", PARAM_STRING, "", NULL, 0, 0, false, NULL, NULL, "file (.h5md, .xyz, .data) or directory; default: the run in OUT"},
    {"frame", PARAM_INTEGER, "", "1", -1e15, 1e15, false, NULL, NULL, "one frame of that file only; negative: from the end"},
    {"stage", PARAM_STRING, "", NULL, 0, 0, false, NULL, NULL,
     "stage of the run, or a pattern for several (\"I*\"); default: the last one that stored frames"},
    {"every", PARAM_INTEGER, "1", "1", 1, 1e12, false, NULL, NULL, "every so many frames of that stage"},
    {"minimizer", PARAM_CHOICE, "fire", NULL, 0, 0, false, minimizer_names, NULL, "way downhill, see `tektite list`"},
    {"force_tolerance", PARAM_DOUBLE, "1e-10", "eps/sigma", 0, 1e3, true, NULL, NULL, "converged when max |F_i| is not larger"},
    {"max_evaluations", PARAM_INTEGER, "200000", "1", 1, 1e12, false, NULL, NULL, "force evaluations after which a frame is given up"},
    {"step", PARAM_DOUBLE, "0.7", "1", 0, 0.9, true, NULL, NULL,
     "fire: largest time step in units of the stability limit 2/sqrt(largest curvature)"},
    {"flow_tolerance", PARAM_DOUBLE, "1e-6", "1", 1e-12, 1e-2, false, NULL, NULL,
     "steepest_descent: tolerance of the integration of dr/dt = F"},
    {"compare", PARAM_CHOICE, "", NULL, 0, 0, false, minimizer_names, NULL,
     "second minimiser for every stored frame (not for quench_every); the table tells how far apart the minima are, nan: one did not "
     "converge"},
    {"bisect", PARAM_INTEGER, "0", "1", 0, 1e9, false, NULL, NULL,
     "frames of a block that is bisected in time, for transitions; 0: every frame is quenched"},
    {"threshold", PARAM_DOUBLE, "1e-5", "sigma", 0, 1, true, NULL, NULL, "inherent structures closer than that are the same"},
    {0}};
static const ParamSchema quench_schema = {"quench", "inherent structures of stored frames", NULL, quench_specs};

static const ParamSpec root_specs[] = {
    {"model", PARAM_OPEN, "", NULL, 0, 0, false, NULL, NULL,
     "name of the model, or a mapping {name: .., its parameters}; only `theory` does without"},
    {"seed", PARAM_INTEGER, "1", "1", 0, 9e15, false, NULL, NULL, "of all random numbers"},
    {"create", PARAM_SECTION, "{}", NULL, 0, 0, false, NULL, &create_schema, "starting configuration"},
    {"run", PARAM_SECTION, "", NULL, 0, 0, false, NULL, &run_schema, "molecular dynamics"},
    {"evaluate", PARAM_SECTION, "{}", NULL, 0, 0, false, NULL, &evaluate_schema, "energy and forces of one configuration"},
    {"quench", PARAM_SECTION, "{}", NULL, 0, 0, false, NULL, &quench_schema, "inherent structures of stored frames"},
    {"respond", PARAM_SECTION, "{}", NULL, 0, 0, false, NULL, &respond_schema, "response of inherent structures"},
    {"analyze", PARAM_LIST, "", NULL, 0, 0, false, NULL, NULL, "passes over stored frames"},
    {"theory", PARAM_LIST, "", NULL, 0, 0, false, NULL, NULL, "tables from equations"},
    {0}};
static const ParamSchema root_schema = {"input", "one chain from model to analysis", NULL, root_specs};
const ParamSchema *input_schema(void) { return &root_schema; }

static const ParamSpec model_specs[]  = {{"name", PARAM_STRING, NULL, NULL, 0, 0, false, NULL, NULL, "see `tektite list`"}, {0}};
static const ParamSchema model_schema = {"model", "the potential", "name", model_specs};
static const ParamSpec pass_specs[]   = {
      {"pass", PARAM_STRING, NULL, NULL, 0, 0, false, NULL, NULL, "see `tektite list`"},
      {"from", PARAM_STRING, "", NULL, 0, 0, false, NULL, NULL,
       "file or directory; default: the run in OUT; .xyz and .data serve passes that need no times (structure)"},
      {"stage", PARAM_STRING, "", NULL, 0, 0, false, NULL, NULL, "stage of the run; default: the last one that stored frames"},
      {0}};
static const ParamSchema pass_schema = {"analyze", "a pass over stored frames", "pass", pass_specs};

static const ParamSpec theory_specs[]  = {{"name", PARAM_STRING, NULL, NULL, 0, 0, false, NULL, NULL, "see `tektite list`"}, {0}};
static const ParamSchema theory_schema = {"theory", "a theory", "name", theory_specs};

static Status bind_model(Params *model) {
  const char *name = params_peek(model, "name");
  if (!name) return params_bind(model, &model_schema);
  const Potential *potential = potential_find(name);
  if (potential) return params_bind_both(model, &model_schema, potential->schema);
  const char *names[64] = {NULL};
  int n                 = 0;
  for (const Potential *const *p = potential_list(); *p && n < 63; p++) names[n++] = (*p)->name;
  const char *nearest = params_nearest(name, names);
  return params_fail(model, "name", "no model '%s'%s%s%s; `tektite list` names all", name, nearest ? " (did you mean '" : "",
                     nearest ? nearest : "", nearest ? "'?)" : "");
}
static Status bind_passes(const Params *root) {
  const char *names[64] = {NULL};
  for (int k = 0; pass_list[k] && k < 63; k++) names[k] = pass_list[k]->name;
  for (int k = 0; k < params_count(root, "analyze"); k++) {
    Params *item     = params_item(root, "analyze", k);
    const char *name = params_peek(item, "pass");
    if (!name) {
      TRY(params_bind(item, &pass_schema));
      continue;
    }
    const PassType *pass = pass_find(name);
    if (!pass) {
      const char *nearest = params_nearest(name, names);
      return params_fail(item, "pass", "no pass '%s'%s%s%s; `tektite list` names all", name, nearest ? " (did you mean '" : "",
                         nearest ? nearest : "", nearest ? "'?)" : "");
    }
    TRY(params_bind_both(item, &pass_schema, pass->schema));
  }
  return STATUS_OK;
}

static Status bind_theories(const Params *root) {
  const char *names[64] = {NULL};
  for (int k = 0; theory_list[k] && k < 63; k++) names[k] = theory_list[k]->name;
  for (int k = 0; k < params_count(root, "theory"); k++) {
    Params *item         = params_item(root, "theory", k);
    const char *name     = params_peek(item, "name");
    const Theory *theory = name ? theory_find(name) : NULL;
    if (theory) {
      TRY(params_bind_both(item, &theory_schema, theory->schema));
    } else if (name) {
      const char *nearest = params_nearest(name, names);
      return params_fail(item, "name", "no theory '%s'%s%s%s; `tektite list` names all", name, nearest ? " (did you mean '" : "",
                         nearest ? nearest : "", nearest ? "'?)" : "");
    } else
      return params_fail(item, "name", "missing key 'name': which theory? `tektite list` names all");
  }
  return STATUS_OK;
}

/** What a model recommends, where the input is silent. */
static void fill(Params *root, const char *model, const Mixture *mixture) {
  Params *create = params_section(root, "create"), *run = params_section(root, "run");
  char origin[64];
  snprintf(origin, sizeof origin, "model %s", model);
  params_default_double(create, "particles", (double)mixture->particles, origin);
  params_default_double(create, "density", mixture->density, origin);
  params_default_double(create, "closest", mixture->closest, origin);
  if (!run) return;
  params_default_double(run, "timestep", mixture->timestep, origin);
  for (int k = 0; k < params_count(run, "stages"); k++)
    params_default_double(params_item(run, "stages", k), "coupling_time", mixture->coupling_time, origin);
}

static Status missing_model(const Params *root) {
  if (!params_section(root, "run") && params_count(root, "analyze") == 0 && params_count(root, "theory") == 0)
    return params_fail(
        root, "theory",
        "no model, and the theory list is empty: name a model, e.g. model: ipl3d, or a theory, e.g. theory: [rate_equations] "
        "(`tektite list` names all)");
  return params_fail(root, "model", "no model: only `theory` does without one; name one, e.g. model: ipl3d (`tektite list` names all)");
}
Status input_model(const Params *root, const Potential **potential, void **parameters, Mixture *mixture) {
  const Params *model = params_section(root, "model");
  if (!model) return missing_model(root);
  *mixture            = (Mixture){0};
  *parameters         = NULL;
  *potential          = potential_find(params_string(model, "name"));
  const Status status = (*potential)->read(model, mixture, parameters);
  if (status != STATUS_OK) (*potential)->release(parameters);
  return status;
}

Status input_read(const char *text, const char *file, int n_overrides, const char *const *overrides, Params **root) {
  TRY(params_parse(text, file, n_overrides, overrides, root));
  TRY(params_bind(*root, &root_schema));
  TRY(bind_theories(*root));
  if (!params_section(*root, "model")) {
    const bool is_alone = !params_section(*root, "run") && params_count(*root, "analyze") == 0 && params_count(*root, "theory") > 0;
    return is_alone ? STATUS_OK : missing_model(*root);
  }
  TRY(bind_model(params_section(*root, "model")));
  const Potential *potential;
  void *parameters;
  Mixture mixture;
  TRY(input_model(*root, &potential, &parameters, &mixture));
  potential->release(&parameters);
  fill(*root, potential->name, &mixture);
  TRY(bind_passes(*root));
  return input_check_sources(*root);
}
