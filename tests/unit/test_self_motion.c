/** Pass self_motion on trajectories whose curves are known in closed form: Gaussian random walk (2D, 3D), ideal gas, harmonic cage.
 *  With Delta Gaussian of variance s^2 per axis: MSD = d s^2, Fs = exp(-q^2 s^2 / 2), alpha2 = 0, in 2D (J0) as in 3D (sin x / x). */
#include "analysis/self_motion.h"

#include <math.h>
#include <stdbool.h>

#include "analysis/pass.h"
#include "analysis/sweep.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/rng.h"
#include "base/table.h"
#include "check.h"
#include "matter/frame.h"
#include "matter/mixture.h"

enum { MOST_FRAMES = 600 };
static const double TIMESTEP = 0.01, EDGE = 4.0;

/** A trajectory in memory. */
typedef struct Story {
  int64_t n;
  Frame frames[MOST_FRAMES];
  int64_t step[MOST_FRAMES];
  int32_t block[MOST_FRAMES];
} Story;
static Story story;
static const Mixture mixture = {
    .n_species = 2, .names = {"A", "B"}, .masses = {1, 2}, .largest = 1, .dim = 3, .q = {2.5, 2.0}, .fractions = {0.5, 0.5}};

static Status read_story(void *source, int64_t k, Frame *frame) {
  frame_copy(frame, &((Story *)source)->frames[k]);
  return STATUS_OK;
}

/** Blocks of 2048 steps, offsets 1 2 3 4 6 8 12 ..; or linear, every 16 steps. */
static void make_schedule(int n_blocks, bool is_linear) {
  story.n = 0;
  for (int b = 0; b < n_blocks; b++)
    for (int64_t offset = 0, gap = 1; offset < (is_linear ? 1 : 2048); offset += gap) {
      if (offset >= 4 * gap) gap *= 2;
      story.step[story.n]    = 100 + (is_linear ? 16 : 2048) * (int64_t)b + offset;
      story.block[story.n++] = is_linear ? -1 : b;
    }
}

/** Frame k with unwrapped coordinates x[n][3], wrapped into the box; species alternate A B A B. */
static void store(int64_t k, int64_t n, int dim, const double *x) {
  Frame *frame = &story.frames[k];
  frame_resize(frame, n, dim);
  frame->has  = FRAME_IMAGE | FRAME_MASS;
  frame->step = story.step[k];
  frame->time = TIMESTEP * (double)story.step[k];
  for (int d = 0; d < 3; d++) frame->edges[d] = d < dim ? EDGE : 1;
  for (int64_t i = 0; i < n; i++) {
    frame->species[i] = (int32_t)(i % 2);
    frame->mass[i]    = mixture.masses[i % 2];
    for (int d = 0; d < dim; d++) {
      const double turns         = floor(x[3 * i + d] / EDGE);
      frame->image[3 * i + d]    = (int32_t)turns;
      frame->position[3 * i + d] = x[3 * i + d] - turns * EDGE;
    }
  }
}

static double normal(int64_t i, int axis, int64_t k, uint32_t stream) {
  double z[2];
  rng_normal2((RngKey){.seed = 42, .replica = stream, .purpose = RNG_TEST}, (uint64_t)(3 * i + axis), (uint64_t)k, z);
  return z[0];
}

typedef enum Motion { WALK, GAS, CAGE } Motion;
/** WALK: D = 0.5 (A), 0.25 (B). GAS: velocity variance T / m, T = 1. CAGE: variance 0.04 about a site. */
static double coordinate(Motion motion, double before, int64_t i, int axis, int64_t k, uint32_t stream) {
  const double time = TIMESTEP * (double)(story.step[k] - story.step[0]);
  if (k == 0 && motion != CAGE) return 1.7 * normal(i, axis, -1, stream);
  if (motion == WALK) {
    const double variance = 2 * (i % 2 == 0 ? 0.5 : 0.25) * TIMESTEP * (double)(story.step[k] - story.step[k - 1]);
    return before + sqrt(variance) * normal(i, axis, k, stream);
  }
  if (motion == GAS) return 1.7 * normal(i, axis, -1, stream) + time * normal(i, axis, 0, stream) / sqrt(mixture.masses[i % 2]);
  return 0.37 * (double)i + 0.2 * normal(i, axis, k, stream);
}

