/** One configuration: pairs -> Hessian -> rattlers out -> factor -> what is asked. A configuration that is no minimum is an outcome, not an
 * error: its energy, stress and Born moduli are told, the rest is NaN. */
#include "response/respond.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

static const char *const planes[]     = {"xy", "xz", "yz", "average", NULL};
static const char *const pair_words[] = {"all", "none", NULL};

static const ParamSpec dipole_specs[] = {
    {"pairs", PARAM_INTEGER, "all", "1", 1, 1e12, false, pair_words, NULL, "interacting pairs: all, or so many drawn at random"},
    {"method", PARAM_CHOICE, "auto", NULL, 0, 0, false, dipole_method_names, NULL,
     "selected: dual selected inversion; solves: one per pair; iteration: conjugate gradients; auto: by cost and memory"},
    {"store", PARAM_BOOLEAN, "true", NULL, 0, 0, false, NULL, NULL, "keep the kappa of every pair in response.h5"},
    {0}};
static const ParamSchema dipole_schema = {"dipole", "stiffness kappa of local force dipoles", "pairs", dipole_specs};

static const ParamSpec pseudoharmonic_specs[] = {
    {"starts", PARAM_INTEGER, NULL, "1", 1, 1e6, false, NULL, NULL,
     "dipole responses to start from, the softest first (of the pairs of `dipole`)"},
    {"modes", PARAM_INTEGER, "20", "1", 1, 1e6, false, NULL, NULL, "most distinct modes kept, by stiffness"},
    {"tolerance", PARAM_DOUBLE, "1e-10", "1", 0, 1, true, NULL, NULL, "of the relative gradient |grad C| S/(4 kappa |Mz|)"},
    {"iterations", PARAM_INTEGER, "1000", "1", 1, 1e9, false, NULL, NULL, "most iterations of a start"},
    {"overlap", PARAM_DOUBLE, "0.99", "1", 0, 1, true, NULL, NULL, "modes with a larger |z_a.z_b| are the same"},
    {0}};
static const ParamSchema pseudoharmonic_schema = {"pseudoharmonic", "pseudoharmonic modes, from dipole responses", "starts",
                                                  pseudoharmonic_specs};

static const ParamSpec respond_specs[] = {
    {"from", PARAM_STRING, "", NULL, 0, 0, false, NULL, NULL,
     "inherent structures: .h5md, .xyz, .data, or a directory with those of quench; default: OUT"},
    {"frame", PARAM_INTEGER, "", "1", -1e15, 1e15, false, NULL, NULL, "only this frame, negative: from the end; default: all"},
    {"parent_temperature", PARAM_DOUBLE, "", "eps/kB", 0, 1e6, true, NULL, NULL,
     "of the liquid they were quenched from, where the file does not say"},
    {"force_tolerance", PARAM_DOUBLE, "1e-8", "eps/sigma", 0, 1e6, true, NULL, NULL, "largest |F| of an inherent structure"},
    {"allow_unquenched", PARAM_BOOLEAN, "false", NULL, 0, 0, false, NULL, NULL,
     "respond where forces are larger, too, and to descents that quench marked as not converged"},
    {"shear_modulus", PARAM_BOOLEAN, "true", NULL, 0, 0, false, NULL, NULL, "G, bulk modulus and all elastic moduli"},
    {"plane", PARAM_CHOICE, "xy", NULL, 0, 0, false, planes, NULL, "shear plane of G, or the average of the three"},
    {"dipole", PARAM_SECTION, "{}", NULL, 0, 0, false, NULL, &dipole_schema, "dipole stiffness kappa"},
    {"modes", PARAM_INTEGER, "0", "1", 0, 1e6, false, NULL, NULL,
     "lowest vibrational modes, at most a quarter of all (needs the factor in memory)"},
    {"pseudoharmonic", PARAM_SECTION, "", NULL, 0, 0, false, NULL, &pseudoharmonic_schema, "pseudoharmonic modes"},
    {"store_vectors", PARAM_INTEGER, "0", "1", 0, 1e6, false, NULL, NULL,
     "keep the vectors of so many modes, and of so many pseudoharmonic modes, of each configuration, the lowest first"},
    {"memory", PARAM_DOUBLE, "4", "GiB", 0, 1e6, true, NULL, NULL, "that a rank may use for factors and inverses"},
    {"omega_limit", PARAM_DOUBLE, "0.5", "first phonon", 0, 1, true, NULL, NULL,
     "A_g of D = A_g omega^4 comes from modes below that; column cumulative_exponent tells whether the law holds there"},
    {"resamples", PARAM_INTEGER, "1000", "1", 10, 1e7, false, NULL, NULL, "draws of the bootstrap intervals"},
    {0}};
