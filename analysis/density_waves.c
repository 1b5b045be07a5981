/* Density waves.
 *
 * Phases. exp(i q . r) with q = 2 pi (l/Lx, m/Ly, n/Lz) is X^l Y^m Z^n, X = exp(2 pi i x / Lx): one sine and cosine per particle and axis,
 * the powers by recurrence (its error grows like l times 1e-16). Particles go in blocks of one species, whose powers stay in the cache
 * while all vectors are worked off. Empty places of a block have amplitude 0. Sums go in LANES parts: vector instructions, and the same
 * result whatever their width.
 *
 * Mirror images (l, +-m, +-n) are made of the same few real products, a group at the price of little more than one vector. With
 * X^l = xr + i xi and so on, a = X Y and b = X Y*:
 *   a = (xr yr - xi yi) + i (xr yi + xi yr)      b = (xr yr + xi yi) + i (xi yr - xr yi)
 *   sum a Z  = (S(ar zr) - S(ai zi)) + i (S(ar zi) + S(ai zr)),   S: sums over the block
 *   sum a Z* = (S(ar zr) + S(ai zi)) + i (S(ai zr) - S(ar zi)),   and the same for b.
 *
 * Choice of vectors. The lattice points of the octant l, m, n >= 0 are visited in the order of (l, m, n), twice: once to count each bin,
 * once to choose. Each stands for its mirror images in the half space (first non-zero component positive). Where a bin of P points holds
 * V > `most` vectors, its points are cut into P most / V strata of consecutive points, and one point is taken from each: where in the
 * stratum a hash of (bin, stratum) says. As the order runs along l, and equal slices of a sphere have equal area, the strata are equal
 * pieces of the sphere; the hash prevents that a regular stride follows the lattice. */
#include "density_waves.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <xxhash.h>

#include "base/compiler.h"
#include "base/memory.h"
#include "pair_counts.h"

enum { BLOCK = 64, LANES = 2, RE = 0, IM = 1, N_PARTS = 2 };
enum { MOST_IN_GROUP = 4 };

static const double TWO_PI = 6.283185307179586477;

/* ---- which vectors -------------------------------------------------------------------------------------------------------------- */

typedef struct Choice {
  DensityWaves *waves;
  double highest;
  int64_t most;       /* vectors per bin */
  bool is_counting;   /* first visit */
  int64_t *n_vectors; /* [n_bins] vectors present */
  int64_t *n_points;  /* [n_bins] points of the octant they are mirror images of */
  int64_t *n_visited; /* [n_bins] points, in the second visit */
  int64_t *stratum;   /* [n_bins] the one we are in */
} Choice;

/* Mirror images in the half space: may m, may n change sign? */
static bool has_minus_m(const int lattice[3]) { return lattice[0] > 0 && lattice[1] > 0; }
static bool has_minus_n(const int lattice[3]) { return (lattice[0] > 0 || lattice[1] > 0) && lattice[2] > 0; }
static int count_images(const int lattice[3]) { return (has_minus_m(lattice) ? 2 : 1) * (has_minus_n(lattice) ? 2 : 1); }

static bool takes_all(const Choice *choice, int bin) { return choice->n_vectors[bin] <= choice->most; }

/* Points taken of a bin. */
static int64_t count_strata(const Choice *choice, int bin) {
  if (takes_all(choice, bin)) return choice->n_points[bin];
  const int64_t n = choice->n_points[bin] * choice->most / choice->n_vectors[bin];
  return n > 0 ? n : 1;
}

/* Stratum k of a bin is points begin .. end-1; the one where the hash points. */
static int64_t chosen_point(const Choice *choice, int bin, int64_t k) {
  const int64_t n = choice->n_points[bin], n_strata = count_strata(choice, bin);
  const int64_t begin = k * n / n_strata, end = (k + 1) * n / n_strata;
  const int64_t key[2] = {bin, k};
  return begin + (int64_t)(XXH64(key, sizeof key, 0) % (uint64_t)(end - begin));
}

static bool is_chosen(Choice *choice, int bin) {
  const int64_t point = choice->n_visited[bin]++, k = choice->stratum[bin];
  if (takes_all(choice, bin)) return true;
  if (k >= count_strata(choice, bin) || point != chosen_point(choice, bin, k)) return false;
  choice->stratum[bin]++;
  return true;
}

