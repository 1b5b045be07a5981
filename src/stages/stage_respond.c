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
#include "output.h"
#include "respond_result.h"
#include "respond_source.h"
#include "respond_store.h"
#include "stages/input.h"
#include "storage/files.h"

static const double PROGRESS_EVERY = 10; /* s, in a batch log */

enum { MAX_PARENTS = 8 }; /* of a file's story; all sources enter the digest */

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
  char parts[MAX_PATH], result[MAX_PATH];
  char told[MAX_PATH + 32]; /* source, as the summary names it */
  RespondSources sources;
  int64_t first, n_frames;
  int64_t *left; /* [n_left] frames still to do */
  int64_t n_left;
  bool is_stopped;
} Job;

/* ---- what to do --------------------------------------------------------------------------------------------------------------- */

/** Digest of the input that decides the result, the sources included; the root's word, known to all. */
static Status find_digest(Job *job, const Params *root) {
  const char *from   = params_has(job->own, "from") ? params_string(job->own, "from") : NULL;
  const bool is_root = ranks_world_rank(job->ranks) == 0;
  char text[32]      = "";
  uint64_t all       = output_digest(root, (const char *const[]){"model", "seed", "respond", NULL});
  Status status      = is_root ? respond_sources_find(from, job->command->out, &job->sources) : STATUS_OK;
  for (int k = 0; is_root && status == STATUS_OK && k < job->sources.n; k++) {
    uint64_t digest = 0;
    status          = provenance_file_digest(job->sources.files[k].path, &digest);
    all             = all * 0x9e3779b97f4a7c15u + digest;
    if (k < MAX_PARENTS) provenance_add_parent(&job->provenance, job->sources.files[k].path, digest);
  }
  TRY(ranks_agree(job->ranks, status));
  snprintf(text, sizeof text, "%016" PRIx64, all);
  char *shared                 = ranks_share_text(job->ranks, text);
  job->provenance.input_digest = strtoull(shared, NULL, 16);
  memory_free(shared);
  return ranks_agree(job->ranks, is_root ? STATUS_OK : respond_sources_find(from, job->command->out, &job->sources));
}

/** Of a quench in OUT that has stopped halfway nothing is taken; who names its file may have what is there. */
static Status check_finished(const Job *job) {
  static const char format[] = "%s: %lld structures of an unfinished quench; the same command of quench goes on";
  if (job->sources.unfinished < 0) return STATUS_OK;
  const char *path = job->sources.files[job->sources.unfinished].path;
  if (!params_has(job->own, "from")) return fail(STATUS_FILE, format, path, (long long)job->sources.n_frames);
  if (ranks_world_rank(job->ranks) == 0) warn(format, path, (long long)job->sources.n_frames);
  return STATUS_OK;
}

static Status find_frames(Job *job) {
  TRY(respond_sources_open(&job->sources));
  job->n_frames = job->sources.n_frames;
  TRY(check_finished(job));
  if (!params_has(job->own, "frame")) return STATUS_OK;
  const int64_t frame = params_integer(job->own, "frame");
  job->first          = frame < 0 ? frame + job->n_frames : frame;
  if (job->first < 0 || job->first >= job->n_frames)
    return params_fail(job->own, "frame", "%s has %lld frames", job->sources.files[0].path, (long long)job->n_frames);
  job->n_frames = job->first + 1;
  return STATUS_OK;
}

static void hint_at_parts(const Job *job) {
  warn("%s holds what was done so far, and part of it cannot be read: --restart-from-scratch moves it aside and begins anew", job->parts);
}

