/* Density waves.
 *
 * Phases. exp(i q . r) with q = 2 pi (l/Lx, m/Ly, n/Lz) is X^l Y^m Z^n, X = exp(2 pi i x / Lx): one sine and cosine per particle and axis,
 * the powers by recurrence (its error grows like l times 1e-16). Particles go in blocks of one species, whose powers stay in the cache
 * while all vectors are worked off; negative m and n take the conjugate, which is why the negative of the imaginary part is kept, too. The
 * block is added up in LANES partial sums: vector instructions, and the same result whatever their width. Empty places of a block
 * have amplitude 0.
 *
 * Choice of vectors. All lattice points of the half sphere (first non-zero component positive) are visited in the order of (l, m, n),
 * twice: once to count each bin, once to choose. Of a bin with P points more than `most` = M are in M strata of consecutive points; one
 * point is taken from each, where in the stratum a hash of (bin, stratum) says. As the order runs along l, and equal slices of a sphere
 * have equal area, the strata are equal pieces of the sphere; the hash prevents that a regular stride follows the lattice. */
#include "density_waves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"
#include "matter/mixture.h"
#include "pair_counts.h"

enum { BLOCK = 64, LANES = 8, RE = 0, IM = 1, MINUS_IM = 2, N_PARTS = 3 };

static const double TWO_PI = 6.283185307179586477;

/* ---- which vectors -------------------------------------------------------------------------------------------------------------- */

typedef struct Choice {
  DensityWaves *waves;
  double highest;
  int most;
  bool is_counting;   /* first visit */
  int64_t *n_present; /* [n_bins] */
  int64_t *n_visited; /* [n_bins] in the second visit */
  int64_t *stratum;   /* [n_bins] the one we are in */
} Choice;

/* Stratum k of a bin: points begin .. end-1 of its n_present; where the hash points. */
static int64_t chosen_point(const Choice *choice, int bin, int64_t k) {
  const int64_t n = choice->n_present[bin], begin = k * n / choice->most, end = (k + 1) * n / choice->most;
  const int64_t key[2] = {bin, k};
  return begin + (int64_t)(XXH64(key, sizeof key, 0) % (uint64_t)(end - begin));
}

static bool is_chosen(Choice *choice, int bin) {
  const int64_t point = choice->n_visited[bin]++;
  if (choice->n_present[bin] <= choice->most) return true;
  if (choice->stratum[bin] >= choice->most || point != chosen_point(choice, bin, choice->stratum[bin])) return false;
  choice->stratum[bin]++;
  return true;
}

static void visit_vector(Choice *choice, const int lattice[3], double q) {
  DensityWaves *waves = choice->waves;
  const int bin       = (int)(q / waves->bin_width);
  if (bin >= waves->n_bins) return;
  if (choice->is_counting) {
    choice->n_present[bin]++;
    return;
  }
  if (!is_chosen(choice, bin)) return;
  for (int d = 0; d < 3; d++) waves->lattice[waves->n_vectors][d] = lattice[d];
  waves->bin[waves->n_vectors++] = bin;
  waves->n_used[bin]++;
  waves->mean_q[bin] += q;
}

/* Largest index on an axis when the other components leave q2 of the squared length. */
static int last_index(double q2, double edge) { return q2 > 0 ? (int)(sqrt(q2) * edge / TWO_PI) : 0; }