static void take_group(DensityWaves *waves, const int lattice[3], int bin, double q) {
  WaveGroup *group = &waves->groups[waves->n_groups++];
  const int n      = count_images(lattice);
  *group           = (WaveGroup){.lattice = {lattice[0], lattice[1], lattice[2]}, .bin = bin, .first = waves->n_vectors, .n = n};
  for (int k = 0; k < MOST_IN_GROUP; k++) { /* bit 0: -m, bit 1: -n */
    if (((k & 1) != 0 && !has_minus_m(lattice)) || ((k & 2) != 0 && !has_minus_n(lattice))) continue;
    int32_t *vector = waves->lattice[waves->n_vectors++];
    vector[0]       = lattice[0];
    vector[1]       = (k & 1) != 0 ? -lattice[1] : lattice[1];
    vector[2]       = (k & 2) != 0 ? -lattice[2] : lattice[2];
  }
  for (int d = 0; d < 3; d++)
    if (lattice[d] > waves->highest[d]) waves->highest[d] = lattice[d];
  waves->n_used[bin] += n;
  waves->mean_q[bin] += n * q;
}

static void visit_point(Choice *choice, const int lattice[3], double q) {
  const int bin = (int)(q / choice->waves->bin_width);
  if (bin >= choice->waves->n_bins) return;
  if (choice->is_counting) {
    choice->n_vectors[bin] += count_images(lattice);
    choice->n_points[bin]++;
  } else if (is_chosen(choice, bin)) {
    take_group(choice->waves, lattice, bin, q);
  }
}

/* Largest index on an axis when the other components leave q2 of the squared length. */
static int last_index(double q2, double edge) { return q2 > 0 ? (int)(sqrt(q2) * edge / TWO_PI) : 0; }

static void visit_octant(Choice *choice) {
  const double *edges = choice->waves->edges, limit = choice->highest * choice->highest;
  const double unit[3] = {TWO_PI / edges[0], TWO_PI / edges[1], TWO_PI / edges[2]};
  const int last_l     = last_index(limit, edges[0]);
  for (int l = 0; l <= last_l; l++) {
    const double q2_l = unit[0] * l * unit[0] * l;
    const int last_m  = last_index(limit - q2_l, edges[1]);
    for (int m = 0; m <= last_m; m++) {
      const double q2_m = q2_l + unit[1] * m * unit[1] * m;
      const int last_n  = choice->waves->dim == 3 ? last_index(limit - q2_m, edges[2]) : 0;
      for (int n = 0; n <= last_n; n++) {
        const double q2 = q2_m + unit[2] * n * unit[2] * n;
        if (q2 > 0 && q2 < limit) visit_point(choice, (int[3]){l, m, n}, sqrt(q2));
      }
    }
  }
}

static void choose_vectors(DensityWaves *waves, double highest, int most) {
  const size_t n_bins = (size_t)waves->n_bins;
  Choice choice       = {.waves       = waves,
                         .highest     = highest,
                         .most        = most,
                         .is_counting = true,
                         .n_vectors   = memory_array(n_bins, sizeof(int64_t)),
                         .n_points    = memory_array(n_bins, sizeof(int64_t)),
                         .n_visited   = memory_array(n_bins, sizeof(int64_t)),
                         .stratum     = memory_array(n_bins, sizeof(int64_t))};
  visit_octant(&choice);
  size_t n_groups = 0;
  for (int b = 0; b < waves->n_bins; b++) n_groups += (size_t)count_strata(&choice, b);
  waves->groups      = memory_array(n_groups, sizeof *waves->groups);
  waves->lattice     = memory_array(n_groups * MOST_IN_GROUP, sizeof *waves->lattice);
  choice.is_counting = false;
  visit_octant(&choice);
  for (size_t b = 0; b < n_bins; b++) {
    waves->n_present[b] = (double)choice.n_vectors[b];
    waves->mean_q[b]    = waves->n_used[b] > 0 ? waves->mean_q[b] / waves->n_used[b] : NAN;
  }
  memory_free(choice.n_vectors);
  memory_free(choice.n_points);
  memory_free(choice.n_visited);
  memory_free(choice.stratum);
}

