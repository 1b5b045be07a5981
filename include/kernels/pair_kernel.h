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

/** One column of a chunk: W pairs. `has_ends`: some lanes may have ended (masked by counts). */
ALWAYS_INLINE void pair_column(const ForceWork *work, const int32_t *entry, const vi centre[3], const vd axis[3], vd constants[][2],
                               vd magic_f, vd magic_e, vd cap, vmask alive, bool has_ends, PairFunction *terms, int n_constants,
                               unsigned uniform, int dim, int n_species, bool is_cubic, int order, PairSums *sums) {
  vd c[PAIR_CONSTANTS], d[3], record[4];
  v_records(work->x, entry, &record[0], &record[1], &record[2], &record[3]);
#pragma GCC unroll 3
  for (int a = 0; a < dim; a++) d[a] = v_from_int(centre[a] - v_bits(record[a]));
  if (!is_cubic)
#pragma GCC unroll 3
    for (int a = 1; a < dim; a++) d[a] = d[a] * axis[a];
  vd r2 = d[0] * d[0];
#pragma GCC unroll 3
  for (int a = 1; a < dim; a++) r2 = v_fma(d[a], d[a], r2);
  if (n_species == 1) {
#pragma GCC unroll 10
    for (int k = 0; k < n_constants; k++) c[k] = constants[k][0];
  } else {
    const vmask is_second = v_offset_ge(entry, work->first_record[1]);
#pragma GCC unroll 10
    for (int k = 0; k < n_constants; k++) c[k] = uniform >> k & 1 ? constants[k][0] : v_select(is_second, constants[k][1], constants[k][0]);
  }
  const vd y   = r2 * c[0];
  vmask inside = v_lt(y, c[1]);
  if (has_ends) inside = v_and(inside, alive);
  const PairTerms t = terms(c, y, order);
  const vd f        = v_keep(inside, v_min(t.f, cap));
  sums->steepest    = v_max(sums->steepest, f);
#pragma GCC unroll 3
  for (int a = 0; a < dim; a++) sums->f[a] = pair_add(sums->f[a], f, d[a], magic_f);
  if (order > 0) {
    sums->energy += v_bits(v_keep(inside, t.u) + magic_e);
    const vd fx = f * d[0], fy = f * d[1];
    sums->virial[0] += v_bits(v_fma(fx, d[0], magic_e));
    sums->virial[1] += v_bits(v_fma(fy, d[1], magic_e));
    sums->virial[3] += v_bits(v_fma(fx, d[1], magic_e));
    if (dim == 3) {
      sums->virial[2] += v_bits(v_fma(f * d[2], d[2], magic_e));
      sums->virial[4] += v_bits(v_fma(fx, d[2], magic_e));
      sums->virial[5] += v_bits(v_fma(fy, d[2], magic_e));
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

enum { PAIR_AHEAD = 2048 }; /* particles: a few rows of a block of the list */

/** All chunks of the list. Forces are f * d summed in coordinate units of axis 0: their quantum is a power of two in those units. */
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
  const List *const list = work->list;
  const vd cap           = v_set(work->steepest_allowed * unit * unit); /* f carries the square of the unit */
  vd steepest            = v_set(work->steepest * unit * unit);
  int64_t soon[MAX_SPECIES]; /* what chunks to come will read and write is fetched now: they follow the order of the particles */
  for (int s = 0; s < n_species; s++) soon[s] = work->first_record[s] + 4 * PAIR_AHEAD;
  for (int chunk = 0; chunk < list->n_chunks; chunk++) {
    const int32_t *centres = list->centres + (int64_t)chunk * W, *counts = list->counts + (int64_t)chunk * W;
    const int32_t *entry = list->entries + list->first[chunk];
    const int species = n_species == 1 ? 0 : list->species[chunk], full = list->full[chunk], columns = list->columns[chunk];
    for (int64_t r = soon[species]; r < soon[species] + 4 * W; r += 8) v_fetch(work->x + r), v_fetch(work->f + r);
    soon[species] += 4 * W;
    vd record[4], own[PAIR_CONSTANTS][2];
    v_records(work->x, centres, &record[0], &record[1], &record[2], &record[3]);
    const vi centre[3] = {v_bits(record[0]), v_bits(record[1]), v_bits(record[2])};
#pragma GCC unroll 10
    for (int k = 0; k < n_constants; k++)
      for (int b = 0; b < n_species; b++) own[k][b] = constants[species][k][b];
    PairSums sums = {.steepest = steepest};
    int k         = 0;
    for (; k < full; k++, entry += W)
      pair_column(work, entry, centre, axis, own, magic_f, magic_e, cap, (vmask){0}, false, terms, n_constants, uniform, dim, n_species,
                  is_cubic, order, &sums);
    for (; k < columns; k++, entry += W)
      pair_column(work, entry, centre, axis, own, magic_f, magic_e, cap, v_longer(counts, k), true, terms, n_constants, uniform, dim,
                  n_species, is_cubic, order, &sums);
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
  work->steepest = v_largest(steepest) / (unit * unit);
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
