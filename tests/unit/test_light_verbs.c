/* status, explain and export against real files: what is written here by the storage room must be told rightly by the verbs. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../check.h"
#include "base/archive.h"
#include "base/memory.h"
#include "matter/frame.h"
#include "stages/stage.h"
#include "storage/checkpoint.h"
#include "storage/exchange_formats.h"
#include "storage/files.h"
#include "storage/provenance.h"
#include "storage/results.h"
#include "storage/trajectory.h"

extern const Stage stage_status, stage_explain, stage_export; /* not through the list: that would link every stage */

static const char input[] = "model: ipl3d\nseed: 7\n";
static char said[1 << 16];

static Provenance make_provenance(const char *stage) {
  return (Provenance){.stage        = stage,
                      .model        = "ipl3d",
                      .input_file   = "in.yaml",
                      .input_text   = input,
                      .domains      = "1x1x1",
                      .simd         = "v1",
                      .ranks        = 1,
                      .replicas     = 1,
                      .input_digest = 42};
}

/** Call a stage with what it writes to both streams kept in `said`. */
static Status call(const Stage *stage, bool json, const char *a, const char *b, const char *c) {
  const char *arguments[] = {a, b, c};
  const Command command   = {.verb = stage->name, .json = json, .n_arguments = 1 + (b != NULL) + (c != NULL), .arguments = arguments};
  FILE *file              = tmpfile();
  const int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
  fflush(stdout);
  dup2(fileno(file), STDOUT_FILENO);
  dup2(fileno(file), STDERR_FILENO);
  const Status status = stage->run(&command, NULL, NULL);
  fflush(stdout);
  fflush(stderr);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  close(out);
  close(err);
  rewind(file);
  said[fread(said, 1, sizeof said - 1, file)] = '\0';
  fclose(file);
  return status;
}

static void put_checkpoint(const char *path, int64_t step, int64_t finished, int64_t lost) {
  Archive *archive            = archive_create();
  const Provenance provenance = make_provenance("run");
  archive_put_int(archive, "run/step", step);
  archive_put_int(archive, "run/finished", finished);
  archive_put_int(archive, "run/lost", lost);
  CHECK_EQUAL_INT(checkpoint_write(path, archive, &provenance), STATUS_OK);
  archive_destroy(&archive);
}

static void damage(const char *path) {
  FILE *file = fopen(path, "wb");
  CHECK(file != NULL);
  if (file == NULL) return;
  fputs("not a checkpoint", file);
  fclose(file);
}

static void test_status(void) {
  CHECK_EQUAL_INT(call(&stage_status, false, "nowhere", NULL, NULL), STATUS_FILE);
  mkdir("one", 0777);
  CHECK_EQUAL_INT(call(&stage_status, false, "one", NULL, NULL), 3);
  CHECK(strstr(said, "begins at step 0") != NULL);
  put_checkpoint("one/checkpoint.h5", 500, 0, 0);
  CHECK_EQUAL_INT(call(&stage_status, false, "one", NULL, NULL), 3);
  CHECK_TEXT(said, "one: resumable at step 500\n");
  put_checkpoint("one/checkpoint.h5", 900, 1, 0);
  CHECK_EQUAL_INT(call(&stage_status, false, "one", NULL, NULL), 0);
  CHECK_TEXT(said, "one: finished at step 900\n");
  CHECK_EQUAL_INT(call(&stage_status, true, "one", NULL, NULL), 0);
  CHECK_TEXT(said,
             "{\"state\": \"finished\", \"step\": 900, \"replicas\": [{\"state\": \"finished\", \"step\": 900}], \"unfinished\": null}\n");
  CHECK_EQUAL_INT(files_write_text("one/chain.todo", "run quench analyze\n"), STATUS_OK);
  CHECK_EQUAL_INT(call(&stage_status, false, "one", NULL, NULL), 3);
  CHECK_TEXT(said, "one: quench unfinished\n");
  CHECK_EQUAL_INT(files_write_text("one/chain.todo", "run\n"), STATUS_OK); /* stopped in its last step */
  CHECK_EQUAL_INT(call(&stage_status, false, "one", NULL, NULL), 0);
  CHECK_EQUAL_INT(files_write_text("one/chain.todo", "failed respond\n"), STATUS_OK);
  CHECK_EQUAL_INT(call(&stage_status, false, "one", NULL, NULL), 4);
  CHECK_TEXT(said, "one: respond failed\n");
  CHECK_EQUAL_INT(unlink("one/chain.todo"), 0);
  put_checkpoint("one/checkpoint.h5", 901, 0, 1);
  CHECK_EQUAL_INT(call(&stage_status, false, "one", NULL, NULL), 4);
  damage("one/checkpoint.h5");
  damage("one/checkpoint.h5.prev");
  CHECK_EQUAL_INT(call(&stage_status, false, "one", NULL, NULL), 4);
  CHECK(strstr(said, "damaged") != NULL);

  mkdir("two", 0777);
  mkdir("two/r000", 0777);
  mkdir("two/r001", 0777);
  put_checkpoint("two/r000/checkpoint.h5", 1000, 1, 0);
  put_checkpoint("two/r001/checkpoint.h5", 400, 0, 0);
  CHECK_EQUAL_INT(call(&stage_status, false, "two", NULL, NULL), 3);
  CHECK_TEXT(said, "two: resumable at step 400\n  r000 finished at step 1000\n  r001 resumable at step 400\n");
  put_checkpoint("two/r001/checkpoint.h5", 500, 0, 1);
  CHECK_EQUAL_INT(call(&stage_status, false, "two", NULL, NULL), 4); /* nothing more to do, but one is lost */
  put_checkpoint("two/r001/checkpoint.h5", 1000, 1, 0);
  CHECK_EQUAL_INT(call(&stage_status, false, "two", NULL, NULL), 0);
}

