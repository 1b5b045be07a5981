/** The sparse factor, its solves and its selected inverses against dense linear algebra (LAPACK's symmetric eigenproblem) on random
 *  spring networks in two and three dimensions; what is not positive must be told, not factorised. */
#include "math/sparse.h"

#include <lapacke.h>

#include "check.h"
#include "networks.h"

/** M^+ and its square: [size][size] each. */
typedef struct Dense {
  int size;
  double *inverse, *square;
  double lowest; /* eigenvalue beside the d translations */
} Dense;

/** sum over modes beside the lowest d of v v^T / lambda^power; vectors: [mode][size]. */
static double *spectral_power(int size, int d, const double *vectors, const double *lambda, int power) {
  double *out = memory_array((size_t)size * (size_t)size, sizeof *out);
  for (int k = d; k < size; k++) {
    const double *v = &vectors[k * size], weight = 1 / (power == 1 ? lambda[k] : lambda[k] * lambda[k]);
    for (int i = 0; i < size; i++)
      for (int j = 0; j < size; j++) out[i * size + j] += weight * v[i] * v[j];
  }
  return out;
}

static Dense dense_inverse(const BlockMatrix *m) {
  const int size = m->n * m->d;
  double *matrix = network_dense(m), *lambda = memory_array((size_t)size, sizeof *lambda);
  CHECK(LAPACKE_dsyev(LAPACK_COL_MAJOR, 'V', 'U', size, matrix, size, lambda) == 0);
  Dense out = {.size    = size,
               .inverse = spectral_power(size, m->d, matrix, lambda, 1),
               .square  = spectral_power(size, m->d, matrix, lambda, 2),
               .lowest  = lambda[m->d]};
  CHECK(fabs(lambda[m->d - 1]) < 1e-12);
  memory_free(matrix);
  memory_free(lambda);
  return out;
}

static double largest_difference(int n, const double *a, const double *b) {
  double largest = 0, scale = 0;
  for (int k = 0; k < n; k++) {
    largest = fmax(largest, fabs(a[k] - b[k]));
    scale   = fmax(scale, fabs(b[k]));
  }
  return largest / scale;
}

static void check_solve(const SparseFactor *factor, const Dense *dense) {
  enum { N_RHS = 70 }; /* more than a batch */
  const int size = dense->size;
  double *b = memory_array((size_t)(N_RHS * size), sizeof *b), *expected = memory_array((size_t)(N_RHS * size), sizeof *expected);
  uint64_t state = 5;
  for (int k = 0; k < N_RHS * size; k++) b[k] = network_random(&state) - 0.3;
  for (int r = 0; r < N_RHS; r++)
    for (int i = 0; i < size; i++)
      for (int j = 0; j < size; j++) expected[r * size + i] += dense->inverse[i * size + j] * b[r * size + j];
  sparse_solve(factor, N_RHS, b);
  const double error = largest_difference(N_RHS * size, b, expected);
  CHECK(error < 1e-11);
  memory_free(b);
  memory_free(expected);
}

/** What a pair vector sees of a dense matrix: A_ii + A_jj - A_ij - A_ji. */
static double seen_dense(const double *a, int size, int d, int i, int j, int p, int q) {
  const int ip = i * d + p, iq = i * d + q, jp = j * d + p, jq = j * d + q;
  return a[ip * size + iq] + a[jp * size + jq] - a[ip * size + jq] - a[jp * size + iq];
}

static double seen_sparse(const BlockMatrix *m, const double *blocks, int i, int j, int p, int q) {
  BlockMatrix a  = *m;
  a.values       = (double *)(size_t)blocks;
  const int at   = p * m->d + q;
  const double b = block_matrix_find(&a, i, j)[at], c = block_matrix_find(&a, j, i)[at];
  return block_matrix_find(&a, i, i)[at] + block_matrix_find(&a, j, j)[at] - b - c;
}

static double pair_error(const BlockMatrix *m, const double *blocks, const double *dense) {
  double error = 0, scale = 0;
  for (int i = 0; i < m->n; i++)
    for (int64_t k = m->start[i]; k < m->start[i + 1]; k++)
      for (int p = 0; p < m->d; p++)
        for (int q = 0; q < m->d; q++) {
          const double expected = seen_dense(dense, m->n * m->d, m->d, i, m->column[k], p, q);
          error                 = fmax(error, fabs(seen_sparse(m, blocks, i, m->column[k], p, q) - expected));
          scale                 = fmax(scale, fabs(expected));
        }
  return error / scale;
}

static void check_selected(const SparseFactor *factor, const BlockMatrix *m, const Dense *dense) {
  const size_t length = (size_t)(m->start[m->n] * m->d * m->d);
  double *first = memory_array(length, sizeof *first), *second = memory_array(length, sizeof *second);
  bool is_done = true;
  CHECK(sparse_selected_inverses(factor, m, 1000, first, second, &is_done) == STATUS_OK);
  CHECK(!is_done && first[0] == 0 && second[0] == 0);
  CHECK(sparse_selected_inverses(factor, m, (size_t)1 << 30, first, second, &is_done) == STATUS_OK);
  CHECK(is_done);
  const double error_first = pair_error(m, first, dense->inverse), error_second = pair_error(m, second, dense->square);
  CHECK(error_first < 1e-11);
  CHECK(error_second < 1e-11);
  memory_free(first);
  memory_free(second);
}

