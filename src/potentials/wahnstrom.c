/* Wahnstrom binary Lennard-Jones mixture [Wahnstrom, Phys. Rev. A 44, 3752 (1991)] as in Riechers, Das, Dufresne, Derlet, Maass (2024):
 * plain truncation at ONE absolute distance r_c = 2.5 for all pairs, no shift (verified on a published configuration, MODELS 1.6).
 * Species A is the large one (sigma 1, mass 2), B the small one (sigma 5/6, mass 1). */
#include "base/memory.h"
#include "potentials/lennard_jones.h"
#include "potentials/pair_parameters.h"

typedef struct Wahnstrom {
  double sigma[2][2], eps[2][2], cutoff;
  bool is_shifted;
} Wahnstrom;

static const ParamSpec specs[] = {
    {"cutoff", PARAM_DOUBLE, "2.5", "sigma", 0, 20, true, NULL, NULL, "r_c, one distance for all pairs"},
    {"shifted", PARAM_BOOLEAN, "false", NULL, 0, 0, false, NULL, NULL, "subtract u(r_c), so that the energy does not jump"},
    PAIR_SPEC_SIGMA("[1.0, 0.91666666666666667, 0.83333333333333333]"),
    PAIR_SPEC_EPSILONS("[1.0, 1.0, 1.0]"),
    PAIR_SPEC_MASSES("[2, 1]"),
    PAIR_SPEC_COMPOSITION("0.5"),
    {0}};
static const ParamSchema schema = {"model", "Wahnstrom mixture", "name", specs};

static Status read(const Params *own, Mixture *mixture, void **parameters) {
  Wahnstrom *model  = memory_array(1, sizeof *model);
  *parameters       = model;
  model->cutoff     = params_double(own, "cutoff");
  model->is_shifted = params_boolean(own, "shifted");
  TRY(pair_parameters_table(own, "sigma", model->sigma));
  TRY(pair_parameters_table(own, "epsilon", model->eps));
  TRY(pair_parameters_mixture(own, model->sigma, mixture));
  mixture->dim           = 3;
  mixture->density       = 1.296;
  mixture->particles     = 4000;
  mixture->timestep      = 0.005;
  mixture->coupling_time = 0.2;
  mixture->closest       = 0.9;
  mixture->q[0]          = 7.1;
  mixture->q[1]          = 7.8;
  return STATUS_OK;
}
static void release(void **parameters) {
  memory_free(*parameters);
  *parameters = NULL;
}
static double range(const void *parameters, int a, int b) {
  (void)a, (void)b;
  return ((const Wahnstrom *)parameters)->cutoff;
}

enum { SCALE, CUT, FORCE, ENERGY, SHIFT, N_CONSTANTS };
static void wahnstrom_constants(const void *parameters, int a, int b, double unit2, double *c) {
  const Wahnstrom *model = parameters;
  const double sigma = model->sigma[a][b], eps = model->eps[a][b];
  c[SCALE]  = unit2 / (sigma * sigma);
  c[CUT]    = model->cutoff * model->cutoff / (sigma * sigma);
  c[FORCE]  = 24 * eps * c[SCALE];
  c[ENERGY] = 4 * eps;
  c[SHIFT]  = model->is_shifted ? lennard_jones_u(eps, sigma, model->cutoff) : 0.0;
}
ALWAYS_INLINE PairTerms wahnstrom_terms(const vd *c, vd y, const int order) {
  PairTerms t = lennard_jones(1.0 / y, c[FORCE], c[ENERGY], order);
  if (order > 0) t.u = t.u - c[SHIFT];
  return t;
}
PAIR_POTENTIAL(wahnstrom, N_CONSTANTS, 0u)

const Potential PATH_NAME(wahnstrom) = {"wahnstrom",
                                        "binary Lennard-Jones 50:50, truncated at 2.5, masses 2:1, rho 1.296",
                                        "Wahnstrom, Phys. Rev. A 44, 3752 (1991); Riechers et al., Nat. Commun. 15 (2024)",
                                        0,
                                        &schema,
                                        read,
                                        release,
                                        range,
                                        wahnstrom_value,
                                        wahnstrom_force,
                                        pair_settle,
                                        NULL};
