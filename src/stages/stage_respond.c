/** Stage `respond`: elasticity, dipole stiffness and soft modes of inherent structures, one configuration per rank at a time.
 *
 *    source -> which frames are left -> are they inherent structures -> respond, append to OUT/response.parts -> OUT/response.h5
 *
 *  The parts are what makes a job of thousands of configurations safe: each is on disk when it is done, and the same command line goes on
 *  with those that are missing, on any number of ranks. response.h5 is written when all are there; then the parts are deleted. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/signals.h"
#include "base/timer.h"
#include "comm/ranks.h"
#include "comm/reduce.h"
#include "json_text.h"
#include "math/statistics.h"
#include "output.h"
#include "respond_store.h"
#include "response/ensemble.h"
#include "stages/input.h"
#include "storage/exchange_formats.h"
#include "storage/files.h"

static const double PROGRESS_EVERY = 10; /* s, in a batch log */

typedef struct Job {
  const Command *command;
  const Params *own;
  Ranks *ranks;
  const Potential *potential;
  void *parameters;
  Mixture mixture;
  RespondSettings settings;
  Provenance provenance;
  uint64_t seed;
  char source[MAX_PATH], parts[MAX_PATH], result[MAX_PATH];
  Table *origins; /* inherent.h5:/frames; NULL: there is none */
  int64_t first, n_frames;
  int64_t *left; /* [n_left] frames still to do */
  int64_t n_left;
  bool is_stopped;
} Job;

/* ---- what to do --------------------------------------------------------------------------------------------------------------- */

static Status find_source(Job *job) {
  if (params_has(job->own, "from"))
    snprintf(job->source, sizeof job->source, "%s", params_string(job->own, "from"));
  else
    output_path(job->source, job->command->out, "inherent.h5md");
  if (files_exist(job->source)) return STATUS_OK;
  if (params_has(job->own, "from")) return fail(STATUS_INPUT, "%s: no such file (respond.from)", job->source);
  return fail(STATUS_FILE, "%s is missing: run `tektite quench` first, or say respond.from", job->source);
}

/** The table of frames that quench leaves beside its structures, if it is there. */
static Status read_origins(Job *job) {
  char path[MAX_PATH];
  const size_t length = strlen(job->source), ending = strlen("md");
  snprintf(path, sizeof path, "%s", job->source);
  if (length <= ending || strcmp(path + length - ending, "md") != 0) return STATUS_OK;
  path[length - ending] = '\0';
  return files_exist(path) ? results_read(path, "frames", &job->origins) : STATUS_OK;
}

/** Digest of the input that decides the result, the source included; the root's word, known to all. */
static Status find_digest(Job *job, const Params *root) {
  char text[32]   = "";
  uint64_t digest = 0;
  Status status   = STATUS_OK;
  if (ranks_world_rank(job->ranks) == 0) {
    status = find_source(job);
    if (status == STATUS_OK) status = provenance_file_digest(job->source, &digest);
    snprintf(text, sizeof text, "%016" PRIx64, digest);
  }
  TRY(ranks_agree(job->ranks, status));
  if (ranks_world_rank(job->ranks) != 0) TRY(find_source(job));
  char *shared = ranks_share_text(job->ranks, text);
  digest       = strtoull(shared, NULL, 16);
  memory_free(shared);
  provenance_add_parent(&job->provenance, job->source, digest);
  job->provenance.input_digest = output_digest(root, (const char *const[]){"model", "seed", "respond", NULL});
  return STATUS_OK;
}
/** A part belongs to this job if input and source are the same. */
static uint64_t part_digest(const Job *job) {
  return job->provenance.input_digest * 0x9e3779b97f4a7c15u + strtoull(job->provenance.parents[0].digest, NULL, 16);
}

static Status find_frames(Job *job) {
  TRY(configuration_count(job->source, &job->n_frames));
  job->first = 0;
  if (params_has(job->own, "frame")) {
    const int64_t frame = params_integer(job->own, "frame");
    job->first          = frame < 0 ? frame + job->n_frames : frame;
    if (job->first < 0 || job->first >= job->n_frames)
      return params_fail(job->own, "frame", "%s has %lld frames", job->source, (long long)job->n_frames);
    job->n_frames = job->first + 1;
  }
  if (job->n_frames == 0) return fail(STATUS_FILE, "%s: holds no frame", job->source);
  return STATUS_OK;
}

