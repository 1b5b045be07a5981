/* Modified binary Lennard-Jones mixture [Schroder, Dyre, J. Chem. Phys. 152, 141101 (2020)]: Kob-Andersen parameters, shifted force,
 *    u = v(r) - v(r_c) - (r - r_c) v'(r_c),   v = 4 eps (x^-12 - x^-6),   r_c = 1.5 (AA), 2.0 (AB), 1.5 (BB), absolute distances.
 * u and u' vanish at r_c. The one potential here that needs 1/r: f gains v'(r_c)/r. */
#include "base/memory.h"
#include "potentials/lennard_jones.h"
#include "potentials/pair_parameters.h"

typedef struct Mblj {
  double sigma[2][2], eps[2][2], cutoff[2][2];
} Mblj;

static const ParamSpec specs[] = {
    {"cutoff", PARAM_DOUBLES, "[1.5, 2.0, 1.5]", "sigma", 0, 20, true, NULL, NULL, "r_c of the pairs AA, AB, BB, absolute distances"},
    PAIR_SPEC_SIGMA("[1.0, 0.8, 0.88]"),
    PAIR_SPEC_EPSILONS("[1.0, 1.5, 0.5]"),
    PAIR_SPEC_MASSES("[1, 1]"),
    PAIR_SPEC_COMPOSITION("0.2"),
    {0}};
static const ParamSchema schema = {"model", "modified binary Lennard-Jones", "name", specs};

static Status read(const Params *own, Mixture *mixture, void **parameters) {
  Mblj *model = memory_array(1, sizeof *model);
  *parameters = model;
  TRY(pair_parameters_table(own, "sigma", model->sigma));
  TRY(pair_parameters_table(own, "epsilon", model->eps));
  TRY(pair_parameters_table(own, "cutoff", model->cutoff));
  TRY(pair_parameters_mixture(own, model->sigma, mixture));
  mixture->dim           = 3;
  mixture->density       = 1.2;
  mixture->particles     = 8000;
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
static double range(const void *parameters, int a, int b) { return ((const Mblj *)parameters)->cutoff[a][b]; }

enum { SCALE, CUT, FORCE, SLOPE, ENERGY, OFFSET, LINEAR, N_CONSTANTS };
static void mblj_constants(const void *parameters, int a, int b, double unit2, double *c) {
  const Mblj *model  = parameters;
  const double sigma = model->sigma[a][b], eps = model->eps[a][b], cutoff = model->cutoff[a][b];
  const double slope = lennard_jones_slope(eps, sigma, cutoff);
  c[SCALE]           = unit2 / (sigma * sigma);
  c[CUT]             = cutoff * cutoff / (sigma * sigma);
  c[FORCE]           = 24 * eps * c[SCALE];
  c[SLOPE]           = slope * unit2 / sigma;
  c[ENERGY]          = 4 * eps;
  c[OFFSET]          = lennard_jones_u(eps, sigma, cutoff) - cutoff * slope;
  c[LINEAR]          = slope * sigma;
}
ALWAYS_INLINE PairTerms mblj_terms(const vd *c, vd y, const int order) {
  const vd w = 1.0 / y, inverse = v_sqrt_inverse(y, w); /* sigma/r */
  PairTerms t = lennard_jones(w, c[FORCE], c[ENERGY], order);
  t.f         = v_fma(inverse, c[SLOPE], t.f);
  if (order > 0) t.u = t.u - c[OFFSET] - c[LINEAR] * (y * inverse);
  return t;
}
PAIR_POTENTIAL(mblj, N_CONSTANTS, 0u)

const Potential PATH_NAME(mblj) = {"mblj",
                                   "Kob-Andersen parameters with shifted forces at 1.5/2.0/1.5, rho 1.2",
                                   "Schroder, Dyre, J. Chem. Phys. 152, 141101 (2020)",
                                   0,
                                   &schema,
                                   read,
                                   release,
                                   range,
                                   mblj_value,
                                   mblj_force,
                                   pair_settle,
                                   NULL};
