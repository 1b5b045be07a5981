/** d touches two particles, so kappa needs only the blocks (i,i), (i,j), (j,j) of M^-1 and M^-2.
 *
 *  selected:  these blocks for all pairs at once by dual selected inversion of the sparse factor [math/sparse.h]. Cost about six factors.
 *  solves:    one solve with the factor per pair, 64 at a time. Pays for samples: a solve is about 1/1000 of a selected inversion at
 *             2000 particles and 1/3000 at 8000, so more than n/2 pairs are better taken from the whole field.
 *  iteration: conjugate gradients, 16 pairs at a time, where a factor does not fit in memory.
 *
 *  M^-1 and M^-2 are those of the translation-free space: translation-free dipoles make kappa independent of how zero modes are lifted. */
#include "response/dipole.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "math/statistics.h"

const char *const dipole_method_names[] = {"auto", "selected", "solves", "iteration", NULL};
enum { BATCH = 64 };

/* ---- which pairs -------------------------------------------------------------------------------------------------------------- */

/** All pairs i < j as indices into the neighbour lists, [pairs_count]. */
static int64_t *all_pairs(const Pairs *pairs) {
  int64_t *list = memory_array((size_t)pairs_count(pairs), sizeof *list), n = 0;
  for (int i = 0; i < pairs->n; i++)
    for (int64_t k = pairs->start[i]; k < pairs->start[i + 1]; k++)
      if (pairs->neighbor[k] > i) list[n++] = k;
  return list;
}

/** The first n of a shuffle, then put in order again. */
static void draw_pairs(int64_t *list, int64_t n, int64_t total, const DipoleOptions *options) {
  const RngKey key = {options->seed, 0, RNG_DIPOLE};
  bool *is_chosen  = memory_array((size_t)total, sizeof *is_chosen);
  int64_t *order = memory_array((size_t)total, sizeof *order), kept = 0;
  for (int64_t k = 0; k < total; k++) order[k] = k;
  for (int64_t k = 0; k < n; k++) {
    uint64_t words[2];
    rng_words(key, (uint64_t)k, options->draw, words);
    const int64_t other = k + (int64_t)(words[0] % (uint64_t)(total - k)), swap = order[k];
    order[k]            = order[other];
    order[other]        = swap;
    is_chosen[order[k]] = true;
  }
  for (int64_t k = 0; k < total; k++)
    if (is_chosen[k]) list[kept++] = list[k];
  memory_free(order);
  memory_free(is_chosen);
}

static const double *arm_of(const Pairs *pairs, int i, int j) {
  int64_t low = pairs->start[i], high = pairs->start[i + 1];
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    if (pairs->neighbor[middle] < j)
      low = middle + 1;
    else
      high = middle;
  }
  return low < pairs->start[i + 1] && pairs->neighbor[low] == j ? &pairs->arm[3 * low] : NULL;
}

static void choose(const Solid *solid, const DipoleOptions *options, Dipoles *dipoles) {
  const Pairs *pairs  = &solid->pairs;
  const int64_t total = pairs_count(pairs), n = options->n_pairs < 0 || options->n_pairs > total ? total : options->n_pairs;
  int64_t *list = all_pairs(pairs);
  if (n < total) draw_pairs(list, n, total, options);
  dipoles->n        = n;
  dipoles->i        = memory_array((size_t)n, sizeof *dipoles->i);
  dipoles->j        = memory_array((size_t)n, sizeof *dipoles->j);
  dipoles->distance = memory_array((size_t)n, sizeof *dipoles->distance);
  dipoles->kappa    = memory_array((size_t)n, sizeof *dipoles->kappa);
  int i             = 0;
  for (int64_t k = 0; k < n; k++) {
    while (pairs->start[i + 1] <= list[k]) i++;
    const double *arm    = &pairs->arm[3 * list[k]];
    dipoles->i[k]        = i;
    dipoles->j[k]        = pairs->neighbor[list[k]];
    dipoles->distance[k] = sqrt(arm[0] * arm[0] + arm[1] * arm[1] + arm[2] * arm[2]);
  }
  memory_free(list);
}

void dipole_vector(const Solid *solid, int i, int j, double *z) {
  const int d       = solid->pairs.dim;
  const double *arm = arm_of(&solid->pairs, i, j);
  memset(z, 0, (size_t)solid->pairs.n * (size_t)d * sizeof *z);
  if (!arm) return;
  const double scale = 1 / sqrt(2 * (arm[0] * arm[0] + arm[1] * arm[1] + arm[2] * arm[2]));
  for (int k = 0; k < d; k++) {
    z[j * d + k] = arm[k] * scale;
    z[i * d + k] = -arm[k] * scale;
  }
}

/* ---- how ---------------------------------------------------------------------------------------------------------------------- */

/** w.A.w of w on j, -w on i, A given by its blocks on the pattern of m. */
static double quadratic_form(const BlockMatrix *m, const double *blocks, int i, int j, const double w[3]) {
  const int d      = m->d;
  const double *ii = blocks + (block_matrix_find(m, i, i) - m->values), *jj = blocks + (block_matrix_find(m, j, j) - m->values);
  const double *ij = blocks + (block_matrix_find(m, i, j) - m->values), *ji = blocks + (block_matrix_find(m, j, i) - m->values);
  double sum = 0;
  for (int a = 0; a < d; a++)
    for (int b = 0; b < d; b++) sum += w[a] * w[b] * (ii[a * d + b] + jj[a * d + b] - ij[a * d + b] - ji[a * d + b]);
  return sum;
}

