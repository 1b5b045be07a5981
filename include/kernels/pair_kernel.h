#pragma once
/** The loop over pairs, written once. A member gives one inline function
 *
 *      static ALWAYS_INLINE PairTerms NAME_terms(const vd *c, vd y, const int order)
 *
 *  of y = r2/sigma^2 and its constants c[]; PAIR_POTENTIAL makes of it the fused kernels in two and three dimensions, for cubic and
 *  other boxes, with and without energies, and the scalar `pair` of the contract.
 *
 *  Constants of a species pair are filled by  NAME_constants(parameters, a, b, unit2, c):  c[0] = unit2/sigma^2, c[1] = (r_c/sigma)^2,
 *  the rest as the member likes. The kernel calls with the square of the coordinate unit, so that y = c[0] * (integer distance)^2;
 *  terms.f must be -u'(r)/r * unit2, that is -2 du/dy * c[0]: constants that carry an energy scale are best folded with c[0].
 *  `uniform` is a literal bit mask of the constants that are equal for all species pairs (no blend is made for them).
 *
 *  A column is a chain of some 90 cycles from the loads to the sums. Where the processor holds few operations in flight (VECTOR_AHEAD, see
 *  vector.h) the next column is opened, up to its r2, before this one is closed: two half chains side by side.
 *
 *  Bits: no contraction (-ffp-contract=off), every fused multiply-add is written; so every copy of the loop rounds alike. The force of
 *  i on j is the exact opposite of j on i: momentum is conserved to the last bit. */
#include "kernels/force_work.h"
#include "kernels/vector.h"
#include "potentials/potential.h"

enum { PAIR_CONSTANTS = 10 };
typedef struct PairTerms {
  vd u, f, k;
} PairTerms; /* order 0: f; 1: f, u; 2: f, u, k = u''(r) unit2 */
typedef PairTerms PairFunction(const vd *c, vd y, int order);
typedef void PairConstants(const void *parameters, int a, int b, double unit2, double *c);

typedef struct PairSums {
  vi f[3], energy, virial[6];
  vd steepest;
  int64_t n_pairs;
} PairSums;

/** sum + f d, exactly: the product is rounded to the grid of `magic` and its bits are added as integers. TEKTITE_PLAIN_SUMS is for
 *  `scripts/bench --exact-cost` only: a build with ordinary sums in the same registers, to measure what exactness costs. */
#ifdef TEKTITE_PLAIN_SUMS
ALWAYS_INLINE vi pair_add(vi sum, vd f, vd d, vd magic) { return (void)magic, v_bits(v_fma(f, d, (vd)sum)); }
ALWAYS_INLINE vd pair_force(vi sum, vi bias, double quantum, double unit) { return (void)bias, (void)quantum, (vd)sum * (1 / unit); }
#else
ALWAYS_INLINE vi pair_add(vi sum, vd f, vd d, vd magic) { return sum + v_bits(v_fma(f, d, magic)); }
ALWAYS_INLINE vd pair_force(vi sum, vi bias, double quantum, double unit) { return v_from_int(sum - bias) * (quantum / unit); }
#endif