/** The files of a quench before its first row, and without a run. */
static void test_status_of_a_quench(void) {
  Provenance provenance = make_provenance("quench");
  Table *table          = table_create("frames", "", 1, &(Column){"frame", "1", "", ""});
  mkdir("three", 0777);
  mkdir("three/r000", 0777);
  provenance.replicas = 2;
  TableFile *file     = NULL;
  CHECK_EQUAL_INT(tablefile_create("three/r000/inherent.h5", table, &provenance, &file), STATUS_OK);
  CHECK_EQUAL_INT(tablefile_close(&file, false), STATUS_OK);
  CHECK_EQUAL_INT(results_write("three/r000/inherent.h5md", (const Table *const *)&table, 1, &provenance), STATUS_OK); /* as good as any */
  CHECK_EQUAL_INT(call(&stage_status, false, "three", NULL, NULL), 3);
  CHECK_TEXT(said, "three: quench unfinished\n");
  provenance.replicas = 1;
  CHECK_EQUAL_INT(results_write("three/r000/inherent.h5", (const Table *const *)&table, 1, &provenance), STATUS_OK);
  CHECK_EQUAL_INT(call(&stage_status, false, "three", NULL, NULL), 3); /* the other file speaks of two replicas */
  CHECK_EQUAL_INT(results_write("three/r000/inherent.h5md", (const Table *const *)&table, 1, &provenance), STATUS_OK);
  CHECK_EQUAL_INT(call(&stage_status, false, "three", NULL, NULL), 0);
  CHECK_TEXT(said, "three: finished, no run in it\n");
  table_destroy(&table);
}

static void fill_frame(Frame *frame, int k) {
  frame_resize(frame, 3, 3);
  frame->has  = FRAME_VELOCITY | FRAME_IMAGE | FRAME_MASS;
  frame->step = 10 * k;
  frame->time = 0.1 * k;
  for (int i = 0; i < 3; i++) {
    frame->edges[i]   = 5;
    frame->species[i] = i == 2;
    frame->mass[i]    = i == 2 ? 2.5 : 1;
    for (int d = 0; d < 3; d++) frame->position[3 * i + d] = 0.25 * (i + d) + 1.0 / (3 + k);
  }
}

static void make_trajectory(const char *path, Provenance *provenance, int n_frames) {
  static const Mixture mixture    = {.n_species = 2, .names = {"A", "B"}, .masses = {1, 2.5}, .dim = 3, .fractions = {0.5, 0.5}};
  const TrajectoryOptions options = {.has = FRAME_VELOCITY | FRAME_IMAGE};
  Trajectory *file                = NULL;
  Frame frame;
  frame_init(&frame);
  fill_frame(&frame, 0);
  CHECK_EQUAL_INT(trajectory_create(path, NULL, &frame, &mixture, &options, provenance, &file), STATUS_OK);
  for (int k = 0; k < n_frames; k++) {
    fill_frame(&frame, k);
    CHECK_EQUAL_INT(trajectory_append(file, &frame), STATUS_OK);
  }
  CHECK_EQUAL_INT(trajectory_set_complete(file, true), STATUS_OK);
  CHECK_EQUAL_INT(trajectory_close(&file), STATUS_OK);
  frame_clear(&frame);
}