const ParamSchema respond_schema = {"respond", "response of inherent structures: G, kappa, soft modes", NULL, respond_specs};

void respond_settings(const Params *own, uint64_t seed, RespondSettings *settings) {
  const Params *dipole = params_section(own, "dipole"), *pseudoharmonic = params_section(own, "pseudoharmonic");
  *settings                   = (RespondSettings){.dipole.seed = seed};
  settings->has_shear         = params_boolean(own, "shear_modulus");
  settings->plane             = params_choice(own, "plane");
  settings->force_tolerance   = params_double(own, "force_tolerance");
  settings->allows_unquenched = params_boolean(own, "allow_unquenched");
  settings->n_modes           = (int)params_integer(own, "modes");
  settings->n_vectors         = (int)params_integer(own, "store_vectors");
  settings->memory            = (size_t)(params_double(own, "memory") * 0x1p30);
  settings->has_dipoles       = true;
  settings->dipole.n_pairs    = DIPOLE_ALL;
  if (!params_is_word(dipole, "pairs"))
    settings->dipole.n_pairs = params_integer(dipole, "pairs");
  else if (strcmp(params_string(dipole, "pairs"), "none") == 0)
    settings->has_dipoles = false;
  settings->dipole.method = (DipoleMethod)params_choice(dipole, "method");
  settings->keeps_dipoles = params_boolean(dipole, "store");
  if (!pseudoharmonic) return;
  settings->pseudoharmonic = (PseudoharmonicOptions){.n_starts  = (int)params_integer(pseudoharmonic, "starts"),
                                                     .n_modes   = (int)params_integer(pseudoharmonic, "modes"),
                                                     .most      = (int)params_integer(pseudoharmonic, "iterations"),
                                                     .tolerance = params_double(pseudoharmonic, "tolerance"),
                                                     .same      = params_double(pseudoharmonic, "overlap")};
}

bool respond_is_quenched(const RespondSettings *settings, double max_force) {
  return max_force <= 1.001 * settings->force_tolerance + 1e-12;
}

double respond_shear(const Response *response, const RespondSettings *settings, int part) {
  const Elasticity *e         = &response->elasticity;
  const double *const parts[] = {e->shear, e->shear_born, e->shear_nonaffine};
  if (e->n_planes == 0) return NAN;
  if (settings->plane < MAX_PLANES && e->n_planes == MAX_PLANES) return parts[part][settings->plane];
  double sum = 0;
  for (int plane = 0; plane < e->n_planes; plane++) sum += parts[part][plane];
  return sum / e->n_planes;
}

/** [n][solid's particles][d] -> [n][particles][d], 0 for those that were left out. */
static void spread_vectors(const Solid *solid, int n, const Response *r, double **vectors) {
  const size_t d = (size_t)r->dim, length = (size_t)r->particles * d, n_solid = (size_t)solid->pairs.n;
  if (n == 0) return;
  double *spread = memory_array((size_t)n * length, sizeof *spread);
  for (size_t k = 0; k < (size_t)n; k++)
    for (size_t i = 0; i < n_solid; i++)
      memcpy(spread + k * length + (size_t)solid->row[i] * d, *vectors + (k * n_solid + i) * d, d * sizeof *spread);
  memory_free(*vectors);
  *vectors = spread;
}