/** A column of a chunk, W pairs, on its way: what is known of them before the potential is asked. */
typedef struct PairColumn {
  vd d[3], r2;     /* difference i - j and its square, coordinate units */
  vmask is_second; /* neighbours of the second species */
} PairColumn;
ALWAYS_INLINE PairColumn pair_open(const ForceWork *work, const int32_t *entry, const vi centre[3], const vd axis[3], int dim,
                                   int n_species, bool is_cubic) {
  PairColumn p = {.r2 = v_set(0.0)};
  vd record[4];
  v_records(work->x, entry, &record[0], &record[1], &record[2], &record[3]);
#pragma GCC unroll 3
  for (int a = 0; a < dim; a++) p.d[a] = v_from_int(centre[a] - v_bits(record[a]));
  if (!is_cubic)
#pragma GCC unroll 3
    for (int a = 1; a < dim; a++) p.d[a] = p.d[a] * axis[a];
  p.r2 = p.d[0] * p.d[0];
#pragma GCC unroll 3
  for (int a = 1; a < dim; a++) p.r2 = v_fma(p.d[a], p.d[a], p.r2);
  if (n_species == 2) p.is_second = v_offset_ge(entry, work->first_record[1]);
  return p;
}
/** Its forces (and energies) to the sums. `has_ends`: only lanes of `alive` count. */
ALWAYS_INLINE void pair_close(const PairColumn *p, vd constants[][2], vd magic_f, vd magic_e, vd cap, vmask alive, bool has_ends,
                              PairFunction *terms, int n_constants, unsigned uniform, int dim, int n_species, int order, PairSums *sums) {
  vd c[PAIR_CONSTANTS];
#pragma GCC unroll 10
  for (int k = 0; k < n_constants; k++)
    c[k] = n_species == 1 || (uniform >> k & 1) ? constants[k][0] : v_select(p->is_second, constants[k][1], constants[k][0]);
  const vd y   = p->r2 * c[0];
  vmask inside = v_lt(y, c[1]);
  if (has_ends) inside = v_and(inside, alive);
  const PairTerms t = terms(c, y, order);
  const vd f        = v_keep(inside, v_min(t.f, cap));
  sums->steepest    = v_max(sums->steepest, f);
#pragma GCC unroll 3
  for (int a = 0; a < dim; a++) sums->f[a] = pair_add(sums->f[a], f, p->d[a], magic_f);
  if (order > 0) {
    sums->energy += v_bits(v_keep(inside, t.u) + magic_e);
    const vd fx = f * p->d[0], fy = f * p->d[1];
    sums->virial[0] += v_bits(v_fma(fx, p->d[0], magic_e));
    sums->virial[1] += v_bits(v_fma(fy, p->d[1], magic_e));
    sums->virial[3] += v_bits(v_fma(fx, p->d[1], magic_e));
    if (dim == 3) {
      sums->virial[2] += v_bits(v_fma(f * p->d[2], p->d[2], magic_e));
      sums->virial[4] += v_bits(v_fma(fx, p->d[2], magic_e));
      sums->virial[5] += v_bits(v_fma(fy, p->d[2], magic_e));
    }
    sums->n_pairs += v_count(inside);
  }
}

/** 1.5 * 2^52 quanta: adding it rounds to a multiple of the quantum, and the low bits of the sum are that multiple. */
ALWAYS_INLINE double pair_magic(double quantum) { return VECTOR_MAGIC * quantum; }
/** Largest power of two not above value. */
ALWAYS_INLINE double pair_power(double value) {
  int exponent;
  (void)frexp(value, &exponent);
  return ldexp(1.0, exponent - 1);
}

/* Large systems: x does not fit into the cache nearest to the core. What chunks to come will read and write is fetched before: centres and
 * their forces PAIR_AHEAD particles ahead (a few rows of a block of the list; chunks follow the order of the particles), the list itself
 * PAIR_ENTRIES entries ahead. Where x is much larger than the second cache (is_vast), neighbours are fetched a chunk ahead, too. That
 * costs an issue slot per neighbour: on Granite Rapids (2 MB) it takes 15 to 25 % off the force loop of 1,024,000 particles and puts
 * 15 % on that of 128,000. */
enum { PAIR_AHEAD = 2048, PAIR_ENTRIES = 1024, PAIR_FAR = 1 << 15 };
ALWAYS_INLINE void pair_fetch(const ForceWork *work, int place) {
  if (place >= work->end) return;
  const List *list     = work->list;
  const int64_t *x     = work->x;
  const int chunk      = list->order[place];
  const int32_t *entry = list->entries + list->first[chunk], *end = entry + (int64_t)list->columns[chunk] * W;
  for (; entry < end; entry += W)
#pragma GCC unroll 8
    for (int lane = 0; lane < W; lane++) v_fetch_near(x + entry[lane]);
}

