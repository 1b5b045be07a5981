/* Pass structure: who sits at which distance from whom, in space and in reciprocal space.
 *
 * With a, b species, N_a their numbers, V the volume (area), rho_a(q) = sum_(i in a) exp(i q . r_i), <..> the mean over frames:
 *   g_ab(r) = V / (N_a N_b) < number of pairs (i in a, j in b) with r_ij in the bin > / (volume of the shell), N_a (N_a - 1) / 2 pairs if
 *             a = b: exactly 1 for an ideal gas of any N
 *   g_NN(r)   the same for all particles alike
 *   n_ab(r) = mean number of b within r of an a
 *   S_ab(q) = < Re rho_a(q) rho_b(q)* > / sqrt(N_a N_b)       mean over the vectors q of the reciprocal lattice in a bin of |q|
 *             [MODELS 3: S_aa = <|rho_a|^2> / N_a; Ashcroft & Langreth, Phys. Rev. 156, 685 (1967), for a /= b]
 *   S_NN(q) = sum_ab sqrt(x_a x_b) S_ab(q) = < |rho(q)|^2 > / N
 *
 * Bounded cost. g(r) by linked cells (pair_counts.c) is linear in N; of each bin of |q| about `max_vectors` vectors are measured
 * (density_waves.c); at most about `max_frames` frames, evenly spread, are shown by the stage.
 *
 * Error bars. The time of a run is cut into 16 slots; the slots of all runs (replicas) are the samples (structure_tables.c). Frames that
 * lie close in time, which resemble each other, so fall into one slot and count as one sample; only when a slot is shorter than the
 * relaxation time the error bar is too small.
 *
 * All accumulators are plain sums: ranks and runs may be added. Counts of pairs are whole numbers, hence g(r) is exactly the same on any
 * number of ranks; S(q) to rounding. */
#include <math.h>

#include "analysis/pass.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/params.h"
#include "density_waves.h"
#include "matter/frame.h"
#include "pair_counts.h"
#include "structure_tables.h"

enum { SLOTS_PER_RUN = 16, RUNS = STRUCTURE_SLOTS / SLOTS_PER_RUN }; /* runs beyond the 16th share the slots of the first ones */

struct PassState {
  StructureSums all;
  PairCounts *pairs;
  double edges[3];
  int run;
  double start, duration; /* time of the run's first frame; longest lag */
  bool is_warned;
};

static const double DEFAULT_RANGE  = 5; /* sigma */
static const char *const r_words[] = {"auto", NULL};
static const ParamSpec specs[]     = {
        {.key      = "r_max",
         .kind     = PARAM_DOUBLE,
         .fallback = "auto",
         .unit     = "sigma",
         .high     = 1e6,
         .open_low = true,
         .choices  = r_words,
         .help     = "largest distance of g(r), at most half the shortest edge; auto: 5, or half the edge if that is less"},
        {.key = "r_bin", .kind = PARAM_DOUBLE, .fallback = "0.02", .unit = "sigma", .low = 1e-4, .high = 10, .help = "bin width of g(r)"},
        {.key      = "q_high",
         .kind     = PARAM_DOUBLE,
         .fallback = "20",
         .unit     = "1/sigma",
         .high     = 1000,
         .open_low = true,
         .help     = "S(q) on the reciprocal lattice below this"},
        {.key = "q_bin", .kind = PARAM_DOUBLE, .fallback = "0.1", .unit = "1/sigma", .low = 1e-3, .high = 100, .help = "bin width of S(q)"},
        {.key      = "max_vectors",
         .kind     = PARAM_INTEGER,
         .fallback = "64",
         .low      = 1,
         .high     = 1e6,
         .help     = "about so many wave vectors are measured per bin of |q|; of q and -q one"},
        {.key      = "max_frames",
         .kind     = PARAM_INTEGER,
         .fallback = "200",
         .low      = 1,
         .high     = 1e9,
         .help     = "about so many frames are looked at, of all runs together, evenly spread"},
        {.key = NULL}};
static const ParamSchema schema = {.name = "structure", .help = "g(r) and S(q) per pair of species, peak positions", .specs = specs};

/* Bins of g(r). */
static Status read_distances(const Params *own, const Frame *first, StructureSums *all) {
  double half = first->edges[0] / 2;
  for (int d = 1; d < first->dim; d++) half = fmin(half, first->edges[d] / 2);
  const bool is_auto  = params_is_word(own, "r_max");
  const double r_max  = is_auto ? fmin(DEFAULT_RANGE, half) : params_double(own, "r_max");
  all->distance_width = params_double(own, "r_bin");
  if (r_max > half * (1 + 1e-9))
    return params_fail(own, "r_max", "distances up to %g, but half the shortest edge of the box is %g", r_max, half);
  all->n_distances = (int)floor(r_max / all->distance_width * (1 + 1e-12));
  if (all->n_distances < 1) return params_fail(own, "r_bin", "no bin of width %g below r_max = %g", all->distance_width, r_max);
  return STATUS_OK;
}

static Status count_species(const Frame *frame, const Mixture *mixture, double counts[MAX_SPECIES]) {
  for (int s = 0; s < MAX_SPECIES; s++) counts[s] = 0;
  for (int64_t i = 0; i < frame->n; i++) {
    if (frame->species[i] < 0 || frame->species[i] >= mixture->n_species)
      return fail(STATUS_FILE, "structure: the frames hold a species number %d, the model has %d", (int)frame->species[i],
                  mixture->n_species);
    counts[frame->species[i]] += 1;
  }
  return STATUS_OK;
}

