/** Pass structure: ideal gas, lattices, hard spheres, and the O(N^2) and direct-sum twins. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "../../analysis/density_waves.h"
#include "../../analysis/main_peak.h"
#include "../../analysis/pair_counts.h"
#include "analysis/pass.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/rng.h"
#include "base/table.h"
#include "check.h"
#include "matter/frame.h"
#include "matter/mixture.h"

static const Mixture mixture = {
    .n_species = 2, .names = {"A", "B"}, .masses = {1, 1}, .largest = 1, .dim = 3, .q = {6.9, 6.3}, .fractions = {0.5, 0.5}};
static const PassType *pass;
static const double PI = 3.14159265358979323846;

static double uniform(uint32_t stream, int64_t i) {
  double u[2];
  rng_uniform2((RngKey){.seed = 7, .replica = stream, .purpose = RNG_TEST}, (uint64_t)i, 0, u);
  return u[0];
}

static void make_box(Frame *frame, int64_t n, int dim, const double edges[3]) {
  frame_resize(frame, n, dim);
  for (int d = 0; d < 3; d++) frame->edges[d] = d < dim ? edges[d] : 1;
}

/** Uniform points; every third is a B. */
static void make_gas(Frame *frame, int64_t n, int dim, const double edges[3], uint32_t stream) {
  make_box(frame, n, dim, edges);
  frame->time = stream;
  for (int64_t i = 0; i < n; i++) {
    frame->species[i] = i % 3 == 2;
    for (int d = 0; d < dim; d++) frame->position[3 * i + d] = edges[d] * uniform(stream, 3 * i + d);
  }
}

static double distance2(const Frame *frame, int64_t i, int64_t j) {
  double r2 = 0;
  for (int d = 0; d < frame->dim; d++) {
    const double step = fabs(frame->position[3 * i + d] - frame->position[3 * j + d]);
    const double near = fmin(step, frame->edges[d] - step);
    r2 += near * near;
  }
  return r2;
}

/** Random sequential adsorption of hard spheres of diameter 1: each where it fits. */
static void make_hard(Frame *frame, int64_t n, int dim, const double edges[3], uint32_t stream) {
  int64_t tried = 0;
  make_box(frame, n, dim, edges);
  frame->time = stream;
  for (int64_t i = 0; i < n; i++) {
    bool is_free = false;
    while (!is_free) {
      for (int d = 0; d < dim; d++) frame->position[3 * i + d] = edges[d] * uniform(1000 + stream, tried++);
      is_free = true;
      for (int64_t j = 0; j < i && is_free; j++) is_free = distance2(frame, i, j) >= 1;
    }
  }
}

typedef struct Analysis {
  Params *keys;
  PassState *state;
  Table **tables;
  int n_tables;
} Analysis;

static void analysis_open(Analysis *analysis, const char *keys, const Frame *first, double duration) {
  CHECK(params_parse(keys, "test", 0, NULL, &analysis->keys) == STATUS_OK);
  CHECK(params_bind(analysis->keys, pass->schema) == STATUS_OK);
  CHECK(pass->open(analysis->keys, &mixture, first, duration > 0, &duration, &analysis->state) == STATUS_OK);
}

static void analysis_close(Analysis *analysis) {
  CHECK(pass->close(&analysis->state, &analysis->tables, &analysis->n_tables) == STATUS_OK);
  CHECK_EQUAL_INT(analysis->n_tables, 2);
  CHECK_TEXT(analysis->tables[0]->name, "structure/gr");
  CHECK_TEXT(analysis->tables[1]->name, "structure/sq");
}

static void analysis_clear(Analysis *analysis) {
  for (int t = 0; t < analysis->n_tables; t++) table_destroy(&analysis->tables[t]);
  memory_free(analysis->tables);
  params_end(&analysis->keys);
}

static void analyse_one(Analysis *analysis, const char *keys, const Frame *frame) {
  analysis_open(analysis, keys, frame, 0);
  CHECK(pass->frame(analysis->state, frame) == STATUS_OK);
  analysis_close(analysis);
}

