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
 *  The list holds a pair once. What it gives to the centre stays in registers until the row ends; the other ends of a column, W records,
 *  are added to one after the other, since some may be the same particle. That costs less than doing every pair twice.
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

/* Products are rounded to the grid of `magic` and their bits are added as integers: exactly. What the magic number itself adds is taken off
 * where a term leaves for the other end of its pair, and at the end of a row, where the sum turns round: terms are those of the forces on
 * the other ends. TEKTITE_PLAIN_SUMS is for `scripts/bench --exact-cost` only: a build with ordinary sums in the same registers, to measure
 * what exactness costs. */
#ifdef TEKTITE_PLAIN_SUMS
ALWAYS_INLINE vi pair_term(vd f, vd d, vd magic) { return (void)magic, v_bits(f * d); }
ALWAYS_INLINE vi pair_plus(vi sum, vi term) { return v_bits((vd)sum + (vd)term); }
ALWAYS_INLINE vi pair_bare(vi term, vd magic) { return (void)magic, term; }
ALWAYS_INLINE vi pair_opposite(vi sum, vi bias) { return (void)bias, v_bits(-(vd)sum); }
ALWAYS_INLINE double pair_unit(double quantum, double unit) { return (void)quantum, 1 / unit; }
#else
ALWAYS_INLINE vi pair_term(vd f, vd d, vd magic) { return v_bits(v_fma(f, d, magic)); }
ALWAYS_INLINE vi pair_plus(vi sum, vi term) { return sum + term; }
ALWAYS_INLINE vi pair_bare(vi term, vd magic) { return term - v_bits(magic); }
ALWAYS_INLINE vi pair_opposite(vi sum, vi bias) { return bias - sum; }
ALWAYS_INLINE double pair_unit(double quantum, double unit) { return quantum / unit; }
#endif

