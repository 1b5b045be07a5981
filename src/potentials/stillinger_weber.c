/* Stillinger-Weber [Stillinger, Weber, Phys. Rev. B 31, 5262 (1985)] for any lambda (21: silicon; 18.75: Russo, Romano, Tanaka,
 * Phys. Rev. X 8, 021040 (2018), the glass former here), without triplets. With x = r/sigma, u_ij the unit vector from i to j,
 * g = exp[gamma/(x - a)], q = cos theta_0:
 *
 *    U = sum_{i<j} f2(x_ij) + sum_i E_i,     f2 = eps A (B x^-4 - 1) exp[1/(x - a)],                         x < a
 *    E_i = eps lambda sum_{j<k} g_j g_k (u_j.u_k - q)^2
 *        = eps lambda/2 [ T:T - 2q V.V + q^2 S^2 - (1-q)^2 sum g^2 ],     S = sum g, V = sum g u, T = sum g u(x)u
 *
 * because the angular term is a quadratic polynomial in u_j.u_k: the triplet sum is a quadratic form in the moments S, V, T.
 * Pass 0 makes the moments of every local particle (exact integer sums), the engine copies them to ghosts, pass 1 makes forces from
 * the moments of both ends; force on i from the pair (with ' = d/dx, J = own, K = the neighbour's moments):
 *
 *    dE/dr_j = eps/sigma { lambda [ g' (u.(T_J+T_K).u - 2q u.(V_J-V_K) ... ) ] } u + ...     (written out in pass_forces)
 *
 * Cost O(neighbours) instead of O(neighbours^2), error of the rearrangement about 1e-16 n^2. */
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/params.h"
#include "kernels/pair_kernel.h"

typedef struct StillingerWeber { double A, B, a, gamma, lambda, cosine, sigma; } StillingerWeber; /* A and lambda include eps */

static const ParamSpec specs[] = {
    {"lambda", PARAM_DOUBLE, "18.75", "1", 0, 1e3, false, NULL, NULL, "strength of the three-body term; silicon: 21"},
    {"A", PARAM_DOUBLE, "7.049556277", "1", 0, 1e3, true, NULL, NULL, "prefactor of the two-body term"},
    {"B", PARAM_DOUBLE, "0.6022245584", "1", 0, 1e3, true, NULL, NULL, "strength of the repulsion"},
    {"a", PARAM_DOUBLE, "1.8", "sigma", 1, 5, false, NULL, NULL, "cut-off distance"},
    {"gamma", PARAM_DOUBLE, "1.2", "1", 0, 10, true, NULL, NULL, "range of the three-body term"},
    {"cosine", PARAM_DOUBLE, "-0.33333333333333333", "1", -1, 1, false, NULL, NULL, "cos theta_0 of the favoured bond angle"},
    {"sigma", PARAM_DOUBLE, "1", "sigma", 0, 1e3, true, NULL, NULL, "length scale"},
    {"epsilon", PARAM_DOUBLE, "1", "eps", 0, 1e6, true, NULL, NULL, "energy scale"},
    {"mass", PARAM_DOUBLE, "1", "m", 0, 1e6, true, NULL, NULL, "mass"},
    {0}};
static const ParamSchema schema = {"model", "Stillinger-Weber", "name", specs};

static Status read(const Params *own, Mixture *mixture, void **parameters) {
  StillingerWeber *sw = memory_array(1, sizeof *sw);
  *parameters         = sw;
  const double eps    = params_double(own, "epsilon");
  sw->A               = eps * params_double(own, "A");
  sw->B               = params_double(own, "B");
  sw->a               = params_double(own, "a");
  sw->gamma           = params_double(own, "gamma");
  sw->lambda          = eps * params_double(own, "lambda");
  sw->cosine          = params_double(own, "cosine");
  sw->sigma           = params_double(own, "sigma");
  mixture->n_species  = 1;
  strcpy(mixture->names[0], "A");
  mixture->masses[0]     = params_double(own, "mass");
  mixture->sizes[0]      = sw->sigma;
  mixture->fractions[0]  = 1;
  mixture->largest       = 0;
  mixture->dim           = 3;
  mixture->density       = 0.52;
  mixture->particles     = 8000;
  mixture->timestep      = 0.065;
  mixture->coupling_time = 6.5;
  mixture->closest       = 1.1;
  mixture->q[0]          = 6.28;
  return STATUS_OK;
}
static void release(void **parameters) {
  memory_free(*parameters);
  *parameters = NULL;
}
static double range(const void *parameters, int a, int b) {
  (void)a, (void)b;
  const StillingerWeber *sw = parameters;
  return sw->a * sw->sigma;
}