static void visit_half_sphere(Choice *choice) {
  const double *edges = choice->waves->edges, limit = choice->highest * choice->highest;
  const double unit[3] = {TWO_PI / edges[0], TWO_PI / edges[1], TWO_PI / edges[2]};
  const int last_l     = last_index(limit, edges[0]);
  for (int l = 0; l <= last_l; l++) {
    const double q2_l = unit[0] * l * unit[0] * l;
    const int last_m  = last_index(limit - q2_l, edges[1]);
    for (int m = l == 0 ? 0 : -last_m; m <= last_m; m++) {
      const double q2_m = q2_l + unit[1] * m * unit[1] * m;
      const int last_n  = choice->waves->dim == 3 ? last_index(limit - q2_m, edges[2]) : 0;
      for (int n = l == 0 && m == 0 ? 0 : -last_n; n <= last_n; n++) {
        const double q2 = q2_m + unit[2] * n * unit[2] * n;
        if (q2 > 0 && q2 < limit) visit_vector(choice, (int[3]){l, m, n}, sqrt(q2));
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
                         .n_present   = memory_array(n_bins, sizeof(int64_t)),
                         .n_visited   = memory_array(n_bins, sizeof(int64_t)),
                         .stratum     = memory_array(n_bins, sizeof(int64_t))};
  visit_half_sphere(&choice);
  size_t n_vectors = 0;
  for (size_t b = 0; b < n_bins; b++) n_vectors += (size_t)(choice.n_present[b] < most ? choice.n_present[b] : most);
  waves->lattice     = memory_array(n_vectors, sizeof *waves->lattice);
  waves->bin         = memory_array(n_vectors, sizeof *waves->bin);
  choice.is_counting = false;
  visit_half_sphere(&choice);
  for (size_t b = 0; b < n_bins; b++) {
    waves->n_present[b] = (double)choice.n_present[b];
    waves->mean_q[b]    = waves->n_used[b] > 0 ? waves->mean_q[b] / waves->n_used[b] : NAN;
  }
  for (int v = 0; v < waves->n_vectors; v++)
    for (int d = 0; d < 3; d++)
      if (abs(waves->lattice[v][d]) > waves->highest[d]) waves->highest[d] = abs(waves->lattice[v][d]);
  memory_free(choice.n_present);
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
  memory_free(old->bin);
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
    step_re[i]                 = cos(angle[i]);
    step_im[i]                 = sin(angle[i]);
    rows[RE * BLOCK + i]       = amplitude[i];
    rows[IM * BLOCK + i]       = 0;
    rows[MINUS_IM * BLOCK + i] = 0;
  }
  for (int k = 1; k <= highest; k++) {
    const double *restrict before = rows + (size_t)(k - 1) * N_PARTS * BLOCK;
    double *restrict now          = rows + (size_t)k * N_PARTS * BLOCK;
    for (int i = 0; i < BLOCK; i++) {
      const double re = before[RE * BLOCK + i], im = before[IM * BLOCK + i];
      now[RE * BLOCK + i]       = re * step_re[i] - im * step_im[i];
      now[IM * BLOCK + i]       = re * step_im[i] + im * step_re[i];
      now[MINUS_IM * BLOCK + i] = -now[IM * BLOCK + i];
    }
  }
}

/* Sum of the products of three rows (re, im) of a block. */
static void add_products(const double *const re[3], const double *const im[3], double sum[2]) {
  const double *restrict xr = re[0], *restrict yr = re[1], *restrict zr = re[2];
  const double *restrict xi = im[0], *restrict yi = im[1], *restrict zi = im[2];
  double total_re[LANES] = {0}, total_im[LANES] = {0};
  for (int i = 0; i < BLOCK; i += LANES)
    for (int k = 0; k < LANES; k++) {
      const double a = xr[i + k] * yr[i + k] - xi[i + k] * yi[i + k], b = xr[i + k] * yi[i + k] + xi[i + k] * yr[i + k];
      total_re[k] += a * zr[i + k] - b * zi[i + k];
      total_im[k] += a * zi[i + k] + b * zr[i + k];
    }
  for (int k = 0; k < LANES; k++) {
    sum[0] += total_re[k];
    sum[1] += total_im[k];
  }
}

/* Add one block of n <= BLOCK particles to sums[n_vectors][2]. */
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
  for (int v = 0; v < waves->n_vectors; v++) {
    const double *re[3], *im[3];
    for (int d = 0; d < 3; d++) {
      const int k       = waves->lattice[v][d];
      const double *row = rows[d] + (size_t)(k < 0 ? -k : k) * N_PARTS * BLOCK;
      re[d]             = row + RE * BLOCK;
      im[d]             = row + (k < 0 ? MINUS_IM : IM) * BLOCK;
    }
    add_products(re, im, sums + 2 * (size_t)v);
  }
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
      for (size_t v = 0; v < n; v++) row[waves->bin[v]] += left[2 * v] * right[2 * v] + left[2 * v + 1] * right[2 * v + 1];
    }
}