/** A column of a chunk, W pairs, on its way: what is known of them before the potential is asked. */
typedef struct PairColumn {
  const int32_t *entry;
  vd d[3], r2;     /* difference j - i and its square, coordinate units */
  vmask is_second; /* neighbours of the second species */
} PairColumn;
ALWAYS_INLINE PairColumn pair_open(const ForceWork *work, const int32_t *entry, const vi centre[3], const vd axis[3], int dim,
                                   int n_species, bool is_cubic) {
  PairColumn p = {.entry = entry, .r2 = v_set(0.0)};
  vd record[4];
  v_records(work->x, entry, &record[0], &record[1], &record[2], &record[3]);
#pragma GCC unroll 3
  for (int a = 0; a < dim; a++) p.d[a] = v_from_int(v_bits(record[a]) - centre[a]);
  if (!is_cubic)
#pragma GCC unroll 3
    for (int a = 1; a < dim; a++) p.d[a] = p.d[a] * axis[a];
  p.r2 = p.d[0] * p.d[0];
#pragma GCC unroll 3
  for (int a = 1; a < dim; a++) p.r2 = v_fma(p.d[a], p.d[a], p.r2);
  if (n_species == 2) p.is_second = v_offset_ge(entry, 4 * work->first[1]);
  return p;
}
/** Forces (and energies) of a column to the sums of the row and to the other ends. `has_ends`: only lanes of `alive` count. */
ALWAYS_INLINE void pair_close(const ForceWork *work, const PairColumn *p, vd constants[][2], vd magic_f, vd magic_e, vd cap, vmask alive,
                              bool has_ends, PairFunction *terms, int n_constants, unsigned uniform, int dim, int n_species, int order,
                              PairSums *sums) {
  vd c[PAIR_CONSTANTS];
#pragma GCC unroll 10
  for (int k = 0; k < n_constants; k++)
    c[k] = n_species == 1 || (uniform >> k & 1) ? constants[k][0] : v_choose(p->is_second, constants[k][0], constants[k][1]);
  const vd y   = p->r2 * c[0];
  vmask inside = v_lt(y, c[1]);
  if (has_ends) inside = v_and(inside, alive);
  const PairTerms t = terms(c, y, order);
  const vd f        = v_keep(inside, v_min(t.f, cap));
  sums->steepest    = v_max(f, sums->steepest);
  vi other[3] = {v_set_int(0), v_set_int(0), v_set_int(0)}, energy = v_set_int(0);
#pragma GCC unroll 3
  for (int a = 0; a < dim; a++) {
    const vi term = pair_term(f, p->d[a], magic_f);
    sums->f[a]    = pair_plus(sums->f[a], term);
    other[a]      = pair_bare(term, magic_f);
  }
  if (order > 0) {
    energy = v_bits(v_keep(inside, t.u) + magic_e);
    sums->energy += energy;
    energy -= v_bits(magic_e);
    const vd fx = f * p->d[0], fy = f * p->d[1], fz = f * p->d[dim - 1];
    const vd left[6] = {fx, fy, fz, fx, fx, fy}, right[6] = {p->d[0], p->d[1], p->d[2], p->d[1], p->d[2], p->d[2]};
#pragma GCC unroll 6
    for (int k = 0; k < 6; k++)
      if (dim == 3 || k == 0 || k == 1 || k == 3) sums->virial[k] += v_bits(v_fma(left[k], right[k], magic_e));
    sums->n_pairs += v_count(inside);
  }
  if (order > 0)
    v_add_records(work->f, p->entry, other[0], other[1], other[2], energy);
  else
    v_add_vectors(work->f, p->entry, other[0], other[1], other[2]);
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
 * costs issue slots: on Granite Rapids (2 MB) fetching x takes 15 to 25 % off the force loop of 1,024,000 particles and puts 15 % on that
 * of 128,000. Fetching f, too, takes another 20 % off the former on Emerald Rapids (2 MB), nothing on Zen 3. */
enum { PAIR_AHEAD = 2048, PAIR_ENTRIES = 1024, PAIR_FAR = 1 << 15 };
ALWAYS_INLINE void pair_fetch(const ForceWork *work, int place) {
  if (place >= work->end) return;
  const List *list = work->list;
  const int64_t *x = work->x, *f = work->f;
  const int chunk      = list->order[place];
  const int32_t *entry = list->entries + list->first[chunk], *end = entry + (int64_t)list->columns[chunk] * W;
  for (; entry < end; entry += W)
#pragma GCC unroll 8
    for (int lane = 0; lane < W; lane++) v_fetch_near(x + entry[lane]), v_fetch_near(f + entry[lane]);
}

/** What a chunk claims of the messages to come (see Claim); every kernel's loop over the chunks calls it. */
ALWAYS_INLINE void force_claim(Claim claims[CLAIMS]) {
  for (int k = 0; k < CLAIMS; k++) {
    Claim *c = &claims[k];
    if (c->delay-- > 0) continue;
    for (int n = 0; n < c->pace && c->next < c->end; n++, c->next += CACHE_LINE)
      if (k < CLAIM_IN)
        v_claim(c->next);
      else
        v_fetch(c->next);
  }
}

/** Forces are f * d summed in coordinate units of axis 0: their quantum is a power of two in those units. */
ALWAYS_INLINE double pair_quantum(const ForceWork *work) { return pair_power(force_energy_quantum(work) * work->unit[0]); }

/** Chunks [from, end) of the list's order. */
ALWAYS_INLINE void pair_forces(const void *parameters, ForceWork *out, PairConstants *fill, PairFunction *terms, int n_constants,
                               unsigned uniform, int dim, int n_species, bool is_cubic, int order) {
  const ForceWork copy = *out, *const work = &copy; /* known to stay as they are */
  const List lists = *work->list, *const list = &lists;
  const double unit = work->unit[0], quantum_e = force_energy_quantum(work), quantum_f = pair_quantum(work);
  const vd magic_f = v_set(pair_magic(quantum_f)), magic_e = v_set(pair_magic(quantum_e));
  const vd axis[3] = {v_set(1.0), v_set(work->unit[1] / unit), v_set(work->unit[2] / unit)};
  vd constants[MAX_SPECIES][PAIR_CONSTANTS][2];
  for (int a = 0; a < n_species; a++)
    for (int b = 0; b < n_species; b++) {
      double c[PAIR_CONSTANTS];
      fill(parameters, a, b, unit * unit, c);
      for (int k = 0; k < n_constants; k++) constants[a][k][b] = b == 0 ? v_set(c[k]) : v_choice(constants[a][k][0], v_set(c[k]));
    }
  const vd cap              = v_set(work->steepest_allowed * unit * unit); /* f carries the square of the unit */
  vd steepest               = v_set(0.0);
  int64_t soon[MAX_SPECIES] = {0}; /* what is fetched next, per species */
  const bool is_far         = list->n_chunks * W >= PAIR_FAR;
  Claim claims[CLAIMS];
  memcpy(claims, work->claims, sizeof claims);
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
    force_claim(claims);
    vd record[4], own[PAIR_CONSTANTS][2];
    v_records(work->x, centres, &record[0], &record[1], &record[2], &record[3]);
    const vi centre[3] = {v_bits(record[0]), v_bits(record[1]), v_bits(record[2])};
#pragma GCC unroll 10
    for (int k = 0; k < n_constants; k++)
      for (int b = 0; b < n_species; b++) own[k][b] = constants[species][k][b];
    PairSums sums = {.steepest = steepest};
#define PAIR_OPEN() pair_open(work, entry, centre, axis, dim, n_species, is_cubic)
#define PAIR_CLOSE(alive, has_ends) \
  pair_close(work, &here, own, magic_f, magic_e, cap, alive, has_ends, terms, n_constants, uniform, dim, n_species, order, &sums)
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
    vi f[3]         = {v_set_int(0), v_set_int(0), v_set_int(0)};
#pragma GCC unroll 3
    for (int a = 0; a < dim; a++) f[a] = pair_opposite(sums.f[a], bias_f);
    vi energy = v_set_int(0);
    if (order > 0) energy = sums.energy - bias_e;
    v_add_records(work->f, centres, f[0], f[1], f[2], energy); /* idle lanes add 0 */
    if (order > 0) {
      for (int a = 0; a < 6; a++)
        if (dim == 3 || a == 0 || a == 1 || a == 3) out->virial[a] += v_sum_int(sums.virial[a] - bias_e);
      out->n_pairs += sums.n_pairs;
    }
  }
  out->steepest = fmax(out->steepest, v_largest(steepest) / (unit * unit));
  memcpy(out->claims, claims, sizeof claims);
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
/** `settle` of all pair members: slot 3 of the locals' sums is that of their pair energies. */
static inline void pair_settle(const void *parameters, ForceWork *work, int pass, bool with_energy) {
  (void)parameters, (void)pass;
  const double quantum_e = force_energy_quantum(work);
  work->force_unit       = pair_unit(pair_quantum(work), work->unit[0]);
  for (int s = 0; s < work->n_species; s++)
    for (int i = work->first[s]; with_energy && i < work->first[s] + work->local[s]; i++) {
      const int64_t energy = work->f[4 * (int64_t)i + 3];
      work->energies[i]    = 0.5 * quantum_e * (double)energy;
      work->energy += energy;
    }
}
/** The functions of a pair member: stem_force and stem_value; beside them it has pair_settle. */
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
