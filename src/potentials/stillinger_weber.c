/* Stillinger-Weber [Stillinger, Weber, Phys. Rev. B 31, 5262 (1985)] for any lambda (21: silicon; 18.75: Russo, Romano, Tanaka,
 * Phys. Rev. X 8, 021040 (2018), the glass former here), without triplets. With x = r/sigma, u_ij the unit vector from i to j,
 * g = exp[gamma/(x - a)], q = cos theta_0:
 *
 *    U = sum_{i<j} f2(x_ij) + sum_i E_i,     f2 = eps A (B x^-4 - 1) exp[1/(x - a)],                         x < a
 *    E_i = eps lambda sum_{j<k} g_j g_k (u_j.u_k - q)^2
 *        = eps lambda/2 [ T:T - 2q V.V + q^2 S^2 - (1-q)^2 sum g^2 ],     S = sum g, V = sum g u, T = sum g u(x)u
 *
 * because the angular term is a quadratic polynomial in u_j.u_k: the triplet sum is a quadratic form in the moments S, V, T.
 * Pass 0 makes the moments of every local particle (exact integer sums) and keeps what is costly of each bond, the engine copies the
 * moments to ghosts, pass 1 makes forces from the moments of both ends (written out at forces_column).
 * Cost O(neighbours) instead of O(neighbours^2), error of the rearrangement about 1e-16 n^2. */
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/params.h"
#include "kernels/pair_kernel.h"

typedef struct StillingerWeber {
  double A, B, a, gamma, lambda, cosine, sigma;
} StillingerWeber; /* A and lambda include eps */

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

/* Moments of a particle, 12 doubles (three records): Txx Tyy Tzz Txy | Txz Tyz Vx Vy | Vz S 0 0; in the making slot 10 collects energies.
 * A pair adds the same to both ends, but for the sign of V. */
enum { N_MOMENTS = 10, MOMENT_STRIDE = 12, MOMENT_QUANTUM_EXPONENT = -46 };

/* What pass 0 keeps for pass 1, per list entry: six vectors; all zero for pairs outside the cut-off and for lanes that have ended. */
typedef struct Bond {
  vd u[3];   /* unit vector i -> j */
  vd across; /* g/x */
  vd slope;  /* g' = -gamma/(x - a)^2 g */
  vd radial; /* f2' - 2 lambda (1-q)^2 g g': what does not depend on the moments */
} Bond;
enum { BOND_STRIDE = 6 * W };

ALWAYS_INLINE void store_bond(double *p, const Bond *b) {
  for (int a = 0; a < 3; a++) v_store(p + a * W, b->u[a]);
  v_store(p + 3 * W, b->across);
  v_store(p + 4 * W, b->slope);
  v_store(p + 5 * W, b->radial);
}
ALWAYS_INLINE Bond load_bond(const double *p) {
  return (Bond){{v_load(p), v_load(p + W), v_load(p + 2 * W)}, v_load(p + 3 * W), v_load(p + 4 * W), v_load(p + 5 * W)};
}

typedef struct MomentSums {
  vi moments[N_MOMENTS], energy;
  vd steepest;
  int64_t n_pairs;
} MomentSums;

