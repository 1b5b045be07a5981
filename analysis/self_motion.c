/* Pass self_motion: how far single particles go, and how fast a liquid forgets.
 *
 * With Delta_i(t) = r_i(t0 + t) - r_i(t0) - [R(t0 + t) - R(t0)], R the centre of mass of the whole system (mass weighted), unwrapped by the
 * difference of the image counters, and <..> the mean over the particles of one species and over origins t0:
 *   MSD(t)    = < Delta^2 >
 *   alpha2(t) = 3 < Delta^4 > / (5 < Delta^2 >^2) - 1          in 3D;   < Delta^4 > / (2 < Delta^2 >^2) - 1   in 2D
 *   Fs(q,t)   = < sin(q Delta) / (q Delta) >                   in 3D;   < J0(q Delta) >                       in 2D
 * the isotropic averages of cos(q . Delta) over the directions of q. From these
 *   tau_alpha  Fs(q, tau_alpha) = 0.2 (tau_threshold): ln t interpolated linearly in Fs between the first two points around it
 *              [MODELS 3, as in the group's code of Kapteijns et al., arXiv:2103.11404]; its error is that of Fs through the slope.
 *              On an exponential decay this lies 0.6 % high for points a factor 1.33 apart, 3 % for a factor 2
 *   D          MSD = 2 d D t on the diffusive window: MSD > 0.5 and local log-log slope within 5 % of 1; mean of ln(MSD / 2 d t), each
 *              point weighted by its inverse relative variance.
 *
 * Error bars. Origins close in time see the same motion, so the spread of single origins would promise too much. The time of a run is cut
 * into 16 bins by origin; for a lag t as many neighbouring bins are joined as t covers; the joined bins of all runs (replicas) are the
 * samples: error^2 = n / (n - 1) sum_g w_g^2 (x_g - x)^2 / (sum_g w_g)^2, w_g the number of origins. At the longest lags few samples
 * are left, whose spread may be small by chance: the error is never less than that of independent particles,
 * var_i / (N min(origins, runs x duration / t)).
 *
 * All accumulators are plain sums (moments and bins), so ranks and runs may be added. */
#include "analysis/self_motion.h"

#include "analysis/pass.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/table.h"
#include "matter/frame.h"
#include "matter/mixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BINS = 16, RUNS = 16, SLOTS = BINS * RUNS }; /* runs beyond the 16th share the bins of the first ones */
enum { N_ORIGINS, N_PARTICLES, SUM_R2, SUM_R4, SUM_F, SUM_FF, N_MOMENTS };
enum { SLOT_ORIGINS, SLOT_MSD, SLOT_FS, N_SLOT };
enum { SUMS_PER_CURVE = N_MOMENTS + N_SLOT * SLOTS };
enum { TIME, MSD, MSD_ERROR, ALPHA2, FS, FS_ERROR, COUNT, N_COLUMNS };

struct PassState {
  Mixture mixture;
  int dim, n_lags;
  double *lags;
  double q[MAX_SPECIES];
  bool is_wanted[MAX_SPECIES];
  double threshold;
  int run;      /* which run the pairs come from now */
  double start; /* time of its first frame */
  bool is_warned;
  size_t n_sums;
  double *sums; /* [n_lags][n_species][SUMS_PER_CURVE] */
};

static const char *const q_words[] = {"model", NULL};
static const ParamSpec specs[]     = {
        {.key      = "q",
         .kind     = PARAM_DOUBLES,
         .fallback = "model",
         .unit     = "1/sigma",
         .high     = 1000,
         .open_low = true,
         .choices  = q_words,
         .help     = "wave number of Fs: one for all species, one per species, or the model's first peaks"},
        {.key = "species", .kind = PARAM_STRING, .fallback = "all", .help = "all | largest | name of a species"},
        {.key      = "tau_threshold",
         .kind     = PARAM_DOUBLE,
         .fallback = "0.2",
         .unit     = "1",
         .high     = 1,
         .open_low = true,
         .help     = "tau_alpha is where Fs falls to this"},
        {.key      = "per_decade",
         .kind     = PARAM_INTEGER,
         .fallback = "10",
         .low      = 1,
         .high     = 100,
         .help     = "lags per decade of time, where the stored schedule does not set them"},
        {.key = "max_origins", .kind = PARAM_INTEGER, .fallback = "1000", .low = 1, .high = 1e6, .help = "time origins per lag, evenly spread"},
        {.key = NULL}};
