/* Sticky spheres [Kapteijns et al., J. Chem. Phys. 155, 074502 (2021); MODELS 1.4], x = r/sigma, x_m = 2^(1/6), x_c = 1.2 x_m:
 *
 *    u/eps = 4 (x^-12 - x^-6)                                     x < x_m
 *          = a x^-12 - b x^-6 + c0 + c2 x^2 + c4 x^4 + c6 x^6      x_m <= x < x_c
 *
 * Six conditions give the six coefficients: u, u', u'' continuous at x_m (-1, 0, 72/2^(1/3)) and zero at x_c; solved in long double.
 * Both branches have one form in y = x^2, so the kernel selects coefficients. */
#include "base/error.h"
#include "base/memory.h"
#include "kernels/pair_kernel.h"
#include "potentials/pair_parameters.h"

typedef struct Sticky {
  double sigma[2][2], eps, cutoff, c[6];
} Sticky; /* c: a, b, c0, c2, c4, c6 */

static const char *const presets[] = {"rho0.60", "rho0.70", "rho0.95", NULL};
static const ParamSpec specs[]     = {
        {"preset", PARAM_CHOICE, "rho0.60", NULL, 0, 0, false, presets, NULL,
         "state point of the source paper: density, particles, time step, q"},
        {"cutoff", PARAM_DOUBLE, "1.3469544579712476", "sigma_ab", 1.2, 3, false, NULL, NULL, "x_c, in diameters of the pair (1.2 2^(1/6))"},
        PAIR_SPEC_SIGMA("[1.0, 1.18, 1.4]"),
        PAIR_SPEC_EPSILON,
        PAIR_SPEC_MASSES("[1, 1]"),
        PAIR_SPEC_COMPOSITION("0.5"),
        {0}};
static const ParamSchema schema = {"model", "sticky spheres", "name", specs};

/** Rows: value, first and second y-derivative of {w^6, -w^3, 1, y, y^2, y^3} at y. */
static void conditions(long double y, long double rows[3][7]) {
  const long double w = 1 / y, w3 = w * w * w, w6 = w3 * w3;
  const long double value[] = {w6, -w3, 1, y, y * y, y * y * y}, slope[] = {-6 * w6 * w, 3 * w3 * w, 0, 1, 2 * y, 3 * y * y},
                    curvature[] = {42 * w6 * w * w, -12 * w3 * w * w, 0, 0, 2, 6 * y};
  for (int k = 0; k < 6; k++) {
    rows[0][k] = value[k];
    rows[1][k] = slope[k];
    rows[2][k] = curvature[k];
  }
}
static void solve(double cutoff, double *c) {
  long double m[6][7]  = {{0}};
  const long double ym = cbrtl(2.0L), w = 1 / ym, w3 = w * w * w;
  conditions(ym, m);
  conditions((long double)cutoff * cutoff, m + 3);
  m[0][6] = 4 * (w3 * w3 - w3);
  m[1][6] = 4 * (-6 * w3 * w3 * w + 3 * w3 * w);
  m[2][6] = 4 * (42 * w3 * w3 * w * w - 12 * w3 * w * w);
  for (int p = 0; p < 6; p++) { /* Gauss-Jordan with row pivoting */
    int best = p;
    for (int r = p + 1; r < 6; r++)
      if (fabsl(m[r][p]) > fabsl(m[best][p])) best = r;
    for (int k = 0; k < 7; k++) {
      const long double swap = m[p][k];
      m[p][k]                = m[best][k];
      m[best][k]             = swap;
    }
    for (int r = 0; r < 6; r++) {
      const long double factor = m[r][p] / m[p][p];
      for (int k = p; k < 7 && r != p; k++) m[r][k] -= factor * m[p][k];
    }
  }
  for (int k = 0; k < 6; k++) c[k] = (double)(m[k][6] / m[k][k]);
}
static Status read(const Params *own, Mixture *mixture, void **parameters) {
  static const struct {
    double density, timestep, q[2];
    int particles;
  } state[]     = {{0.60, 0.005, {6.44, 5.47}, 3000}, {0.70, 0.003, {6.86, 5.87}, 4000}, {0.95, 0.002, {7.35, 6.40}, 4000}};
  Sticky *model = memory_array(1, sizeof *model);
  *parameters   = model;
  model->eps    = params_double(own, "epsilon");
  model->cutoff = params_double(own, "cutoff");
  solve(model->cutoff, model->c);
  TRY(pair_parameters_table(own, "sigma", model->sigma));
  TRY(pair_parameters_mixture(own, model->sigma, mixture));
  const int k            = params_choice(own, "preset");
  mixture->dim           = 3;
  mixture->density       = state[k].density;
  mixture->particles     = state[k].particles;
  mixture->timestep      = state[k].timestep;
  mixture->coupling_time = 0.2;
  mixture->closest       = 0.8;
  mixture->q[0]          = state[k].q[0];
  mixture->q[1]          = state[k].q[1];
  return STATUS_OK;
}
static void release(void **parameters) {
  memory_free(*parameters);
  *parameters = NULL;
}
static double range(const void *parameters, int a, int b) {
  const Sticky *model = parameters;
  return model->cutoff * model->sigma[a][b];
}

enum { SCALE, CUT, A, B, C0, C2, C4, C6, CORE, EPS, N_CONSTANTS };
static void sticky_constants(const void *parameters, int a, int b, double unit2, double *c) {
  const Sticky *model = parameters;
  c[SCALE]            = unit2 / (model->sigma[a][b] * model->sigma[a][b]);
  c[CUT]              = model->cutoff * model->cutoff;
  for (int k = 0; k < 6; k++) c[A + k] = model->eps * model->c[k];
  c[CORE] = cbrt(2.0);
  c[EPS]  = model->eps;
}
ALWAYS_INLINE PairTerms sticky_terms(const vd *c, vd y, const int order) {
  const vd w = 1.0 / y, w3 = w * w * w, w4 = w3 * w;
  const vmask outside = v_lt(c[CORE], y);
  const vd a = v_select(outside, c[A], c[EPS] * 4.0), b = v_select(outside, c[B], c[EPS] * 4.0);
  const vd slope = v_keep(outside, v_fma(y, v_fma(y, c[C6] * -6.0, c[C4] * -4.0), c[C2] * -2.0));
  PairTerms t    = {.f = v_fma(v_fma(a * 12.0, w3, b * -6.0), w4, slope) * c[SCALE]};
  if (order > 0) t.u = v_fma(v_fma(a, w3, -b), w3, v_keep(outside, v_fma(y, v_fma(y, v_fma(y, c[C6], c[C4]), c[C2]), c[C0])));
  if (order > 1) {
    const vd curvature = v_fma(v_fma(a * 42.0, w3, b * -12.0), w4 * w, v_keep(outside, v_fma(y, c[C6] * 6.0, c[C4] * 2.0)));
    t.k                = v_fma(4.0 * y, curvature * c[SCALE], -t.f);
  }
  return t;
}
PAIR_POTENTIAL(sticky, N_CONSTANTS, ~(1u << SCALE))

const Potential PATH_NAME(sticky_spheres) = {"sticky_spheres",
                                             "Lennard-Jones core with a short smooth attraction, 50:50, presets rho0.60 rho0.70 rho0.95",
                                             "Kapteijns, Richard, Bouchbinder, Schroder, Dyre, Lerner, J. Chem. Phys. 155, 074502 (2021)",
                                             0,
                                             &schema,
                                             read,
                                             release,
                                             range,
                                             sticky_value,
                                             sticky_force,
                                             pair_settle,
                                             NULL};