/** A column on its way, as in pair_kernel.h: distances, in sigma. */
typedef struct MomentColumn {
  const int32_t *entry;
  vd d[3], r2, inverse; /* inverse: 1/r inside of the cut-off, else 0 */
  vmask inside;
} MomentColumn;
ALWAYS_INLINE MomentColumn moments_open(const StillingerWeber *sw, const ForceWork *work, const int32_t *entry, const vi centre[3],
                                        const vd unit[3], vmask alive, int dim) {
  MomentColumn m = {.entry = entry, .r2 = v_set(0.0)};
  vd record[4];
  v_records(work->x, entry, &record[0], &record[1], &record[2], &record[3]);
  for (int a = 0; a < dim; a++) m.d[a] = v_from_int(v_bits(record[a]) - centre[a]) * unit[a];
  m.r2      = v_max(v_fma(m.d[2], m.d[2], v_fma(m.d[1], m.d[1], m.d[0] * m.d[0])), v_set(1e-20)); /* coinciding: huge, not NaN */
  m.inside  = v_and(v_lt(m.r2, v_set(sw->a * sw->a)), alive);
  m.inverse = v_keep(m.inside, v_sqrt_inverse(m.r2, 1.0 / m.r2));
  return m;
}
/** Adds 12 sums to each of the particles at these record offsets, the last two of which are 0 in order 0. */
ALWAYS_INLINE void add_moments(const ForceWork *work, const int32_t *entry, const vi m[MOMENT_STRIDE], int order) {
  int32_t offsets[W];
  for (int lane = 0; lane < W; lane++) offsets[lane] = 3 * entry[lane];
  for (int part = 0; part < 2; part++)
    v_add_records(work->moments + 4 * part, offsets, m[4 * part], m[4 * part + 1], m[4 * part + 2], m[4 * part + 3]);
  if (order > 0)
    v_add_records(work->moments + 8, offsets, m[8], m[9], m[10], m[11]);
  else
    v_add_halves(work->moments + 8, offsets, m[8], m[9]);
}
/** The rest of pass 0 for it: moments of both ends, the bonds, and pair energies. is_usual: gamma = 1.2, where one exponential
 *  h = exp[0.2/(x - a)] serves both exp[1/(x - a)] = h^5 and g = h^6. */
ALWAYS_INLINE void moments_close(const StillingerWeber *sw, const ForceWork *work, const MomentColumn *m, double *keep, int dim,
                                 bool is_usual, int order, vd magic, vd magic_e, MomentSums *sums) {
  const vd *d = m->d;
  const vd r2 = m->r2, inverse = m->inverse;
  const vmask inside = m->inside;
  const vd gap       = v_max(sw->a - r2 * inverse, v_set(1e-3)); /* nearer to a the exponentials are 0 anyhow */
  const vd q = -1.0 / gap, q2 = q * q;
  vd e, g;
  if (is_usual) {
    const vd h = v_keep(inside, v_exp(q * 0.2)), h2 = h * h;
    e = h2 * h2 * h;
    g = e * h;
  } else {
    e = v_keep(inside, v_exp(q));
    g = v_keep(inside, v_exp(q * sw->gamma));
  }
  Bond b = {.across = g * inverse, .slope = q2 * g * -sw->gamma};
  for (int a = 0; a < 3; a++) b.u[a] = d[a] * inverse;
  /* f2' = A e [ -4 B x^-5 - (B x^-4 - 1)/(x-a)^2 ] */
  const vd inverse2 = inverse * inverse, well = v_fma(inverse2 * inverse2, v_set(sw->B), v_set(-1.0));
  const double self = sw->lambda * (1 - sw->cosine) * (1 - sw->cosine);
  const vd slope2   = -(e * sw->A) * v_fma(well, q2, (well + 1.0) * inverse * 4.0);
  sums->steepest    = v_max(-slope2 * inverse, sums->steepest); /* of the two-body part, which decides at short distance */
  b.radial          = v_fma(b.slope * (-2 * self), g, slope2);
  store_bond(keep, &b);
  const vd gx = g * b.u[0], gy = g * b.u[1], gz = g * b.u[2];
  const vd left[] = {gx, gy, gz, gx, gx, gy}, right[] = {b.u[0], b.u[1], b.u[2], b.u[1], b.u[2], b.u[2]};
  const vd simple[] = {gx, gy, gz, g};
  vi other[MOMENT_STRIDE];
  for (int k = 0; k < MOMENT_STRIDE; k++) other[k] = v_set_int(0);
  for (int k = 0; k < N_MOMENTS; k++) {
    if (dim == 2 && (k == 2 || k == 4 || k == 5 || k == 8)) continue;
    vd value = magic;
    if (k < 6)
      value = v_fma(left[k], right[k], magic);
    else
      value = simple[k - 6] + magic;
    const vi term = v_bits(value);
    sums->moments[k] += term;
    other[k] = k >= 6 && k < 9 ? v_bits(magic) - term : term - v_bits(magic); /* a vector turns round */
  }
  if (order > 0) {
    const vi energy = v_bits(v_fma(g * -self, g, e * well * sw->A) + magic_e);
    sums->energy += energy;
    other[N_MOMENTS] = energy - v_bits(magic_e);
    sums->n_pairs += v_count(inside);
  }
  add_moments(work, m->entry, other, order);
}