static void make_story(Motion motion, int64_t n, int dim, const double drift[3], uint32_t stream) {
  double *x = memory_array((size_t)(3 * n), sizeof *x), *moved = memory_array((size_t)(3 * n), sizeof *moved);
  for (int64_t k = 0; k < story.n; k++) {
    const double time = TIMESTEP * (double)(story.step[k] - story.step[0]);
    for (int64_t i = 0; i < n; i++)
      for (int d = 0; d < dim; d++) {
        x[3 * i + d]     = coordinate(motion, x[3 * i + d], i, d, k, stream);
        moved[3 * i + d] = x[3 * i + d] + drift[d] * time;
      }
    store(k, n, dim, moved);
  }
  memory_free(x);
  memory_free(moved);
}

typedef struct Analysis {
  Params *keys;
  LagPlan plan;
  double lags[200];
  PassState *state;
  Table **tables;
  int n_tables;
} Analysis;

static const PassType *pass;

static void analysis_open(Analysis *analysis, const char *keys) {
  CHECK(params_parse(keys, "test", 0, NULL, &analysis->keys) == STATUS_OK);
  CHECK(params_bind(analysis->keys, pass->schema) == STATUS_OK);
  lag_plan_init(&analysis->plan, story.n, story.step, story.block, (LagOptions){0});
  for (int i = 0; i < analysis->plan.n_lags; i++) analysis->lags[i] = TIMESTEP * (double)analysis->plan.lag[i];
  CHECK(pass->open(analysis->keys, &mixture, &story.frames[0], analysis->plan.n_lags, analysis->lags, &analysis->state) == STATUS_OK);
}

static void analysis_sweep(Analysis *analysis, int run, int rank, int size) {
  const SweepSource source = {&story, read_story, story.n};
  const SweepPass work     = {pass, analysis->state, rank, size};
  pass->begin(analysis->state, run, &story.frames[0]);
  CHECK(sweep_frames(&source, &analysis->plan, 1, &work, (size_t)1 << 30) == STATUS_OK);
}

static void analysis_close(Analysis *analysis) {
  CHECK(pass->close(&analysis->state, &analysis->tables, &analysis->n_tables) == STATUS_OK);
}

static void analysis_clear(Analysis *analysis) {
  for (int t = 0; t < analysis->n_tables; t++) table_destroy(&analysis->tables[t]);
  memory_free(analysis->tables);
  lag_plan_clear(&analysis->plan);
  params_end(&analysis->keys);
}

static void analyse(Analysis *analysis, const char *keys) {
  analysis_open(analysis, keys);
  analysis_sweep(analysis, 0, 0, 1);
  analysis_close(analysis);
}

/** Variance per axis of the displacement in time t. */
static double variance_of(Motion motion, int species, double t) {
  if (motion == WALK) return 2 * (species == 0 ? 0.5 : 0.25) * t;
  if (motion == GAS) return t * t / mixture.masses[species];
  return 2 * 0.04;
}

/** Every point within 5 of its own error bars (and 1e-3), which must be neither too small nor too large on average. */
static void check_curves(const Table *table, Motion motion, int species, int dim) {
  const double *time = table_column(table, "time"), *msd = table_column(table, "msd"), *msd_error = table_column(table, "msd_error");
  const double *fs = table_column(table, "fs"), *fs_error = table_column(table, "fs_error"), *alpha2 = table_column(table, "alpha2");
  const double q = table_get_scalar(table, "q");
  double squares = 0;
  for (size_t i = 0; i < table->n_rows; i++) {
    const double s2 = variance_of(motion, species, time[i]), exact = exp(-q * q * s2 / 2);
    CHECK(fabs(msd[i] - dim * s2) < 5 * msd_error[i] + 1e-3 * dim * s2);
    CHECK(fabs(fs[i] - exact) < 5 * fs_error[i] + 1e-3);
    CHECK(fabs(alpha2[i]) < 0.15);
    squares += (msd[i] - dim * s2) * (msd[i] - dim * s2) / (msd_error[i] * msd_error[i]) / (double)table->n_rows;
  }
  CHECK(squares > 0.1 && squares < 4);
  printf("%s dim %d: mean square deviation of msd in its error bars %.2f; tau %.4f +- %.4f, D %.4f +- %.4f\n", table->name, dim, squares,
         table_get_scalar(table, "tau_alpha"), table_get_scalar(table, "tau_alpha_error"), table_get_scalar(table, "diffusion"),
         table_get_scalar(table, "diffusion_error"));
}