static double at(const Table *table, const char *column, size_t row) {
  const double *values = table_column(table, column);
  CHECK(values != NULL && row < table->n_rows);
  return values != NULL && row < table->n_rows ? values[row] : NAN;
}

/* ---- ideal gas ----------------------------------------------------------------------------------------------------------------- */

/** A curve that should be `expected` everywhere, and the variance of whose mean is known: the level, the scatter, and the error bars told.
 *  Expectation and deviation: chi2 / n is 1 +- sqrt(2 / n); so is the mean of error^2 / variance, from 16 samples: +- sqrt(2 / (15 n)). */
static void check_level(const Table *table, const char *column, const char *error, double expected, const double *variance) {
  double chi2 = 0, mean = 0, weights = 0, told = 0, n = (double)table->n_rows;
  for (size_t i = 0; i < table->n_rows; i++) {
    const double excess = at(table, column, i) - expected, bar = at(table, error, i);
    chi2 += excess * excess / variance[i] / n;
    told += bar * bar / variance[i] / n;
    mean += excess / variance[i];
    weights += 1 / variance[i];
  }
  CHECK(fabs(mean) / sqrt(weights) < 4);
  CHECK(fabs(chi2 - 1) < 4 * sqrt(2 / n));
  CHECK(fabs(told - 1) < 4 * sqrt(2 / (15 * n)));
}

static void test_gas(int dim) {
  enum { FRAMES = 64 };
  const double edges[3] = {6, 7.5, 9};
  const int64_t n       = 300;
  Analysis analysis     = {0};
  Frame frame;
  frame_init(&frame);
  make_gas(&frame, n, dim, edges, 0);
  analysis_open(&analysis, "{r_bin: 0.1, q_bin: 0.25, q_high: 12, max_vectors: 30}", &frame, FRAMES);
  pass->begin(analysis.state, 0, &frame);
  for (uint32_t k = 0; k < FRAMES; k++) {
    make_gas(&frame, n, dim, edges, k);
    CHECK(pass->frame(analysis.state, &frame) == STATUS_OK);
  }
  analysis_close(&analysis);
  const Table *gr = analysis.tables[0], *sq = analysis.tables[1];
  const char *const names[] = {"NN", "AA", "AB", "BB"};
  const double pairs[]      = {300 * 299 / 2, 200 * 199 / 2, 200 * 100, 100 * 99 / 2};
  double variance[200];
  for (int p = 0; p < 4; p++) {
    char column[16], error[32];
    snprintf(column, sizeof column, "g_%s", names[p]);
    snprintf(error, sizeof error, "g_%s_error", names[p]);
    for (size_t i = 0; i < gr->n_rows; i++) { /* Poisson */
      const double inner = 0.1 * (double)i, outer = inner + 0.1;
      const double shell = dim == 3 ? 4 * PI / 3 * (pow(outer, 3) - pow(inner, 3)) : PI * (outer * outer - inner * inner);
      variance[i]        = frame_volume(&frame) / (shell * pairs[p] * FRAMES);
    }
    check_level(gr, column, error, 1, variance);
    snprintf(column, sizeof column, "S_%s", names[p]);
    snprintf(error, sizeof error, "S_%s_error", names[p]);
    for (size_t i = 0; i < sq->n_rows; i++) /* rho Gaussian: |rho|^2 / N exponential; Re rho_A rho_B* / sqrt(N_A N_B): variance 1/2 */
      variance[i] = (p == 2 ? 0.5 : 1) / (at(sq, "n_vectors", i) * FRAMES);
    check_level(sq, column, error, p == 2 ? 0 : 1, variance);
  }
  const double volume = edges[0] * edges[1] * (dim == 3 ? edges[2] : 1), r = 3;
  const double inside = (dim == 3 ? 4 * PI / 3 * r * r * r : PI * r * r) / volume;
  CHECK_EQUAL_INT(gr->n_rows, 30); /* half the shortest edge */
  CHECK_CLOSE(at(gr, "n_AB", 29), 100 * inside, 0.02);
  CHECK_CLOSE(at(gr, "n_BA", 29), 200 * inside, 0.02);
  CHECK_CLOSE(at(gr, "n_AA", 29), 199 * inside, 0.02);
  CHECK_EQUAL_INT(table_get_scalar(sq, "frames"), FRAMES);
  for (size_t i = 0; i < sq->n_rows; i++) {
    const double used = at(sq, "n_vectors", i), present = at(sq, "n_lattice", i);
    CHECK(present <= 30 ? used == present : used > 20 && used < 40);
  }
  analysis_clear(&analysis);
  frame_clear(&frame);
}

