/** Trajectories: what was written comes back bit by bit, in two and three dimensions; a damaged, cut or foreign file gives one clear
 *  line or a clean frame, never a crash. */
#include <fcntl.h>
#include <hdf5.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "check.h"
#include "storage/files.h"
#include "storage/trajectory.h"

/** HDF5 itself leaks the header of a damaged object. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libhdf5"; }

static const Mixture mixture = {
    .n_species = 2, .names = {"A", "B"}, .masses = {1.0, 2.0}, .sizes = {1.0, 0.8}, .fractions = {0.5, 0.5}, .dim = 3};
static const Provenance provenance = {.stage        = "run",
                                      .model        = "ipl3d",
                                      .input_file   = "in.yaml",
                                      .input_text   = "run: {steps: 10}\n",
                                      .domains      = "1x1x1",
                                      .simd         = "v3",
                                      .ranks        = 4,
                                      .replicas     = 1,
                                      .input_digest = 0xfedcba9876543210u};
static const char *const stages[]  = {"equilibrate", "production"};

static void fill(Frame *frame, int64_t n, int dim, int64_t step) {
  const RngKey key = {.seed = 7, .purpose = RNG_TEST};
  frame_resize(frame, n, dim);
  frame->has   = FRAME_VELOCITY | FRAME_IMAGE | FRAME_FRACTION | FRAME_FORCE;
  frame->step  = step;
  frame->time  = 0.005 * (double)step;
  frame->stage = (int32_t)(step / 20);
  frame->block = (int32_t)(step % 7) - 1;
  for (int axis = 0; axis < 3; axis++) frame->edges[axis] = axis < dim ? 5.0 + axis + 1e-3 * (double)step : 1.0;
  double *kappa = frame_field(frame, "kappa", 1), *flow = frame_field(frame, "flow", 3);
  for (int64_t i = 0; i < n; i++) {
    frame->id[i]      = 3 * i + 1;
    frame->species[i] = (int32_t)(i % 2);
    for (int axis = 0; axis < dim; axis++) {
      double u[2];
      rng_uniform2(key, (uint64_t)(3 * i + axis), (uint64_t)step, u);
      frame->position[3 * i + axis] = u[0] * frame->edges[axis];
      frame->velocity[3 * i + axis] = u[1] - 0.5;
      frame->force[3 * i + axis]    = 100.0 * u[1];
      frame->image[3 * i + axis]    = (int32_t)(10.0 * u[1]) - 5;
      frame->fraction[3 * i + axis] = (int64_t)(u[0] * 1e18);
      flow[3 * i + axis]            = u[0] - u[1];
    }
    kappa[i] = frame->position[3 * i] / 3.0;
  }
}

static bool is_same(const Frame *a, const Frame *b) {
  const size_t n         = (size_t)a->n;
  int components         = 0;
  const double *kappa[2] = {frame_find_field(a, "kappa", &components), frame_find_field(b, "kappa", &components)};
  const double *flow[2]  = {frame_find_field(a, "flow", &components), frame_find_field(b, "flow", &components)};
  if (kappa[0] == NULL || kappa[1] == NULL || flow[0] == NULL || flow[1] == NULL || components != 3) return false;
  return a->n == b->n && a->dim == b->dim && a->step == b->step && a->time == b->time && a->stage == b->stage && a->block == b->block &&
         memcmp(a->edges, b->edges, sizeof a->edges) == 0 && memcmp(a->id, b->id, n * 8) == 0 &&
         memcmp(a->species, b->species, n * 4) == 0 && memcmp(a->position, b->position, n * 24) == 0 &&
         memcmp(a->velocity, b->velocity, n * 24) == 0 && memcmp(a->force, b->force, n * 24) == 0 &&
         memcmp(a->fraction, b->fraction, n * 24) == 0 && memcmp(a->image, b->image, n * 12) == 0 &&
         memcmp(kappa[0], kappa[1], n * 8) == 0 && memcmp(flow[0], flow[1], n * 24) == 0 && frame_digest(a) == frame_digest(b);
}

static Trajectory *make(const char *path, int64_t n, int dim, bool single) {
  const TrajectoryOptions options = {
      .single_precision = single, .has = FRAME_VELOCITY | FRAME_IMAGE | FRAME_FRACTION | FRAME_FORCE, .stage_names = stages, .n_stages = 2};
  Frame frame;
  Trajectory *trajectory = NULL;
  frame_init(&frame);
  fill(&frame, n, dim, 0);
  CHECK(trajectory_create(path, "top.xyz", &frame, &mixture, &options, &provenance, &trajectory) == STATUS_OK);
  frame_clear(&frame);
  return trajectory;
}

static void append(Trajectory *trajectory, int64_t n, int dim, int64_t step) {
  Frame frame;
  frame_init(&frame);
  fill(&frame, n, dim, step);
  CHECK(trajectory_append(trajectory, &frame) == STATUS_OK);
  frame_clear(&frame);
}

static void check_frame(Trajectory *trajectory, int64_t k, int64_t n, int dim, int64_t step) {
  Frame wanted, got;
  frame_init(&wanted);
  frame_init(&got);
  fill(&wanted, n, dim, step);
  CHECK(trajectory_read(trajectory, k, &got) == STATUS_OK);
  CHECK(is_same(&wanted, &got));
  CHECK(got.has == (wanted.has | FRAME_MASS));
  CHECK(got.mass[0] == 1.0 && got.mass[1] == 2.0);
  frame_clear(&wanted);
  frame_clear(&got);
}

static void test_round_trip(int64_t n, int dim) {
  Trajectory *t = make("run.h5md", n, dim, false);
  for (int64_t step = 0; step < 90; step += 10) append(t, n, dim, step);
  CHECK_EQUAL_INT(trajectory_frames(t), 9);
  check_frame(t, 8, n, dim, 80); /* also while it is being written */
  CHECK(trajectory_truncate(t, 5) == STATUS_OK);
  append(t, n, dim, 1000);
  CHECK(trajectory_sync(t) == STATUS_OK);
  CHECK(trajectory_close(&t) == STATUS_OK);
  CHECK(trajectory_close(&t) == STATUS_OK);

  CHECK(trajectory_open("run.h5md", true, &t) == STATUS_OK);
  append(t, n, dim, 1010);
  CHECK(trajectory_set_complete(t, true) == STATUS_OK);
  CHECK(trajectory_close(&t) == STATUS_OK);

  CHECK(trajectory_open("run.h5md", false, &t) == STATUS_OK);
  CHECK_EQUAL_INT(trajectory_frames(t), 7);
  for (int64_t k = 0; k < 5; k++) check_frame(t, k, n, dim, 10 * k);
  check_frame(t, 5, n, dim, 1000);
  check_frame(t, -1, n, dim, 1010);
  int64_t step  = 0;
  double time   = 0.0;
  int32_t stage = 0, block = 0;
  CHECK(trajectory_when(t, 4, &step, &time, &stage, &block) == STATUS_OK);
  CHECK(step == 40 && time == 0.2 && stage == 2 && block == 4);
  CHECK_EQUAL_INT(trajectory_stage(t, "production"), 1);
  CHECK_EQUAL_INT(trajectory_stage(t, "nothing"), -1);
  CHECK_TEXT(trajectory_model(t), "ipl3d");
  CHECK_TEXT(trajectory_species_name(t, 1), "B");
  CHECK(trajectory_close(&t) == STATUS_OK);

  Story story;
  CHECK(story_read("run.h5md", &story) == STATUS_OK);
  CHECK_TEXT(story.kind, "trajectory");
  CHECK_TEXT(story.input_text, provenance.input_text);
  CHECK_TEXT(story.simd, "v3");
  CHECK(story.input_digest == provenance.input_digest && story.complete == 1 && story.ranks == 4);
  story_clear(&story);
}