ALWAYS_INLINE void pass_moments(const StillingerWeber *sw, ForceWork *out, int dim, bool is_usual, int order) {
  const ForceWork copy = *out, *const work = &copy; /* known to stay as they are */
  const List lists = *work->list, *const list = &lists;
  const vd magic = v_set(pair_magic(ldexp(1.0, MOMENT_QUANTUM_EXPONENT))), magic_e = v_set(pair_magic(force_energy_quantum(work)));
  const vd unit[3] = {v_set(work->unit[0] / sw->sigma), v_set(work->unit[1] / sw->sigma), v_set(work->unit[2] / sw->sigma)};
  vd steepest      = v_set(0.0);
  Claim claims[CLAIMS];
  memcpy(claims, work->claims, sizeof claims);
  for (int place = work->from; place < work->end; place++) {
    force_claim(claims);
    const int chunk        = list->order[place];
    const int32_t *centres = list->centres + (int64_t)chunk * W, *counts = list->counts + (int64_t)chunk * W;
    const int32_t *entry = list->entries + list->first[chunk];
    double *keep         = work->bonds + 6 * list->first[chunk];
    const int columns    = list->columns[chunk];
    vd record[4];
    v_records(work->x, centres, &record[0], &record[1], &record[2], &record[3]);
    const vi centre[3] = {v_bits(record[0]), v_bits(record[1]), v_bits(record[2])};
    MomentSums sums    = {.steepest = steepest};
    MomentColumn here  = {.r2 = v_set(0.0)};
    const int ahead    = VECTOR_AHEAD && columns > 0;
    if (ahead) here = moments_open(sw, work, entry, centre, unit, v_longer(counts, 0), dim);
    for (int k = 0; k < columns; k++, keep += BOND_STRIDE) { /* VECTOR_AHEAD: the next column is opened before this one is closed */
      const int open      = k + ahead;
      MomentColumn column = here;
      if (open < columns) column = moments_open(sw, work, entry + (int64_t)open * W, centre, unit, v_longer(counts, open), dim);
      if (!VECTOR_AHEAD) here = column;
      moments_close(sw, work, &here, keep, dim, is_usual, order, magic, magic_e, &sums);
      here = column;
    }
    steepest      = sums.steepest;
    const vi bias = v_set_int((int64_t)((uint64_t)columns * (uint64_t)v_bits(magic)[0]));
    vi own[MOMENT_STRIDE];
    for (int q = 0; q < MOMENT_STRIDE; q++) own[q] = v_set_int(0);
    for (int q = 0; q < N_MOMENTS; q++)
      if (dim == 3 || (q != 2 && q != 4 && q != 5 && q != 8)) own[q] = sums.moments[q] - bias;
    if (order > 0) own[N_MOMENTS] = sums.energy - v_set_int((int64_t)((uint64_t)columns * (uint64_t)v_bits(magic_e)[0]));
    add_moments(work, centres, own, order); /* idle lanes add 0 */
    if (order > 0) out->n_pairs += sums.n_pairs;
  }
  out->steepest = fmax(out->steepest, v_largest(steepest) / (sw->sigma * sw->sigma));
  memcpy(out->claims, claims, sizeof claims);
}
ALWAYS_INLINE void load_moments(const ForceWork *work, const int32_t *entry, vd m[MOMENT_STRIDE]) {
  int32_t offsets[W];
  for (int lane = 0; lane < W; lane++) offsets[lane] = 3 * entry[lane];
  for (int part = 0; part < 3; part++)
    v_records(work->moments + 4 * part, offsets, &m[4 * part], &m[4 * part + 1], &m[4 * part + 2], &m[4 * part + 3]);
}
/** Sums of pass 0 to moments. Twice the energy of a particle is that of its pairs and the quadratic form of its moments. */
static void settle_moments(const StillingerWeber *sw, ForceWork *work, bool with_energy) {
  const double quantum_e = force_energy_quantum(work), cosine = sw->cosine;
  const vd quantum = v_set(ldexp(1.0, MOMENT_QUANTUM_EXPONENT)), magic_e = v_set(pair_magic(quantum_e));
  const int first = work->first[0], end = first + work->local[0];
  for (int i = first; with_energy && i < end; i += W) {
    int32_t entry[W];
    vd m[MOMENT_STRIDE];
    for (int lane = 0; lane < W; lane++) entry[lane] = 4 * (i + lane);
    load_moments(work, entry, m);
    const vi pairs = v_bits(m[N_MOMENTS]);
    for (int q = 0; q < N_MOMENTS; q++) m[q] = v_from_int(v_bits(m[q])) * quantum;
    const vd tt      = v_fma(m[0], m[0], v_fma(m[1], m[1], m[2] * m[2])) + 2.0 * v_fma(m[3], m[3], v_fma(m[4], m[4], m[5] * m[5]));
    const vd vv      = v_fma(m[6], m[6], v_fma(m[7], m[7], m[8] * m[8]));
    const vd angular = v_fma(v_set(cosine * cosine), m[9] * m[9], v_fma(v_set(-2 * cosine), vv, tt)) * sw->lambda;
    const vi energy  = pairs + (v_bits(angular + magic_e) - v_bits(magic_e));
    for (int lane = 0; lane < W && i + lane < end; lane++) {
      work->energies[i + lane] = 0.5 * quantum_e * (double)energy[lane];
      work->energy += energy[lane];
    }
  }
  double *const moments = work->moments + (int64_t)MOMENT_STRIDE * first;
  for (int64_t k = 0; k < (int64_t)MOMENT_STRIDE * (end - first); k += W)
    v_store(moments + k, v_from_int(v_bits(v_load(moments + k))) * quantum);
}