static Status read_waves(const Params *own, const Frame *first, StructureSums *all) {
  const double high = params_double(own, "q_high"), width = params_double(own, "q_bin");
  if (width > high) return params_fail(own, "q_bin", "bins of %g are wider than q_high = %g", width, high);
  all->waves = density_waves_create(first->dim, first->edges, all->mixture.n_species, high, width, (int)params_integer(own, "max_vectors"));
  return STATUS_OK;
}

static Status open_structure(const Params *own, const Mixture *mixture, const Frame *first, int n_lags, const double *lags,
                             PassState **made) {
  StructureSums all = {.mixture = *mixture, .dim = first->dim, .volume = frame_volume(first)};
  TRY(count_species(first, mixture, all.counts));
  TRY(read_distances(own, first, &all));
  TRY(read_waves(own, first, &all));
  all.n_pairs      = mixture->n_species * (mixture->n_species + 1) / 2;
  all.slot_size    = 1 + (size_t)all.n_pairs * (size_t)(all.n_distances + all.waves->n_bins);
  all.sums         = memory_array(STRUCTURE_SLOTS * all.slot_size, sizeof *all.sums);
  PassState *state = memory_array(1, sizeof *state);
  state->all       = all;
  state->pairs     = pair_counts_create(mixture->n_species, all.n_distances, all.distance_width);
  state->start     = first->time;
  state->duration  = n_lags > 0 ? lags[n_lags - 1] : 0;
  for (int d = 0; d < 3; d++) state->edges[d] = first->edges[d];
  *made = state;
  return STATUS_OK;
}

static void begin_run(PassState *state, int run, const Frame *first) {
  state->run   = run;
  state->start = first->time;
}

static double *find_slot(const PassState *state, double time) {
  int piece = state->duration > 0 ? (int)(SLOTS_PER_RUN * (time - state->start) / state->duration) : 0;
  if (piece < 0) piece = 0;
  if (piece >= SLOTS_PER_RUN) piece = SLOTS_PER_RUN - 1;
  const int slot = (state->run % RUNS) * SLOTS_PER_RUN + piece;
  return state->all.sums + (size_t)slot * state->all.slot_size;
}

/* Every frame must have the box and the composition of the first. */
static Status check_frame(const PassState *state, const Frame *frame) {
  double counts[MAX_SPECIES];
  TRY(count_species(frame, &state->all.mixture, counts));
  for (int s = 0; s < MAX_SPECIES; s++)
    if (counts[s] != state->all.counts[s])
      return fail(STATUS_FILE, "structure: %g particles of species %d at step %lld, %g in the first frame", counts[s], s,
                  (long long)frame->step, state->all.counts[s]);
  for (int d = 0; d < frame->dim; d++)
    if (fabs(frame->edges[d] - state->edges[d]) > 1e-9 * state->edges[d])
      return fail(STATUS_FILE, "structure: edge %.9g at step %lld, %.9g in the first frame: one box is needed", frame->edges[d],
                  (long long)frame->step, state->edges[d]);
  return STATUS_OK;
}

static bool is_finite(const Frame *frame) {
  for (int64_t i = 0; i < frame->n; i++)
    for (int d = 0; d < frame->dim; d++)
      if (!isfinite(frame->position[3 * i + d])) return false;
  return true;
}

static Status add_frame(PassState *state, const Frame *frame) {
  TRY(check_frame(state, frame));
  if (!is_finite(frame)) { /* the last frame of a replica that blew up */
    if (!state->is_warned) warn("structure: frame at step %lld left out: not finite", (long long)frame->step);
    state->is_warned = true;
    return STATUS_OK;
  }
  double *slot = find_slot(state, frame->time);
  slot[0] += 1;
  pair_counts_add(state->pairs, frame, slot + structure_distances(&state->all, 0));
  density_waves_add(state->all.waves, frame, state->all.mixture.n_species, slot + structure_powers(&state->all, 0));
  return STATUS_OK;
}

static double *lend_sums(PassState *state, size_t *n) {
  *n = STRUCTURE_SLOTS * state->all.slot_size;
  return state->all.sums;
}

static Status close_structure(PassState **closed, Table ***tables, int *n_tables) {
  PassState *state = *closed;
  *tables          = memory_array(2, sizeof **tables);
  (*tables)[0]     = structure_table_gr(&state->all);
  (*tables)[1]     = structure_table_sq(&state->all);
  *n_tables        = 2;
  pair_counts_destroy(&state->pairs);
  density_waves_destroy(&state->all.waves);
  memory_free(state->all.sums);
  memory_free(state);
  *closed = NULL;
  return STATUS_OK;
}

const PassType pass_structure = {
    .name   = "structure",
    .help   = "partial g(r) and S(q), coordination numbers, peak positions q_max, long-wavelength limit",
    .source = "Ashcroft & Langreth, Phys. Rev. 156, 685 (1967); Hansen & McDonald, Theory of Simple Liquids",
    .schema = &schema,
    .open   = open_structure,
    .frame  = add_frame,
    .sums   = lend_sums,
    .close  = close_structure,
    .begin  = begin_run,
};