/* Moments of a particle, 12 doubles (three records): Txx Tyy Tzz Txy | Txz Tyz Vx Vy | Vz S 0 0 */
enum { N_MOMENTS = 10, MOMENT_STRIDE = 12, MOMENT_QUANTUM_EXPONENT = -46 };

typedef struct Bond { /* one neighbour in every lane */
  vmask inside;
  vd    u[3], inverse, inverse_gap; /* unit vector i -> j; 1/x; 1/(x - a) */
  vd    g;                          /* exp[gamma/(x - a)], 0 outside */
} Bond;

ALWAYS_INLINE Bond bond(const StillingerWeber *sw, const ForceWork *work, const int32_t *entry, const vi centre[3], vmask alive,
                        bool has_ends, int dim, vd d[3]) {
  vd   record[4];
  Bond b;
  v_records(work->x, entry, &record[0], &record[1], &record[2], &record[3]);
  d[2] = v_set(0.0);
  for (int a = 0; a < dim; a++) d[a] = v_from_int(v_bits(record[a]) - centre[a]) * (work->unit[a] / sw->sigma);
  const vd r2 = v_fma(d[2], d[2], v_fma(d[1], d[1], d[0] * d[0]));
  b.inside    = v_lt(r2, v_set(sw->a * sw->a));
  if (has_ends) b.inside = v_and(b.inside, alive);
  b.inverse = v_keep(b.inside, v_sqrt(1.0 / r2));
  for (int a = 0; a < 3; a++) b.u[a] = d[a] * b.inverse;
  const vd gap  = v_max(sw->a - r2 * b.inverse, v_set(1e-3)); /* nearer to a the exponentials are 0 anyhow */
  b.inverse_gap = -1.0 / gap;
  b.g           = v_keep(b.inside, v_exp(b.inverse_gap * sw->gamma));
  return b;
}

ALWAYS_INLINE void moments_column(const StillingerWeber *sw, const ForceWork *work, const int32_t *entry, const vi centre[3], vmask alive,
                                  bool has_ends, int dim, vd magic, vi sums[N_MOMENTS]) {
  vd         d[3];
  const Bond b    = bond(sw, work, entry, centre, alive, has_ends, dim, d);
  const vd   gx = b.g * b.u[0], gy = b.g * b.u[1], gz = b.g * b.u[2];
  const vd   left[]  = {gx, gy, gz, gx, gx, gy}, right[] = {b.u[0], b.u[1], b.u[2], b.u[1], b.u[2], b.u[2]};
  const vd   simple[] = {gx, gy, gz, b.g};
  for (int k = 0; k < 6; k++) sums[k] += v_bits(v_fma(left[k], right[k], magic));
  for (int k = 0; k < 4; k++) sums[6 + k] += v_bits(simple[k] + magic);
}

ALWAYS_INLINE void pass_moments(const StillingerWeber *sw, ForceWork *work, int dim) {
  const double     quantum = ldexp(1.0, MOMENT_QUANTUM_EXPONENT);
  const vd         magic   = v_set(pair_magic(quantum));
  const List *const list   = work->list;
  for (int chunk = 0; chunk < list->n_chunks; chunk++) {
    const int32_t *centres = list->centres + (int64_t)chunk * W, *counts = list->counts + (int64_t)chunk * W;
    const int32_t *entry = list->entries + list->first[chunk];
    const int      full = list->full[chunk], columns = list->columns[chunk];
    vd             record[4], m[MOMENT_STRIDE];
    v_records(work->x, centres, &record[0], &record[1], &record[2], &record[3]);
    const vi centre[3]       = {v_bits(record[0]), v_bits(record[1]), v_bits(record[2])};
    vi       sums[N_MOMENTS] = {{0}};
    int      k               = 0;
    for (; k < full; k++, entry += W) moments_column(sw, work, entry, centre, (vmask){0}, false, dim, magic, sums);
    for (; k < columns; k++, entry += W) moments_column(sw, work, entry, centre, v_longer(counts, k), true, dim, magic, sums);
    const vi bias = v_set_int((int64_t)((uint64_t)columns * (uint64_t)v_bits(magic)[0]));
    m[10] = m[11] = v_set(0.0);
    for (int q = 0; q < N_MOMENTS; q++) m[q] = v_from_int(sums[q] - bias) * quantum;
    int32_t offsets[W];
    for (int lane = 0; lane < W; lane++) offsets[lane] = 3 * centres[lane];
    for (int part = 0; part < 3; part++)
      v_store_records(work->moments + 4 * part, offsets, list->lanes[chunk], m[4 * part], m[4 * part + 1], m[4 * part + 2],
                      m[4 * part + 3]);
  }
}

