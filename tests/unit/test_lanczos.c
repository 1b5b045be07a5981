/** Lowest modes and counts of modes against LAPACK's symmetric eigenproblem on random spring networks. */
#include "math/lanczos.h"

#include <lapacke.h>

#include "check.h"
#include "networks.h"

/** All eigenvalues of M, ascending. */
static double *dense_spectrum(const BlockMatrix *m) {
  const int size = m->n * m->d;
  double *matrix = network_dense(m), *lambda = memory_array((size_t)size, sizeof *lambda);
  CHECK(LAPACKE_dsyev(LAPACK_ROW_MAJOR, 'N', 'U', size, matrix, size, lambda) == 0);
  memory_free(matrix);
  return lambda;
}

static double dot(int n, const double *a, const double *b) {
  double sum = 0;
  for (int k = 0; k < n; k++) sum += a[k] * b[k];
  return sum;
}

static void check_vectors(const BlockMatrix *m, int n_modes, const double *value, const double *vector, double largest) {
  const int size  = m->n * m->d;
  double *product = memory_array((size_t)size, sizeof *product);
  double residual = 0, overlap = 0, drift = 0;
  for (int k = 0; k < n_modes; k++) {
    const double *x = &vector[k * size];
    block_matrix_multiply(m, x, product);
    for (int i = 0; i < size; i++) residual = fmax(residual, fabs(product[i] - value[k] * x[i]));
    for (int l = 0; l <= k; l++) overlap = fmax(overlap, fabs(dot(size, x, &vector[l * size]) - (k == l)));
    double highest = 0, sum[3] = {0};
    for (int i = 0; i < size; i++) {
      sum[i % m->d] += x[i];
      if (fabs(x[i]) > fabs(highest)) highest = x[i];
    }
    for (int a = 0; a < m->d; a++) drift = fmax(drift, fabs(sum[a]));
    CHECK(highest > 0);
  }
  CHECK(residual < 1e-12 * largest);
  CHECK(overlap < 1e-12);
  CHECK(drift < 1e-12);
  memory_free(product);
}

static void test_lowest(Network network, int n_modes) {
  BlockMatrix m    = network_hessian(&network);
  const int size   = m.n * m.d;
  double *spectrum = dense_spectrum(&m), *value = memory_array((size_t)n_modes, sizeof *value);
  double *vector = memory_array((size_t)(n_modes * size), sizeof *vector), *again = memory_array((size_t)(n_modes * size), sizeof *again);
  SparseFactor *factor = NULL;
  bool is_positive = false, is_done = false;
  CHECK(sparse_factorize(&m, &factor, &is_positive) == STATUS_OK && is_positive);
  CHECK(lanczos_lowest(factor, n_modes, value, vector, &is_done) == STATUS_OK && is_done);
  for (int k = 0; k < n_modes; k++) CHECK_CLOSE(value[k], spectrum[m.d + k], 1e-11);
  check_vectors(&m, n_modes, value, vector, spectrum[size - 1]);
  CHECK(lanczos_lowest(factor, n_modes, value, again, &is_done) == STATUS_OK && is_done);
  CHECK(memcmp(vector, again, (size_t)(n_modes * size) * sizeof *vector) == 0);
  sparse_destroy(&factor);
  memory_free(spectrum);
  memory_free(value);
  memory_free(vector);
  memory_free(again);
  block_matrix_clear(&m);
}

/** Count against the dense spectrum; returns how many beside the translations are not positive. */
static int test_count(BlockMatrix *m) {
  double *spectrum = dense_spectrum(m);
  ModeCount count  = {0};
  bool is_done     = false;
  CHECK(lanczos_count_modes(m, 1e-10, &count, &is_done) == STATUS_OK);
  CHECK(is_done);
  int negative = 0, zero = -m->d;
  for (int k = 0; k < m->n * m->d; k++) {
    negative += spectrum[k] < -count.threshold;
    zero += fabs(spectrum[k]) <= count.threshold;
  }
  CHECK_EQUAL_INT(count.negative, negative);
  CHECK_EQUAL_INT(count.zero, zero);
  const double lowest = negative > 0 ? spectrum[0] : spectrum[m->d];
  CHECK(fabs(count.lowest - lowest) < 1e-12 * count.threshold / 1e-10);
  memory_free(spectrum);
  block_matrix_clear(m);
  return negative + zero;
}

static void test_counts(int d) {
  Network network = {.side = d == 2 ? 12 : 5, .d = d, .cutoff = 1.9, .prestress = 0.02, .lonely = -1, .seed = 7};
  BlockMatrix m   = network_hessian(&network);
  CHECK_EQUAL_INT(test_count(&m), 0);
  m = network_hessian(&network);
  for (int k = 0; k < 6; k++) network_add_bond(&m, 20 * k, m.column[m.start[20 * k] + 1], -1 - k);
  CHECK(test_count(&m) >= 6);
  network.lonely = 17;
  m              = network_hessian(&network);
  CHECK_EQUAL_INT(test_count(&m), d);
  network.lonely    = -1;
  network.prestress = 0.3;
  network.cutoff    = d == 2 ? 1.3 : 1.25; /* pressed networks with few springs buckle, in many ways at once */
  m                 = network_hessian(&network);
  CHECK(test_count(&m) > 8);
  network.prestress = 0; /* without prestress and with still fewer springs they are floppy: many zero modes */
  network.cutoff    = 1.15;
  m                 = network_hessian(&network);
  CHECK(test_count(&m) > 8);
}

static void test_not_countable(void) {
  const Network network = {.side = 8, .d = 2, .cutoff = 1.9, .prestress = 0.02, .lonely = -1, .seed = 7};
  BlockMatrix m         = network_hessian(&network);
  ModeCount count;
  bool is_done = true;
  m.values[5]  = NAN;
  CHECK(lanczos_count_modes(&m, 1e-10, &count, &is_done) == STATUS_OK && !is_done);
  for (int64_t k = 0; k < 4 * m.start[m.n]; k++) m.values[k] = 0;
  CHECK(lanczos_count_modes(&m, 1e-10, &count, &is_done) == STATUS_OK && !is_done);
  block_matrix_clear(&m);
}

int main(void) {
  test_lowest((Network){.side = 12, .d = 2, .cutoff = 1.9, .prestress = 0.02, .lonely = -1, .seed = 1}, 10);
  test_lowest((Network){.side = 5, .d = 3, .cutoff = 1.5, .prestress = 0.05, .lonely = -1, .seed = 2}, 1);
  test_lowest((Network){.side = 6, .d = 3, .cutoff = 1.5, .prestress = 0.02, .lonely = -1, .seed = 4}, 40);
  test_counts(2);
  test_counts(3);
  test_not_countable();
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