static const ParamSchema schema = {.name = "self_motion", .help = "MSD, alpha2, Fs(q,t), tau_alpha, D per species", .specs = specs};

typedef struct Moments {
  double n, r2, r4, f, ff;
} Moments;

/* Mean of exp(i q . r) over the directions of q, x = q |r|. */
static double isotropic_wave(double x, int dim) {
  if (dim == 2) return j0(x);
  return x < 1e-3 ? 1 - x * x / 6 : sin(x) / x;
}

static double displacement(const Frame *origin, const Frame *later, int64_t i, int axis) {
  const int64_t k = 3 * i + axis;
  return later->position[k] - origin->position[k] + (double)(later->image[k] - origin->image[k]) * origin->edges[axis];
}

static void find_drift(const Frame *origin, const Frame *later, double drift[3]) {
  double mass = 0;
  drift[0] = drift[1] = drift[2] = 0;
  for (int64_t i = 0; i < origin->n; i++) {
    mass += origin->mass[i];
    for (int d = 0; d < origin->dim; d++) drift[d] += origin->mass[i] * displacement(origin, later, i, d);
  }
  for (int d = 0; d < 3; d++) drift[d] /= mass;
}

/* Sums over the particles of one species (-1: all). */
static Moments measure(const Frame *origin, const Frame *later, const double drift[3], int species, double q) {
  Moments sum = {0};
  for (int64_t i = 0; i < origin->n; i++) {
    if (species >= 0 && origin->species[i] != species) continue;
    double r2 = 0;
    for (int d = 0; d < origin->dim; d++) {
      const double step = displacement(origin, later, i, d) - drift[d];
      r2 += step * step;
    }
    const double f = isotropic_wave(q * sqrt(r2), origin->dim);
    sum.n += 1;
    sum.r2 += r2;
    sum.r4 += r2 * r2;
    sum.f += f;
    sum.ff += f * f;
  }
  return sum;
}

void self_motion_measure(const Frame *origin, const Frame *later, int species, double q, double *msd, double *fs) {
  require(origin->n == later->n, "frames of %lld and %lld particles", (long long)origin->n, (long long)later->n);
  double drift[3];
  find_drift(origin, later, drift);
  const Moments sum = measure(origin, later, drift, species, q);
  *msd              = sum.n > 0 ? sum.r2 / sum.n : NAN;
  *fs               = sum.n > 0 ? sum.f / sum.n : NAN;
}

static double *curve_sums(const PassState *state, int lag, int species) {
  return state->sums + (size_t)(lag * state->mixture.n_species + species) * SUMS_PER_CURVE;
}

/* q per species. The model may know no peak of a minority species: then that of the largest, or of any. */
static Status read_q(const Params *own, const Mixture *mixture, double *q) {
  if (!params_is_word(own, "q")) {
    int n                = 0;
    const double *values = params_doubles(own, "q", &n);
    if (n != 1 && n != mixture->n_species)
      return params_fail(own, "q", "%d wave numbers for %d species: give one, or one per species", n, mixture->n_species);
    for (int s = 0; s < mixture->n_species; s++) q[s] = values[n == 1 ? 0 : s];
    return STATUS_OK;
  }
  double known = mixture->q[mixture->largest];
  for (int s = 0; s < mixture->n_species && known <= 0; s++) known = mixture->q[s];
  if (known <= 0) return params_fail(own, "q", "the model brings no wave number: give q");
  for (int s = 0; s < mixture->n_species; s++) q[s] = mixture->q[s] > 0 ? mixture->q[s] : known;
  return STATUS_OK;
}

static Status read_species(const Params *own, const Mixture *mixture, bool *is_wanted) {
  const char *name = params_string(own, "species");
  int chosen       = -1;
  if (strcmp(name, "largest") == 0) {
    chosen = mixture->largest;
  } else if (strcmp(name, "all") != 0) {
    chosen = mixture_find(mixture, name);
    if (chosen < 0)
      return params_fail(own, "species", "no species '%s' in this model (all, largest, or a name such as %s)", name, mixture->names[0]);
  }
  for (int s = 0; s < mixture->n_species; s++) is_wanted[s] = chosen < 0 || s == chosen;
  return STATUS_OK;
}