/** Chunks [from, end) of the list's order. Forces are f * d summed in coordinate units of axis 0: their quantum is a power of two in those
 * units. */
ALWAYS_INLINE void pair_forces(const void *parameters, ForceWork *work, PairConstants *fill, PairFunction *terms, int n_constants,
                               unsigned uniform, int dim, int n_species, bool is_cubic, int order) {
  const double unit = work->unit[0], quantum_e = force_energy_quantum(work), quantum_f = pair_power(quantum_e * unit);
  const vd magic_f = v_set(pair_magic(quantum_f)), magic_e = v_set(pair_magic(quantum_e));
  const vd axis[3] = {v_set(1.0), v_set(work->unit[1] / unit), v_set(work->unit[2] / unit)};
  vd constants[MAX_SPECIES][PAIR_CONSTANTS][2];
  for (int a = 0; a < n_species; a++)
    for (int b = 0; b < n_species; b++) {
      double c[PAIR_CONSTANTS];
      fill(parameters, a, b, unit * unit, c);
      for (int k = 0; k < n_constants; k++) constants[a][k][b] = v_set(c[k]);
    }
  const List *const list    = work->list;
  const vd cap              = v_set(work->steepest_allowed * unit * unit); /* f carries the square of the unit */
  vd steepest               = v_set(0.0);
  int64_t soon[MAX_SPECIES] = {0}; /* what is fetched next, per species */
  const bool is_far         = list->n_chunks * W >= PAIR_FAR;
  for (int place = work->from; place < work->end; place++) {
    const int chunk        = list->order[place];
    const int32_t *centres = list->centres + (int64_t)chunk * W, *counts = list->counts + (int64_t)chunk * W;
    const int32_t *entry = list->entries + list->first[chunk];
    const int species = n_species == 1 ? 0 : list->species[chunk], full = list->full[chunk], columns = list->columns[chunk];
    if (is_far) {
      int64_t *const next = &soon[species]; /* at an even pace from where this call begins: the chunks only roughly follow the particles */
      if (*next == 0) *next = centres[0] + 4 * PAIR_AHEAD;
      for (const int64_t end = *next + 4 * W; *next < end; *next += 8) v_fetch(work->x + *next), v_fetch(work->f + *next);
      for (int k = 0; k < columns * W; k += 16) v_fetch(entry + PAIR_ENTRIES + k); /* a stream that ends at every page, if left alone */
      if (work->is_vast) pair_fetch(work, place + 1);
    }
    vd record[4], own[PAIR_CONSTANTS][2];
    v_records(work->x, centres, &record[0], &record[1], &record[2], &record[3]);
    const vi centre[3] = {v_bits(record[0]), v_bits(record[1]), v_bits(record[2])};
#pragma GCC unroll 10
    for (int k = 0; k < n_constants; k++)
      for (int b = 0; b < n_species; b++) own[k][b] = constants[species][k][b];
    PairSums sums = {.steepest = steepest};
#define PAIR_OPEN() pair_open(work, entry, centre, axis, dim, n_species, is_cubic)
#define PAIR_CLOSE(alive, has_ends) \
  pair_close(&here, own, magic_f, magic_e, cap, alive, has_ends, terms, n_constants, uniform, dim, n_species, order, &sums)
#define PAIR_COLUMNS(end, alive, has_ends) \
  for (; k < (end); k++) {                 \
    const PairColumn column = PAIR_OPEN(); \
    entry += W;                            \
    if (!VECTOR_AHEAD) here = column;      \
    PAIR_CLOSE(alive, has_ends);           \
    here = column;                         \
  }
    /* VECTOR_AHEAD: `here` is column k, opened one turn before; else it is opened and closed in the same turn */
    PairColumn here = {.r2 = v_set(0.0)};
    const int ahead = VECTOR_AHEAD && columns > 0;
    int k           = 0;
    if (ahead) here = PAIR_OPEN();
    if (ahead) entry += W;
    PAIR_COLUMNS(full < columns ? full : columns - ahead, ((vmask){0}), false)
    PAIR_COLUMNS(columns - ahead, v_longer(counts, k), true)
    if (ahead) PAIR_CLOSE(v_longer(counts, k), true);
#undef PAIR_OPEN
#undef PAIR_CLOSE
#undef PAIR_COLUMNS
    steepest        = sums.steepest;
    const vi bias_f = v_set_int((int64_t)((uint64_t)columns * (uint64_t)v_bits(magic_f)[0]));
    const vi bias_e = v_set_int((int64_t)((uint64_t)columns * (uint64_t)v_bits(magic_e)[0]));
    vd f[3]         = {v_set(0.0), v_set(0.0), v_set(0.0)};
#pragma GCC unroll 3
    for (int a = 0; a < dim; a++) f[a] = pair_force(sums.f[a], bias_f, quantum_f, unit);
    v_store_records(work->f, centres, list->lanes[chunk], f[0], f[1], f[2], v_set(0.0));
    if (order > 0) {
      const vi energy = sums.energy - bias_e;
      for (int lane = 0; lane < list->lanes[chunk]; lane++)
        if (work->energies) work->energies[centres[lane] / 4] = 0.5 * quantum_e * (double)energy[lane];
      work->energy += v_sum_int(energy);
      for (int a = 0; a < 6; a++)
        if (dim == 3 || a == 0 || a == 1 || a == 3) work->virial[a] += v_sum_int(sums.virial[a] - bias_e);
      work->n_pairs += sums.n_pairs;
    }
  }
  work->steepest = fmax(work->steepest, v_largest(steepest) / (unit * unit));
}

