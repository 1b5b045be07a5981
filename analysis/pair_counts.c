/* Histogram of pair distances by linked cells.
 *
 * Cells of about half the largest distance R. Particles are sorted by cell, the last axis running fastest, so that the neighbours of a
 * particle are a few long runs of consecutive places: one run (two where the box wraps) for each column of cells near it. A pair is taken
 * from its lower place only: every run is clipped to what follows the particle itself. Where the cells within R go once around an axis,
 * all cells of that axis are visited, each once. So boxes of two cells need no special case.
 *
 * Distances along a run are computed first, without a branch, as min(|dx|, edge - |dx|) per axis (a loop the compiler turns into vector
 * instructions), then counted. Since R is at most half the shortest edge, no pair has two images within R. Two dimensions are three with a
 * first axis of one cell in which everybody sits at 0: the fast axis is always the last. */
#include "pair_counts.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "matter/mixture.h"

enum { CHUNK = 256, CELLS_PER_REACH = 2, MOST_CELLS = 100 };

struct PairCounts {
  int n_species, n_bins;
  double width;
  size_t capacity_places, capacity_cells;
  double *x[3];     /* [n] coordinates in the order of cells */
  int32_t *row;     /* [n] species in this order */
  int64_t *cell;    /* [n] cell of particle i, in frame order */
  int64_t *first;   /* [n_cells + 1] first place of each cell */
  int64_t *filled;  /* [n_cells] */
  double edge[3];   /* of the three axes as used here: axis 0 is the dummy in two dimensions */
  int n_cells[3];   /* per axis */
  int reach[3];     /* cells to look at on either side */
  bool is_whole[3]; /* .. unless that is the whole axis */
};

int pair_row(int a, int b) { return a < b ? b * (b + 1) / 2 + a : a * (a + 1) / 2 + b; }

PairCounts *pair_counts_create(int n_species, int n_bins, double width) {
  PairCounts *pairs = memory_array(1, sizeof *pairs);
  pairs->n_species  = n_species;
  pairs->n_bins     = n_bins;
  pairs->width      = width;
  return pairs;
}

void pair_counts_destroy(PairCounts **pairs) {
  PairCounts *old = *pairs;
  if (old == NULL) return;
  for (int d = 0; d < 3; d++) memory_free(old->x[d]);
  memory_free(old->row);
  memory_free(old->cell);
  memory_free(old->first);
  memory_free(old->filled);
  memory_free(old);
  *pairs = NULL;
}

static void make_room(PairCounts *pairs, size_t n, size_t n_cells) {
  if (n > pairs->capacity_places) {
    for (int d = 0; d < 3; d++) memory_free(pairs->x[d]);
    memory_free(pairs->row);
    memory_free(pairs->cell);
    for (int d = 0; d < 3; d++) pairs->x[d] = memory_array(n, sizeof *pairs->x[d]);
    pairs->row             = memory_array(n, sizeof *pairs->row);
    pairs->cell            = memory_array(n, sizeof *pairs->cell);
    pairs->capacity_places = n;
  }
  if (n_cells > pairs->capacity_cells) {
    memory_free(pairs->first);
    memory_free(pairs->filled);
    pairs->first          = memory_array(n_cells + 1, sizeof *pairs->first);
    pairs->filled         = memory_array(n_cells, sizeof *pairs->filled);
    pairs->capacity_cells = n_cells;
  }
}

/* The grid of cells for this frame's box. */
static void lay_grid(PairCounts *pairs, const Frame *frame) {
  const double range = pairs->n_bins * pairs->width;
  for (int axis = 0; axis < 3; axis++) {
    const int d           = axis - (3 - frame->dim);
    const double edge     = d >= 0 ? frame->edges[d] : 1;
    const int n           = d >= 0 ? (int)fmin(MOST_CELLS, floor(edge * CELLS_PER_REACH / range)) : 1;
    pairs->edge[axis]     = edge;
    pairs->n_cells[axis]  = n > 1 ? n : 1;
    pairs->reach[axis]    = (int)ceil(range * pairs->n_cells[axis] / edge);
    pairs->is_whole[axis] = 2 * pairs->reach[axis] + 1 >= pairs->n_cells[axis];
    require(d < 0 || range <= edge / 2 * (1 + 1e-9), "distances up to %g in a box of edge %g", range, edge);
  }
}

static double wrapped(double x, double edge) {
  x -= edge * floor(x / edge);
  return x < edge ? x : 0;
}

