/* What of a replica survives, and how it begins: the configuration collected at the root, the checkpoint made of it and of everybody's
 * state, and the way back. A checkpoint of a running stage resumes to the same bits on any number of ranks; one between two stages begins
 * the next stage anew. */
#include "replica_state.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/timer.h"
#include "comm/exchange.h"
#include "storage/checkpoint.h"

void replica_collect(Replica *r) {
  const int64_t step = r->step0 + step_of(r);
  if (r->frame_step == step) return;
  md_settle(r->md);
  system_save(r->system, &r->frame, false);
  r->frame_step  = step;
  r->frame.step  = step;
  r->frame.time  = time_of(r);
  r->frame.stage = r->stage;
  r->frame.block = schedule_block(&stage_of(r)->save, step_of(r));
}

static void put_frame(const Frame *frame, Archive *archive) {
  const size_t n = (size_t)frame->n;
  archive_put(archive, "frame/edges", ARCHIVE_DOUBLE, 3, frame->edges);
  archive_put_int(archive, "frame/dim", frame->dim);
  archive_put(archive, "frame/id", ARCHIVE_INT64, n, frame->id);
  archive_put(archive, "frame/species", ARCHIVE_INT32, n, frame->species);
  archive_put(archive, "frame/fraction", ARCHIVE_INT64, 3 * n, frame->fraction);
  archive_put(archive, "frame/image", ARCHIVE_INT32, 3 * n, frame->image);
  archive_put(archive, "frame/velocity", ARCHIVE_DOUBLE, 3 * n, frame->velocity);
}
static Status get_frame(Frame *frame, const Archive *archive) {
  const ArchiveItem *id = archive_find(archive, "frame/id");
  int64_t dim;
  TRY(archive_get_int(archive, "frame/dim", &dim));
  if (!id || (dim != 2 && dim != 3)) return fail(STATUS_FILE, "the checkpoint lacks its configuration");
  frame_resize(frame, (int64_t)id->n, (int)dim);
  TRY(archive_get(archive, "frame/edges", ARCHIVE_DOUBLE, 3, frame->edges));
  TRY(archive_get(archive, "frame/id", ARCHIVE_INT64, id->n, frame->id));
  TRY(archive_get(archive, "frame/species", ARCHIVE_INT32, id->n, frame->species));
  TRY(archive_get(archive, "frame/fraction", ARCHIVE_INT64, 3 * id->n, frame->fraction));
  TRY(archive_get(archive, "frame/image", ARCHIVE_INT32, 3 * id->n, frame->image));
  TRY(archive_get(archive, "frame/velocity", ARCHIVE_DOUBLE, 3 * id->n, frame->velocity));
  for (int64_t k = 0; k < 3 * frame->n; k++)
    frame->position[k] = (double)((long double)(uint64_t)frame->fraction[k] * 0x1p-64L * (long double)frame->edges[k % 3]);
  frame->has = FRAME_VELOCITY | FRAME_IMAGE | FRAME_FRACTION;
  return STATUS_OK;
}

Status replica_checkpoint(Replica *r, bool is_finished, bool is_lost) {
  const double start = timer_now();
  Status status      = STATUS_OK;
  if (r->md && !is_lost) replica_collect(r);
  if (r->is_root) {
    Archive *archive = archive_create();
    archive_put_int(archive, "run/stage", r->stage);
    archive_put_int(archive, "run/begun", r->has_begun);
    archive_put_int(archive, "run/stationary", r->is_stationary);
    archive_put_int(archive, "run/step", r->step0 + step_of(r));
    archive_put_int(archive, "run/step0", r->step0);
    archive_put_double(archive, "run/time0", r->time0);
    archive_put_int(archive, "run/finished", is_finished);
    archive_put_int(archive, "run/lost", is_lost);
    archive_put_int(archive, "run/digest", (int64_t)r->task->input_digest);
    archive_put(archive, "run/means", ARCHIVE_DOUBLE, sizeof(Means) / sizeof(double), &r->means);
    replica_files_put(&r->files, archive);
    if (r->has_begun && r->md) md_put(r->md, archive);
    if (r->has_begun && stage_of(r)->is_until_stationary) stationary_put(&r->stationary, archive);
    put_frame(&r->frame, archive);
    status = replica_files_checkpoint(&r->files, archive);
    archive_destroy(&archive);
  }
  r->checkpoint_at = timer_now();
  timer_add(TIMER_OUTPUT, r->checkpoint_at - start);
  return agree(r, status);
}

/** The root's archive without the configuration, for the other ranks of the group. */
static void share_archive(const Ranks *ranks, Archive *archive) {
  int64_t n = 0;
  if (ranks_rank(ranks) == 0)
    for (size_t k = 0; k < archive_count(archive); k++) n += strncmp(archive_item(archive, k)->name, "frame/", 6) != 0;
  exchange_share(ranks, &n, sizeof n);
  static const size_t size[] = {8, 8, 4, 1};
  size_t from                = 0;
  for (int64_t q = 0; q < n; q++) {
    struct {
      char name[64];
      int64_t type, n;
    } head                  = {0};
    const ArchiveItem *item = NULL;
    if (ranks_rank(ranks) == 0) {
      while (strncmp(archive_item(archive, from)->name, "frame/", 6) == 0) from++;
      item = archive_item(archive, from++);
      snprintf(head.name, sizeof head.name, "%s", item->name);
      head.type = item->type, head.n = (int64_t)item->n;
    }
    exchange_share(ranks, &head, sizeof head);
    const size_t bytes = (size_t)head.n * size[head.type];
    void *data         = memory_array(bytes, 1);
    if (item) memcpy(data, item->data, bytes);
    exchange_share(ranks, data, bytes);
    if (!item) archive_put(archive, head.name, (ArchiveType)head.type, (size_t)head.n, data);
    memory_free(data);
  }
}