/** Old parts go aside if they are of another input; then which frames are left. */
static Status find_left(Job *job) {
  RespondParts parts;
  Status status = STATUS_OK;
  if (ranks_world_rank(job->ranks) == 0) {
    status     = respond_parts_read(job->parts, &parts);
    bool stale = job->command->restart_from_scratch || (status == STATUS_OK && !respond_parts_fit(&parts, part_digest(job)));
    respond_parts_clear(&parts);
    status = stale || status != STATUS_OK ? files_move_aside(job->parts) : STATUS_OK;
    if (status == STATUS_OK) status = files_make_directory(job->parts);
  }
  TRY(ranks_agree(job->ranks, status));
  status = respond_parts_read(job->parts, &parts);
  if (status == STATUS_OK) {
    job->left = memory_array((size_t)(job->n_frames - job->first), sizeof *job->left);
    for (int64_t frame = job->first; frame < job->n_frames; frame++)
      if (!respond_parts_hold(&parts, frame)) job->left[job->n_left++] = frame;
  }
  respond_parts_clear(&parts);
  return ranks_agree(job->ranks, status);
}

static RespondOrigin origin_of(const Job *job, int64_t frame) {
  static const char *const names[] = {"parent_frame", "replica", "parent_temperature"};
  RespondOrigin origin             = {frame, NAN, NAN, NAN};
  double *const values[]           = {&origin.parent_frame, &origin.replica, &origin.parent_temperature};
  const double *frames             = job->origins ? table_column(job->origins, "frame") : NULL;
  if (params_has(job->own, "parent_temperature")) origin.parent_temperature = params_double(job->own, "parent_temperature");
  for (size_t row = 0; frames && row < job->origins->n_rows; row++) {
    if ((int64_t)frames[row] != frame) continue;
    for (int k = 0; k < 3; k++) {
      const double *column = table_column(job->origins, names[k]);
      if (column && !isnan(column[row])) *values[k] = column[row];
    }
  }
  return origin;
}

/** Whether quench says itself that it did not bring this frame down: then it is marked, not refused. */
static bool is_known_unquenched(const Job *job, int64_t frame) {
  const double *frames  = job->origins ? table_column(job->origins, "frame") : NULL;
  const double *outcome = job->origins ? table_column(job->origins, "outcome") : NULL;
  for (size_t row = 0; frames && outcome && row < job->origins->n_rows; row++)
    if ((int64_t)frames[row] == frame) return outcome[row] != 0;
  return false;
}

/* ---- are they inherent structures --------------------------------------------------------------------------------------------- */

/** All frames that are left, shared out; the first offender of all is told. */
static Status check_frames(Job *job) {
  const int rank = ranks_world_rank(job->ranks), size = ranks_world_size(job->ranks);
  double first = INFINITY, largest = 0;
  Frame frame;
  Status status = STATUS_OK;
  frame_init(&frame);
  for (int64_t k = rank; k < job->n_left && status == STATUS_OK && !job->settings.allows_unquenched && isinf(first); k += size) {
    double max_force = 0;
    status           = configuration_read(job->source, job->left[k], &job->mixture, &frame);
    if (status == STATUS_OK) status = respond_max_force(&frame, job->potential, job->parameters, &job->mixture, &max_force);
    if (status != STATUS_OK || max_force <= job->settings.force_tolerance || is_known_unquenched(job, job->left[k])) continue;
    first   = (double)job->left[k];
    largest = max_force;
  }
  frame_clear(&frame);
  TRY(ranks_agree(job->ranks, status));
  double smallest = first;
  reduce_min_doubles(job->ranks, &smallest, 1);
  if (isinf(smallest)) return STATUS_OK;
  double facts[2] = {first == smallest ? largest : 0, first == smallest && isnan(largest)};
  if (isnan(facts[0])) facts[0] = INFINITY;
  reduce_max_doubles(job->ranks, facts, 2);
  return fail(STATUS_INPUT,
              "%s: frame %.0f is no inherent structure: max |F| = %.3g, allowed %.3g (respond.force_tolerance); quench it first, or say "
              "respond.allow_unquenched: true",
              job->source, smallest, facts[0], job->settings.force_tolerance);
}

/* ---- work --------------------------------------------------------------------------------------------------------------------- */