/* ---- lattices ------------------------------------------------------------------------------------------------------------------ */

/** FCC, cubic cell 1.5, 4 x 4 x 4 cells: shells of 12 6 24 12 24 8 48, Bragg peaks of height N, nothing between. */
static void test_fcc(void) {
  const double a = 1.5, edges[3] = {6, 6, 6}, basis[4][3] = {{0, 0, 0}, {0, 0.5, 0.5}, {0.5, 0, 0.5}, {0.5, 0.5, 0}};
  Analysis analysis = {0};
  Frame frame;
  frame_init(&frame);
  make_box(&frame, 256, 3, edges);
  for (int64_t i = 0; i < 256; i++) {
    const int64_t cell[3] = {i / 64, i / 16 % 4, i / 4 % 4};
    for (int d = 0; d < 3; d++) frame.position[3 * i + d] = a * ((double)cell[d] + basis[i % 4][d]);
  }
  analyse_one(&analysis, "{r_bin: 0.05, q_bin: 0.05, q_high: 9, max_vectors: 1000000}", &frame);
  const Table *gr = analysis.tables[0], *sq = analysis.tables[1];
  const double shells[7] = {12, 6, 24, 12, 24, 8, 48};
  double total           = 0;
  CHECK(table_column(gr, "g_AB") == NULL && table_column(sq, "S_BB") == NULL); /* there is no B */
  for (int k = 0; k < 7; k++) {
    const size_t row = (size_t)(a * sqrt((k + 1) / 2.0) / 0.05);
    CHECK_CLOSE(at(gr, "n_AA", row - 1), total, 0);
    total += shells[k];
    CHECK_CLOSE(at(gr, "n_AA", row), total, 0);
    const double inner = 0.05 * (double)row, outer = inner + 0.05, shell = 4 * PI / 3 * (outer * outer * outer - inner * inner * inner);
    CHECK_CLOSE(at(gr, "g_AA", row), shells[k] * 216 / (255 * shell), 1e-12);
    CHECK_CLOSE(at(gr, "g_NN", row), at(gr, "g_AA", row), 1e-15);
  }
  CHECK_CLOSE(table_get_scalar(gr, "coordination_AA"), 12, 0);
  for (size_t i = 0; i < sq->n_rows; i++) {
    const double q    = at(sq, "q", i);
    const bool is_111 = fabs(q - 2 * PI / a * sqrt(3)) < 1e-9, is_200 = fabs(q - 2 * PI / a * 2) < 0.05;
    const double vectors = at(sq, "n_vectors", i);
    CHECK(vectors == at(sq, "n_lattice", i));
    if (is_111) CHECK_EQUAL_INT(vectors, 4);
    if (is_111) CHECK_CLOSE(at(sq, "S_AA", i), 256, 1e-12);
    if (is_200) CHECK_CLOSE(at(sq, "S_NN", i) * vectors, 3 * 256, 1e-12); /* (8,0,0) and 2 like it; (0,8,0) of norm 64 only */
    if (!is_111 && !is_200) CHECK(at(sq, "S_AA", i) < 1e-20);
  }
  CHECK(isnan(table_get_scalar(sq, "s_max_NN")) && isnan(table_get_scalar(sq, "q_max_AA"))); /* a Bragg peak has no width */
  CHECK(isnan(at(gr, "g_AA_error", 3)) && isnan(at(sq, "S_AA_error", 3)));                   /* one frame: no error bar */
  analysis_clear(&analysis);
  frame_clear(&frame);
}