DensityWaves *density_waves_create(int dim, const double edges[3], int n_species, double highest, double bin_width, int most) {
  DensityWaves *waves = memory_array(1, sizeof *waves);
  waves->dim          = dim;
  waves->bin_width    = bin_width;
  waves->n_bins       = (int)ceil(highest / bin_width * (1 - 1e-12));
  for (int d = 0; d < 3; d++) waves->edges[d] = d < dim ? edges[d] : 1;
  waves->n_used    = memory_array((size_t)waves->n_bins, sizeof *waves->n_used);
  waves->n_present = memory_array((size_t)waves->n_bins, sizeof *waves->n_present);
  waves->mean_q    = memory_array((size_t)waves->n_bins, sizeof *waves->mean_q);
  choose_vectors(waves, highest, most);
  const int rows = waves->highest[0] + waves->highest[1] + waves->highest[2] + 3;
  waves->phases  = memory_array((size_t)rows * N_PARTS * BLOCK, sizeof *waves->phases);
  waves->sums    = memory_array((size_t)n_species * (size_t)waves->n_vectors * 2, sizeof *waves->sums);
  return waves;
}

void density_waves_destroy(DensityWaves **waves) {
  DensityWaves *old = *waves;
  if (old == NULL) return;
  memory_free(old->lattice);
  memory_free(old->groups);
  memory_free(old->n_used);
  memory_free(old->n_present);
  memory_free(old->mean_q);
  memory_free(old->phases);
  memory_free(old->sums);
  memory_free(old);
  *waves = NULL;
}

/* ---- the sums ------------------------------------------------------------------------------------------------------------------- */

/* Powers 0 .. highest of the phases of one axis, [highest + 1][N_PARTS][BLOCK]. */
static void fill_axis(double *rows, int highest, const double *angle, const double *amplitude) {
  double step_re[BLOCK], step_im[BLOCK];
  for (int i = 0; i < BLOCK; i++) {
    step_re[i]           = cos(angle[i]);
    step_im[i]           = sin(angle[i]);
    rows[RE * BLOCK + i] = amplitude[i];
    rows[IM * BLOCK + i] = 0;
  }
  for (int k = 1; k <= highest; k++) {
    const double *restrict before = rows + (size_t)(k - 1) * N_PARTS * BLOCK;
    double *restrict now          = rows + (size_t)k * N_PARTS * BLOCK;
    for (int i = 0; i < BLOCK; i++) {
      const double re = before[RE * BLOCK + i], im = before[IM * BLOCK + i];
      now[RE * BLOCK + i] = re * step_re[i] - im * step_im[i];
      now[IM * BLOCK + i] = re * step_im[i] + im * step_re[i];
    }
  }
}

/* The four real sums behind a product and its mirror image: S(ar zr), S(ai zi), S(ar zi), S(ai zr), each in LANES parts. */
enum { RR, II, RI, IR, N_PRODUCTS };

ALWAYS_INLINE void add_products(double sums[N_PRODUCTS][LANES], int k, double ar, double ai, double zr, double zi) {
  sums[RR][k] += ar * zr;
  sums[II][k] += ai * zi;
  sums[RI][k] += ar * zi;
  sums[IR][k] += ai * zr;
}

/* sum a Z and sum a Z* into two of the group's waves. */
static void finish_products(double sums[N_PRODUCTS][LANES], double plus[2], double minus[2]) {
  double total[N_PRODUCTS] = {0};
  for (int p = 0; p < N_PRODUCTS; p++)
    for (int k = 0; k < LANES; k++) total[p] += sums[p][k];
  plus[0]  = total[RR] - total[II];
  plus[1]  = total[RI] + total[IR];
  minus[0] = total[RR] + total[II];
  minus[1] = total[IR] - total[RI];
}

/* Sums over a block of X Y Z for (m, n), (-m, n), (m, -n), (-m, -n). */
static void sum_group_3d(const double *restrict x, const double *restrict y, const double *restrict z, double waves[MOST_IN_GROUP][2]) {
  double a[N_PRODUCTS][LANES] = {{0}}, b[N_PRODUCTS][LANES] = {{0}};
  for (int i = 0; i < BLOCK; i += LANES)
    for (int k = 0; k < LANES; k++) {
      const double xr = x[i + k], xi = x[BLOCK + i + k], yr = y[i + k], yi = y[BLOCK + i + k], zr = z[i + k], zi = z[BLOCK + i + k];
      const double rr = xr * yr, ii = xi * yi, ri = xr * yi, ir = xi * yr;
      add_products(a, k, rr - ii, ri + ir, zr, zi);
      add_products(b, k, rr + ii, ir - ri, zr, zi);
    }
  finish_products(a, waves[0], waves[2]);
  finish_products(b, waves[1], waves[3]);
}

