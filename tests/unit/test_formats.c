/** Extended XYZ and LAMMPS data: round trips are exact; foreign habits are understood; mistakes are told as FILE:LINE: what. */
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/rng.h"
#include "check.h"
#include "storage/exchange_formats.h"
#include "storage/files.h"

static const Mixture solid = {.n_species = 2, .names = {"Si", "O"}, .masses = {1.0, 2.0}, .sizes = {1.0, 0.8}, .dim = 3};
static const Mixture flat  = {.n_species = 2, .names = {"A", "B"}, .masses = {1.0, 1.0}, .sizes = {1.0, 0.8}, .dim = 2};

static void fill(Frame *frame, const Mixture *mixture, int64_t n) {
  const RngKey key = {.seed = 3, .purpose = RNG_TEST};
  frame_resize(frame, n, mixture->dim);
  frame->has  = FRAME_VELOCITY | FRAME_IMAGE | FRAME_MASS;
  frame->step = 123;
  frame->time = 0.1 + 0.2;
  for (int axis = 0; axis < frame->dim; axis++) frame->edges[axis] = 10.0 / 3.0 + axis;
  for (int64_t i = 0; i < n; i++) {
    frame->species[i] = (int32_t)(i % 2);
    frame->mass[i]    = mixture->masses[i % 2];
    for (int axis = 0; axis < frame->dim; axis++) {
      double u[2];
      rng_uniform2(key, (uint64_t)i, (uint64_t)axis, u);
      frame->position[3 * i + axis] = u[0] * frame->edges[axis];
      frame->velocity[3 * i + axis] = u[1] - 0.5;
      frame->image[3 * i + axis]    = (int32_t)i - 3;
    }
  }
}

static void check_same(const Frame *a, const Frame *b, int64_t id_shift) {
  const size_t n = (size_t)a->n;
  CHECK(a->n == b->n && a->dim == b->dim && a->has == b->has);
  CHECK(memcmp(a->edges, b->edges, sizeof a->edges) == 0);
  CHECK(memcmp(a->position, b->position, 24 * n) == 0 && memcmp(a->velocity, b->velocity, 24 * n) == 0);
  CHECK(memcmp(a->image, b->image, 12 * n) == 0 && memcmp(a->species, b->species, 4 * n) == 0);
  CHECK(memcmp(a->mass, b->mass, 8 * n) == 0);
  for (size_t i = 0; i < n; i++) CHECK(b->id[i] == a->id[i] + id_shift);
}

static void test_round_trips(const Mixture *mixture) {
  Frame frame, got;
  frame_init(&frame);
  frame_init(&got);
  fill(&frame, mixture, 40);
  frame_field(&frame, "kappa", 1)[3] = 1.5;
  frame_field(&frame, "flow", 3)[3]  = 2.5;
  CHECK(xyz_write("a.xyz", false, &frame, mixture) == STATUS_OK);
  frame.step = 456;
  CHECK(xyz_write("a.xyz", true, &frame, mixture) == STATUS_OK);
  CHECK(xyz_read("a.xyz", 0, mixture, &got) == STATUS_OK);
  CHECK(got.step == 123 && got.time == 0.1 + 0.2);
  CHECK(xyz_read("a.xyz", -1, mixture, &got) == STATUS_OK);
  CHECK_EQUAL_INT(got.step, 456);
  check_same(&frame, &got, 0);
  CHECK(xyz_read("a.xyz", -2, mixture, &got) == STATUS_OK && got.step == 123);
  CHECK(xyz_read("a.xyz", 2, mixture, &got) == STATUS_FILE && xyz_read("a.xyz", -3, mixture, &got) == STATUS_FILE);
  int64_t count = 0;
  CHECK(configuration_count("a.xyz", &count) == STATUS_OK && count == 2);
  CHECK(lammps_write("a.data", &frame, mixture) == STATUS_OK);
  CHECK(configuration_read("a.data", -1, mixture, &got) == STATUS_OK);
  check_same(&frame, &got, 1);
  CHECK(configuration_read("a.data", 3, mixture, &got) == STATUS_FILE);
  CHECK(configuration_read("a.txt", 0, mixture, &got) == STATUS_FILE);
  frame_clear(&frame);
  frame_clear(&got);
}

/** What was told last. */
static char *told(void) {
  static char line[4096];
  FILE *file = fopen("errors.txt", "r");
  line[0]    = '\0';
  while (fgets(line, sizeof line, file) != NULL) continue;
  fclose(file);
  line[strcspn(line, "\n")] = '\0';
  return line;
}

static void check_error(const char *path, const char *text, const Mixture *mixture, const char *message) {
  Frame frame;
  frame_init(&frame);
  CHECK(files_write_text(path, text) == STATUS_OK);
  CHECK(configuration_read(path, 0, mixture, &frame) == STATUS_FILE);
  CHECK_TEXT(told(), message);
  frame_clear(&frame);
}