/** A Gaussian peak on 1, bins of 0.1, noise of `vectors` vectors: found in a liquid, not in noise alone nor narrower than its bins. */
static MainPeak peak_of(double height, double width, double vectors, uint32_t stream) {
  enum { BINS = 140 };
  double q[BINS], s[BINS], weights[BINS];
  for (int i = 0; i < BINS; i++) {
    q[i]           = 0.1 * (i + 1);
    weights[i]     = 1 + vectors * q[i] * q[i] / 49;
    const double x = (q[i] - 7) / width, mean = 1 + height * exp(-x * x / 2);
    const double u1 = uniform(stream, 2 * i), u2 = uniform(stream, 2 * i + 1);
    s[i] = fmax(mean * (1 + sqrt(-2 * log(1 - u1)) * cos(2 * PI * u2) / sqrt(weights[i])), 0.05);
  }
  return main_peak_find(BINS, q, s, weights);
}

static void test_main_peak(void) {
  int found = 0, false_found = 0;
  for (uint32_t stream = 1; stream <= 40; stream++) {
    const MainPeak liquid = peak_of(1.8, 0.35, 100, stream), noise = peak_of(0, 1, 100, stream), sharp = peak_of(200, 0.02, 100, stream);
    found += fabs(liquid.position - 7) < 0.15 && fabs(liquid.height - 2.8) < 0.5;
    false_found += !isnan(noise.height) || !isnan(noise.position) || !isnan(sharp.height);
    CHECK(isfinite(noise.highest) && fabs(sharp.highest - 7) < 0.11);
  }
  CHECK_EQUAL_INT(found, 40);
  CHECK_EQUAL_INT(false_found, 0);
}

/** Rectangular lattice of A and B columns in 2D: S_AA, S_BB, S_AB at a vector that tells the columns apart. */
static void test_rows(void) {
  const double edges[3] = {8, 9, 1};
  Analysis analysis     = {0};
  Frame frame;
  frame_init(&frame);
  make_box(&frame, 48, 2, edges);
  for (int64_t i = 0; i < 48; i++) { /* 8 columns at distance 1, 6 places at distance 1.5 */
    frame.position[3 * i]     = (double)(i / 6);
    frame.position[3 * i + 1] = 1.5 * (double)(i % 6);
    frame.species[i]          = i / 6 % 2 == 1;
  }
  analyse_one(&analysis, "{r_bin: 0.05, q_bin: 0.001, q_high: 3.5, max_vectors: 100}", &frame);
  const Table *gr = analysis.tables[0], *sq = analysis.tables[1];
  CHECK_CLOSE(at(gr, "n_AB", 25), 2, 0); /* r < 1.3: left and right */
  CHECK_CLOSE(at(gr, "n_AA", 25), 0, 0);
  CHECK_CLOSE(at(gr, "n_AA", 32), 2, 0); /* r < 1.65: above and below */
  CHECK_CLOSE(at(gr, "n_BA", 38), 6, 0); /* sqrt(1 + 1.5^2) = 1.803 */
  bool is_seen = false;
  for (size_t i = 0; i < sq->n_rows; i++) {
    if (fabs(at(sq, "q", i) - PI) > 1e-9) continue; /* (4, 0): every second column in antiphase */
    is_seen = true;
    CHECK_CLOSE(at(sq, "S_AA", i), 24, 1e-12);
    CHECK_CLOSE(at(sq, "S_BB", i), 24, 1e-12);
    CHECK_CLOSE(at(sq, "S_AB", i), -24, 1e-12);
    CHECK(fabs(at(sq, "S_NN", i)) < 1e-12);
  }
  CHECK(is_seen);
  analysis_clear(&analysis);
  frame_clear(&frame);
}