static void test_explain(void) {
  mkdir("story", 0777);
  Provenance first = make_provenance("create"), second = make_provenance("run");
  uint64_t digest = 0;
  make_trajectory("story/start.h5md", &first, 1);
  CHECK_EQUAL_INT(provenance_file_digest("story/start.h5md", &digest), STATUS_OK);
  provenance_add_parent(&second, "elsewhere/start.h5md", digest); /* the directory was moved since */
  provenance_add_parent(&second, "gone.xyz", 1);
  make_trajectory("story/run.h5md", &second, 2);
  provenance_clear(&second);
  CHECK_EQUAL_INT(call(&stage_explain, false, "story/run.h5md", NULL, NULL), STATUS_OK);
  CHECK(strstr(said, "trajectory, written by `run`, model ipl3d, complete") != NULL);
  CHECK(strstr(said, "from story/start.h5md  (unchanged)") != NULL);
  CHECK(strstr(said, "written by `create`") != NULL);
  CHECK(strstr(said, "from gone.xyz  (MISSING)") != NULL);
  CHECK(strstr(said, "seed: 7") != NULL);
  CHECK_EQUAL_INT(call(&stage_explain, true, "story/run.h5md", NULL, NULL), STATUS_OK);
  CHECK(strstr(said, "\"state\": \"unchanged\"") != NULL && strstr(said, "\"state\": \"missing\"") != NULL);
  CHECK(strncmp(said, "{\"path\": \"story/run.h5md\", ", 27) == 0);
  make_trajectory("story/start.h5md", &first, 3); /* the old one is moved aside */
  CHECK_EQUAL_INT(call(&stage_explain, false, "story/run.h5md", NULL, NULL), STATUS_OK);
  CHECK(strstr(said, "(CHANGED since") != NULL);
  damage("story/broken.h5");
  CHECK_EQUAL_INT(call(&stage_explain, false, "story/broken.h5", NULL, NULL), STATUS_FILE);
}

static void test_export(void) {
  static const Mixture mixture = {.n_species = 2, .names = {"A", "B"}, .masses = {1, 2.5}, .dim = 3};
  Provenance provenance        = make_provenance("run");
  Frame frame, expected;
  frame_init(&frame);
  frame_init(&expected);
  make_trajectory("run.h5md", &provenance, 4);
  CHECK_EQUAL_INT(call(&stage_export, false, "run.h5md", "all.xyz", "frames=all"), STATUS_OK);
  for (int k = 0; k < 4; k++) {
    fill_frame(&expected, k);
    CHECK_EQUAL_INT(xyz_read("all.xyz", k, &mixture, &frame), STATUS_OK);
    CHECK_EQUAL_INT(frame.n, 3);
    for (int i = 0; i < 9 && frame.n == 3; i++) CHECK_CLOSE(frame.position[i], expected.position[i], 1e-15);
    CHECK(frame.n == 3 && frame.species[2] == 1 && frame.species[0] == 0);
  }
  CHECK_EQUAL_INT(call(&stage_export, true, "run.h5md", "one.data", "frame=-2"), STATUS_OK);
  CHECK_TEXT(said, "{\"target\": \"one.data\", \"frames\": 1}\n");
  CHECK_EQUAL_INT(lammps_read("one.data", &mixture, &frame), STATUS_OK);
  fill_frame(&expected, 2);
  for (int i = 0; i < 9 && frame.n == 3; i++) CHECK_CLOSE(frame.position[i], expected.position[i], 1e-15);
  CHECK_EQUAL_INT(call(&stage_export, false, "run.h5md", "one.xyz", NULL), STATUS_OK);
  CHECK_EQUAL_INT(call(&stage_export, false, "run.h5md", "one.xyz", NULL), STATUS_OK);
  CHECK(files_exist("one.xyz.old-1"));
  CHECK_EQUAL_INT(call(&stage_export, false, "run.h5md", "one.xyz", "frame=4"), STATUS_INPUT);
  CHECK_EQUAL_INT(call(&stage_export, false, "run.h5md", "one.xyz", "frame=-5"), STATUS_INPUT);
  CHECK_EQUAL_INT(call(&stage_export, false, "missing.h5md", "one.xyz", NULL), STATUS_FILE);
  frame_clear(&expected);
  frame_clear(&frame);
}

int main(void) {
  char folder[] = "/tmp/tektite-verbs-XXXXXX";
  if (mkdtemp(folder) == NULL || chdir(folder) != 0) return 1;
  test_status();
  test_status_of_a_quench();
  test_explain();
  test_export();
  CHECK_EQUAL_INT(memory_live(), 0);
  if (check_failures == 0) {
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) != 0) return 1;
  }
  return check_report();
}