static void test_walk(int dim) {
  Analysis analysis = {0};
  make_schedule(20, false);
  make_story(WALK, 1000, dim, (double[3]){0, 0, 0}, (uint32_t)dim);
  analyse(&analysis, "{}");
  CHECK_EQUAL_INT(analysis.n_tables, 2);
  CHECK_TEXT(analysis.tables[0]->name, "self_motion/curves_A");
  for (int s = 0; s < 2; s++) {
    const Table *table = analysis.tables[s];
    const double D = s == 0 ? 0.5 : 0.25, q = mixture.q[s];
    check_curves(table, WALK, s, dim);
    CHECK_CLOSE(table_get_scalar(table, "q"), q, 0);
    CHECK_CLOSE(table_get_scalar(table, "diffusion"), D, 0.02);
    CHECK_CLOSE(table_get_scalar(table, "tau_alpha"), log(5) / (q * q * D), 0.03);
    CHECK(table_get_scalar(table, "tau_alpha_error") > 0 && table_get_scalar(table, "tau_alpha_error") < 0.05);
  }
  analysis_clear(&analysis);
}

static void test_gas(void) {
  Analysis analysis = {0};
  make_schedule(12, false);
  make_story(GAS, 500, 3, (double[3]){0, 0, 0}, 7);
  analyse(&analysis, "{q: [3.0], species: A}");
  CHECK_EQUAL_INT(analysis.n_tables, 1);
  const Table *table = analysis.tables[0];
  const double *time = table_column(table, "time"), *fs = table_column(table, "fs"), *msd = table_column(table, "msd");
  /* velocities never change, so all origins agree and the sample's own temperature is what counts */
  const double temperature = msd[0] / (3 * time[0] * time[0]);
  CHECK_CLOSE(temperature, 1, 0.15);
  for (size_t i = 0; i < table->n_rows; i++) {
    CHECK_CLOSE(msd[i], 3 * temperature * time[i] * time[i], 1e-9);
    CHECK(fabs(fs[i] - exp(-4.5 * temperature * time[i] * time[i])) < 0.08);
  }
  CHECK_CLOSE(table_get_scalar(table, "tau_alpha"), sqrt(2 * log(5) / temperature) / 3, 0.1);
  CHECK(isnan(table_get_scalar(table, "diffusion"))); /* slope 2 everywhere */
  analysis_clear(&analysis);
}

static void test_cage(void) {
  Analysis analysis = {0};
  make_schedule(12, false);
  make_story(CAGE, 600, 3, (double[3]){0, 0, 0}, 9);
  analyse(&analysis, "{species: largest}");
  CHECK_EQUAL_INT(analysis.n_tables, 1);
  CHECK_TEXT(analysis.tables[0]->name, "self_motion/curves_B");
  check_curves(analysis.tables[0], CAGE, 1, 3);
  CHECK(isnan(table_get_scalar(analysis.tables[0], "tau_alpha")));
  CHECK(isnan(table_get_scalar(analysis.tables[0], "diffusion")));
  analysis_clear(&analysis);
}

static void check_equal_tables(const Analysis *a, const Analysis *b, double tolerance) {
  CHECK_EQUAL_INT(a->n_tables, b->n_tables);
  for (int t = 0; t < a->n_tables; t++)
    for (int c = 0; c < a->tables[t]->n_columns; c++)
      for (size_t i = 0; i < a->tables[t]->n_rows; i++) {
        const double *left = a->tables[t]->values[c], *right = b->tables[t]->values[c];
        CHECK(fabs(left[i] - right[i]) <= tolerance * fmax(1e-2, fabs(left[i])));
      }
}

static void test_drift(void) {
  Analysis rest = {0}, moving = {0};
  make_schedule(6, false);
  make_story(WALK, 200, 3, (double[3]){0, 0, 0}, 11);
  analyse(&rest, "{}");
  make_story(WALK, 200, 3, (double[3]){0.3, -2, 0.01}, 11);
  analyse(&moving, "{}");
  check_equal_tables(&rest, &moving, 1e-9);
  analysis_clear(&rest);
  analysis_clear(&moving);
}

/** Three ranks, two runs: the added sums give what one rank gives. */
static void test_shares(void) {
  Analysis whole = {0}, part[3] = {0};
  make_schedule(6, false);
  make_story(WALK, 150, 3, (double[3]){0, 0, 0}, 12);
  analysis_open(&whole, "{}");
  for (int rank = 0; rank < 3; rank++) analysis_open(&part[rank], "{}");
  for (int run = 0; run < 2; run++) {
    make_story(WALK, 150, 3, (double[3]){0, 0, 0}, 12 + (uint32_t)run);
    analysis_sweep(&whole, run, 0, 1);
    for (int rank = 0; rank < 3; rank++) analysis_sweep(&part[rank], run, rank, 3);
  }
  size_t n  = 0;
  double *a = pass->sums(part[0].state, &n);
  for (int rank = 1; rank < 3; rank++) {
    const double *b = pass->sums(part[rank].state, &n);
    for (size_t i = 0; i < n; i++) a[i] += b[i];
  }
  analysis_close(&whole);
  for (int rank = 0; rank < 3; rank++) analysis_close(&part[rank]);
  check_equal_tables(&whole, &part[0], 1e-12);
  CHECK_EQUAL_INT(table_column(whole.tables[0], "count")[0], 12);
  analysis_clear(&whole);
  for (int rank = 0; rank < 3; rank++) analysis_clear(&part[rank]);
}