/* ------------------------------------------------------------------------------------------------ opening */

static Status begin_system(Replica *r) {
  const ReplicaTask *t = r->task;
  TRY(system_create(t->ranks, t->potential, t->parameters, t->mixture, &r->frame, &r->system));
  system_set_check(r->system, t->plan->check_list);
  return STATUS_OK;
}
static Status begin_anew(Replica *r) {
  Status status = STATUS_OK;
  if (r->is_root) status = replica_files_start(&r->files, &r->frame);
  TRY(agree(r, status));
  TRY(begin_system(r));
  system_save(r->system, &r->frame, false);
  r->frame.stage = 0, r->frame.block = -1;
  if (r->is_root) status = replica_files_create(&r->files, &r->frame);
  return agree(r, status);
}

static Status check_resume(const Replica *r, const Archive *archive) {
  int64_t digest, lost, stage;
  TRY(archive_get_int(archive, "run/digest", &digest));
  TRY(archive_get_int(archive, "run/lost", &lost));
  TRY(archive_get_int(archive, "run/stage", &stage));
  if ((uint64_t)digest != r->task->input_digest)
    return fail(STATUS_INPUT,
                "%s/checkpoint.h5 belongs to another input (model, seed, create or run differ): give the old input, another "
                "--out, or --restart-from-scratch",
                r->task->directory);
  if (lost)
    return fail(STATUS_LOST,
                "%s: this replica was lost (its particles ran into each other); --restart-from-scratch begins anew, "
                "checkpoint.h5.prev holds the last good state",
                r->task->directory);
  return STATUS_OK;
}
static Status take_archive(Replica *r, const Archive *archive, bool *is_finished) {
  int64_t stage, begun, stationary, finished;
  TRY(archive_get_int(archive, "run/stage", &stage));
  TRY(archive_get_int(archive, "run/begun", &begun));
  TRY(archive_get_int(archive, "run/stationary", &stationary));
  TRY(archive_get_int(archive, "run/finished", &finished));
  TRY(archive_get_int(archive, "run/step0", &r->step0));
  TRY(archive_get_double(archive, "run/time0", &r->time0));
  TRY(archive_get(archive, "run/means", ARCHIVE_DOUBLE, sizeof(Means) / sizeof(double), &r->means));
  r->stage         = (int)stage;
  r->has_begun     = begun != 0;
  r->is_stationary = stationary != 0;
  *is_finished     = finished != 0;
  return *is_finished ? archive_get_int(archive, "run/step", &r->step0) : STATUS_OK;
}
static Status resume(Replica *r, Archive *archive, bool *is_finished) {
  Status status = STATUS_OK;
  if (r->is_root) status = check_resume(r, archive);
  if (r->is_root && status == STATUS_OK) status = get_frame(&r->frame, archive);
  TRY(agree(r, status));
  share_archive(r->task->ranks, archive);
  TRY(agree(r, take_archive(r, archive, is_finished)));
  TRY(begin_system(r));
  /* a finished run that was killed before its files were closed: they are opened once more, to be closed */
  if (r->is_root && !(*is_finished && replica_files_are_complete(&r->files, archive))) status = replica_files_resume(&r->files, archive);
  TRY(agree(r, status));
  if (*is_finished) return STATUS_OK;
  if (!r->has_begun) return STATUS_OK;
  const StagePlan *plan = stage_of(r);
  TRY(md_resume(r->system, &plan->md, archive, &r->md));
  system_set_skin(r->system, plan->md.timestep, r->task->plan->list_steps, r->task->plan->list_skin);
  if (plan->is_until_stationary) {
    stationary_init(&r->stationary, r->task->mixture, plan->window / plan->md.timestep, plan->tolerance);
    TRY(agree(r, stationary_get(&r->stationary, archive, r->is_root ? &r->frame : NULL)));
  }
  log_line("resuming %s at step %lld", plan->name, (long long)(r->step0 + step_of(r)));
  return STATUS_OK;
}

Status replica_open(Replica *r, bool *is_finished) {
  char path[MAX_PATH];
  Archive *archive = NULL;
  bool found       = false;
  int32_t facts[2] = {0};
  output_path(path, r->task->directory, "checkpoint.h5");
  if (r->is_root && !r->task->command->restart_from_scratch) facts[0] = (int32_t)checkpoint_read(path, &archive, &found);
  facts[1] = found;
  exchange_share(r->task->ranks, facts, sizeof facts);
  TRY((Status)facts[0]);
  *is_finished = false;
  if (!facts[1]) return begin_anew(r);
  if (!archive) archive = archive_create();
  const Status status = resume(r, archive, is_finished);
  archive_destroy(&archive);
  return status;
}
