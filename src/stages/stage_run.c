/* Stage `run`: molecular dynamics of one or many replicas. The world is cut into groups of equal domain grids; group g plays the replicas
 * g, g + groups, .. one after the other. One lost replica does not stop the others. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/signals.h"
#include "base/timer.h"
#include "comm/ranks.h"
#include "comm/reduce.h"
#include "domains.h"
#include "engine/system.h"
#include "json_text.h"
#include "replica.h"
#include "stages/input.h"
#include "storage/exchange_formats.h"
#include "storage/files.h"

/** Box edges of the start, known to all ranks: decides the domain grid. */
static Status read_edges(const Command *command, const Params *root, const Ranks *ranks, const Mixture *mixture, double edges[3],
                         int *dim) {
  Status status   = STATUS_OK;
  double facts[4] = {0};
  if (ranks_world_rank(ranks) == 0) {
    Frame frame;
    char path[MAX_PATH];
    const Params *run = params_section(root, "run");
    frame_init(&frame);
    output_path(path, command->out, "start.h5md");
    if (params_has(run, "from")) snprintf(path, sizeof path, "%s", params_string(run, "from"));
    status = files_exist(path) ? configuration_read(path, params_has(run, "frame") ? params_integer(run, "frame") : -1, mixture, &frame)
                               : fail(STATUS_FILE, "%s is missing: run `tektite create` (or `tektite chain`) first, or say run.from", path);
    memcpy(facts, frame.edges, sizeof frame.edges);
    facts[3] = frame.dim;
    frame_clear(&frame);
  }
  TRY(ranks_agree(ranks, status));
  reduce_sum_doubles(ranks, facts, 4); /* all but the first rank have zeros */
  memcpy(edges, facts, 3 * sizeof(double));
  *dim = (int)facts[3];
  return STATUS_OK;
}

/** Replicas and domains: what the command line asks for if it fits, else the most that does. */
static Status arrange(const Command *command, Ranks *ranks, int replicas, const double edges[3], int dim, double reach) {
  const int world = ranks_world_size(ranks);
  int grid[3];
  TRY(domains_asked(command, world, edges, dim, reach, grid));
  if (grid[0] == 0) system_choose_grid(edges, dim, reach, world / replicas > 1 ? world / replicas : 1, grid);
  const int cells = grid[0] * grid[1] * grid[2], fit = world / cells, groups = fit < replicas ? fit : replicas;
  ranks_split(ranks, groups, grid);
  if (groups * cells < world)
    warn("%d of %d ranks idle: %d replica%s on %dx%dx%d domains each use %d", world - groups * cells, world, groups, groups > 1 ? "s" : "",
         grid[0], grid[1], grid[2], groups * cells);
  return STATUS_OK;
}

enum {
  R_FINISHED,
  R_LOST,
  R_STEP,
  R_DONE,
  R_SECONDS,
  R_TEMPERATURE,
  R_ENERGY,
  R_PRESSURE,
  R_DRIFT,
  R_DIGEST_HIGH,
  R_DIGEST_LOW,
  R_PARTICLES,
  R_WAS,
  R_RATE,
  R_QUICKEST,
  R_NEIGHBORS,
  R_COUNT
};