/* Put the particles in the order of their cells (counting sort, keeping the order of ids inside a cell). */
static void sort_particles(PairCounts *pairs, const Frame *frame) {
  const int64_t n_cells = (int64_t)pairs->n_cells[0] * pairs->n_cells[1] * pairs->n_cells[2];
  const int shift       = 3 - frame->dim;
  make_room(pairs, (size_t)frame->n, (size_t)n_cells);
  for (int64_t c = 0; c <= n_cells; c++) pairs->first[c] = 0;
  for (int64_t c = 0; c < n_cells; c++) pairs->filled[c] = 0;
  for (int64_t i = 0; i < frame->n; i++) {
    int64_t cell = 0;
    for (int axis = shift; axis < 3; axis++) {
      const int m  = pairs->n_cells[axis];
      const int at = (int)(wrapped(frame->position[3 * i + axis - shift], pairs->edge[axis]) / pairs->edge[axis] * m);
      cell         = cell * m + (at < m ? at : m - 1);
    }
    pairs->cell[i] = cell;
    pairs->first[cell + 1]++;
  }
  for (int64_t c = 0; c < n_cells; c++) pairs->first[c + 1] += pairs->first[c];
  for (int64_t i = 0; i < frame->n; i++) {
    const int64_t place = pairs->first[pairs->cell[i]] + pairs->filled[pairs->cell[i]]++;
    for (int axis = 0; axis < 3; axis++)
      pairs->x[axis][place] = axis < shift ? 0 : wrapped(frame->position[3 * i + axis - shift], pairs->edge[axis]);
    pairs->row[place] = frame->species[i];
  }
}

/* Count the pairs of particle i with the places from .. to-1; rows: of counts, by the other's species. */
static void count_run(const PairCounts *pairs, int64_t i, int64_t from, int64_t to, double *const *rows) {
  const double *restrict x = pairs->x[0], *restrict y = pairs->x[1], *restrict z = pairs->x[2];
  const double ex = pairs->edge[0], ey = pairs->edge[1], ez = pairs->edge[2], xi = x[i], yi = y[i], zi = z[i];
  const double range = pairs->n_bins * pairs->width, enough = range * range * (1 + 1e-12), width = pairs->width;
  double r2[CHUNK];
  for (; from < to; from += CHUNK) {
    const int64_t n = to - from < CHUNK ? to - from : CHUNK;
    for (int64_t j = 0; j < n; j++) {
      double dx = fabs(x[from + j] - xi), dy = fabs(y[from + j] - yi), dz = fabs(z[from + j] - zi);
      dx    = dx < ex - dx ? dx : ex - dx;
      dy    = dy < ey - dy ? dy : ey - dy;
      dz    = dz < ez - dz ? dz : ez - dz;
      r2[j] = dx * dx + dy * dy + dz * dz;
    }
    for (int64_t j = 0; j < n; j++) {
      if (!(r2[j] < enough)) continue;
      const int bin = (int)(sqrt(r2[j]) / width);
      if (bin < pairs->n_bins) rows[pairs->row[from + j]][bin] += 1;
    }
  }
}

/* Pairs of particle i with the cells from .. to (inclusive, on the last axis) of a column that begins at cell `column`. */
static void count_cells(const PairCounts *pairs, int64_t i, int64_t column, int from, int to, double *const *rows) {
  const int64_t begin = pairs->first[column + from], end = pairs->first[column + to + 1];
  count_run(pairs, i, begin > i ? begin : i + 1, end, rows);
}

/* Pairs of particle i with one column of cells around cell z. */
static void count_column(const PairCounts *pairs, int64_t i, int64_t column, int z, double *const *rows) {
  const int n = pairs->n_cells[2], from = z - pairs->reach[2], to = z + pairs->reach[2];
  if (pairs->is_whole[2]) {
    count_cells(pairs, i, column, 0, n - 1, rows);
    return;
  }
  count_cells(pairs, i, column, from > 0 ? from : 0, to < n ? to : n - 1, rows);
  if (from < 0) count_cells(pairs, i, column, from + n, n - 1, rows);
  if (to >= n) count_cells(pairs, i, column, 0, to - n, rows);
}

static void count_cell(const PairCounts *pairs, int x, int y, int z, double *counts) {
  const int *m       = pairs->n_cells;
  const int64_t cell = ((int64_t)x * m[1] + y) * m[2] + z;
  const int from_x = pairs->is_whole[0] ? 0 : x - pairs->reach[0], to_x = pairs->is_whole[0] ? m[0] - 1 : x + pairs->reach[0];
  const int from_y = pairs->is_whole[1] ? 0 : y - pairs->reach[1], to_y = pairs->is_whole[1] ? m[1] - 1 : y + pairs->reach[1];
  for (int64_t i = pairs->first[cell]; i < pairs->first[cell + 1]; i++) {
    double *rows[MAX_SPECIES];
    for (int s = 0; s < pairs->n_species; s++) rows[s] = counts + (size_t)pair_row(pairs->row[i], s) * (size_t)pairs->n_bins;
    for (int a = from_x; a <= to_x; a++)
      for (int b = from_y; b <= to_y; b++) {
        const int64_t column = ((int64_t)((a + m[0]) % m[0]) * m[1] + (b + m[1]) % m[1]) * m[2];
        count_column(pairs, i, column, z, rows);
      }
  }
}

void pair_counts_add(PairCounts *pairs, const Frame *frame, double *counts) {
  lay_grid(pairs, frame);
  sort_particles(pairs, frame);
  for (int x = 0; x < pairs->n_cells[0]; x++)
    for (int y = 0; y < pairs->n_cells[1]; y++)
      for (int z = 0; z < pairs->n_cells[2]; z++) count_cell(pairs, x, y, z, counts);
}