ALWAYS_INLINE void load_moments(const ForceWork *work, const int32_t *entry, vd m[MOMENT_STRIDE]) {
  int32_t offsets[W];
  for (int lane = 0; lane < W; lane++) offsets[lane] = 3 * entry[lane];
  for (int part = 0; part < 3; part++)
    v_records(work->moments + 4 * part, offsets, &m[4 * part], &m[4 * part + 1], &m[4 * part + 2], &m[4 * part + 3]);
}

/** Force on the centre from one neighbour: dE/dr_j of both ends' energies. */
ALWAYS_INLINE void forces_column(const StillingerWeber *sw, const ForceWork *work, const int32_t *entry, const vi centre[3],
                                 const vd own[MOMENT_STRIDE], vmask alive, bool has_ends, int dim, int order, vd magic_f, vd magic_e,
                                 PairSums *sums) {
  vd         d[3], other[MOMENT_STRIDE];
  const Bond b = bond(sw, work, entry, centre, alive, has_ends, dim, d);
  load_moments(work, entry, other);
  vd t[6], v[3];
  for (int k = 0; k < 6; k++) t[k] = own[k] + other[k];
  for (int k = 0; k < 3; k++) v[k] = own[6 + k] - other[6 + k];
  const vd s = own[9] + other[9], q = v_set(sw->cosine);
  const vd tu[3] = {v_fma(t[0], b.u[0], v_fma(t[3], b.u[1], t[4] * b.u[2])), v_fma(t[3], b.u[0], v_fma(t[1], b.u[1], t[5] * b.u[2])),
                    v_fma(t[4], b.u[0], v_fma(t[5], b.u[1], t[2] * b.u[2]))};
  const vd utu = v_fma(b.u[0], tu[0], v_fma(b.u[1], tu[1], b.u[2] * tu[2]));
  const vd uv  = v_fma(b.u[0], v[0], v_fma(b.u[1], v[1], b.u[2] * v[2]));
  /* two-body: f2' = A e [ -4 B x^-5 - (B x^-4 - 1)/(x-a)^2 ] */
  const vd e = v_keep(b.inside, v_exp(b.inverse_gap)), gap2 = b.inverse_gap * b.inverse_gap;
  const vd inverse2 = b.inverse * b.inverse, well = v_fma(inverse2 * inverse2, v_set(sw->B), v_set(-1.0));
  const vd slope2 = -(e * sw->A) * v_fma(well, gap2, (well + 1.0) * b.inverse * 4.0);
  /* three-body: g' = -gamma/(x-a)^2 g; energy of both ends
   *   lambda { g' [u.T.u - 2q u.V + q^2 S - 2 (1-q)^2 g] u + 2 (g/x) [T.u - (u.T.u) u] - 2q (g/x) [V - (u.V) u] } */
  const vd g_slope = gap2 * b.g * -sw->gamma, g_over_x = b.g * b.inverse, two_q = q + q, self = v_set((1 - sw->cosine) * (1 - sw->cosine));
  const vd radial = v_fma(g_slope, v_fma(self * -2.0, b.g, v_fma(q * q, s, v_fma(-two_q, uv, utu))), g_over_x * v_fma(two_q, uv, -2.0 * utu));
  const vd along  = v_fma(radial, v_set(sw->lambda), slope2), across = g_over_x * (2.0 * sw->lambda);
  sums->steepest  = v_max(sums->steepest, -along * b.inverse);
  vd force[3];
  for (int a = 0; a < dim; a++) {
    force[a] = v_fma(along, b.u[a], across * v_fma(-q, v[a], tu[a]));
    sums->f[a] += v_bits(force[a] + magic_f);
  }
  if (order > 0) { /* d points from i to j; the pair's virial is force on i times r_i - r_j */
    const vd energy = v_fma(self * -sw->lambda, b.g * b.g, e * well * sw->A);
    sums->energy += v_bits(energy + magic_e);
    sums->n_pairs += v_count(b.inside);
    static const int first[] = {0, 1, 2, 0, 0, 1}, second[] = {0, 1, 2, 1, 2, 2};
    for (int a = 0; a < 6; a++)
      if (second[a] < dim) sums->virial[a] += v_bits(v_fma(-force[first[a]], d[second[a]], magic_e));
  }
}