static void put_report(double *row, const ReplicaReport *report) {
  row[R_FINISHED]    = report->is_finished;
  row[R_WAS]         = report->was_finished;
  row[R_LOST]        = report->is_lost;
  row[R_STEP]        = (double)report->step;
  row[R_DONE]        = (double)report->steps_done;
  row[R_SECONDS]     = report->seconds;
  row[R_TEMPERATURE] = report->temperature;
  row[R_ENERGY]      = report->energy;
  row[R_PRESSURE]    = report->pressure;
  row[R_DRIFT]       = report->drift;
  row[R_DIGEST_HIGH] = (double)(report->digest >> 32);
  row[R_DIGEST_LOW]  = (double)(report->digest & 0xffffffffu);
  row[R_PARTICLES]   = (double)report->particles;
  row[R_NEIGHBORS]   = report->neighbors;
  row[R_QUICKEST]    = report->quickest_step > 0 ? (double)report->particles / report->quickest_step : 0;
  row[R_RATE]        = report->seconds > 0 ? (double)report->particles * (double)report->steps_done / report->seconds : 0;
}
/** Over the replicas that are not lost; NAN if there is none. */
static double mean(const double *rows, int n, int what) {
  double sum = 0, count = 0;
  for (int k = 0; k < n; k++)
    if (!(rows[k * R_COUNT + R_LOST] > 0)) sum += rows[k * R_COUNT + what], count++;
  return sum / count;
}
static void print_numbers(const double *row) {
  static const struct {
    const char *key;
    int what;
  } keys[] = {{"temperature_mean", R_TEMPERATURE},    {"energy_mean", R_ENERGY},
              {"pressure_mean", R_PRESSURE},          {"conserved_drift_per_particle", R_DRIFT},
              {"particle_steps_per_second", R_RATE},  {"quickest_particle_steps_per_second", R_QUICKEST},
              {"neighbors_per_particle", R_NEIGHBORS}};
  for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
    printf("%s\"%s\": ", k ? ", " : "", keys[k].key);
    json_number(stdout, row[keys[k].what]);
  }
  printf(", \"step\": %.0f, \"finished\": %s, \"lost\": %s, \"final_digest\": \"%08llx%08llx\"", row[R_STEP],
         row[R_FINISHED] > 0 ? "true" : "false", row[R_LOST] > 0 ? "true" : "false", (unsigned long long)row[R_DIGEST_HIGH],
         (unsigned long long)row[R_DIGEST_LOW]);
}
static void print_json(const double *rows, int n) {
  double total[R_COUNT];
  memcpy(total, rows, sizeof total);
  for (int what = R_TEMPERATURE; what <= R_DRIFT; what++) total[what] = mean(rows, n, what);
  total[R_NEIGHBORS] = mean(rows, n, R_NEIGHBORS);
  total[R_RATE] = total[R_QUICKEST] = 0;
  for (int k = 0; k < n; k++) {
    total[R_RATE] += rows[k * R_COUNT + R_RATE];
    total[R_QUICKEST] += rows[k * R_COUNT + R_QUICKEST];
  }
  for (int k = 1; k < n; k++) {
    total[R_FINISHED] = fmin(total[R_FINISHED], rows[k * R_COUNT + R_FINISHED]);
    total[R_LOST]     = fmax(total[R_LOST], rows[k * R_COUNT + R_LOST]);
    total[R_STEP]     = fmin(total[R_STEP], rows[k * R_COUNT + R_STEP]);
  }
  printf("{");
  print_numbers(total);
  if (n > 1) {
    printf(", \"replicas\": [");
    for (int k = 0; k < n; k++) {
      printf("%s{", k ? ", " : "");
      print_numbers(rows + k * R_COUNT);
      printf("}");
    }
    printf("]");
  }
  printf(", \"seconds\": {"); /* of this rank */
  for (int t = 0; t < TIMER_TOTAL; t++) printf("%s\"%s\": %.6f", t ? ", " : "", timer_label((TimerName)t), timer_get((TimerName)t));
  printf("}}\n");
}
static void print_text(const Command *command, const double *rows, int n) {
  for (int k = 0; k < n; k++) {
    const double *row = rows + k * R_COUNT;
    if (row[R_LOST] > 0)
      printf("run: replica %d lost at step %.0f\n", k, row[R_STEP]);
    else if (row[R_WAS] > 0)
      printf("run: replica %d is finished already (step %.0f, digest %08llx%08llx)\n", k, row[R_STEP],
             (unsigned long long)row[R_DIGEST_HIGH], (unsigned long long)row[R_DIGEST_LOW]);
    else
      printf("run: replica %d %s at step %.0f, digest %08llx%08llx, %.2f million particle-steps/s; <T> %.5f, <U/N> %.5f, <P> %.5f\n", k,
             row[R_FINISHED] > 0 ? "finished" : "stopped", row[R_STEP], (unsigned long long)row[R_DIGEST_HIGH],
             (unsigned long long)row[R_DIGEST_LOW], row[R_RATE] * 1e-6, row[R_TEMPERATURE], row[R_ENERGY], row[R_PRESSURE]);
  }
  printf("run: files in %s\n", command->out);
}

