/* Stage `theory`: tables from equations.
 *
 * The section `theory` is a list of entries with a `name`. Every rank opens all of them alike; their tasks are dealt out round robin over
 * the ranks of the world, what they wrote is added over the ranks (in rank order, so the sums have the same bits for any number of ranks:
 * one term of each is not zero), and every rank closes; rank 0 writes.
 *
 *   theory entry -> open -> tasks -> reduce -> tables -> OUT/theory.h5, text, summary
 *
 * Names: table "theory/table"; when a theory stands twice in the list, the second one's become "theory_2/2_table", so that the text
 * twins, too, have names of their own. No model is needed. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/table.h"
#include "comm/ranks.h"
#include "comm/reduce.h"
#include "json_text.h"
#include "output.h"
#include "stages/stage.h"
#include "storage/files.h"
#include "storage/results.h"
#include "table_source.h"
#include "theory/theory.h"

enum { MAX_JOBS = 64, MAX_SHOWN_ROWS = 12, MAX_LINE = 1024, LEAST_WIDTH = 16 };

/* One entry of the list. */
typedef struct Job {
  const Theory *theory;
  const Params *own;
  int repeat; /* how often this theory stood in the list before */
  TheoryState *state;
  Table **tables;
  int n_tables;
} Job;

typedef struct Work {
  const Command *command;
  Ranks *ranks;
  SourceFiles files;
  int n_jobs;
  Job jobs[MAX_JOBS];
} Work;

static Status read_jobs(Params *root, Work *work) {
  const int n = params_count(root, "theory");
  if (n == 0)
    return params_fail(root, "theory", "nothing to do, the theory list is empty: list at least one, e.g. - {name: rate_equations}");
  if (n > MAX_JOBS) return params_fail(root, "theory", "%d theories; at most %d", n, MAX_JOBS);
  for (int i = 0; i < n; i++) {
    Job *job    = &work->jobs[i];
    job->own    = params_item(root, "theory", i);
    job->theory = theory_find(params_string(job->own, "name"));
    for (int k = 0; k < i; k++)
      if (work->jobs[k].theory == job->theory) job->repeat++;
  }
  work->n_jobs = n;
  return STATUS_OK;
}

static Status open_jobs(Work *work) {
  const TableSource source = table_source(&work->files);
  for (int i = 0; i < work->n_jobs; i++) {
    Job *job = &work->jobs[i];
    TRY(job->theory->open(job->own, &source, &job->state));
  }
  return STATUS_OK;
}

/** This rank's share; the counter runs on over all entries, so that many short lists are spread, too. */
static Status do_tasks(Work *work) {
  const int rank = ranks_world_rank(work->ranks), size = ranks_world_size(work->ranks);
  int counter = 0;
  for (int i = 0; i < work->n_jobs; i++) {
    const Job *job    = &work->jobs[i];
    const int n_tasks = job->theory->tasks != NULL ? job->theory->tasks(job->state) : 0;
    for (int t = 0; t < n_tasks; t++)
      if (counter++ % size == rank) TRY(job->theory->task(job->state, t));
  }
  return STATUS_OK;
}

static void add_over_ranks(Work *work) {
  for (int i = 0; i < work->n_jobs; i++) {
    const Job *job = &work->jobs[i];
    if (job->theory->sums == NULL) continue;
    size_t n     = 0;
    double *sums = job->theory->sums(job->state, &n);
    reduce_sum_doubles(work->ranks, sums, n);
  }
}

/* Second and later tables of the same theory get names of their own. */
static void rename_table(Table *table, int repeat) {
  char name[256];
  const char *slash = strchr(table->name, '/');
  require(slash != NULL, "table %s of a theory without its theory's name", table->name);
  if (repeat == 0) return;
  (void)snprintf(name, sizeof name, "%.*s_%d/%d_%s", (int)(slash - table->name), table->name, repeat + 1, repeat + 1, slash + 1);
  memory_free(table->name);
  table->name = memory_string(name);
}

static Status close_jobs(Work *work) {
  for (int i = 0; i < work->n_jobs; i++) {
    Job *job = &work->jobs[i];
    TRY(job->theory->close(&job->state, &job->tables, &job->n_tables));
    for (int t = 0; t < job->n_tables; t++) rename_table(job->tables[t], job->repeat);
  }
  return STATUS_OK;
}

/** Collective: world. */
static Status work_all(Work *work) {
  /* Rank 0 goes first, so that a missing or strange file is told once. */
  const bool is_root = ranks_world_rank(work->ranks) == 0;
  TRY(ranks_agree(work->ranks, is_root ? open_jobs(work) : STATUS_OK));
  TRY(ranks_agree(work->ranks, is_root ? STATUS_OK : open_jobs(work)));
  TRY(ranks_agree(work->ranks, do_tasks(work)));
  add_over_ranks(work);
  return ranks_agree(work->ranks, close_jobs(work));
}

/* ---- results ----------------------------------------------------------------------------------------------------------------- */

