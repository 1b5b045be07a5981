/* Inverse power law of soft spheres, smoothed at the cut-off [Lerner, J. Non-Cryst. Solids 522, 119570 (2019); MODELS 1.1, 1.2].
 *
 *    u = eps [ x^-n + c0 + c2 x^2 + c4 x^4 + c6 x^6 ],  x = r/sigma < x_c,    n = 10, x_c = 1.48
 *
 * The four coefficients make u, u', u'', u''' vanish at x_c; in closed form (q = 3)
 *    c_2l = (-1)^(l+1) (n+2q)!! / [ (2q-2l)!! (2l)!! (n-2)!! (n+2l) ] x_c^-(n+2l).
 * Only even powers of x occur: everything is evaluated from y = x^2, without a square root. */
#include "base/error.h"
#include "base/memory.h"
#include "kernels/pair_kernel.h"
#include "potentials/pair_parameters.h"

typedef struct Ipl {
  double sigma[2][2], eps, cutoff, c[4];
  int half;
} Ipl;

static const ParamSpec specs[]  = {{"exponent", PARAM_INTEGER, "10", "1", 4, 48, false, NULL, NULL, "power n of the repulsion, even"},
                                   {"cutoff", PARAM_DOUBLE, "1.48", "sigma_ab", 1, 5, false, NULL, NULL, "x_c, in diameters of the pair"},
                                   PAIR_SPEC_SIGMA("[1.0, 1.18, 1.4]"),
                                   PAIR_SPEC_EPSILON,
                                   PAIR_SPEC_MASSES("[1, 1]"),
                                   PAIR_SPEC_COMPOSITION("0.5"),
                                   {0}};
static const ParamSchema schema = {"model", "smoothed inverse power law", "name", specs};

static double double_factorial(int n) { return n < 2 ? 1.0 : n * double_factorial(n - 2); }

static Status read_model(const Params *own, Mixture *mixture, void **parameters, bool is_flat) {
  const int64_t n = params_integer(own, "exponent");
  if (n % 2 != 0) return params_fail(own, "exponent", "'exponent' must be even (got %lld)", (long long)n);
  Ipl *ipl    = memory_array(1, sizeof *ipl);
  *parameters = ipl;
  ipl->half   = (int)n / 2;
  ipl->eps    = params_double(own, "epsilon");
  ipl->cutoff = params_double(own, "cutoff");
  for (int l = 0; l <= 3; l++)
    ipl->c[l] = (l % 2 ? 1 : -1) / (double_factorial(6 - 2 * l) * double_factorial(2 * l)) * double_factorial((int)n + 6) /
                (double_factorial((int)n - 2) * (double)(n + 2 * l)) * pow(ipl->cutoff, -(double)(n + 2 * l));
  TRY(pair_parameters_table(own, "sigma", ipl->sigma));
  TRY(pair_parameters_mixture(own, ipl->sigma, mixture));
  mixture->dim           = is_flat ? 2 : 3;
  mixture->density       = is_flat ? 0.86 : 0.82;
  mixture->particles     = 2000;
  mixture->timestep      = 0.005;
  mixture->coupling_time = 0.2;
  mixture->closest       = 0.8;
  mixture->q[0]          = is_flat ? 6.23 : 6.88;
  mixture->q[1]          = is_flat ? 5.91 : 6.35;
  return STATUS_OK;
}
static Status read_3d(const Params *own, Mixture *mixture, void **parameters) { return read_model(own, mixture, parameters, false); }
static Status read_2d(const Params *own, Mixture *mixture, void **parameters) { return read_model(own, mixture, parameters, true); }
static void release(void **parameters) {
  memory_free(*parameters);
  *parameters = NULL;
}
static double range(const void *parameters, int a, int b) {
  const Ipl *ipl = parameters;
  return ipl->cutoff * ipl->sigma[a][b];
}

enum { SCALE, CUT, C0, C2, C4, C6, POWER, HALF, EPS, N_CONSTANTS };
#define UNIFORM ~(1u << SCALE)
static void ipl_constants(const void *parameters, int a, int b, double unit2, double *c) {
  const Ipl *ipl = parameters;
  c[SCALE]       = unit2 / (ipl->sigma[a][b] * ipl->sigma[a][b]);
  c[CUT]         = ipl->cutoff * ipl->cutoff;
  for (int l = 0; l < 4; l++) c[C0 + l] = ipl->eps * ipl->c[l];
  c[POWER] = 2 * ipl->half * ipl->eps; /* of -2 d/dy of eps y^-half */
  c[HALF]  = ipl->half;
  c[EPS]   = ipl->eps;
}
/** From w = 1/y and its power w^half. */
ALWAYS_INLINE PairTerms ipl_smoothed(const vd *c, vd y, vd w, vd power, const int order) {
  const vd slope = v_fma(y, v_fma(y, c[C6] * -6.0, c[C4] * -4.0), c[C2] * -2.0); /* -2 d/dy of the polynomial */
  PairTerms t    = {.f = v_fma(power * w, c[POWER], slope) * c[SCALE]};
  if (order > 0) t.u = v_fma(power, c[EPS], v_fma(y, v_fma(y, v_fma(y, c[C6], c[C4]), c[C2]), c[C0]));
  if (order > 1) {
    const vd curvature = v_fma(c[POWER] * 0.5 * (c[HALF] + 1.0), power * w * w, v_fma(y, c[C6] * 6.0, c[C4] * 2.0));
    t.k                = v_fma(4.0 * y, curvature * c[SCALE], -t.f);
  }
  return t;
}
ALWAYS_INLINE PairTerms ipl_terms(const vd *c, vd y, const int order) {
  const vd w = 1.0 / y, w2 = w * w;
  return ipl_smoothed(c, y, w, w2 * w2 * w, order);
}
ALWAYS_INLINE PairTerms general_terms(const vd *c, vd y, const int order) {
  const vd w = 1.0 / y;
  vd power = v_set(1.0), square = w;
  for (int bits = (int)c[HALF][0]; bits > 0; bits >>= 1, square = square * square)
    if (bits & 1) power = power * square;
  return ipl_smoothed(c, y, w, power, order);
}
#define general_constants ipl_constants
PAIR_POTENTIAL(ipl, N_CONSTANTS, UNIFORM)
PAIR_POTENTIAL(general, N_CONSTANTS, UNIFORM)

static void force(const void *parameters, ForceWork *work, int pass, bool with_energy) {
  if (((const Ipl *)parameters)->half == 5)
    ipl_force(parameters, work, pass, with_energy);
  else
    general_force(parameters, work, pass, with_energy);
}
static PairValue value(const void *parameters, int a, int b, double r) {
  return ((const Ipl *)parameters)->half == 5 ? ipl_value(parameters, a, b, r) : general_value(parameters, a, b, r);
}

static const char source[]       = "Kapteijns, Richard, Bouchbinder, Schroder, Dyre, Lerner, J. Chem. Phys. 155, 074502 (2021)";
const Potential PATH_NAME(ipl3d) = {
    "ipl3d", "soft spheres, r^-10, 50:50, rho 0.82", source, 0, &schema, read_3d, release, range, value, force, pair_settle, NULL};
const Potential PATH_NAME(ipl2d) = {
    "ipl2d", "soft discs, r^-10, 50:50, rho 0.86", source, 0, &schema, read_2d, release, range, value, force, pair_settle, NULL};