static Status take_selected(const Solid *solid, Dipoles *dipoles, bool *is_done) {
  const BlockMatrix *m = &solid->hessian.matrix;
  const size_t length  = (size_t)m->start[m->n] * (size_t)(m->d * m->d);
  double *first = memory_array(length, sizeof *first), *second = memory_array(length, sizeof *second);
  const Status status = sparse_selected_inverses(solid->factor, m, solid->memory, first, second, is_done);
  for (int64_t k = 0; status == STATUS_OK && *is_done && k < dipoles->n; k++) {
    const int i = dipoles->i[k], j = dipoles->j[k];
    const double *w   = arm_of(&solid->pairs, i, j); /* its length drops out */
    dipoles->kappa[k] = quadratic_form(m, first, i, j, w) / quadratic_form(m, second, i, j, w);
  }
  memory_free(second);
  memory_free(first);
  return status;
}

static bool solve_all(Solid *solid, Dipoles *dipoles) {
  const size_t length = (size_t)solid->pairs.n * (size_t)solid->pairs.dim;
  double *d = memory_array(length, sizeof *d), *z = memory_array(BATCH * length, sizeof *z);
  bool is_good = true;
  for (int64_t done = 0; is_good && done < dipoles->n; done += BATCH) {
    const int now = (int)(dipoles->n - done < BATCH ? dipoles->n - done : BATCH);
    for (int k = 0; k < now; k++) dipole_vector(solid, dipoles->i[done + k], dipoles->j[done + k], z + (size_t)k * length);
    is_good = solid_solve(solid, now, z);
    for (int k = 0; is_good && k < now; k++) {
      const double *u = z + (size_t)k * length;
      double dz = 0, zz = 0;
      dipole_vector(solid, dipoles->i[done + k], dipoles->j[done + k], d);
      for (size_t l = 0; l < length; l++) {
        dz += d[l] * u[l];
        zz += u[l] * u[l];
      }
      dipoles->kappa[done + k] = dz / zz;
    }
  }
  memory_free(z);
  memory_free(d);
  return is_good;
}

/** The method to begin with; selected inversion may still find that memory does not do. */
static DipoleMethod choose_method(const Solid *solid, const DipoleOptions *options, int64_t n) {
  if (!solid->factor) return DIPOLE_ITERATION;
  if (options->method != DIPOLE_AUTOMATIC) return options->method;
  return n > solid->pairs.n / 2 ? DIPOLE_SELECTED : DIPOLE_SOLVES;
}

static Status fill(Solid *solid, const DipoleOptions *options, Dipoles *dipoles) {
  bool is_done    = false;
  dipoles->method = choose_method(solid, options, dipoles->n);
  if (dipoles->method == DIPOLE_SELECTED && solid->factor) {
    TRY(take_selected(solid, dipoles, &is_done));
    if (is_done) return STATUS_OK;
    dipoles->method = DIPOLE_SOLVES;
  }
  SparseFactor *factor = solid->factor;
  if (dipoles->method == DIPOLE_ITERATION) solid->factor = NULL; /* as asked, though there is one */
  is_done       = solid_solve(solid, 0, NULL) && solve_all(solid, dipoles);
  solid->factor = factor;
  if (is_done) return STATUS_OK;
  dipoles->method = DIPOLE_AUTOMATIC;
  for (int64_t k = 0; k < dipoles->n; k++) dipoles->kappa[k] = NAN;
  return STATUS_OK;
}

/* ---- what it says ------------------------------------------------------------------------------------------------------------- */

static void average(const Solid *solid, Dipoles *dipoles) {
  const size_t n    = (size_t)dipoles->n;
  dipoles->mean     = statistics_mean(dipoles->kappa, n);
  dipoles->median   = statistics_quantile(dipoles->kappa, n, 0.5);
  dipoles->smallest = statistics_quantile(dipoles->kappa, n, 0);
  if (dipoles->n < pairs_count(&solid->pairs)) return;
  dipoles->local = memory_array((size_t)solid->pairs.n, sizeof *dipoles->local);
  for (int64_t k = 0; k < dipoles->n; k++) {
    dipoles->local[dipoles->i[k]] += dipoles->kappa[k];
    dipoles->local[dipoles->j[k]] += dipoles->kappa[k];
  }
  for (int i = 0; i < solid->pairs.n; i++) {
    const int64_t neighbors = solid->pairs.start[i + 1] - solid->pairs.start[i];
    dipoles->local[i]       = neighbors > 0 ? dipoles->local[i] / (double)neighbors : NAN;
  }
}

Status dipoles_compute(Solid *solid, const DipoleOptions *options, Dipoles *dipoles) {
  *dipoles = (Dipoles){.method = options->method};
  choose(solid, options, dipoles);
  const Status status = fill(solid, options, dipoles);
  if (status == STATUS_OK) average(solid, dipoles);
  return status;
}

void dipoles_clear(Dipoles *dipoles) {
  memory_free(dipoles->i);
  memory_free(dipoles->j);
  memory_free(dipoles->distance);
  memory_free(dipoles->kappa);
  memory_free(dipoles->local);
  *dipoles = (Dipoles){0};
}