static Status open_self_motion(const Params *own, const Mixture *mixture, const Frame *first, int n_lags, const double *lags,
                               PassState **made) {
  double q[MAX_SPECIES];
  bool is_wanted[MAX_SPECIES];
  int64_t counts[MAX_SPECIES] = {0};
  TRY(read_q(own, mixture, q));
  TRY(read_species(own, mixture, is_wanted));
  for (int64_t i = 0; i < first->n; i++) {
    if (first->species[i] < 0 || first->species[i] >= mixture->n_species)
      return fail(STATUS_FILE, "self_motion: the frames hold a species number %d, the model has %d", (int)first->species[i],
                  mixture->n_species);
    counts[first->species[i]]++;
  }
  PassState *state = memory_array(1, sizeof *state);
  state->mixture   = *mixture;
  state->dim       = first->dim;
  state->n_lags    = n_lags;
  state->start     = first->time;
  state->threshold = params_double(own, "tau_threshold");
  state->lags      = memory_array((size_t)n_lags, sizeof *lags);
  if (n_lags > 0) memcpy(state->lags, lags, (size_t)n_lags * sizeof *lags);
  for (int s = 0; s < mixture->n_species; s++) {
    state->q[s]         = q[s];
    state->is_wanted[s] = is_wanted[s] && counts[s] > 0;
  }
  state->n_sums = (size_t)n_lags * (size_t)mixture->n_species * SUMS_PER_CURVE;
  state->sums   = memory_array(state->n_sums, sizeof *state->sums);
  *made         = state;
  return STATUS_OK;
}

static void begin_run(PassState *state, int run, const Frame *first) {
  state->run   = run;
  state->start = first->time;
}

/* Bin of an origin: 16 of equal length in each run. */
static int find_slot(const PassState *state, double time) {
  const double duration = state->lags[state->n_lags - 1];
  int bin               = (int)(BINS * (time - state->start) / duration);
  if (bin < 0) bin = 0;
  if (bin >= BINS) bin = BINS - 1;
  return (state->run % RUNS) * BINS + bin;
}

static Status add_pair(PassState *state, int lag, const Frame *origin, const Frame *later) {
  if (origin->n != later->n)
    return fail(STATUS_FILE, "self_motion: %lld particles at step %lld, %lld at step %lld", (long long)origin->n, (long long)origin->step,
                (long long)later->n, (long long)later->step);
  double drift[3];
  find_drift(origin, later, drift);
  for (int s = 0; s < state->mixture.n_species; s++) {
    if (!state->is_wanted[s]) continue;
    const Moments sum = measure(origin, later, drift, s, state->q[s]);
    if (!isfinite(sum.r4) || sum.n <= 0) { /* the last frame of a replica that blew up */
      if (!state->is_warned)
        warn("self_motion: frames at steps %lld and %lld left out: not finite", (long long)origin->step, (long long)later->step);
      state->is_warned = true;
      return STATUS_OK;
    }
    double *sums = curve_sums(state, lag, s);
    sums[N_ORIGINS] += 1;
    sums[N_PARTICLES] += sum.n;
    sums[SUM_R2] += sum.r2;
    sums[SUM_R4] += sum.r4;
    sums[SUM_F] += sum.f;
    sums[SUM_FF] += sum.ff;
    double *slot = sums + N_MOMENTS + N_SLOT * find_slot(state, origin->time);
    slot[SLOT_ORIGINS] += 1;
    slot[SLOT_MSD] += sum.r2 / sum.n;
    slot[SLOT_FS] += sum.f / sum.n;
  }
  return STATUS_OK;
}

static double *lend_sums(PassState *state, size_t *n) {
  *n = state->n_sums;
  return state->sums;
}