/* Sums over a block of X Y for m, -m. */
static void sum_group_2d(const double *restrict x, const double *restrict y, double waves[MOST_IN_GROUP][2]) {
  double a[N_PRODUCTS][LANES] = {{0}};
  for (int i = 0; i < BLOCK; i += LANES)
    for (int k = 0; k < LANES; k++) add_products(a, k, x[i + k], x[BLOCK + i + k], y[i + k], y[BLOCK + i + k]);
  finish_products(a, waves[0], waves[1]);
}

/* Add one block, whose phases are in rows, to sums[n_vectors][2]. */
static void add_groups(const DensityWaves *all, const double *const rows[3], double *sums) {
  for (int g = 0; g < all->n_groups; g++) {
    const WaveGroup *group = &all->groups[g];
    const double *row[3];
    double waves[MOST_IN_GROUP][2];
    for (int d = 0; d < 3; d++) row[d] = rows[d] + (size_t)group->lattice[d] * N_PARTS * BLOCK;
    if (all->dim == 3)
      sum_group_3d(row[0], row[1], row[2], waves);
    else
      sum_group_2d(row[0], row[1], waves);
    const int step = group->n == 2 && !has_minus_m(group->lattice) ? 2 : 1; /* only n changes sign */
    for (int k = 0; k < group->n; k++) {
      sums[2 * (group->first + k)] += waves[k * step][0];
      sums[2 * (group->first + k) + 1] += waves[k * step][1];
    }
  }
}

/* Add n <= BLOCK particles to sums[n_vectors][2]. */
static void add_block(DensityWaves *waves, const Frame *frame, int n, const int64_t *members, double *sums) {
  double *rows[3];
  double *next = waves->phases;
  for (int d = 0; d < 3; d++) {
    double angle[BLOCK] = {0}, amplitude[BLOCK] = {0};
    for (int i = 0; i < n; i++) {
      amplitude[i] = 1;
      if (d < waves->dim) angle[i] = TWO_PI / waves->edges[d] * frame->position[3 * members[i] + d];
    }
    rows[d] = next;
    fill_axis(rows[d], waves->highest[d], angle, amplitude);
    next += (size_t)(waves->highest[d] + 1) * N_PARTS * BLOCK;
  }
  add_groups(waves, (const double *const[3]){rows[0], rows[1], rows[2]}, sums);
}

static void add_species(DensityWaves *waves, const Frame *frame, int species, double *sums) {
  int64_t members[BLOCK];
  int n = 0;
  for (int64_t i = 0; i < frame->n; i++) {
    if (frame->species[i] != species) continue;
    members[n++] = i;
    if (n < BLOCK) continue;
    add_block(waves, frame, n, members, sums);
    n = 0;
  }
  if (n > 0) add_block(waves, frame, n, members, sums);
}

void density_waves_add(DensityWaves *waves, const Frame *frame, int n_species, double *power) {
  const size_t n = (size_t)waves->n_vectors;
  memset(waves->sums, 0, (size_t)n_species * n * 2 * sizeof *waves->sums);
  for (int s = 0; s < n_species; s++) add_species(waves, frame, s, waves->sums + 2 * n * (size_t)s);
  for (int a = 0; a < n_species; a++)
    for (int b = a; b < n_species; b++) {
      const double *left = waves->sums + 2 * n * (size_t)a, *right = waves->sums + 2 * n * (size_t)b;
      double *row = power + (size_t)pair_row(a, b) * (size_t)waves->n_bins;
      for (int g = 0; g < waves->n_groups; g++) {
        const WaveGroup *group = &waves->groups[g];
        for (int v = 2 * group->first; v < 2 * (group->first + group->n); v += 2)
          row[group->bin] += left[v] * right[v] + left[v + 1] * right[v + 1];
      }
    }
}