/** Particles by their numbers in the frame again. */
static void name_particles(const Solid *solid, Response *r) {
  const int *row = solid->row;
  if (!row) return;
  for (int64_t k = 0; k < r->dipoles.n; k++) {
    r->dipoles.i[k] = row[r->dipoles.i[k]];
    r->dipoles.j[k] = row[r->dipoles.j[k]];
  }
  for (int k = 0; k < r->pseudoharmonics.n; k++) {
    PseudoharmonicMode *mode = &r->pseudoharmonics.modes[k];
    mode->i                  = row[mode->i];
    mode->j                  = row[mode->j];
    mode->core_i             = row[mode->core_i];
    mode->core_j             = row[mode->core_j];
  }
  spread_vectors(solid, r->modes.n, r, &r->modes.vector);
  spread_vectors(solid, r->pseudoharmonics.n, r, &r->pseudoharmonics.vectors);
  if (!r->dipoles.local) return;
  double *local = memory_array((size_t)r->particles, sizeof *local);
  for (int64_t i = 0; i < r->particles; i++) local[i] = NAN;
  for (int k = 0; k < solid->pairs.n; k++) local[row[k]] = r->dipoles.local[k];
  memory_free(r->dipoles.local);
  r->dipoles.local = local;
}

/** All that follows from a Solid. */
static Status ask(Solid *solid, const RespondSettings *settings, uint64_t draw, Response *r) {
  if (settings->has_shear) elasticity_compute(solid, &r->elasticity);
  DipoleOptions dipole = settings->dipole;
  dipole.draw          = draw;
  if (settings->has_dipoles) TRY(dipoles_compute(solid, &dipole, &r->dipoles));
  TRY(modes_compute(solid, settings->n_modes, &r->modes));
  if (settings->has_dipoles && settings->pseudoharmonic.n_starts > 0)
    pseudoharmonic_find(solid, &r->dipoles, &settings->pseudoharmonic, &r->pseudoharmonics);
  if (!solid->is_positive) r->outcome = RESPOND_SADDLE;
  name_particles(solid, r);
  return STATUS_OK;
}

Status respond_compute(const Frame *frame, const Potential *potential, const void *parameters, const Mixture *mixture,
                       const RespondSettings *settings, bool is_quenched, uint64_t draw, Response *response) {
  Solid solid;
  *response          = (Response){.particles = frame->n, .dim = frame->dim, .volume = frame_volume(frame)};
  const Status built = solid_build(frame, potential, parameters, mixture, settings->memory, &solid);
  if (built != STATUS_OK) return built;
  response->rattlers  = solid.n_rattlers;
  response->energy    = solid.hessian.energy;
  response->max_force = solid.hessian.max_force;
  for (int axis = 0; axis < frame->dim; axis++) response->pressure -= solid.hessian.slope[axis] / (frame->dim * response->volume);
  Status status = STATUS_OK;
  is_quenched   = is_quenched && respond_is_quenched(settings, response->max_force);
  if (is_quenched || (settings->allows_unquenched && isfinite(response->max_force)))
    status = ask(&solid, settings, draw, response);
  else
    response->outcome = RESPOND_UNQUENCHED;
  solid_clear(&solid);
  return status;
}

void respond_clear(Response *response) {
  dipoles_clear(&response->dipoles);
  modes_clear(&response->modes);
  pseudoharmonic_clear(&response->pseudoharmonics);
  *response = (Response){0};
}

Status respond_max_force(const Frame *frame, const Potential *potential, const void *parameters, const Mixture *mixture,
                         double *max_force) {
  Pairs pairs;
  const Status status = pairs_build(frame, potential, parameters, mixture->n_species, &pairs);
  if (status == STATUS_OK) {
    double *force = memory_array((size_t)frame->n * (size_t)frame->dim, sizeof *force), energy;
    *max_force    = hessian_forces(&pairs, potential, parameters, force, &energy);
    memory_free(force);
  }
  pairs_clear(&pairs);
  return status;
}