/* ---- twins --------------------------------------------------------------------------------------------------------------------- */

/** g(r) over all pairs. */
static void check_gr(const Table *gr, const Frame *frame, double width) {
  double *counts = memory_array(3 * gr->n_rows, sizeof *counts), inside[3] = {0};
  double n[2] = {0};
  for (int64_t i = 0; i < frame->n; i++) {
    n[frame->species[i]] += 1;
    for (int64_t j = i + 1; j < frame->n; j++) {
      const size_t bin = (size_t)(sqrt(distance2(frame, i, j)) / width);
      if (bin < gr->n_rows) counts[3 * bin + (size_t)(frame->species[i] + frame->species[j])] += 1;
    }
  }
  const double volume = frame_volume(frame), pairs[3] = {n[0] * (n[0] - 1) / 2, n[0] * n[1], n[1] * (n[1] - 1) / 2};
  const char *const names[3] = {"g_AA", "g_AB", "g_BB"};
  for (size_t bin = 0; bin < gr->n_rows; bin++) {
    const double inner = width * (double)bin, outer = inner + width;
    const double shell = frame->dim == 3 ? 4 * PI / 3 * (pow(outer, 3) - pow(inner, 3)) : PI * (outer * outer - inner * inner);
    const double *here = &counts[3 * bin];
    for (int p = 0; p < 3; p++) {
      CHECK_CLOSE(at(gr, names[p], bin), here[p] * volume / (pairs[p] * shell), 1e-12);
      inside[p] += here[p];
    }
    const double all = pairs[0] + pairs[1] + pairs[2];
    CHECK_CLOSE(at(gr, "g_NN", bin), (here[0] + here[1] + here[2]) * volume / (all * shell), 1e-12);
    CHECK_CLOSE(at(gr, "n_AA", bin), 2 * inside[0] / n[0], 1e-12);
    CHECK_CLOSE(at(gr, "n_AB", bin), inside[1] / n[0], 1e-12);
    CHECK_CLOSE(at(gr, "n_BA", bin), inside[1] / n[1], 1e-12);
    CHECK_CLOSE(at(gr, "n_BB", bin), 2 * inside[2] / n[1], 1e-12);
  }
  memory_free(counts);
}

static void direct_wave(const Frame *frame, const int lattice[3], double rho[2][2]) {
  rho[0][0] = rho[0][1] = rho[1][0] = rho[1][1] = 0;
  for (int64_t i = 0; i < frame->n; i++) {
    double phase = 0;
    for (int d = 0; d < frame->dim; d++) phase += 2 * PI * lattice[d] / frame->edges[d] * frame->position[3 * i + d];
    rho[frame->species[i]][0] += cos(phase);
    rho[frame->species[i]][1] += sin(phase);
  }
}