static void test_foreign_xyz(void) {
  Frame frame;
  frame_init(&frame);
  CHECK(files_write_text("f.xyz",
                         "2\r\n"
                         "Time=0.5 pbc='T T T' Properties=id:I:1:pos:R:3:force:R:3:species:S:1:velo:R:3 energy=-3.5 name=\"a b = c\" "
                         "Lattice=\"4 0 0 0 5 0.0 0 0 6\" flag\r\n"
                         "7 -0.5 11.0 6.0 0 0 0 O 1 2 3\r\n"
                         "3 1 2 3 0 0 0 0 4 5 6\r\n") == STATUS_OK);
  CHECK(configuration_read("f.xyz", -1, &solid, &frame) == STATUS_OK);
  CHECK(frame.id[0] == 3 && frame.id[1] == 7 && frame.species[0] == 0 && frame.species[1] == 1 && frame.time == 0.5);
  CHECK(frame.position[0] == 1.0 && frame.velocity[0] == 4.0);
  CHECK(frame.position[3] == 3.5 && frame.image[3] == -1 && frame.position[4] == 1.0 && frame.image[4] == 2);
  CHECK(frame.position[5] == 0.0 && frame.image[5] == 1 && frame.velocity[5] == 3.0);
  CHECK(files_write_text("d.xyz", "1\nLattice=\"4 0 0 0 5 0 0 0 1\"\n1 1 2 0\n\n\n") == STATUS_OK);
  CHECK(configuration_read("d.xyz", -1, &flat, &frame) == STATUS_OK);
  CHECK(frame.dim == 2 && frame.edges[2] == 1.0 && frame.species[0] == 1 && frame.position[1] == 2.0 && !(frame.has & FRAME_VELOCITY));
  frame_clear(&frame);
}

static void test_xyz_mistakes(void) {
  const char *box = "Lattice=\"4 0 0 0 5 0 0 0 6\"";
  char text[512];
  check_error("e.xyz", "", &solid, "tektite: error: e.xyz: has no frame 0: it has 0");
  check_error("e.xyz", "two\n", &solid, "tektite: error: e.xyz:1: 'two' is not an integer");
  check_error("e.xyz", "99999999\n\n", &solid, "tektite: error: e.xyz:1: 99999999 particles do not fit into a file of this size");
  check_error("e.xyz", "1\nnothing here\nSi 1 2 3\n", &solid, "tektite: error: e.xyz:2: no Lattice=\"...\": not an extended XYZ file");
  check_error("e.xyz", "1\nLattice=\"4 0 0 1 5 0 0 0 6\"\nSi 1 2 3\n", &solid,
              "tektite: error: e.xyz:2: Lattice is not rectangular: only boxes with edges along x, y, z are read");
  check_error("e.xyz", "1\nLattice=\"4 0 0 0 5 0 0 6\"\nSi 1 2 3\n", &solid, "tektite: error: e.xyz:2: Lattice has 8 numbers instead of 9");
  snprintf(text, sizeof text, "1\n%s\nX 1 2 3\n", box);
  check_error("e.xyz", text, &solid, "tektite: error: e.xyz:3: the model has no species 'X'");
  snprintf(text, sizeof text, "2\n%s\nSi 1 2 3\nSi 1 nan 3\n", box);
  check_error("e.xyz", text, &solid, "tektite: error: e.xyz:4: 'nan' is not a finite number");
  snprintf(text, sizeof text, "2\n%s\nSi 1 2 3\nSi 1 2\n", box);
  check_error("e.xyz", text, &solid, "tektite: error: e.xyz:4: has 3 columns instead of 4");
  snprintf(text, sizeof text, "2\n%s\nSi 1 2 3\n", box);
  check_error("e.xyz", text, &solid, "tektite: error: e.xyz:3: the file ends after 1 of 2 particles");
  snprintf(text, sizeof text, "1\n%s Properties=pos:R:3:species:S:1:vel:R:2\n1 2 3 Si 4 4\n", box);
  check_error("e.xyz", text, &solid, "tektite: error: e.xyz:2: Properties: vel:R:2 instead of vel:R:3");
  snprintf(text, sizeof text, "2\n%s Properties=species:S:1:pos:R:3:id:I:1\nSi 1 2 3 4\nSi 1 2 3 4\n", box);
  check_error("e.xyz", text, &solid, "tektite: error: e.xyz: id 4 occurs twice");
  snprintf(text, sizeof text, "1\n%s pbc=\"T F T\"\nSi 1 2 3\n", box);
  check_error("e.xyz", text, &solid, "tektite: error: e.xyz:2: pbc=\"T F T\": only periodic boxes are read");
  snprintf(text, sizeof text, "1\n%s\nA 1 2 3\n", box);
  check_error("e.xyz", text, &flat, "tektite: error: e.xyz:3: z or its velocity is not 0, but the model is two-dimensional");
}