static Status respond_to(const Job *job, RespondStore *store, int64_t k, Frame *frame) {
  const double start = timer_now();
  Response response;
  TRY(configuration_read(job->source, k, &job->mixture, frame));
  Status status = respond_compute(frame, job->potential, job->parameters, &job->mixture, &job->settings, (uint64_t)k, &response);
  if (status == STATUS_OK) {
    const RespondOrigin origin = origin_of(job, k);
    status                     = respond_store_add(store, &response, &origin, frame->species, timer_now() - start);
  }
  respond_clear(&response);
  return status;
}

/** After the configuration left[k] of the root's share; on a terminal each time, else now and then. */
static void tell_progress(const Job *job, int64_t k, double start, double *told) {
  const int size   = ranks_world_size(job->ranks);
  const double now = timer_now(), passed = now - start, share = (double)(k + 1) / (double)job->n_left;
  if (!log_is_terminal() && now - *told < PROGRESS_EVERY) return;
  *told = now;
  log_progress("respond: about %.0f of %lld configurations, %.2g s each, %.0f s to go", fmin((double)(k + size), (double)job->n_left),
               (long long)job->n_left, passed / (double)(k / size + 1), passed * (1 - share) / share);
}

/** This rank's share of what is left. */
static Status work(Job *job) {
  const int rank = ranks_world_rank(job->ranks), size = ranks_world_size(job->ranks);
  const double start  = timer_now();
  double told         = start;
  RespondStore *store = NULL;
  Frame frame;
  if (rank >= job->n_left) return STATUS_OK;
  Provenance provenance   = job->provenance;
  provenance.input_digest = part_digest(job);
  TRY(respond_store_open(job->parts, rank, job->mixture.dim, &job->settings, &provenance, &store));
  frame_init(&frame);
  Status status = STATUS_OK;
  for (int64_t k = rank; k < job->n_left && status == STATUS_OK; k += size) {
    if (signals_request() == REQUEST_STOP) {
      job->is_stopped = true;
      break;
    }
    status = respond_to(job, store, job->left[k], &frame);
    if (rank == 0) tell_progress(job, k, start, &told);
  }
  if (rank == 0) log_progress_end();
  frame_clear(&frame);
  const Status closed = respond_store_close(&store);
  return status == STATUS_OK ? closed : status;
}

/* ---- result ------------------------------------------------------------------------------------------------------------------- */

/** Finite values of a column in rows that are minima. */
static size_t minima_of(const Table *table, const char *name, double *values) {
  const double *column = table_column(table, name), *outcome = table_column(table, "outcome");
  size_t n = 0;
  for (size_t k = 0; k < table->n_rows; k++)
    if (outcome[k] == RESPOND_MINIMUM && isfinite(column[k])) values[n++] = column[k];
  return n;
}

/** The summary numbers, as scalars of the table of configurations. */
static void add_scalars(Table *table) {
  double *values = memory_array(table->n_rows, sizeof *values), count[3] = {0}, pairs = 0, zero = NAN;
  const double *outcome = table_column(table, "outcome"), *dipoles = table_column(table, "n_dipoles"),
               *zero_modes = table_column(table, "zero_modes");
  for (size_t k = 0; k < table->n_rows; k++) {
    count[(int)outcome[k]]++;
    pairs += dipoles[k];
    zero = fmax(zero, zero_modes[k]); /* of a number and NaN: the number */
  }
  size_t n = minima_of(table, "G", values);
  table_scalar(table, "G_mean", statistics_mean(values, n), "eps/sigma^d", "shear modulus, mean over configurations");
  table_scalar(table, "G_stderr", statistics_error(values, n), "eps/sigma^d", "its standard error");
  n = minima_of(table, "kappa_mean", values);
  table_scalar(table, "kappa_mean", statistics_mean(values, n), "eps/sigma^2", "dipole stiffness, mean over configurations");
  table_scalar(table, "kappa_stderr", statistics_error(values, n), "eps/sigma^2", "its standard error");
  table_scalar(table, "n_dipoles", pairs, "1", "pairs, all configurations");
  table_scalar(table, "zero_modes", zero, "1", "zero modes, translations included: the most of all configurations");
  table_scalar(table, "configurations", (double)table->n_rows, "1", "configurations");
  table_scalar(table, "saddles", count[RESPOND_SADDLE], "1", "of them saddles, or with zero modes beside the translations");
  table_scalar(table, "unquenched", count[RESPOND_UNQUENCHED], "1", "of them not quenched");
  table_scalar(table, "seconds_per_configuration", statistics_mean(table_column(table, "seconds"), table->n_rows), "s",
               "wall time of one configuration on one rank");
  memory_free(values);
}

