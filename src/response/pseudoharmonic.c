/** With kappa = z.M.z, S = sum_<ij> (z_ij.z_ij)^2 and zeta = dS/dz, that is zeta_j = 4 sum_i (z_ij.z_ij) z_ij,
 *    grad C = 4 kappa M z / S - (kappa/S)^2 zeta.
 *  A stationary point satisfies M z = (kappa/4S) zeta: the map z <- M^-1 zeta / |.| has it as fixed point and converges in a few dozen
 *  solves. Starts go through it side by side, so that a solve serves all of them; those that have converged drop out. C does not depend on
 *  |z|, so z is kept normalised; it is translation-free, as all M^-1 b are. */
#include "response/pseudoharmonic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { BATCH = 64 };

/** z_ij = z_j - z_i (out) and its square. */
static double pair_difference(const double *z, int i, int j, int d, double difference[3]) {
  double square = 0;
  for (int a = 0; a < d; a++) {
    difference[a] = z[j * d + a] - z[i * d + a];
    square += difference[a] * difference[a];
  }
  return square;
}

/** S, and zeta [n d] (out). */
static double quartic(const Solid *solid, const double *z, double *zeta) {
  const Pairs *pairs = &solid->pairs;
  const int d        = pairs->dim;
  double sum         = 0;
  memset(zeta, 0, (size_t)pairs->n * (size_t)d * sizeof *zeta);
  for (int i = 0; i < pairs->n; i++)
    for (int64_t k = pairs->start[i]; k < pairs->start[i + 1]; k++) {
      const int j = pairs->neighbor[k];
      if (j < i) continue;
      double difference[3];
      const double square = pair_difference(z, i, j, d, difference);
      sum += square * square;
      for (int a = 0; a < d; a++) {
        zeta[j * d + a] += 4 * square * difference[a];
        zeta[i * d + a] -= 4 * square * difference[a];
      }
    }
  return sum;
}

static void find_core(const Pairs *pairs, const double *z, PseudoharmonicMode *mode) {
  double largest = -1, difference[3];
  for (int i = 0; i < pairs->n; i++)
    for (int64_t k = pairs->start[i]; k < pairs->start[i + 1]; k++) {
      const int j         = pairs->neighbor[k];
      const double square = j > i ? pair_difference(z, i, j, pairs->dim, difference) : -1;
      if (square <= largest) continue;
      largest      = square;
      mode->core_i = i;
      mode->core_j = j;
    }
}

static double dot(const double *a, const double *b, size_t n) {
  double sum = 0;
  for (size_t k = 0; k < n; k++) sum += a[k] * b[k];
  return sum;
}
static void normalize(double *z, size_t n) {
  const double scale = 1 / sqrt(dot(z, z, n));
  for (size_t k = 0; k < n; k++) z[k] *= scale;
}

/* What is known of z at one point: C, kappa, S, zeta, M z, and the measure of convergence. */
typedef struct Point {
  double cost, kappa, sum, error;
  double *zeta, *mz; /* [n d], lent */
} Point;

static void look(const Solid *solid, const double *z, Point *p) {
  const size_t length = (size_t)solid->pairs.n * (size_t)solid->pairs.dim;
  p->sum              = quartic(solid, z, p->zeta);
  block_matrix_multiply(&solid->hessian.matrix, z, p->mz);
  p->kappa       = dot(z, p->mz, length);
  p->cost        = p->kappa * p->kappa / p->sum;
  double squares = 0; /* of grad C S / (4 kappa) = M z - kappa/(4 S) zeta */
  for (size_t k = 0; k < length; k++) {
    const double g = p->mz[k] - p->kappa / (4 * p->sum) * p->zeta[k];
    squares += g * g;
  }
  p->error = sqrt(squares / dot(p->mz, p->mz, length));
}

double pseudoharmonic_cost(const Solid *solid, const double *z, double *gradient) {
  const size_t length = (size_t)solid->pairs.n * (size_t)solid->pairs.dim;
  Point p             = {.zeta = memory_array(length, sizeof *p.zeta), .mz = memory_array(length, sizeof *p.mz)};
  look(solid, z, &p);
  const double ratio = p.kappa / p.sum;
  for (size_t k = 0; gradient && k < length; k++) gradient[k] = 4 * ratio * p.mz[k] - ratio * ratio * p.zeta[k];
  memory_free(p.mz);
  memory_free(p.zeta);
  return p.cost;
}

/* ---- the map ------------------------------------------------------------------------------------------------------------------ */

typedef struct Search {
  Solid *solid;
  const PseudoharmonicOptions *options;
  size_t length;
  Pseudoharmonics *found;
  size_t capacity;
  double *z, *zeta, *mz;           /* [BATCH][length], [BATCH][length], [length] */
  PseudoharmonicMode state[BATCH]; /* of the open starts, in the order of z */
} Search;

/** Whether z is a mode that is known already. */
static bool is_known(const Search *search, const double *z) {
  for (int k = 0; k < search->found->n; k++)
    if (fabs(dot(z, search->found->vectors + (size_t)k * search->length, search->length)) > search->options->same) return true;
  return false;
}