static void test_single_precision(void) {
  Frame wanted, got;
  frame_init(&wanted);
  frame_init(&got);
  fill(&wanted, 10, 3, 10);
  wanted.position[4] = nextafter(wanted.edges[1], 0.0); /* rounds up to the edge */
  Trajectory *t      = make("single.h5md", 10, 3, true);
  CHECK(trajectory_append(t, &wanted) == STATUS_OK);
  CHECK(trajectory_read(t, 0, &got) == STATUS_OK);
  for (int k = 0; k < 30; k++) {
    const double edge = wanted.edges[k % 3];
    CHECK(fabs(got.position[k] + got.image[k] * edge - wanted.position[k] - wanted.image[k] * edge) < 1e-5);
    CHECK(got.position[k] >= 0.0 && got.position[k] < edge);
  }
  CHECK(trajectory_close(&t) == STATUS_OK);
  frame_clear(&wanted);
  frame_clear(&got);
}

static void test_moved_aside(void) {
  Trajectory *t = make("twice.h5md", 4, 3, false);
  CHECK(trajectory_close(&t) == STATUS_OK);
  t = make("twice.h5md", 5, 3, false);
  CHECK(trajectory_close(&t) == STATUS_OK);
  CHECK(files_exist("twice.h5md.old-1") && !files_exist("twice.h5md.old-2"));
}