/** Old parts go aside if they are of another input; then which frames are left. */
static Status find_left(Job *job) {
  RespondParts parts = {0};
  Status status      = STATUS_OK;
  if (ranks_world_rank(job->ranks) == 0) {
    const bool is_anew = job->command->restart_from_scratch;
    status             = is_anew ? STATUS_OK : respond_parts_read(job->parts, &parts);
    if (status != STATUS_OK) hint_at_parts(job);
    bool stale = is_anew || (status == STATUS_OK && !respond_parts_fit(&parts, job->provenance.input_digest));
    respond_parts_clear(&parts);
    if (stale) status = files_move_aside(job->parts);
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

/* ---- are they inherent structures --------------------------------------------------------------------------------------------- */

/** All frames that are left, shared out; the first offender of all is told. What quench has marked itself is none: it is counted. */
static Status check_frames(Job *job) {
  const int rank = ranks_world_rank(job->ranks), size = ranks_world_size(job->ranks);
  double first = INFINITY, largest = 0;
  Frame frame;
  Status status = STATUS_OK;
  frame_init(&frame);
  for (int64_t k = rank; k < job->n_left && status == STATUS_OK && !job->settings.allows_unquenched && isinf(first); k += size) {
    double max_force = 0;
    if (respond_is_marked(respond_sources_origin(&job->sources, job->left[k], NAN).quench_outcome)) continue;
    status = respond_sources_read(&job->sources, job->left[k], &job->mixture, &frame);
    if (status == STATUS_OK) status = respond_max_force(&frame, job->potential, job->parameters, &job->mixture, &max_force);
    if (status != STATUS_OK || respond_is_quenched(&job->settings, max_force)) continue;
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
  char name[MAX_PATH];
  respond_sources_name(&job->sources, (int64_t)smallest, name, sizeof name);
  return fail(STATUS_INPUT,
              "%s is no inherent structure: max |F| = %.9g, allowed %.9g (respond.force_tolerance); quench it first, or say "
              "respond.allow_unquenched: true",
              name, facts[0], job->settings.force_tolerance);
}

/* ---- work --------------------------------------------------------------------------------------------------------------------- */

static Status respond_to(const Job *job, RespondStore *store, int64_t k, Frame *frame) {
  const double start = timer_now();
  Response response;
  TRY(respond_sources_read(&job->sources, k, &job->mixture, frame));
  const double temperature   = params_has(job->own, "parent_temperature") ? params_double(job->own, "parent_temperature") : NAN;
  const RespondOrigin origin = respond_sources_origin(&job->sources, k, temperature);
  Status status              = respond_compute(frame, job->potential, job->parameters, &job->mixture, &job->settings,
                                               !respond_is_marked(origin.quench_outcome), (uint64_t)k, &response);
  if (status == STATUS_OK) status = respond_store_add(store, &response, &origin, frame->species, timer_now() - start);
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
  TRY(respond_store_open(job->parts, rank, job->mixture.dim, &job->settings, &job->provenance, &store));
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

/* ---- the stage ---------------------------------------------------------------------------------------------------------------- */

static bool is_current(const Job *job) {
  const bool is_root = ranks_world_rank(job->ranks) == 0;
  const bool current = is_root && !job->command->restart_from_scratch && output_is_current(job->result, job->provenance.input_digest);
  return ranks_agree(job->ranks, is_root && !current ? STATUS_FILE : STATUS_OK) == STATUS_OK;
}

static Status write_result(const Job *job) {
  const RespondTask task = {.parts       = job->parts,
                            .result      = job->result,
                            .settings    = &job->settings,
                            .provenance  = &job->provenance,
                            .dim         = job->mixture.dim,
                            .omega_limit = params_double(job->own, "omega_limit"),
                            .unfinished  = job->sources.unfinished >= 0,
                            .n_resamples = (int)params_integer(job->own, "resamples"),
                            .seed        = job->seed};
  const Status status    = respond_result_write(&task);
  if (status == STATUS_FILE) hint_at_parts(job);
  TRY(status);
  return respond_result_tell(job->result, job->told, job->command->json);
}

static Status run_job(Job *job, const Params *root) {
  const bool is_root = ranks_world_rank(job->ranks) == 0;
  output_path(job->parts, job->command->out, "response.parts");
  output_path(job->result, job->command->out, "response.h5");
  TRY(find_digest(job, root));
  if (job->sources.n > 1)
    snprintf(job->told, sizeof job->told, "%s and %d more", job->sources.files[0].path, job->sources.n - 1);
  else
    snprintf(job->told, sizeof job->told, "%s", job->sources.files[0].path);
  if (is_current(job))
    return ranks_agree(job->ranks, is_root ? respond_result_tell(job->result, job->told, job->command->json) : STATUS_OK);
  TRY(ranks_agree(job->ranks, is_root ? find_frames(job) : STATUS_OK)); /* the root first: a strange file is told once */
  TRY(ranks_agree(job->ranks, is_root ? STATUS_OK : find_frames(job)));
  TRY(ranks_agree(job->ranks, is_root ? files_make_directory(job->command->out) : STATUS_OK));
  TRY(find_left(job));
  TRY(check_frames(job));
  TRY(ranks_agree(job->ranks, work(job)));
  if (ranks_agree(job->ranks, job->is_stopped ? STATUS_LOST : STATUS_OK) != STATUS_OK) {
    if (is_root) log_line("respond: stopped; the same command goes on");
    if (is_root && job->command->json) printf("{\"stopped\": true}\n");
    return STATUS_OK;
  }
  return ranks_agree(job->ranks, is_root ? write_result(job) : STATUS_OK);
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
  respond_sources_clear(&job->sources);
  memory_free(job->left);
  memory_free(job);
  return status;
}

extern const Stage stage_respond;
const Stage stage_respond = {"respond", "Response of inherent structures: G, kappa, soft modes: OUT/response.h5", STAGE_INPUT, run};