/* Standard error of the mean of one quantity (SLOT_MSD, SLOT_FS) at one lag; variance: of one particle. See Error bars above. */
static double standard_error(const PassState *state, int lag, const double *sums, int which, double variance) {
  const double duration = state->lags[state->n_lags - 1], mean = which == SLOT_MSD ? sums[SUM_R2] : sums[SUM_F];
  int joined = (int)ceil(BINS * state->lags[lag] / duration - 1e-9);
  if (joined < 1) joined = 1;
  double n_groups = 0, n_runs = 0, spread = 0;
  for (int run = 0; run < RUNS; run++) {
    const double *slot = sums + N_MOMENTS + N_SLOT * BINS * run;
    bool is_used       = false;
    for (int first = 0; first < BINS; first += joined) {
      double weight = 0, total = 0;
      for (int bin = first; bin < first + joined && bin < BINS; bin++) {
        weight += slot[N_SLOT * bin + SLOT_ORIGINS];
        total += slot[N_SLOT * bin + which];
      }
      if (weight <= 0) continue;
      const double excess = total - weight * mean / sums[N_PARTICLES];
      n_groups += 1;
      spread += excess * excess;
      is_used = true;
    }
    if (is_used) n_runs += 1;
  }
  const double origins     = sums[N_ORIGINS];
  const double independent = fmin(origins, fmax(1, n_runs * duration / state->lags[lag]));
  const double least       = sqrt(fmax(0, variance) / (sums[N_PARTICLES] / origins * independent));
  const double seen        = n_groups > 1 ? sqrt(n_groups / (n_groups - 1) * spread) / origins : 0;
  return fmax(seen, least);
}

static void fill_row(const PassState *state, int lag, const double *sums, double *row) {
  const double n = sums[N_PARTICLES], msd = sums[SUM_R2] / n, r4 = sums[SUM_R4] / n, fs = sums[SUM_F] / n;
  row[TIME]      = state->lags[lag];
  row[MSD]       = msd;
  row[MSD_ERROR] = standard_error(state, lag, sums, SLOT_MSD, r4 - msd * msd);
  row[ALPHA2]    = (state->dim == 2 ? 0.5 : 0.6) * r4 / (msd * msd) - 1;
  row[FS]        = fs;
  row[FS_ERROR]  = standard_error(state, lag, sums, SLOT_FS, sums[SUM_FF] / n - fs * fs);
  row[COUNT]     = sums[N_ORIGINS];
}

static void add_tau(Table *table, double threshold) {
  const double *time = table_column(table, "time"), *fs = table_column(table, "fs"), *error = table_column(table, "fs_error");
  double tau = NAN, tau_error = NAN;
  for (size_t i = 0; i + 1 < table->n_rows && isnan(tau); i++) {
    if (fs[i] < threshold) break; /* already below at the first point: not resolved */
    if (fs[i + 1] >= threshold) continue;
    const double slope = log(time[i + 1] / time[i]) / (fs[i + 1] - fs[i]); /* d ln t / d Fs */
    const double part  = (threshold - fs[i]) / (fs[i + 1] - fs[i]);
    tau                = time[i] * exp(slope * (threshold - fs[i]));
    tau_error          = tau * fabs(slope) * ((1 - part) * error[i] + part * error[i + 1]);
  }
  table_scalar(table, "tau_alpha", tau, "sigma (m/eps)^1/2", "relaxation time: Fs falls to tau_threshold");
  table_scalar(table, "tau_alpha_error", tau_error, "sigma (m/eps)^1/2", "standard error of tau_alpha, from that of Fs");
}

static void add_diffusion(Table *table, int dim) {
  const double *time = table_column(table, "time"), *msd = table_column(table, "msd"), *error = table_column(table, "msd_error");
  double weights = 0, mean = 0, errors = 0;
  for (size_t i = 0; i < table->n_rows && table->n_rows > 1; i++) {
    const size_t a = i > 0 ? i - 1 : i, b = i + 1 < table->n_rows ? i + 1 : i;
    const double slope = log(msd[b] / msd[a]) / log(time[b] / time[a]);
    if (!(fabs(slope - 1) < 0.05) || !(msd[i] > 0.5) || !(error[i] > 0)) continue;
    const double weight = (msd[i] / error[i]) * (msd[i] / error[i]);
    weights += weight;
    mean += weight * log(msd[i] / (2 * dim * time[i]));
    errors += weight * error[i] / msd[i];
  }
  const double diffusion = weights > 0 ? exp(mean / weights) : NAN;
  table_scalar(table, "diffusion", diffusion, "sigma (eps/m)^1/2", "D = MSD / (2 d t) in the diffusive window");
  table_scalar(table, "diffusion_error", weights > 0 ? diffusion * errors / weights : NAN, "sigma (eps/m)^1/2",
               "standard error of D; the points of the window count as one");
}