static void test_foreign_lammps(void) {
  Frame frame;
  frame_init(&frame);
  CHECK(files_write_text("f.data",
                         "title, 5 atoms\n\n3 atoms # three\n2 atom types\n-2 2 xlo xhi\n1.0 6.0 ylo yhi\n-3 3 zlo zhi\n0 0 0 xy xz yz\n\n"
                         "Masses\n\n2 7.5 # O\n1 3.5\n\nPair Coeffs # lj/cut\n\n1 1 1\n2 1 1\n\nAtoms\n\n"
                         "3 1 -2 1 -3\n1 2 2 0.5 0 0 1 -1\n# nothing\n2 2 0 0 0 1 0 0\n\nVelocities\n\n2 0 0 2\n1 1 0 0\n3 0 3 0\n") ==
        STATUS_OK);
  CHECK(configuration_read("f.data", 0, &solid, &frame) == STATUS_OK);
  CHECK(frame.n == 3 && frame.id[0] == 1 && frame.species[0] == 1 && frame.species[2] == 0);
  CHECK(frame.edges[0] == 4.0 && frame.edges[1] == 5.0 && frame.edges[2] == 6.0);
  CHECK(frame.position[0] == 0.0 && frame.image[0] == 1 && frame.position[1] == 4.5 && frame.image[1] == 0);
  CHECK(frame.position[2] == 3.0 && frame.image[2] == -1 && frame.position[6] == 0.0 && frame.image[3] == 1);
  CHECK(frame.velocity[0] == 1.0 && frame.velocity[5] == 2.0 && frame.velocity[7] == 3.0);
  CHECK(frame.mass[0] == 7.5 && frame.mass[2] == 3.5 && frame.has == (FRAME_IMAGE | FRAME_VELOCITY | FRAME_MASS));
  frame_clear(&frame);
}

static void test_lammps_mistakes(void) {
  const char *head = "title\n\n1 atoms\n2 atom types\n0 4 xlo xhi\n0 4 ylo yhi\n0 4 zlo zhi\n";
  char text[512];
  check_error("e.data", "", &solid, "tektite: error: e.data:0: the file is empty");
  check_error("e.data", "title\n", &solid, "tektite: error: e.data: has no section Atoms");
  check_error("e.data", "title\n\n1 atoms\n\nAtoms # atomic\n\n", &solid,
              "tektite: error: e.data:5: section Atoms before the box (xlo xhi)");
  check_error("e.data", "title\n\n3 atom types\n", &solid, "tektite: error: e.data:3: 3 atom types, but the model has 2 species");
  check_error("e.data", "title\n\n0 0.5 0 xy xz yz\n", &solid,
              "tektite: error: e.data:3: the box is tilted: only rectangular boxes are read");
  snprintf(text, sizeof text, "%s\nAtoms # full\n\n1 1 1 0.0 1 1 1\n", head);
  check_error("e.data", text, &solid, "tektite: error: e.data:9: atom style full: only atomic is read");
  snprintf(text, sizeof text, "%s\nAtoms\n\n1 3 1 1 1\n", head);
  check_error("e.data", text, &solid, "tektite: error: e.data:11: type 3: the model has 2 species");
  snprintf(text, sizeof text, "%s\nAtoms\n\n1 2 1 1\n", head);
  check_error("e.data", text, &solid, "tektite: error: e.data:11: has 4 columns instead of id type x y z [ix iy iz]");
  snprintf(text, sizeof text, "%s\nAtoms\n\n1 2 1 1 1\n\nVelocities\n\n2 0 0 0\n", head);
  check_error("e.data", text, &solid, "tektite: error: e.data:15: no atom has id 2");
  snprintf(text, sizeof text, "%s\nAtoms\n\n", head);
  check_error("e.data", text, &solid, "tektite: error: e.data:10: the file ends after 0 of 1 atoms");
}

int main(void) {
  const char *base = getenv("TMPDIR");
  char directory[4096];
  snprintf(directory, sizeof directory, "%s/tektite-XXXXXX", base == NULL ? "/tmp" : base);
  CHECK(mkdtemp(directory) != NULL && chdir(directory) == 0);
  CHECK(freopen("errors.txt", "w", stderr) != NULL);
  test_round_trips(&solid);
  test_round_trips(&flat);
  test_foreign_xyz();
  test_xyz_mistakes();
  test_foreign_lammps();
  test_lammps_mistakes();
  CHECK_EQUAL_INT(memory_live(), 0);
  if (check_failures == 0) {
    char command[4200];
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    CHECK(system(command) == 0);
  }
  return check_report();
}