/** One pair at distance r by the same vector function: lane 0 of equal lanes. */
ALWAYS_INLINE PairValue pair_value(const void *parameters, int a, int b, double r, PairConstants *fill, PairFunction *terms) {
  double scalar[PAIR_CONSTANTS];
  vd c[PAIR_CONSTANTS];
  fill(parameters, a, b, 1.0, scalar);
  for (int k = 0; k < PAIR_CONSTANTS; k++) c[k] = v_set(scalar[k]);
  const vd y        = v_set(r * r) * c[0];
  const PairTerms t = terms(c, y, 2);
  if (!(y[0] < scalar[1])) return (PairValue){0, 0, 0};
  return (PairValue){t.u[0], t.f[0], t.k[0]};
}

#define PAIR_BRANCH(stem, count, uniform, dimension, species_count, cubic)                                               \
  if (work->dim == dimension && work->n_species == species_count && work->is_cubic == cubic) {                           \
    if (with_energy)                                                                                                     \
      pair_forces(parameters, work, stem##_constants, stem##_terms, count, uniform, dimension, species_count, cubic, 1); \
    else                                                                                                                 \
      pair_forces(parameters, work, stem##_constants, stem##_terms, count, uniform, dimension, species_count, cubic, 0); \
    return;                                                                                                              \
  }
/** The functions of a pair member: stem_force and stem_value. */
#define PAIR_POTENTIAL(stem, count, uniform)                                                      \
  static void stem##_force(const void *parameters, ForceWork *work, int pass, bool with_energy) { \
    (void)pass;                                                                                   \
    PAIR_BRANCH(stem, count, uniform, 3, 2, true)                                                 \
    PAIR_BRANCH(stem, count, uniform, 3, 2, false)                                                \
    PAIR_BRANCH(stem, count, uniform, 2, 2, true)                                                 \
    PAIR_BRANCH(stem, count, uniform, 2, 2, false)                                                \
    PAIR_BRANCH(stem, count, uniform, 3, 1, true)                                                 \
    PAIR_BRANCH(stem, count, uniform, 3, 1, false)                                                \
    PAIR_BRANCH(stem, count, uniform, 2, 1, true)                                                 \
    PAIR_BRANCH(stem, count, uniform, 2, 1, false)                                                \
  }                                                                                               \
  static PairValue stem##_value(const void *parameters, int a, int b, double r) {                 \
    return pair_value(parameters, a, b, r, stem##_constants, stem##_terms);                       \
  }