/** A linear sequence against the mean over ALL pairs of frames at each lag. */
static void test_brute(void) {
  Analysis analysis = {0};
  make_schedule(60, true);
  make_story(WALK, 40, 2, (double[3]){0.1, 0, 0}, 21);
  analyse(&analysis, "{q: [2.0, 1.5]}");
  for (int s = 0; s < 2; s++) {
    const Table *table = analysis.tables[s];
    for (size_t row = 0; row < table->n_rows; row++) {
      double msd = 0, fs = 0, count = 0;
      for (int64_t i = 0; i < story.n; i++)
        for (int64_t j = i + 1; j < story.n; j++) {
          double one_msd = 0, one_fs = 0;
          if (story.step[j] - story.step[i] != analysis.plan.lag[row]) continue;
          self_motion_measure(&story.frames[i], &story.frames[j], s, s == 0 ? 2.0 : 1.5, &one_msd, &one_fs);
          msd += one_msd;
          fs += one_fs;
          count++;
        }
      CHECK_CLOSE(table_column(table, "count")[row], count, 0);
      CHECK_CLOSE(table_column(table, "msd")[row], msd / count, 1e-12);
      CHECK_CLOSE(table_column(table, "fs")[row], fs / count, 1e-11);
    }
  }
  analysis_clear(&analysis);
}

/** Two particles, by hand: across the boundary, with unequal masses. */
static void test_by_hand(void) {
  double msd = 0, fs = 0;
  story.step[0] = 0, story.step[1] = 1;
  store(0, 2, 3, (double[6]){3.9, 1, 1, 2, 2, 2});
  store(1, 2, 3, (double[6]){4.5, 1, 1, 2, 2, 2}); /* A moves by 0.6; centre of mass by 0.2: -> 0.4 and -0.2 */
  self_motion_measure(&story.frames[0], &story.frames[1], 0, 2.0, &msd, &fs);
  CHECK_CLOSE(msd, 0.16, 1e-12);
  CHECK_CLOSE(fs, sin(0.8) / 0.8, 1e-12);
  self_motion_measure(&story.frames[0], &story.frames[1], -1, 2.0, &msd, &fs);
  CHECK_CLOSE(msd, (0.16 + 0.04) / 2, 1e-12);
  CHECK_CLOSE(fs, (sin(0.8) / 0.8 + sin(0.4) / 0.4) / 2, 1e-12);
  self_motion_measure(&story.frames[0], &story.frames[1], 5, 2.0, &msd, &fs);
  CHECK(isnan(msd) && isnan(fs));
}

static void test_mistakes(void) {
  PassState *state  = NULL;
  const char *bad[] = {"{species: C}", "{q: [1, 2, 3]}"};
  const double lag  = 1;
  for (int i = 0; i < 2; i++) {
    Params *keys = NULL;
    CHECK(params_parse(bad[i], "test", 0, NULL, &keys) == STATUS_OK);
    CHECK(params_bind(keys, pass->schema) == STATUS_OK);
    CHECK(pass->open(keys, &mixture, &story.frames[0], 1, &lag, &state) == STATUS_INPUT);
    params_end(&keys);
  }
}

/** The last frame of a replica that blew up holds NaN: it is left out, the rest stands. */
static void test_lost(void) {
  Analysis analysis = {0};
  make_schedule(30, true);
  make_story(WALK, 20, 3, (double[3]){0, 0, 0}, 31);
  story.frames[story.n - 1].position[4] = NAN;
  analyse(&analysis, "{}");
  const Table *table = analysis.tables[0];
  CHECK_CLOSE(table_column(table, "count")[0], 28, 0);
  for (size_t i = 0; i < table->n_rows; i++) CHECK(isfinite(table_column(table, "msd")[i]) && isfinite(table_column(table, "fs_error")[i]));
  analysis_clear(&analysis);
}

int main(void) {
  for (int k = 0; k < MOST_FRAMES; k++) frame_init(&story.frames[k]);
  pass = pass_find("self_motion");
  CHECK(pass != NULL && pass_find("nothing") == NULL);
  test_by_hand();
  test_mistakes();
  test_walk(3);
  test_walk(2);
  test_cage();
  test_drift();
  test_shares();
  test_brute();
  test_lost();
  test_gas();
  for (int k = 0; k < MOST_FRAMES; k++) frame_clear(&story.frames[k]);
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