ALWAYS_INLINE void pass_forces(const StillingerWeber *sw, ForceWork *work, int dim, int order) {
  const double quantum = force_energy_quantum(work);
  const vd     magic = v_set(pair_magic(quantum)), to_force = v_set(quantum / sw->sigma);
  const List *const list = work->list;
  const double q = sw->cosine;
  vd steepest = v_set(work->steepest * sw->sigma * sw->sigma);
  for (int chunk = 0; chunk < list->n_chunks; chunk++) {
    const int32_t *centres = list->centres + (int64_t)chunk * W, *counts = list->counts + (int64_t)chunk * W;
    const int32_t *entry = list->entries + list->first[chunk];
    const int      full = list->full[chunk], columns = list->columns[chunk];
    vd             record[4], own[MOMENT_STRIDE], f[3];
    v_records(work->x, centres, &record[0], &record[1], &record[2], &record[3]);
    const vi centre[3] = {v_bits(record[0]), v_bits(record[1]), v_bits(record[2])};
    load_moments(work, centres, own);
    PairSums sums = {.steepest = steepest};
    int      k    = 0;
    for (; k < full; k++, entry += W) forces_column(sw, work, entry, centre, own, (vmask){0}, false, dim, order, magic, magic, &sums);
    for (; k < columns; k++, entry += W)
      forces_column(sw, work, entry, centre, own, v_longer(counts, k), true, dim, order, magic, magic, &sums);
    steepest      = sums.steepest;
    const vi bias = v_set_int((int64_t)((uint64_t)columns * (uint64_t)v_bits(magic)[0]));
    f[2] = v_set(0.0);
    for (int a = 0; a < dim; a++) f[a] = v_from_int(sums.f[a] - bias) * to_force;
    v_store_records(work->f, centres, list->lanes[chunk], f[0], f[1], f[2], v_set(0.0));
    if (order > 0) {
      const vd tt = v_fma(own[0], own[0], v_fma(own[1], own[1], own[2] * own[2])) +
                    2.0 * v_fma(own[3], own[3], v_fma(own[4], own[4], own[5] * own[5]));
      const vd vv       = v_fma(own[6], own[6], v_fma(own[7], own[7], own[8] * own[8]));
      const vd angular  = v_fma(v_set(q * q), own[9] * own[9], v_fma(v_set(-2 * q), vv, tt)) * sw->lambda; /* twice its energy */
      const vi energy   = sums.energy - bias + (v_bits(angular + magic) - v_bits(magic));
      for (int lane = 0; lane < list->lanes[chunk]; lane++) {
        if (work->energies) work->energies[centres[lane] / 4] = 0.5 * quantum * (double)energy[lane];
      }
      for (int lane = 0; lane < list->lanes[chunk]; lane++) work->energy += (Wide)energy[lane];
      for (int a = 0; a < 6; a++)
        if (dim == 3 || a == 0 || a == 1 || a == 3) work->virial[a] += v_sum_int(sums.virial[a] - bias);
      work->n_pairs += sums.n_pairs;
    }
  }
  work->steepest = v_largest(steepest) / (sw->sigma * sw->sigma);
}

static void force(const void *parameters, ForceWork *work, int pass, bool with_energy) {
  const StillingerWeber *sw = parameters;
  if (pass == 0)
    work->dim == 3 ? pass_moments(sw, work, 3) : pass_moments(sw, work, 2);
  else if (work->dim == 3)
    with_energy ? pass_forces(sw, work, 3, 1) : pass_forces(sw, work, 3, 0);
  else
    with_energy ? pass_forces(sw, work, 2, 1) : pass_forces(sw, work, 2, 0);
}
/** Two-body part. */
static PairValue value(const void *parameters, int i, int j, double r) {
  (void)i, (void)j;
  const StillingerWeber *sw = parameters;
  const double           x  = r / sw->sigma;
  if (!(x < sw->a)) return (PairValue){0, 0, 0};
  const double h = 1 / (x - sw->a), e = sw->A * exp(h), p = sw->B * pow(x, -4), well = p - 1;
  const double slope = e * (-4 * p / x - well * h * h);
  const double curvature = e * (20 * p / (x * x) + 8 * p / x * h * h + well * (h * h * h * h + 2 * h * h * h));
  return (PairValue){e * well, -slope / (x * sw->sigma * sw->sigma), curvature / (sw->sigma * sw->sigma)};
}

const Potential PATH_NAME(stillinger_weber) = {
    "stillinger_weber", "three-body network former, lambda 18.75 (silicon: 21), rho 0.52",
    "Stillinger, Weber, Phys. Rev. B 31, 5262 (1985); Russo, Romano, Tanaka, Phys. Rev. X 8, 021040 (2018)", N_MOMENTS, &schema, read,
    release, range, value, force};