enum { MAX_TABLES = N_RESPOND_TABLES + 2 };
typedef struct Contents {
  int n_tables, n_gathered;
  Table *tables[MAX_TABLES]; /* the configurations first */
  GatheredTable gathered[N_RESPOND_TABLES];
} Contents;

static void clear_contents(Contents *contents) {
  for (int k = 0; k < contents->n_tables; k++) table_destroy(&contents->tables[k]);
  for (int k = 0; k < contents->n_gathered; k++) respond_gathered_clear(&contents->gathered[k]);
}

static Status put_together(const Job *job, const RespondParts *parts, Contents *contents) {
  Table *modes  = NULL;
  const int dim = job->mixture.dim;
  TRY(respond_parts_table(parts, TABLE_CONFIGURATIONS, dim, &contents->tables[contents->n_tables++]));
  for (int which = 0; which < TABLE_CONFIGURATIONS; which++) {
    const RespondTable table = (RespondTable)which;
    if (!respond_table_wanted(table, &job->settings)) continue;
    if (table == TABLE_DIPOLES || table == TABLE_PARTICLES) {
      respond_parts_gather(parts, table, dim, &contents->gathered[contents->n_gathered++]);
      continue;
    }
    TRY(respond_parts_table(parts, table, dim, &contents->tables[contents->n_tables]));
    if (table == TABLE_MODES) modes = contents->tables[contents->n_tables];
    contents->n_tables++;
  }
  Table *configurations                  = contents->tables[0];
  const Ensemble ensemble                = {configurations, modes, dim, (int)params_integer(job->own, "resamples"), job->seed};
  contents->tables[contents->n_tables++] = ensemble_temperatures(&ensemble);
  if (modes) contents->tables[contents->n_tables++] = ensemble_states(&ensemble);
  add_scalars(configurations);
  return STATUS_OK;
}

/** At the root, when all configurations are done. */
static Status write_result(const Job *job) {
  RespondParts parts;
  Contents contents = {0};
  Status status     = respond_parts_read(job->parts, &parts);
  if (status == STATUS_OK) status = put_together(job, &parts, &contents);
  if (status == STATUS_OK)
    status = results_gather(job->result, (const Table *const *)contents.tables, contents.n_tables, contents.gathered, contents.n_gathered,
                            &job->provenance);
  clear_contents(&contents);
  respond_parts_clear(&parts);
  if (status == STATUS_OK) respond_parts_remove(job->parts);
  return status;
}

static void tell_json(const Table *configurations, const Table *temperatures) {
  printf("{");
  for (int k = 0; k < configurations->n_scalars; k++) {
    printf("%s\"%s\": ", k ? ", " : "", configurations->scalars[k].name);
    json_number(stdout, configurations->scalars[k].value);
  }
  const double *method = table_column(configurations, "dipole_method");
  printf(", \"dipole_method\": ");
  json_string(stdout, configurations->n_rows > 0 && method[0] > 0 ? dipole_method_names[(int)method[0]] : NULL);
  printf(", \"temperatures\": [");
  for (size_t row = 0; row < temperatures->n_rows; row++)
    for (int c = 0; c < temperatures->n_columns; c++) {
      printf("%s\"%s\": ", c ? ", " : row ? "}, {" : "{", temperatures->columns[c].name);
      json_number(stdout, temperatures->values[c][row]);
    }
  printf("%s]}\n", temperatures->n_rows ? "}" : "");
  fflush(stdout);
}

static double at(const Table *table, const char *name, size_t row) { return table_column(table, name)[row]; }