/** Pass 1 for one column. With T, S the sums and V the difference of both ends' moments, the force on i is
 *    [ f2' - 2 lambda (1-q)^2 g g' + lambda ( g' (u.T.u - 2q u.V + q^2 S) - 2 (g/x)(u.T.u - q u.V) ) ] u + 2 lambda (g/x) (T.u - q V). */
ALWAYS_INLINE void forces_column(const StillingerWeber *sw, const ForceWork *work, const int32_t *entry, const double *keep,
                                 const vi centre[3], const vd unit[3], const vd own[MOMENT_STRIDE], int dim, int order, vd magic,
                                 PairSums *sums) {
  const Bond b = load_bond(keep);
  vd other[MOMENT_STRIDE], t[6], v[3], force[3];
  load_moments(work, entry, other);
  for (int k = 0; k < 6; k++) t[k] = own[k] + other[k];
  for (int k = 0; k < 3; k++) v[k] = own[6 + k] - other[6 + k];
  const vd s = own[9] + other[9], q = v_set(sw->cosine), lambda = v_set(sw->lambda);
  const vd tu[3]   = {v_fma(t[0], b.u[0], v_fma(t[3], b.u[1], t[4] * b.u[2])), v_fma(t[3], b.u[0], v_fma(t[1], b.u[1], t[5] * b.u[2])),
                      v_fma(t[4], b.u[0], v_fma(t[5], b.u[1], t[2] * b.u[2]))};
  const vd utu     = v_fma(b.u[0], tu[0], v_fma(b.u[1], tu[1], b.u[2] * tu[2]));
  const vd quv     = q * v_fma(b.u[0], v[0], v_fma(b.u[1], v[1], b.u[2] * v[2]));
  const vd turning = b.across * (2.0 * lambda), lever = utu - quv;
  const vd along = v_fma(b.slope * lambda, v_fma(q * q, s, lever - quv), v_fma(-turning, lever, b.radial));
  vi back[3]     = {v_set_int(0), v_set_int(0), v_set_int(0)};
  for (int a = 0; a < dim; a++) {
    force[a]      = v_fma(along, b.u[a], turning * v_fma(-q, v[a], tu[a]));
    const vi term = v_bits(force[a] + magic);
    sums->f[a] += term;
    back[a] = v_bits(magic) - term;
  }
  v_add_vectors(work->f, entry, back[0], back[1], back[2]);
  if (order > 0) { /* the pair's virial: force on i times r_i - r_j */
    vd record[4], d[3];
    v_records(work->x, entry, &record[0], &record[1], &record[2], &record[3]);
    for (int a = 0; a < dim; a++) d[a] = v_from_int(centre[a] - v_bits(record[a])) * unit[a];
    static const int first[] = {0, 1, 2, 0, 0, 1}, second[] = {0, 1, 2, 1, 2, 2};
    for (int a = 0; a < 6; a++)
      if (second[a] < dim) sums->virial[a] += v_bits(v_fma(force[first[a]], d[second[a]], magic));
  }
}

