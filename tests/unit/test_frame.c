/** Frames: neutral values, copies, fields, digest; mixtures: names and counts. */
#include "base/memory.h"
#include "check.h"
#include "matter/frame.h"
#include "matter/mixture.h"

static void test_neutral(void) {
  Frame frame;
  frame_init(&frame);
  CHECK(frame.n == 0 && frame.stage == -1 && frame.block == -1);
  frame_resize(&frame, 4, 2);
  frame.velocity[5]                  = 1.0;
  frame.mass[2]                      = 3.0;
  frame.id[0]                        = 9;
  frame.has                          = FRAME_MASS;
  frame_field(&frame, "kappa", 1)[3] = 2.0;
  const double *position             = frame.position;
  frame_resize(&frame, 4, 3);
  CHECK(frame.position == position);
  CHECK(frame.velocity[5] == 0.0 && frame.mass[2] == 1.0 && frame.id[0] == 0 && frame.id[3] == 3);
  CHECK(frame.has == 0 && frame.n_fields == 0 && frame.dim == 3);
  CHECK(frame_find_field(&frame, "kappa", NULL) == NULL);
  frame_resize(&frame, 100, 3);
  CHECK(frame.id[99] == 99 && frame.mass[99] == 1.0 && frame.image[299] == 0);
  frame_resize(&frame, 0, 3);
  CHECK_EQUAL_INT(frame.n, 0);
  frame_clear(&frame);
  CHECK(frame.id == NULL);
}

static void test_copy(void) {
  Frame a, b;
  int components = 0;
  frame_init(&a);
  frame_init(&b);
  frame_resize(&a, 3, 3);
  a.has  = FRAME_VELOCITY | FRAME_IMAGE;
  a.step = 12;
  a.time = 0.5;
  for (int i = 0; i < 9; i++) {
    a.position[i] = 0.1 * i;
    a.image[i]    = i;
  }
  a.species[1]                    = 1;
  a.edges[0]                      = 2.0;
  a.edges[1]                      = 3.0;
  a.edges[2]                      = 4.0;
  frame_field(&a, "flow", 3)[8]   = 7.0;
  frame_field(&a, "energy", 1)[2] = -1.0;
  frame_copy(&b, &a);
  CHECK(b.step == 12 && b.time == 0.5 && b.has == a.has && b.n_fields == 2);
  CHECK(frame_find_field(&b, "flow", &components)[8] == 7.0);
  CHECK_EQUAL_INT(components, 3);
  CHECK(frame_find_field(&b, "energy", &components)[2] == -1.0);
  CHECK_EQUAL_INT(components, 1);
  CHECK(frame_digest(&a) == frame_digest(&b));
  CHECK_CLOSE(frame_volume(&b), 24.0, 0.0);
  b.dim = 2;
  CHECK_CLOSE(frame_volume(&b), 6.0, 0.0);
  int64_t counts[2];
  CHECK_EQUAL_INT(frame_species_counts(&b, 2, counts), 2);
  CHECK(counts[0] == 2 && counts[1] == 1);
  frame_copy(&b, &b);
  CHECK(frame_find_field(&b, "flow", NULL)[8] == 7.0);
  frame_clear(&a);
  frame_clear(&b);
}

static void test_digest(void) {
  Frame frame;
  frame_init(&frame);
  frame_resize(&frame, 5, 3);
  const uint64_t plain = frame_digest(&frame);
  frame.velocity[14]   = 1e-300;
  const uint64_t moved = frame_digest(&frame);
  CHECK(plain != moved);
  frame.position[0]      = 0.5;
  const uint64_t shifted = frame_digest(&frame);
  frame.has              = FRAME_FRACTION; /* now fractions stand for positions */
  const uint64_t exact   = frame_digest(&frame);
  frame.position[0]      = 0.25;
  CHECK(frame_digest(&frame) == exact);
  frame.fraction[0] = 1;
  CHECK(frame_digest(&frame) != exact);
  CHECK(shifted != moved);
  frame.image[3]        = -1;
  const uint64_t imaged = frame_digest(&frame);
  frame.force[3]        = 1.0; /* forces and masses are no part of the state */
  frame.mass[1]         = 2.0;
  CHECK(frame_digest(&frame) == imaged);
  frame_clear(&frame);
}

static void test_mixture(void) {
  const Mixture two = {.n_species = 2, .names = {"Si", "O"}, .fractions = {1.0 / 3.0, 2.0 / 3.0}};
  CHECK_EQUAL_INT(mixture_find(&two, "O"), 1);
  CHECK_EQUAL_INT(mixture_find(&two, "0"), 0);
  CHECK_EQUAL_INT(mixture_find(&two, "1"), 1);
  CHECK_EQUAL_INT(mixture_find(&two, "2"), -1);
  CHECK_EQUAL_INT(mixture_find(&two, "1x"), -1);
  CHECK_EQUAL_INT(mixture_find(&two, "-1"), -1);
  CHECK_EQUAL_INT(mixture_find(&two, ""), -1);
  CHECK_EQUAL_INT(mixture_find(&two, "S"), -1);
  for (int64_t n = 0; n < 50; n++) {
    int64_t counts[MAX_SPECIES];
    mixture_counts(&two, n, counts);
    CHECK_EQUAL_INT(counts[0] + counts[1], n);
    CHECK(counts[1] == llround(2.0 * (double)n / 3.0));
  }
}

int main(void) {
  test_neutral();
  test_copy();
  test_digest();
  test_mixture();
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