static void test_network(Network network) {
  BlockMatrix m = network_hessian(&network);
  Dense dense   = dense_inverse(&m);
  CHECK(dense.lowest > 1e-4);
  SparseFactor *factor = NULL;
  bool is_positive     = false;
  CHECK(sparse_factorize(&m, &factor, &is_positive) == STATUS_OK);
  CHECK(is_positive);
  if (is_positive) {
    check_solve(factor, &dense);
    check_selected(factor, &m, &dense);
  }
  sparse_destroy(&factor);
  CHECK(factor == NULL);
  memory_free(dense.inverse);
  memory_free(dense.square);
  block_matrix_clear(&m);
}

static void test_multiply(void) {
  BlockMatrix m  = network_hessian(&(Network){.side = 4, .d = 3, .cutoff = 1.5, .prestress = 0.1, .lonely = -1, .seed = 3});
  const int size = m.n * m.d;
  double *dense = network_dense(&m), *x = memory_array((size_t)size, sizeof *x), *y = memory_array((size_t)size, sizeof *y);
  double *expected = memory_array((size_t)size, sizeof *expected);
  uint64_t state   = 9;
  for (int k = 0; k < size; k++) x[k] = network_random(&state) - 0.5;
  for (int i = 0; i < size; i++)
    for (int j = 0; j < size; j++) expected[i] += dense[i * size + j] * x[j];
  block_matrix_multiply(&m, x, y);
  CHECK(largest_difference(size, y, expected) < 1e-14);
  CHECK(block_matrix_find(&m, 0, 0) == m.values);
  CHECK(block_matrix_find(&m, 0, m.n / 2 + 2) == NULL);
  memory_free(dense);
  memory_free(x);
  memory_free(y);
  memory_free(expected);
  block_matrix_clear(&m);
}

/** Whether the matrix is told to be positive beside its translations; a factor only then. */
static bool is_said_positive(BlockMatrix *m) {
  SparseFactor *factor = NULL;
  bool is_positive     = true;
  CHECK(sparse_factorize(m, &factor, &is_positive) == STATUS_OK);
  CHECK((factor != NULL) == is_positive);
  sparse_destroy(&factor);
  block_matrix_clear(m);
  return is_positive;
}

static void test_not_positive(void) {
  for (int d = 2; d <= 3; d++) {
    const Network good = {.side = d == 2 ? 12 : 5, .d = d, .cutoff = 1.9, .prestress = 0.02, .lonely = -1, .seed = 7};
    BlockMatrix m      = network_hessian(&good);
    CHECK(is_said_positive(&m));
    m = network_hessian(&good); /* one negative direction */
    network_add_bond(&m, 0, m.column[m.start[0] + 1], -3);
    CHECK(!is_said_positive(&m));
    Network other = good; /* a rattler: d more zero modes */
    other.lonely  = 17;
    m             = network_hessian(&other);
    CHECK(!is_said_positive(&m));
    other        = good; /* springs to the nearest only: floppy */
    other.cutoff = 1.05;
    m            = network_hessian(&other);
    CHECK(!is_said_positive(&m));
    m                                  = network_hessian(&good); /* not a number */
    m.values[(m.start[4] - 1) * d * d] = NAN;
    CHECK(!is_said_positive(&m));
    m = network_hessian(&good); /* nothing at all */
    memset(m.values, 0, (size_t)(m.start[m.n] * d * d) * sizeof *m.values);
    CHECK(!is_said_positive(&m));
  }
}

/** A zero mode spread over all particles: M - lambda v v^T for its lowest mode would not be sparse; a chain of two networks that only
 *  touch in one spring has nearly that. Here: two networks in one matrix without any spring between them. */
static void test_two_parts(void) {
  BlockMatrix one      = network_hessian(&(Network){.side = 7, .d = 2, .cutoff = 1.9, .prestress = 0.02, .lonely = -1, .seed = 11});
  const int64_t blocks = one.start[one.n];
  BlockMatrix two      = {.n = 2 * one.n, .d = 2, .start = memory_array((size_t)(2 * one.n) + 1, sizeof *two.start)};
  two.column           = memory_array((size_t)(2 * blocks), sizeof *two.column);
  two.values           = memory_array((size_t)(8 * blocks), sizeof *two.values);
  for (int i = 0; i <= one.n; i++) {
    two.start[i]         = one.start[i];
    two.start[one.n + i] = blocks + one.start[i];
  }
  for (int64_t k = 0; k < blocks; k++) {
    two.column[k]          = one.column[k];
    two.column[blocks + k] = one.n + one.column[k];
  }
  memcpy(two.values, one.values, (size_t)(4 * blocks) * sizeof *two.values);
  memcpy(&two.values[4 * blocks], one.values, (size_t)(4 * blocks) * sizeof *two.values);
  block_matrix_clear(&one);
  CHECK(!is_said_positive(&two));
}

int main(void) {
  test_multiply();
  test_network((Network){.side = 12, .d = 2, .cutoff = 1.9, .prestress = 0.02, .lonely = -1, .seed = 1});
  test_network((Network){.side = 16, .d = 2, .cutoff = 2.3, .prestress = 0.05, .lonely = -1, .seed = 2});
  test_network((Network){.side = 4, .d = 3, .cutoff = 1.5, .prestress = 0.02, .lonely = -1, .seed = 3});
  test_network((Network){.side = 6, .d = 3, .cutoff = 1.5, .prestress = 0.02, .lonely = -1, .seed = 4});
  /* large enough that a supernode has two panels and rows below them */
  test_network((Network){.side = 8, .d = 3, .cutoff = 1.5, .prestress = 0.02, .lonely = -1, .seed = 5});
  test_not_positive();
  test_two_parts();
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