/** What went to stderr since the last call must be n lines, each an error that names a file. */
static void check_told(int n_lines) {
  static long seen = 0;
  FILE *file       = fopen("errors.txt", "r");
  char line[4096];
  int n = 0;
  fseek(file, seen, SEEK_SET);
  while (fgets(line, sizeof line, file) != NULL) {
    n++;
    CHECK(strncmp(line, "tektite: error: ", 16) == 0 && strstr(line, ".h5md: ") != NULL && strlen(line) > 30);
  }
  seen = ftell(file);
  fclose(file);
  CHECK_EQUAL_INT(n, n_lines);
}

static void write_bytes(const char *path, const char *bytes, size_t n) {
  FILE *file = fopen(path, "wb");
  CHECK(file != NULL && fwrite(bytes, 1, n, file) == n);
  fclose(file);
}

/** Read all frames; the Status of the first failure. */
static Status read_all(const char *path) {
  Trajectory *t = NULL;
  Frame frame;
  TRY(trajectory_open(path, false, &t));
  frame_init(&frame);
  Status status = STATUS_OK;
  for (int64_t k = 0; k < trajectory_frames(t) && status == STATUS_OK; k++) status = trajectory_read(t, k, &frame);
  frame_clear(&frame);
  CHECK(trajectory_close(&t) == STATUS_OK);
  return status;
}

static void test_damaged(void) {
  Trajectory *t = make("whole.h5md", 20, 3, false);
  for (int64_t step = 0; step < 30; step += 10) append(t, 20, 3, step);
  CHECK(trajectory_close(&t) == STATUS_OK);
  struct stat facts;
  CHECK(stat("whole.h5md", &facts) == 0);
  const size_t n = (size_t)facts.st_size;
  char *bytes    = malloc(n);
  FILE *file     = fopen("whole.h5md", "rb");
  CHECK(fread(bytes, 1, n, file) == n);
  fclose(file);
  check_told(0);
  for (size_t k = 0; k < 60; k++) {
    write_bytes("cut.h5md", bytes, n * k / 60);
    CHECK(read_all("cut.h5md") == STATUS_FILE);
    check_told(1);
  }
  for (size_t k = 0; k < 120; k++) {
    const size_t at = (n * k) / 120 + k;
    if (at >= n) break;
    bytes[at] = (char)(bytes[at] ^ 0x55);
    write_bytes("flipped.h5md", bytes, n);
    bytes[at] = (char)(bytes[at] ^ 0x55);
    check_told(read_all("flipped.h5md") == STATUS_OK ? 0 : 1);
  }
  free(bytes);
  write_bytes("text.h5md", "hello, world\n", 13);
  CHECK(read_all("text.h5md") == STATUS_FILE);
  CHECK(read_all("absent.h5md") == STATUS_FILE);
  CHECK(mkdir("folder.h5md", 0777) == 0 && read_all("folder.h5md") == STATUS_FILE);
  check_told(3);
}

