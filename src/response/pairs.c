/** Pairs inside the cut-off.
 *
 *  Cells at least one cut-off wide; a particle looks into its own and the adjacent ones (where an axis has fewer than three cells, into all
 *  of them once). The nearest image is exact if the frame holds 64-bit fractions of the edges: the difference of two fractions wraps by
 *  itself. Otherwise edge * round(d/edge) is taken off. Rows are sorted by insertion: they are short. */
#include "response/pairs.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "matter/mixture.h"

typedef struct Cells {
  int size[3];
  int *first, *next; /* head of each cell, chain of particles; -1 ends */
  int *of;           /* [n][3] cell of a particle */
} Cells;

typedef struct Search {
  const Frame *frame;
  double range2[MAX_SPECIES][MAX_SPECIES], largest;
  Cells cells;
  size_t capacity_neighbor, capacity_arm;
} Search;

static Status check_frame(const Frame *frame, const Potential *potential, const void *parameters, int n_species, Search *search) {
  *search = (Search){.frame = frame};
  for (int a = 0; a < n_species; a++)
    for (int b = 0; b < n_species; b++) {
      const double range   = potential->range(parameters, a, b);
      search->range2[a][b] = range * range;
      search->largest      = fmax(search->largest, range);
    }
  if (frame->n < 2) return fail(STATUS_INPUT, "a configuration of %lld particles does not respond", (long long)frame->n);
  require(frame->n < INT32_MAX / 16, "%lld particles", (long long)frame->n);
  for (int axis = 0; axis < frame->dim; axis++)
    if (frame->edges[axis] < 2 * search->largest)
      return fail(STATUS_INPUT, "box edge %g is smaller than two cut-offs (%g)", frame->edges[axis], 2 * search->largest);
  for (int64_t i = 0; i < frame->n; i++)
    if (frame->species[i] < 0 || frame->species[i] >= n_species)
      return fail(STATUS_INPUT, "species %d, the model has %d", frame->species[i], n_species);
  return STATUS_OK;
}

static void make_cells(Search *search) {
  const Frame *frame = search->frame;
  Cells *cells       = &search->cells;
  const int n        = (int)frame->n;
  size_t count       = 1;
  for (int axis = 0; axis < 3; axis++) {
    const double most = cbrt(n) + 1; /* no more cells than particles */
    cells->size[axis] =
        axis < frame->dim ? (int)fmax(1, fmin(frame->edges[axis] / search->largest, frame->dim == 3 ? most : sqrt(n) + 1)) : 1;
    count *= (size_t)cells->size[axis];
  }
  cells->first = memory_array(count, sizeof *cells->first);
  cells->next  = memory_array((size_t)n, sizeof *cells->next);
  cells->of    = memory_array(3 * (size_t)n, sizeof *cells->of);
  for (size_t c = 0; c < count; c++) cells->first[c] = -1;
  for (int i = n - 1; i >= 0; i--) {
    for (int axis = 0; axis < frame->dim; axis++) {
      const int c             = (int)(frame->position[3 * i + axis] / frame->edges[axis] * cells->size[axis]);
      cells->of[3 * i + axis] = c < 0 ? 0 : c < cells->size[axis] ? c : cells->size[axis] - 1;
    }
    const int *of = &cells->of[3 * i], cell = (of[2] * cells->size[1] + of[1]) * cells->size[0] + of[0];
    cells->next[i]     = cells->first[cell];
    cells->first[cell] = i;
  }
}

/** r_j - r_i, nearest image; returns its square. */
static double nearest(const Frame *frame, int i, int j, double arm[3]) {
  double r2 = 0;
  arm[2]    = 0;
  for (int axis = 0; axis < frame->dim; axis++) {
    const double edge = frame->edges[axis];
    if (frame->has & FRAME_FRACTION) {
      const uint64_t d = (uint64_t)frame->fraction[3 * j + axis] - (uint64_t)frame->fraction[3 * i + axis];
      arm[axis]        = (double)(int64_t)d * 0x1p-64 * edge;
    } else {
      const double d = frame->position[3 * j + axis] - frame->position[3 * i + axis];
      arm[axis]      = d - edge * rint(d / edge);
    }
    r2 += arm[axis] * arm[axis];
  }
  return r2;
}