/** S(q) over the WHOLE sphere of vectors (q and -q). */
static void check_sq(const Table *sq, const Frame *frame, double width, double high) {
  enum { MOST = 200 };
  double sums[MOST][3] = {{0}}, count[MOST] = {0}, length[MOST] = {0}, n[2] = {0}, rho[2][2];
  const int last = 20;
  for (int64_t i = 0; i < frame->n; i++) n[frame->species[i]] += 1;
  for (int l = -last; l <= last; l++)
    for (int m = -last; m <= last; m++)
      for (int k = frame->dim == 3 ? -last : 0; k <= (frame->dim == 3 ? last : 0); k++) {
        const double qx = 2 * PI * l / frame->edges[0], qy = 2 * PI * m / frame->edges[1], qz = 2 * PI * k / frame->edges[2];
        const double q = sqrt(qx * qx + qy * qy + qz * qz);
        if (q <= 0 || q >= high) continue;
        const size_t bin = (size_t)(q / width);
        direct_wave(frame, (int[3]){l, m, k}, rho);
        sums[bin][0] += rho[0][0] * rho[0][0] + rho[0][1] * rho[0][1];
        sums[bin][1] += rho[0][0] * rho[1][0] + rho[0][1] * rho[1][1];
        sums[bin][2] += rho[1][0] * rho[1][0] + rho[1][1] * rho[1][1];
        count[bin] += 1;
        length[bin] += q;
      }
  size_t row = 0;
  for (size_t bin = 0; bin < MOST; bin++) {
    if (count[bin] <= 0) continue;
    const double aa = sums[bin][0] / count[bin], ab = sums[bin][1] / count[bin], bb = sums[bin][2] / count[bin];
    CHECK_CLOSE(at(sq, "q", row), length[bin] / count[bin], 1e-12);
    CHECK_CLOSE(at(sq, "n_lattice", row), count[bin] / 2, 0);
    CHECK_CLOSE(at(sq, "S_AA", row), aa / n[0], 1e-12);
    CHECK_CLOSE(at(sq, "S_BB", row), bb / n[1], 1e-12);
    CHECK(fabs(at(sq, "S_AB", row) - ab / sqrt(n[0] * n[1])) < 1e-12);
    CHECK_CLOSE(at(sq, "S_NN", row), (aa + 2 * ab + bb) / (double)frame->n, 1e-12);
    /* rho kB T chi by the closed form of a binary mixture */
    const double saa = aa / n[0], sbb = bb / n[1], sab = ab / sqrt(n[0] * n[1]), xa = n[0] / (n[0] + n[1]), xb = 1 - xa;
    if (frame->n > 0 && count[bin] > 2)
      CHECK_CLOSE(at(sq, "compressibility", row), (saa * sbb - sab * sab) / (xa * sbb + xb * saa - 2 * sqrt(xa * xb) * sab), 1e-9);
    row++;
  }
  CHECK_EQUAL_INT(sq->n_rows, row);
}

static void test_twin(int dim, int64_t n, const double edges[3], const char *r_max) {
  char keys[160];
  Analysis analysis = {0};
  Frame frame;
  frame_init(&frame);
  make_gas(&frame, n, dim, edges, 77);
  snprintf(keys, sizeof keys, "{r_max: %s, r_bin: 0.03, q_bin: 0.11, q_high: 5.3, max_vectors: 1000000}", r_max);
  analyse_one(&analysis, keys, &frame);
  check_gr(analysis.tables[0], &frame, 0.03);
  check_sq(analysis.tables[1], &frame, 0.11, 5.3);
  analysis_clear(&analysis);
  frame_clear(&frame);
}

/** Long cells and a subset of vectors: each sum against the direct one; directions cover the sphere. */
static void test_waves(int dim) {
  const double edges[3] = {15, 19, 23};
  double power[3 * 100] = {0}, direct[3 * 100] = {0}, along[3] = {0};
  Frame frame;
  frame_init(&frame);
  make_gas(&frame, 333, dim, edges, 5);
  DensityWaves *waves = density_waves_create(dim, frame.edges, 2, 10, 0.1, 20);
  CHECK_EQUAL_INT(waves->n_bins, 100);
  density_waves_add(waves, &frame, 2, power);
  for (int v = 0; v < waves->n_vectors; v++) {
    double rho[2][2], q2 = 0, q[3] = {0};
    direct_wave(&frame, (int[3]){waves->lattice[v][0], waves->lattice[v][1], waves->lattice[v][2]}, rho);
    for (int d = 0; d < dim; d++) q[d] = 2 * PI * waves->lattice[v][d] / edges[d];
    for (int d = 0; d < 3; d++) q2 += q[d] * q[d];
    const int bin = (int)(sqrt(q2) / 0.1);
    for (int d = 0; d < 3; d++) along[d] += q[d] * q[d] / q2 / waves->n_vectors;
    for (int a = 0; a < 2; a++)
      for (int b = a; b < 2; b++) direct[100 * pair_row(a, b) + bin] += rho[a][0] * rho[b][0] + rho[a][1] * rho[b][1];
  }
  for (int i = 0; i < 300; i++) CHECK(fabs(power[i] - direct[i]) <= 1e-12 * 333 * 20);
  for (int d = 0; d < dim; d++) CHECK(fabs(along[d] - 1.0 / dim) < 0.03);
  for (int b = 50; b < 100 && dim == 3; b++) CHECK(waves->n_used[b] > 12 && waves->n_used[b] < 28);
  density_waves_destroy(&waves);
  frame_clear(&frame);
}