static void keep(Search *search, const double *z, const PseudoharmonicMode *mode) {
  Pseudoharmonics *found = search->found;
  if (is_known(search, z)) return;
  const size_t n = (size_t)found->n, length = search->length;
  size_t capacity = search->capacity, capacity_vectors = search->capacity * length;
  void *modes = found->modes, *vectors = found->vectors;
  memory_grow(&modes, &capacity, n + 1, n, sizeof *mode);
  memory_grow(&vectors, &capacity_vectors, capacity * length, n * length, sizeof(double));
  found->modes     = modes;
  found->vectors   = vectors;
  search->capacity = capacity;
  int at           = found->n++;
  for (; at > 0 && found->modes[at - 1].stiffness > mode->stiffness; at--) {
    found->modes[at] = found->modes[at - 1];
    memcpy(found->vectors + (size_t)at * length, found->vectors + (size_t)(at - 1) * length, length * sizeof(double));
  }
  found->modes[at] = *mode;
  memcpy(found->vectors + (size_t)at * length, z, length * sizeof(double));
}

/** Look at all open starts; those that have converged are kept or dropped. The others' zeta stand side by side; their number is returned.
 */
static int sort_out(Search *search, int n_open) {
  int still = 0;
  for (int k = 0; k < n_open; k++) {
    double *z                = search->z + (size_t)k * search->length;
    PseudoharmonicMode *mode = &search->state[k];
    Point p                  = {.zeta = search->zeta + (size_t)still * search->length, .mz = search->mz};
    normalize(z, search->length);
    look(search->solid, z, &p);
    if (mode->iterations == 0) mode->cost_start = p.cost;
    mode->cost          = p.cost;
    mode->stiffness     = p.kappa;
    mode->participation = participation_ratio(z, search->solid->pairs.n, search->solid->pairs.dim);
    if (p.error < search->options->tolerance)
      keep(search, z, mode);
    else if (mode->iterations >= search->options->most || !isfinite(p.error))
      search->found->n_failed++;
    else {
      mode->iterations++;
      search->state[still++] = *mode;
    }
  }
  memcpy(search->z, search->zeta, (size_t)still * search->length * sizeof *search->z);
  return still;
}

static void run_batch(Search *search, int n) {
  bool is_good = solid_solve(search->solid, n, search->z); /* dipole responses */
  for (int n_open = n; is_good && n_open > 0;) {
    n_open  = sort_out(search, n_open);
    is_good = solid_solve(search->solid, n_open, search->z);
  }
}

typedef struct Start {
  double kappa;
  int64_t at;
} Start;
static int compare_starts(const void *a, const void *b) {
  const Start *x = a, *y = b;
  return x->kappa != y->kappa ? (x->kappa > y->kappa) - (x->kappa < y->kappa) : (x->at > y->at) - (x->at < y->at);
}

void pseudoharmonic_find(Solid *solid, const Dipoles *dipoles, const PseudoharmonicOptions *options, Pseudoharmonics *found) {
  *found = (Pseudoharmonics){0};
  if (!solid->is_positive || dipoles->n == 0) return;
  const size_t length = (size_t)solid->pairs.n * (size_t)solid->pairs.dim;
  Search search       = {.solid = solid, .options = options, .length = length, .found = found};
  search.z            = memory_array(BATCH * length, sizeof *search.z);
  search.zeta         = memory_array(BATCH * length, sizeof *search.zeta);
  search.mz           = memory_array(length, sizeof *search.mz);
  Start *starts       = memory_array((size_t)dipoles->n, sizeof *starts);
  for (int64_t k = 0; k < dipoles->n; k++) starts[k] = (Start){dipoles->kappa[k], k};
  qsort(starts, (size_t)dipoles->n, sizeof *starts, compare_starts);
  const int n_starts = (int)(options->n_starts < dipoles->n ? options->n_starts : dipoles->n);
  for (int done = 0; done < n_starts; done += BATCH) {
    const int now = n_starts - done < BATCH ? n_starts - done : BATCH;
    for (int k = 0; k < now; k++) {
      const int64_t at = starts[done + k].at;
      search.state[k]  = (PseudoharmonicMode){.i = dipoles->i[at], .j = dipoles->j[at]};
      dipole_vector(solid, dipoles->i[at], dipoles->j[at], search.z + (size_t)k * length);
    }
    run_batch(&search, now);
  }
  if (found->n > options->n_modes) found->n = options->n_modes;
  for (int k = 0; k < found->n; k++) find_core(&solid->pairs, found->vectors + (size_t)k * length, &found->modes[k]);
  memory_free(starts);
  memory_free(search.mz);
  memory_free(search.zeta);
  memory_free(search.z);
}

void pseudoharmonic_clear(Pseudoharmonics *found) {
  memory_free(found->modes);
  memory_free(found->vectors);
  *found = (Pseudoharmonics){0};
}