static void add_alpha2_peak(Table *table) {
  const double *time = table_column(table, "time"), *alpha2 = table_column(table, "alpha2");
  double peak = NAN, when = NAN;
  for (size_t i = 0; i < table->n_rows; i++) {
    if (!(isnan(peak) || alpha2[i] > peak)) continue;
    peak = alpha2[i];
    when = time[i];
  }
  table_scalar(table, "alpha2_max", peak, "1", "largest non-Gaussian parameter");
  table_scalar(table, "alpha2_max_time", when, "sigma (m/eps)^1/2", "time of the largest non-Gaussian parameter");
}

static Table *make_curves(const PassState *state, int species) {
  const bool is_flat              = state->dim == 2;
  const Column columns[N_COLUMNS] = {
      [TIME]      = {"time", "sigma (m/eps)^1/2", "lag time", ""},
      [MSD]       = {"msd", "sigma^2", "mean square displacement, drift removed", "<Delta^2>"},
      [MSD_ERROR] = {"msd_error", "sigma^2", "standard error of msd over blocks of origins and runs", ""},
      [ALPHA2]    = {"alpha2", "1", "non-Gaussian parameter", is_flat ? "<Delta^4>/(2<Delta^2>^2) - 1" : "3<Delta^4>/(5<Delta^2>^2) - 1"},
      [FS]        = {"fs", "1", "self-intermediate scattering function", is_flat ? "<J0(q Delta)>" : "<sin(q Delta)/(q Delta)>"},
      [FS_ERROR]  = {"fs_error", "1", "standard error of fs over blocks of origins and runs", ""},
      [COUNT]     = {"count", "1", "origins averaged", ""},
  };
  char name[64], title[128];
  snprintf(name, sizeof name, "self_motion/curves_%s", state->mixture.names[species]);
  snprintf(title, sizeof title, "Self motion of species %s, q = %.6g", state->mixture.names[species], state->q[species]);
  Table *table = table_create(name, title, N_COLUMNS, columns);
  for (int lag = 0; lag < state->n_lags; lag++) {
    const double *sums = curve_sums(state, lag, species);
    double row[N_COLUMNS];
    if (sums[N_PARTICLES] <= 0) continue;
    fill_row(state, lag, sums, row);
    table_row(table, row);
  }
  add_tau(table, state->threshold);
  add_diffusion(table, state->dim);
  table_scalar(table, "q", state->q[species], "1/sigma", "wave number of fs");
  table_scalar(table, "tau_threshold", state->threshold, "1", "level of fs that defines tau_alpha");
  add_alpha2_peak(table);
  return table;
}

static Status close_self_motion(PassState **closed, Table ***tables, int *n_tables) {
  PassState *state = *closed;
  *tables          = memory_array(MAX_SPECIES, sizeof **tables);
  *n_tables        = 0;
  for (int s = 0; s < state->mixture.n_species; s++)
    if (state->is_wanted[s]) (*tables)[(*n_tables)++] = make_curves(state, s);
  memory_free(state->sums);
  memory_free(state->lags);
  memory_free(state);
  *closed = NULL;
  return STATUS_OK;
}

const PassType pass_self_motion = {
    .name   = "self_motion",
    .help   = "mean square displacement, Fs(q,t), alpha relaxation time, diffusion, non-Gaussian parameter per species",
    .source = "Kapteijns et al., arXiv:2103.11404, appendix; Kob & Andersen, PRE 51, 4626 (1995)",
    .needs  = NEEDS_IMAGE,
    .schema = &schema,
    .open   = open_self_motion,
    .pair   = add_pair,
    .sums   = lend_sums,
    .close  = close_self_motion,
    .begin  = begin_run,
};