/* ---- relations ----------------------------------------------------------------------------------------------------------------- */

/** S(q) = 1 + rho int (g - 1) exp(i q r): hard spheres, where both sides are far from 1. */
static void test_transform(int dim) {
  enum { FRAMES = 16 };
  const double edges[3] = {dim == 3 ? 9.0 : 24, dim == 3 ? 10.0 : 25, 11};
  const int64_t n       = dim == 3 ? 560 : 330;
  Analysis analysis     = {0};
  Frame frame;
  frame_init(&frame);
  make_hard(&frame, n, dim, edges, 0);
  analysis_open(&analysis, "{q_bin: 0.2, q_high: 14, r_max: 4.5, r_bin: 0.01, max_vectors: 200}", &frame, FRAMES);
  for (uint32_t k = 0; k < FRAMES; k++) {
    make_hard(&frame, n, dim, edges, k);
    CHECK(pass->frame(analysis.state, &frame) == STATUS_OK);
  }
  analysis_close(&analysis);
  const Table *gr = analysis.tables[0], *sq = analysis.tables[1];
  const double density = (double)n / frame_volume(&frame);
  double worst = 0, lowest = 2, highest = 0;
  for (size_t i = 0; i < sq->n_rows; i++) {
    const double q = at(sq, "q", i);
    double s       = 1;
    if (at(sq, "n_vectors", i) < 20) continue;
    for (size_t bin = 0; bin < gr->n_rows; bin++) {
      const double r = at(gr, "r", bin), h = at(gr, "g_NN", bin) - 1;
      s += density * 0.01 * h * (dim == 3 ? 4 * PI * r * sin(q * r) / q : 2 * PI * r * j0(q * r));
    }
    worst   = fmax(worst, fabs(s - at(sq, "S_NN", i)));
    lowest  = fmin(lowest, s);
    highest = fmax(highest, s);
  }
  printf("%dD: |S(q) - transform of g(r)| <= %.3f, S from %.2f to %.2f\n", dim, worst, lowest, highest);
  CHECK(lowest < 0.4 && highest > 1.3);
  CHECK(worst < 0.08);
  for (size_t bin = 0; bin < 100; bin++) CHECK_CLOSE(at(gr, "g_NN", bin), 0, 0); /* no overlaps */
  analysis_clear(&analysis);
  frame_clear(&frame);
}