static int be_a_neighbour(void) {
  Trajectory *t = NULL;
  Story story;
  return trajectory_open("live.h5md", true, &t) == STATUS_FILE && story_read("live.h5md", &story) == STATUS_FILE ? 0 : 1;
}

/** While one process writes: the same process may look into the file; another one is refused and leaves no trace. */
static void test_neighbours(void) {
  Trajectory *t = make("live.h5md", 30, 3, false), *second = NULL;
  Story story;
  append(t, 30, 3, 0);
  CHECK(story_read("live.h5md", &story) == STATUS_OK);
  story_clear(&story);
  CHECK(trajectory_open("live.h5md", false, &second) == STATUS_OK);
  CHECK_EQUAL_INT(trajectory_frames(second), 1);
  check_frame(second, 0, 30, 3, 0);
  CHECK(trajectory_close(&second) == STATUS_OK);
  append(t, 30, 3, 10);
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) { /* a new image: HDF5 would know the file as its own */
    setenv("TEKTITE_TEST_NEIGHBOUR", "1", 1);
    execl("/proc/self/exe", "test_trajectory", (char *)NULL);
    _exit(9);
  }
  int result = -1;
  CHECK(waitpid(child, &result, 0) == child && result == 0);
  append(t, 30, 3, 20);
  CHECK(trajectory_close(&t) == STATUS_OK);
  check_told(2);
  CHECK(trajectory_open("live.h5md", false, &t) == STATUS_OK);
  CHECK_EQUAL_INT(trajectory_frames(t), 3);
  for (int64_t k = 0; k < 3; k++) check_frame(t, k, 30, 3, 10 * k);
  CHECK(trajectory_close(&t) == STATUS_OK);

  struct stat before, after; /* a damaged file is not made worse by who wants to append */
  CHECK(stat("live.h5md", &before) == 0 && truncate("live.h5md", before.st_size - 1000) == 0);
  CHECK(trajectory_open("live.h5md", true, &t) == STATUS_FILE);
  CHECK(stat("live.h5md", &after) == 0 && after.st_size == before.st_size - 1000);
  check_told(1);
}

static void test_refusals(void) {
  Frame frame;
  frame_init(&frame);
  Trajectory *t = make("refuse.h5md", 4, 3, false), *second = NULL;
  fill(&frame, 5, 3, 0);
  CHECK(trajectory_append(t, &frame) == STATUS_FILE);
  fill(&frame, 4, 3, 0);
  frame.id[3]++;
  CHECK(trajectory_append(t, &frame) == STATUS_FILE);
  CHECK(trajectory_read(t, 0, &frame) == STATUS_FILE);
  CHECK(trajectory_truncate(t, 1) == STATUS_FILE);
  check_told(4);
  append(t, 4, 3, 10);
  CHECK_EQUAL_INT(trajectory_frames(t), 1);
  CHECK(trajectory_close(&t) == STATUS_OK);
  CHECK(trajectory_open("refuse.h5md", false, &second) == STATUS_OK);
  CHECK(trajectory_read(second, 1, &frame) == STATUS_FILE);
  CHECK(trajectory_close(&second) == STATUS_OK);
  check_told(1);
  frame_clear(&frame);
}

static hid_t group(hid_t where, const char *name) { return H5Gcreate2(where, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT); }