ALWAYS_INLINE void pass_forces(const StillingerWeber *sw, ForceWork *out, int dim, int order) {
  const ForceWork copy = *out, *const work = &copy; /* known to stay as they are */
  const List lists = *work->list, *const list = &lists;
  const vd magic   = v_set(pair_magic(force_energy_quantum(work)));
  const vd unit[3] = {v_set(work->unit[0] / sw->sigma), v_set(work->unit[1] / sw->sigma), v_set(work->unit[2] / sw->sigma)};
  Claim claims[CLAIMS];
  memcpy(claims, work->claims, sizeof claims);
  for (int place = work->from; place < work->end; place++) {
    force_claim(claims);
    const int chunk        = list->order[place];
    const int32_t *centres = list->centres + (int64_t)chunk * W, *entry = list->entries + list->first[chunk];
    const double *keep = work->bonds + 6 * list->first[chunk];
    const int columns  = list->columns[chunk];
    vd record[4], own[MOMENT_STRIDE];
    v_records(work->x, centres, &record[0], &record[1], &record[2], &record[3]);
    const vi centre[3] = {v_bits(record[0]), v_bits(record[1]), v_bits(record[2])};
    load_moments(work, centres, own);
    PairSums sums = {.n_pairs = 0};
    for (int k = 0; k < columns; k++, entry += W, keep += BOND_STRIDE)
      forces_column(sw, work, entry, keep, centre, unit, own, dim, order, magic, &sums);
    const vi bias = v_set_int((int64_t)((uint64_t)columns * (uint64_t)v_bits(magic)[0]));
    vi f[3]       = {v_set_int(0), v_set_int(0), v_set_int(0)};
    for (int a = 0; a < dim; a++) f[a] = sums.f[a] - bias;
    v_add_records(work->f, centres, f[0], f[1], f[2], v_set_int(0));
    for (int a = 0; a < 6 && order > 0; a++)
      if (dim == 3 || a == 0 || a == 1 || a == 3) out->virial[a] += v_sum_int(sums.virial[a] - bias);
  }
  memcpy(out->claims, claims, sizeof claims);
}

#define PASS_0(dim, is_usual) with_energy ? pass_moments(sw, work, dim, is_usual, 1) : pass_moments(sw, work, dim, is_usual, 0)
#define PASS_1(dim) with_energy ? pass_forces(sw, work, dim, 1) : pass_forces(sw, work, dim, 0)
static void force(const void *parameters, ForceWork *work, int pass, bool with_energy) {
  const StillingerWeber *sw = parameters;
  const bool is_usual       = sw->gamma == 1.2;
  if (pass == 0 && work->dim == 3 && is_usual)
    PASS_0(3, true);
  else if (pass == 0 && work->dim == 3)
    PASS_0(3, false);
  else if (pass == 0)
    PASS_0(2, false);
  else if (work->dim == 3)
    PASS_1(3);
  else
    PASS_1(2);
}
static void settle(const void *parameters, ForceWork *work, int pass, bool with_energy) {
  const StillingerWeber *sw = parameters;
  if (pass == 0)
    settle_moments(sw, work, with_energy);
  else
    work->force_unit = force_energy_quantum(work) / sw->sigma;
}
/** Two-body part. */
static PairValue value(const void *parameters, int i, int j, double r) {
  (void)i, (void)j;
  const StillingerWeber *sw = parameters;
  const double x            = r / sw->sigma;
  if (!(x < sw->a)) return (PairValue){0, 0, 0};
  const double h = 1 / (x - sw->a), e = sw->A * exp(h), p = sw->B * pow(x, -4), well = p - 1;
  const double slope     = e * (-4 * p / x - well * h * h);
  const double curvature = e * (20 * p / (x * x) + 8 * p / x * h * h + well * (h * h * h * h + 2 * h * h * h));
  return (PairValue){e * well, -slope / (x * sw->sigma * sw->sigma), curvature / (sw->sigma * sw->sigma)};
}