/** Three ranks, two runs: the added sums give what one rank gives; g(r) to the last bit. */
static void test_shares(void) {
  enum { FRAMES = 12 };
  const char *keys      = "{q_high: 8, max_vectors: 10}";
  const double edges[3] = {8, 9, 10};
  Analysis whole = {0}, part[3] = {0};
  Frame frame;
  frame_init(&frame);
  make_gas(&frame, 200, 3, edges, 0);
  analysis_open(&whole, keys, &frame, FRAMES);
  for (int rank = 0; rank < 3; rank++) analysis_open(&part[rank], keys, &frame, FRAMES);
  for (int run = 0; run < 2; run++)
    for (uint32_t k = 0; k < FRAMES; k++) {
      make_gas(&frame, 200, 3, edges, k + 100 * (uint32_t)run);
      frame.time = k;
      if (k == 0) pass->begin(whole.state, run, &frame);
      for (int rank = 0; rank < 3 && k == 0; rank++) pass->begin(part[rank].state, run, &frame);
      CHECK(pass->frame(whole.state, &frame) == STATUS_OK);
      CHECK(pass->frame(part[k % 3].state, &frame) == STATUS_OK);
    }
  size_t n  = 0;
  double *a = pass->sums(part[0].state, &n);
  for (int rank = 1; rank < 3; rank++) {
    const double *b = pass->sums(part[rank].state, &n);
    for (size_t i = 0; i < n; i++) a[i] += b[i];
  }
  analysis_close(&whole);
  for (int rank = 0; rank < 3; rank++) analysis_close(&part[rank]);
  for (int t = 0; t < 2; t++)
    for (int c = 0; c < whole.tables[t]->n_columns; c++)
      for (size_t row = 0; row < whole.tables[t]->n_rows; row++)
        CHECK_CLOSE(part[0].tables[t]->values[c][row], whole.tables[t]->values[c][row], t == 0 ? 0 : 1e-11);
  CHECK_EQUAL_INT(table_get_scalar(part[0].tables[0], "frames"), 2 * FRAMES);
  analysis_clear(&whole);
  for (int rank = 0; rank < 3; rank++) analysis_clear(&part[rank]);
  frame_clear(&frame);
}

/* ---- mistakes ------------------------------------------------------------------------------------------------------------------ */

static void test_mistakes(void) {
  const double edges[3] = {6, 7, 8}, other[3] = {6, 7, 8.1};
  const char *const bad[] = {"{r_max: 3.1}", "{r_max: 0.5, r_bin: 1}", "{q_high: 1, q_bin: 2}"};
  PassState *state        = NULL;
  Analysis analysis       = {0};
  Frame frame;
  frame_init(&frame);
  make_gas(&frame, 50, 3, edges, 0);
  for (int i = 0; i < 3; i++) {
    Params *keys = NULL;
    CHECK(params_parse(bad[i], "test", 0, NULL, &keys) == STATUS_OK);
    CHECK(params_bind(keys, pass->schema) == STATUS_OK);
    CHECK(pass->open(keys, &mixture, &frame, 0, NULL, &state) == STATUS_INPUT);
    params_end(&keys);
  }
  analysis_open(&analysis, "{q_high: 3}", &frame, 0);
  CHECK(pass->frame(analysis.state, &frame) == STATUS_OK);
  make_gas(&frame, 50, 3, other, 0);
  CHECK(pass->frame(analysis.state, &frame) == STATUS_FILE); /* another box */
  make_gas(&frame, 51, 3, edges, 0);
  CHECK(pass->frame(analysis.state, &frame) == STATUS_FILE); /* more particles */
  make_gas(&frame, 50, 3, edges, 0);
  frame.species[3] = 2;
  CHECK(pass->frame(analysis.state, &frame) == STATUS_FILE); /* a species that the model has not */
  frame.species[3]  = 0;
  frame.position[8] = NAN;
  CHECK(pass->frame(analysis.state, &frame) == STATUS_OK); /* left out, with a warning */
  analysis_close(&analysis);
  CHECK_EQUAL_INT(table_get_scalar(analysis.tables[1], "frames"), 1);
  analysis_clear(&analysis);
  frame_clear(&frame);
}

int main(void) {
  pass = pass_find("structure");
  CHECK(pass != NULL);
  for (int dim = 2; dim <= 3; dim++) {
    test_gas(dim);
    test_twin(dim, 160, (double[3]){6.1, 7.3, 9.7}, "auto");  /* cells all around the box */
    test_twin(dim, 700, (double[3]){14.1, 11.3, 9.7}, "1.1"); /* many cells */
    test_twin(dim, 300, (double[3]){6.3, 20.5, 9.7}, "2.6");  /* both */
    test_waves(dim);
    test_transform(dim);
  }
  test_fcc();
  test_main_peak();
  test_rows();
  test_shares();
  test_mistakes();
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