static void dataset(hid_t where, const char *name, int rank, const hsize_t *shape, const double *values) {
  const hid_t space = rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, shape, NULL);
  const hid_t set   = H5Dcreate2(where, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  CHECK(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
  H5Dclose(set);
  H5Sclose(space);
}

/** Fixed interval, two dimensions, vector edges, no image, unwrapped, species {29, 40}. `skew`: matrix edges that are not diagonal. */
static void write_foreign(const char *path, const char *name, const char *second_name, bool skew) {
  const double position[2][3][2] = {{{0.5, 0.5}, {-0.5, 3.5}, {1.0, 8.5}}, {{0.6, 0.5}, {-0.4, 3.5}, {1.0, 8.5}}};
  const double interval = 10.0, interval_time = 0.05, edges[2] = {4.0, 4.0}, matrix[4] = {4.0, 1.0, 0.0, 4.0}, species[3] = {40, 29, 40};
  const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), particles = group(file, "particles");
  const hid_t main_group = group(particles, name), box = group(main_group, "box"), element = group(main_group, "position");
  if (second_name != NULL) H5Gclose(group(particles, second_name));
  dataset(element, "value", 3, (const hsize_t[]){2, 3, 2}, &position[0][0][0]);
  dataset(element, "step", 0, NULL, &interval);
  dataset(element, "time", 0, NULL, &interval_time);
  if (skew)
    dataset(box, "edges", 2, (const hsize_t[]){2, 2}, matrix);
  else
    dataset(box, "edges", 1, (const hsize_t[]){2}, edges);
  dataset(main_group, "species", 1, (const hsize_t[]){3}, species);
  H5Gclose(element);
  H5Gclose(box);
  H5Gclose(main_group);
  H5Gclose(particles);
  H5Fclose(file);
}

static void test_foreign(void) {
  Frame frame;
  Trajectory *t = NULL;
  frame_init(&frame);
  write_foreign("foreign.h5md", "atoms", NULL, false);
  CHECK(trajectory_open("foreign.h5md", false, &t) == STATUS_OK);
  CHECK_EQUAL_INT(trajectory_frames(t), 2);
  CHECK_TEXT(trajectory_model(t), "");
  CHECK(trajectory_read(t, 1, &frame) == STATUS_OK);
  CHECK(frame.dim == 2 && frame.n == 3 && frame.step == 10 && frame.time == 0.05 && frame.stage == -1 && frame.block == -1);
  CHECK(frame.species[0] == 1 && frame.species[1] == 0 && frame.species[2] == 1);
  CHECK_CLOSE(frame.position[3], 3.6, 1e-15);
  CHECK(frame.image[3] == -1 && frame.image[7] == 2 && frame.position[7] == 0.5 && frame.position[5] == 0.0);
  CHECK(frame.id[2] == 2 && frame.mass[1] == 1.0 && frame.velocity[0] == 0.0 && !(frame.has & FRAME_VELOCITY));
  CHECK(trajectory_close(&t) == STATUS_OK);
  check_told(0);
  CHECK(trajectory_open("foreign.h5md", true, &t) == STATUS_FILE);
  write_foreign("two.h5md", "atoms", "wall", false);
  CHECK(trajectory_open("two.h5md", false, &t) == STATUS_FILE);
  write_foreign("skew.h5md", "trajectory", "wall", true);
  CHECK(read_all("skew.h5md") == STATUS_FILE);
  check_told(3);
  frame_clear(&frame);
}

int main(void) {
  if (getenv("TEKTITE_TEST_NEIGHBOUR") != NULL) return be_a_neighbour();
  const char *base = getenv("TMPDIR");
  char directory[4096];
  snprintf(directory, sizeof directory, "%s/tektite-XXXXXX", base == NULL ? "/tmp" : base);
  CHECK(mkdtemp(directory) != NULL && chdir(directory) == 0);
  CHECK(freopen("errors.txt", "w", stderr) != NULL);
  test_round_trip(50, 3);
  test_round_trip(17, 2);
  test_round_trip(5000, 3);
  test_single_precision();
  test_moved_aside();
  test_damaged();
  test_neighbours();
  test_refusals();
  test_foreign();
  CHECK_EQUAL_INT(memory_live(), 0);
  if (check_failures == 0) {
    char command[4200];
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    CHECK(system(command) == 0);
  }
  return check_report();
}