static Status play_replicas(const Command *command, Params *root, Ranks *ranks, ReplicaTask *task, double *rows) {
  Status worst = STATUS_OK;
  char *text   = params_text(root);
  Provenance provenance;
  output_provenance(command, root, ranks, text, &provenance);
  provenance.replicas     = task->n_replicas;
  provenance.input_digest = task->input_digest;
  for (int k = ranks_group(ranks); k >= 0 && k < task->n_replicas; k += ranks_n_groups(ranks)) {
    ReplicaReport report;
    if (ranks_agree_group(ranks, signals_request() == REQUEST_STOP ? STATUS_LOST : STATUS_OK) != STATUS_OK) break;
    task->number             = k;
    task->provenance         = provenance;
    task->provenance.replica = k;
    if (task->n_replicas == 1)
      snprintf(task->directory, sizeof task->directory, "%s", command->out);
    else
      snprintf(task->directory, sizeof task->directory, "%s/r%03d", command->out, k);
    const Status status = replica_run(task, &report);
    if (ranks_rank(ranks) == 0) put_report(rows + k * R_COUNT, &report);
    if (status != STATUS_OK && (worst == STATUS_OK || worst == STATUS_LOST)) worst = status;
    if (status == STATUS_INPUT) break;
  }
  memory_free(text);
  return worst;
}

static Status run_all(const Command *command, Params *root, Ranks *ranks, const RunPlan *plan, ReplicaTask *task) {
  double edges[3];
  int dim;
  TRY(read_edges(command, root, ranks, task->mixture, edges, &dim));
  TRY(arrange(command, ranks, task->n_replicas, edges, dim, system_reach(task->potential, task->parameters, task->mixture)));
  task->plan    = plan;
  double *rows  = memory_array((size_t)task->n_replicas * R_COUNT, sizeof *rows);
  Status status = ranks_agree(ranks, play_replicas(command, root, ranks, task, rows));
  reduce_sum_doubles(ranks, rows, (size_t)task->n_replicas * R_COUNT);
  if (ranks_world_rank(ranks) == 0 && (status == STATUS_OK || status == STATUS_LOST)) {
    if (command->json)
      print_json(rows, task->n_replicas);
    else if (!command->quiet)
      print_text(command, rows, task->n_replicas);
  }
  memory_free(rows);
  return status;
}

static Status run(const Command *command, Params *root, Ranks *ranks) {
  const Potential *potential;
  void *parameters;
  Mixture mixture;
  RunPlan plan;
  TRY(input_model(root, &potential, &parameters, &mixture));
  QuenchPlan quench;
  Ranks *alone  = ranks_alone(ranks);
  Status status = run_plan_read(root, &plan);
  if (status == STATUS_OK) status = quench_plan_read(root, potential, parameters, &mixture, &quench);
  if (status == STATUS_OK && quench.other && plan.has_quenches)
    warn("quench.compare is for stored frames: quench_every looks for inherent structures by %s alone", quench.task.minimizer->name);
  if (status == STATUS_OK) {
    quench.task.ranks = alone;
    ReplicaTask task  = {.command    = command,
                         .root       = root,
                         .ranks      = ranks,
                         .potential  = potential,
                         .parameters = parameters,
                         .mixture    = &mixture,
                         .quench     = &quench.task};
    task.n_replicas   = command->replicas ? command->replicas : plan.replicas;
    task.input_digest = output_run_digest(root, task.n_replicas);
    status            = run_all(command, root, ranks, &plan, &task);
  }
  run_plan_clear(&plan);
  ranks_beside_end(&alone);
  potential->release(&parameters);
  return status;
}

extern const Stage stage_run;
const Stage stage_run = {"run", "Molecular dynamics: OUT/run.h5md, thermo table, checkpoint; the same command resumes", STAGE_INPUT, run};