static Status write_results(const Work *work, const Params *root, const char *path) {
  Provenance provenance;
  const Table **tables = NULL;
  char *text           = params_text(root);
  int n                = 0;
  for (int i = 0; i < work->n_jobs; i++) n += work->jobs[i].n_tables;
  tables = memory_array((size_t)n, sizeof *tables);
  n      = 0;
  for (int i = 0; i < work->n_jobs; i++)
    for (int t = 0; t < work->jobs[i].n_tables; t++) tables[n++] = work->jobs[i].tables[t];
  output_provenance(work->command, root, work->ranks, text, &provenance);
  provenance.input_digest = output_digest(root, (const char *const[]){"theory", NULL});
  Status status           = table_source_parents(&work->files, &provenance);
  if (status == STATUS_OK) status = files_make_directory(work->command->out);
  if (status == STATUS_OK) status = results_write(path, tables, n, &provenance);
  provenance_clear(&provenance);
  memory_free(text);
  memory_free(tables);
  return status;
}

static int shown_columns(const Job *job) { return job->theory->n_json > 0 ? job->theory->n_json : job->tables[0]->n_columns; }

static const char *first_word(const Job *job, size_t row) { return job->theory->first_words[(int)job->tables[0]->values[0][row]]; }

static void print_json(const Work *work) {
  for (int i = 0; i < work->n_jobs; i++) {
    const Job *job     = &work->jobs[i];
    const Table *table = job->tables[0];
    (void)printf("%s\"%s", i == 0 ? "{" : ", ", job->theory->name);
    if (job->repeat > 0) (void)printf("_%d", job->repeat + 1);
    (void)printf("\": [");
    for (size_t row = 0; row < table->n_rows; row++) {
      for (int c = 0; c < shown_columns(job); c++) {
        (void)fputs(c > 0 ? ", " : row > 0 ? ", {" : "{", stdout);
        json_string(stdout, table->columns[c].name);
        (void)fputs(": ", stdout);
        if (c == 0 && job->theory->first_words != NULL)
          json_string(stdout, first_word(job, row));
        else
          json_number(stdout, table->values[c][row]);
      }
      (void)fputc('}', stdout);
    }
    (void)fputc(']', stdout);
  }
  (void)printf("}\n");
  (void)fflush(stdout);
}

/** One row of the first table, or its head. */
static void log_row(const Job *job, size_t row, bool is_head) {
  const Table *table = job->tables[0];
  char line[MAX_LINE];
  size_t used = 0;
  for (int c = 0; c < shown_columns(job); c++) {
    const char *name = table->columns[c].name;
    const int width  = strlen(name) > LEAST_WIDTH ? (int)strlen(name) : LEAST_WIDTH;
    if (used + (size_t)width + 8 >= sizeof line) break; /* a number may be wider than its column */
    if (is_head)
      used += (size_t)snprintf(line + used, sizeof line - used, " %*s", width, name);
    else if (c == 0 && job->theory->first_words != NULL)
      used += (size_t)snprintf(line + used, sizeof line - used, " %*s", width, first_word(job, row));
    else if (isnan(table->values[c][row]))
      used += (size_t)snprintf(line + used, sizeof line - used, " %*s", width, "-");
    else
      used += (size_t)snprintf(line + used, sizeof line - used, " %*.10g", width, table->values[c][row]);
  }
  log_line(" %s", line);
}

static void tell(const Work *work, const char *path) {
  for (int i = 0; i < work->n_jobs; i++) {
    const Job *job     = &work->jobs[i];
    const Table *table = job->tables[0];
    log_line("%s: %s", job->theory->name, table->title);
    log_row(job, 0, true);
    for (size_t row = 0; row < table->n_rows && row < MAX_SHOWN_ROWS; row++) log_row(job, row, false);
    if (table->n_rows > MAX_SHOWN_ROWS) log_line("  .. %zu more rows", table->n_rows - MAX_SHOWN_ROWS);
  }
  log_line("written: %s", path);
  if (work->command->json) print_json(work);
}

static void clear(Work *work) {
  for (int i = 0; i < work->n_jobs; i++) {
    Job *job = &work->jobs[i];
    if (job->state != NULL) (void)job->theory->close(&job->state, NULL, NULL);
    for (int t = 0; t < job->n_tables; t++) table_destroy(&job->tables[t]);
    memory_free(job->tables);
  }
  table_source_clear(&work->files);
}

static Status run_theory(const Command *command, Params *root, Ranks *ranks) {
  Work *work         = memory_array(1, sizeof *work);
  const bool is_root = ranks_world_rank(ranks) == 0;
  char path[MAX_PATH];
  work->command = command;
  work->ranks   = ranks;
  work->files   = (SourceFiles){.out = command->out};
  output_path(path, command->out, "theory.h5");
  ranks_split(ranks, 1, (const int[]){1, 1, 1});
  if (is_root) log_open(NULL, false, !command->quiet, command->json);
  Status status = read_jobs(root, work);
  if (status == STATUS_OK) status = work_all(work);
  if (status == STATUS_OK && is_root) status = write_results(work, root, path);
  if (status == STATUS_OK && is_root) tell(work, path);
  status = ranks_agree(ranks, status);
  clear(work);
  if (is_root) log_close();
  memory_free(work);
  return status;
}

const Stage stage_theory = {"theory", "Tables from equations: rate equations, fits and other theories", STAGE_INPUT, run_theory};