/** Put j into the row that ends at `count`. */
static void insert(Pairs *pairs, int64_t row, int64_t count, int j, const double arm[3]) {
  int64_t k = count;
  for (; k > row && pairs->neighbor[k - 1] > j; k--) {
    pairs->neighbor[k] = pairs->neighbor[k - 1];
    for (int axis = 0; axis < 3; axis++) pairs->arm[3 * k + axis] = pairs->arm[3 * k - 3 + axis];
  }
  pairs->neighbor[k] = j;
  for (int axis = 0; axis < 3; axis++) pairs->arm[3 * k + axis] = arm[axis];
}

static void reserve(Search *search, Pairs *pairs, int64_t count) {
  void *neighbor = pairs->neighbor, *arm = pairs->arm;
  memory_grow(&neighbor, &search->capacity_neighbor, (size_t)count + 1, (size_t)count, sizeof(int));
  memory_grow(&arm, &search->capacity_arm, 3 * (size_t)count + 3, 3 * (size_t)count, sizeof(double));
  pairs->neighbor = neighbor;
  pairs->arm      = arm;
}

/** Candidates of one cell for particle i; returns the new length of the lists. */
static int64_t search_cell(Search *search, Pairs *pairs, int i, int cell, int64_t count) {
  const Frame *frame = search->frame;
  for (int j = search->cells.first[cell]; j >= 0; j = search->cells.next[j]) {
    double arm[3];
    if (j == i || !(nearest(frame, i, j, arm) < search->range2[frame->species[i]][frame->species[j]])) continue;
    reserve(search, pairs, count);
    insert(pairs, pairs->start[i], count++, j, arm);
  }
  return count;
}

static void search_particle(Search *search, Pairs *pairs, int i) {
  const int *size = search->cells.size, *of = &search->cells.of[3 * i];
  int low[3], high[3];
  for (int axis = 0; axis < 3; axis++) {
    low[axis]  = size[axis] < 3 ? 0 : -1;
    high[axis] = size[axis] < 3 ? size[axis] - 1 : 1;
  }
  int64_t count = pairs->start[i];
  for (int z = low[2]; z <= high[2]; z++)
    for (int y = low[1]; y <= high[1]; y++)
      for (int x = low[0]; x <= high[0]; x++) {
        const int cell[3] = {(of[0] + x + size[0]) % size[0], (of[1] + y + size[1]) % size[1], (of[2] + z + size[2]) % size[2]};
        count             = search_cell(search, pairs, i, (cell[2] * size[1] + cell[1]) * size[0] + cell[0], count);
      }
  pairs->start[i + 1] = count;
}

Status pairs_build(const Frame *frame, const Potential *potential, const void *parameters, int n_species, Pairs *pairs) {
  Search search;
  *pairs = (Pairs){.dim = frame->dim};
  TRY(check_frame(frame, potential, parameters, n_species, &search));
  pairs->n       = (int)frame->n;
  pairs->volume  = frame_volume(frame);
  pairs->start   = memory_array((size_t)pairs->n + 1, sizeof *pairs->start);
  pairs->species = memory_array((size_t)pairs->n, sizeof *pairs->species);
  for (int i = 0; i < pairs->n; i++) pairs->species[i] = frame->species[i];
  reserve(&search, pairs, 0);
  make_cells(&search);
  for (int i = 0; i < pairs->n; i++) search_particle(&search, pairs, i);
  memory_free(search.cells.first);
  memory_free(search.cells.next);
  memory_free(search.cells.of);
  return STATUS_OK;
}

void pairs_clear(Pairs *pairs) {
  memory_free(pairs->start);
  memory_free(pairs->neighbor);
  memory_free(pairs->arm);
  memory_free(pairs->species);
  *pairs = (Pairs){0};
}

int64_t pairs_count(const Pairs *pairs) { return pairs->start[pairs->n] / 2; }
