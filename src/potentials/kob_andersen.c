/* Kob-Andersen binary Lennard-Jones mixture [Kob, Andersen, Phys. Rev. E 51, 4626 (1995)], cut and shifted to u(r_c) = 0 at
 * r_c = 2.5 sigma_ab:  u = 4 eps (x^-12 - x^-6) - u_c. */
#include "base/memory.h"
#include "potentials/lennard_jones.h"
#include "potentials/pair_parameters.h"

typedef struct KobAndersen {
  double sigma[2][2], eps[2][2], cutoff;
} KobAndersen;

static const ParamSpec specs[]  = {{"cutoff", PARAM_DOUBLE, "2.5", "sigma_ab", 1, 10, false, NULL, NULL, "r_c, in diameters of the pair"},
                                   PAIR_SPEC_SIGMA("[1.0, 0.8, 0.88]"),
                                   PAIR_SPEC_EPSILONS("[1.0, 1.5, 0.5]"),
                                   PAIR_SPEC_MASSES("[1, 1]"),
                                   PAIR_SPEC_COMPOSITION("0.2"),
                                   {0}};
static const ParamSchema schema = {"model", "Kob-Andersen mixture", "name", specs};

static Status read(const Params *own, Mixture *mixture, void **parameters) {
  KobAndersen *ka = memory_array(1, sizeof *ka);
  *parameters     = ka;
  ka->cutoff      = params_double(own, "cutoff");
  TRY(pair_parameters_table(own, "sigma", ka->sigma));
  TRY(pair_parameters_table(own, "epsilon", ka->eps));
  TRY(pair_parameters_mixture(own, ka->sigma, mixture));
  mixture->dim           = 3;
  mixture->density       = 1.2;
  mixture->particles     = 4000;
  mixture->timestep      = 0.005;
  mixture->coupling_time = 0.2;
  mixture->closest       = 0.85;
  mixture->q[0]          = 7.25;
  mixture->q[1]          = 5.5;
  return STATUS_OK;
}
static void release(void **parameters) {
  memory_free(*parameters);
  *parameters = NULL;
}
static double range(const void *parameters, int a, int b) {
  const KobAndersen *ka = parameters;
  return ka->cutoff * ka->sigma[a][b];
}

enum { SCALE, CUT, FORCE, ENERGY, SHIFT, N_CONSTANTS };
static void ka_constants(const void *parameters, int a, int b, double unit2, double *c) {
  const KobAndersen *ka = parameters;
  const double sigma = ka->sigma[a][b], eps = ka->eps[a][b];
  c[SCALE]  = unit2 / (sigma * sigma);
  c[CUT]    = ka->cutoff * ka->cutoff;
  c[FORCE]  = 24 * eps * c[SCALE];
  c[ENERGY] = 4 * eps;
  c[SHIFT]  = lennard_jones_u(eps, sigma, ka->cutoff * sigma);
}
ALWAYS_INLINE PairTerms ka_terms(const vd *c, vd y, const int order) {
  PairTerms t = lennard_jones(1.0 / y, c[FORCE], c[ENERGY], order);
  if (order > 0) t.u = t.u - c[SHIFT];
  return t;
}
PAIR_POTENTIAL(ka, N_CONSTANTS, 1u << CUT)

const Potential PATH_NAME(kob_andersen) = {"kob_andersen",
                                           "binary Lennard-Jones 80:20, cut and shifted at 2.5 sigma_ab, rho 1.2",
                                           "Kob, Andersen, Phys. Rev. E 51, 4626 (1995)",
                                           0,
                                           &schema,
                                           read,
                                           release,
                                           range,
                                           ka_value,
                                           ka_force,
                                           pair_settle,
                                           NULL};