/** ln E = gamma/(x - a) of an arm of squared length y, x = sqrt(y)/sigma: its first two derivatives by y. */
static void arm_logarithm(const StillingerWeber *sw, double y, double derivatives[2]) {
  const double r = sqrt(y), h = 1 / (r / sw->sigma - sw->a), scale = sw->gamma / (2 * sw->sigma);
  derivatives[0] = -scale * h * h / r;
  derivatives[1] = scale * h * h / y * (h / sw->sigma + 0.5 / r);
}
/** h = W t^2, W = lambda E_1 E_2, t = C (AB)^-1/2 - cos theta_0, S = (A, B, C):
 *    h_m = W_m t^2 + 2 W t t_m,   h_mn = W_mn t^2 + 2 t (W_m t_n + W_n t_m) + 2 W (t_m t_n + t t_mn). */
static TripletValue triplet(const void *parameters, const double s[3]) {
  const StillingerWeber *sw = parameters;
  const double x_1 = sqrt(s[0]) / sw->sigma, x_2 = sqrt(s[1]) / sw->sigma;
  TripletValue value = {0};
  if (!(x_1 < sw->a) || !(x_2 < sw->a)) return value;
  double e_1[2], e_2[2];
  arm_logarithm(sw, s[0], e_1);
  arm_logarithm(sw, s[1], e_2);
  const double w       = sw->lambda * exp(sw->gamma / (x_1 - sw->a) + sw->gamma / (x_2 - sw->a));
  const double inverse = 1 / sqrt(s[0] * s[1]), cosine = s[2] * inverse, t = cosine - sw->cosine;
  const double w_m[3] = {w * e_1[0], w * e_2[0], 0}, t_m[3] = {-0.5 * cosine / s[0], -0.5 * cosine / s[1], inverse};
  const double w_mn[3][3] = {
      {w * (e_1[0] * e_1[0] + e_1[1]), w_m[0] * e_2[0], 0}, {w_m[0] * e_2[0], w * (e_2[0] * e_2[0] + e_2[1]), 0}, {0, 0, 0}};
  const double t_12 = 0.25 * cosine * inverse * inverse, t_13 = -0.5 * inverse / s[0], t_23 = -0.5 * inverse / s[1];
  const double t_mn[3][3] = {{0.75 * cosine / (s[0] * s[0]), t_12, t_13}, {t_12, 0.75 * cosine / (s[1] * s[1]), t_23}, {t_13, t_23, 0}};
  value.h                 = w * t * t;
  for (int m = 0; m < 3; m++) {
    value.first[m] = w_m[m] * t * t + 2 * w * t * t_m[m];
    for (int n = 0; n < 3; n++)
      value.second[m][n] = w_mn[m][n] * t * t + 2 * t * (w_m[m] * t_m[n] + w_m[n] * t_m[m]) + 2 * w * (t_m[m] * t_m[n] + t * t_mn[m][n]);
  }
  return value;
}

const Potential PATH_NAME(stillinger_weber) = {
    "stillinger_weber",
    "three-body network former, lambda 18.75 (silicon: 21), rho 0.52",
    "Stillinger, Weber, Phys. Rev. B 31, 5262 (1985); Russo, Romano, Tanaka, Phys. Rev. X 8, 021040 (2018)",
    N_MOMENTS,
    &schema,
    read,
    release,
    range,
    value,
    force,
    settle,
    triplet};