/** From the file, so that a second call of a finished job says the same. */
static Status tell(const Job *job) {
  Table *configurations = NULL, *temperatures = NULL;
  TRY(results_read(job->result, respond_table_names[TABLE_CONFIGURATIONS], &configurations));
  const Status status = results_read(job->result, "temperatures", &temperatures);
  if (status == STATUS_OK) {
    const double *method = table_column(configurations, "dipole_method");
    log_line("respond: %zu configurations of %s, %.3g s each; kappa by %s", configurations->n_rows, job->source,
             table_get_scalar(configurations, "seconds_per_configuration"),
             method[0] > 0 ? dipole_method_names[(int)method[0]] : "nothing");
    if (table_get_scalar(configurations, "saddles") + table_get_scalar(configurations, "unquenched") > 0)
      log_line("  %.0f saddles, %.0f not quenched: they do not enter the means", table_get_scalar(configurations, "saddles"),
               table_get_scalar(configurations, "unquenched"));
    log_line("  %10s %6s %22s %26s %12s", "T parent", "n", "G  [5 %, 95 %]", "kappa  [5 %, 95 %]", "A_g");
    for (size_t row = 0; row < temperatures->n_rows; row++)
      log_line("  %10.4g %6.0f %8.4g [%.4g, %.4g] %10.4g [%.4g, %.4g] %12.4g", at(temperatures, "parent_temperature", row),
               at(temperatures, "minima", row), at(temperatures, "G_mean", row), at(temperatures, "G_low", row),
               at(temperatures, "G_high", row), at(temperatures, "kappa_mean", row), at(temperatures, "kappa_low", row),
               at(temperatures, "kappa_high", row), at(temperatures, "A_g", row));
    log_line("written: %s", job->result);
    if (job->command->json) tell_json(configurations, temperatures);
  }
  table_destroy(&temperatures);
  table_destroy(&configurations);
  return status;
}

/* ---- the stage ---------------------------------------------------------------------------------------------------------------- */

static bool is_current(const Job *job) {
  const bool is_root = ranks_world_rank(job->ranks) == 0;
  const bool current = is_root && !job->command->restart_from_scratch && output_is_current(job->result, job->provenance.input_digest);
  return ranks_agree(job->ranks, is_root && !current ? STATUS_FILE : STATUS_OK) == STATUS_OK;
}

static Status run_job(Job *job, const Params *root) {
  const bool is_root = ranks_world_rank(job->ranks) == 0;
  output_path(job->parts, job->command->out, "response.parts");
  output_path(job->result, job->command->out, "response.h5");
  TRY(find_digest(job, root));
  if (is_current(job)) return ranks_agree(job->ranks, is_root ? tell(job) : STATUS_OK);
  TRY(ranks_agree(job->ranks, is_root ? find_frames(job) : STATUS_OK)); /* the root first: a strange file is told once */
  TRY(ranks_agree(job->ranks, is_root ? STATUS_OK : find_frames(job)));
  TRY(ranks_agree(job->ranks, read_origins(job)));
  TRY(ranks_agree(job->ranks, is_root ? files_make_directory(job->command->out) : STATUS_OK));
  TRY(find_left(job));
  TRY(check_frames(job));
  TRY(ranks_agree(job->ranks, work(job)));
  if (ranks_agree(job->ranks, job->is_stopped ? STATUS_LOST : STATUS_OK) != STATUS_OK) {
    if (is_root) log_line("respond: stopped; the same command goes on");
    if (is_root && job->command->json) printf("{\"stopped\": true}\n");
    return STATUS_OK;
  }
  return ranks_agree(job->ranks, is_root && write_result(job) == STATUS_OK ? tell(job) : is_root ? STATUS_FILE : STATUS_OK);
}

static Status run(const Command *command, Params *root, Ranks *ranks) {
  Job *job           = memory_array(1, sizeof *job);
  const bool is_root = ranks_world_rank(ranks) == 0;
  job->command       = command;
  job->ranks         = ranks;
  job->own           = params_section(root, "respond");
  job->seed          = (uint64_t)params_integer(root, "seed");
  Status status      = input_model(root, &job->potential, &job->parameters, &job->mixture);
  if (status == STATUS_OK) {
    char *text = params_text(root);
    if (is_root) log_open(NULL, false, !command->quiet, command->json);
    respond_settings(job->own, job->seed, &job->settings);
    output_provenance(command, root, ranks, text, &job->provenance);
    status = run_job(job, root);
    provenance_clear(&job->provenance);
    if (is_root) log_close();
    job->potential->release(&job->parameters);
    memory_free(text);
  }
  table_destroy(&job->origins);
  memory_free(job->left);
  memory_free(job);
  return status;
}

extern const Stage stage_respond;
const Stage stage_respond = {"respond", "Response of inherent structures: G, kappa, soft modes: OUT/response.h5", STAGE_INPUT, run};
