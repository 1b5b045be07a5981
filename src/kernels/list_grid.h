#pragma once
/** Inside of the list builder: the grid, and the particles sorted into it by counting, first all locals, then all ghosts. Coordinates are
 *  upper halves, lengths sigma. */
#include "base/memory.h"
#include "kernels/list_build.h"
#include "kernels/vector.h"
#include "list_window.h"

enum { A_KEY, A_START, A_X, A_Y, A_Z, A_INDEX, A_SPECIES, A_SKIN, A_REACH_0, A_REACH_1, A_BUFFER }; /* below SCRATCH_WINDOW */

typedef struct Build {
  const ListInput *in;
  ListScratch *scratch;
  int n_bins, n_rows[3];                  /* bins along x; rows along y, z */
  double bin, pitch[3], reach, length[3]; /* sigma; length of the region */
  double per_bin;                         /* 1 / bin */
  bool is_small;                          /* the reach does not fit into half an edge: groups of one */
  uint32_t limit[3];                      /* how far the members of a group are apart at most, upper halves */
  uint64_t origin[3];                     /* where the rows begin, coordinate units */
  uint64_t multiplier[3];                 /* times the upper 32 bits of a relative coordinate, over 2^40: cell */
  uint32_t inner_low[3], inner_span[3];   /* a little less of the inner region, upper halves */
  float unit[3];                          /* sigma per 2^32 coordinate units */
  int n_cells;                            /* n_rows y * z * n_bins */
  bool has_ghosts;
  int *start;                   /* [n_cells + 1] first sorted local of a bin; behind, the same for ghosts */
  int32_t *x[3], *index;        /* sorted: upper halves of the coordinates, particle */
  unsigned char *species;       /* sorted */
  float *skin;                  /* sorted */
  float *reach_of[MAX_SPECIES]; /* sorted: range[a][own species] + own skin, per centre species a */
  Windows windows;
} Build;

ALWAYS_INLINE int32_t upper(int64_t x) { return (int32_t)(x >> 32); }
ALWAYS_INLINE int cell_of(const Build *b, int axis, int64_t x, int n) {
  const uint32_t relative = (uint32_t)(((uint64_t)x - b->origin[axis]) >> 32);
  const int cell          = (int)((relative * b->multiplier[axis]) >> 40);
  return cell < n ? cell : n - 1;
}

/** The axis of a domain in so many rows of equal pitch, at least the reach: one for the ghosts at either side, and between them whole rows
 * of locals, for long groups. False: no room. */
static bool align_rows(Build *b, int axis) {
  const ListInput *in = b->in;
  const double edge = in->edges[axis], margin = edge * 0x1p-64 * (double)in->margin[axis], width = b->length[axis] - 2 * margin;
  const int n = (int)(width / b->reach);
  if (n < 1 || n > 1000 || width / n < margin || width * (1 + 2.0 / n) > 0.99 * edge) return false;
  b->n_rows[axis] = n + 2;
  b->pitch[axis]  = width / n;
  b->length[axis] = width + 2 * b->pitch[axis];
  b->origin[axis] = in->origin[axis] + in->margin[axis] - (uint64_t)(b->pitch[axis] / edge * 0x1p64);
  return true;
}
static const double GROUP_LENGTH = 3.5; /* sigma */
static void set_grid(Build *b) {
  const ListInput *in = b->in;
  double widest       = 0;
  for (int a = 0; a < in->n_species; a++)
    for (int c = 0; c < in->n_species; c++) widest = fmax(widest, in->range[a][c]);
  b->reach = widest + 2.0 * (double)in->skin_max;
  for (int axis = 0; axis < 3; axis++) {
    const double part  = in->is_periodic[axis] ? 1.0 : (double)in->span[axis] * 0x1p-64;
    b->length[axis]    = in->edges[axis] * part;
    b->unit[axis]      = (float)(in->edges[axis] * 0x1p-32);
    const double slack = in->edges[axis] / 2 - b->reach - 0.01 * b->reach;
    if (axis < in->dim && slack < 0) b->is_small = true;
    b->limit[axis]  = (uint32_t)(fmax(axis == 0 ? fmin(slack, GROUP_LENGTH) : slack, 0) * 0x1p32 / in->edges[axis]);
    b->origin[axis] = in->origin[axis];
    if (axis == 0 || in->is_periodic[axis] || !align_rows(b, axis)) {
      int n = (int)(b->length[axis] / (axis == 0 ? 0.45 : b->reach));
      if (axis == 2 && in->dim == 2) n = 1;
      n                = n < 1 ? 1 : n > 1024 ? 1024 : n;
      const int blocks = list_blocks(b->length[axis], in->dim);
      if (n > blocks) n = n / blocks * blocks; /* the blocks are those by which the particles are sorted */
      b->n_rows[axis] = n;
      b->pitch[axis]  = b->length[axis] / n;
    }
    const double span32 = in->is_periodic[axis] ? 0x1p32 : floor(b->length[axis] / in->edges[axis] * 0x1p32) + 1.0;
    b->multiplier[axis] = (uint64_t)(b->n_rows[axis] * 0x1p40 / span32);
    b->inner_low[axis]  = (uint32_t)(in->inner_low[axis] >> 32) + 1;
    b->inner_span[axis] = in->inner_span[axis] == UINT64_MAX ? UINT32_MAX : (uint32_t)(in->inner_span[axis] >> 32) - 2;
  }
  b->n_bins  = b->n_rows[0];
  b->bin     = b->pitch[0];
  b->per_bin = 1 / b->bin;
  b->n_cells = b->n_rows[1] * b->n_rows[2] * b->n_bins;
  for (int r = 0; r < in->n_ranges; r++) b->has_ghosts |= !in->ranges[r].is_local;
}

enum { GROUP = 24 };                       /* centres that look for their neighbours together, at most 31 */
enum { BEHIND = (GROUP + F - 1) / F * F }; /* as whole vectors: so many more places can be read */
enum { SOON = 16, MANY = 1 << 15 /* particles that do not fit into a cache */ };
/** Brings near the lines of the sorted place p; those of its reaches are not written with the others. */
static void fetch_sorted(const Build *b, int p) {
  for (int axis = 0; axis < b->in->dim; axis++) v_fetch_near(b->x[axis] + p);
  v_fetch_near(b->index + p);
  v_fetch_near(b->skin + p);
}

/* Functions of their own, and copies of what their loops need: the compiler knows that no store changes them, and has the registers. */
/** The cells of the range's particles; their members are counted two places on. */
NEVER_INLINE void count_range(const Build *b, const ListRange *range, int *key) {
  const Build copy   = *b;
  const int64_t *x   = b->in->x + 4 * (int64_t)range->first;
  const bool is_flat = b->in->dim == 2;
  const int first = range->is_local ? 0 : b->n_cells, n = range->count;
  int *const count = b->start + 2, *const to = key + range->first;
  for (int k = 0; k < n; k++, x += 4) {
    const int row  = (is_flat ? 0 : cell_of(&copy, 2, x[2], copy.n_rows[2])) * copy.n_rows[1] + cell_of(&copy, 1, x[1], copy.n_rows[1]);
    const int cell = row * copy.n_bins + cell_of(&copy, 0, x[0], copy.n_bins) + first;
    to[k]          = cell;
    count[cell]++;
  }
}
/** The range's particles to their sorted places. */
NEVER_INLINE void sort_range(const Build *b, const ListRange *range, const int *key) {
  const Build copy = *b;
  const int first = range->first, end = first + range->count, n = b->in->n;
  const unsigned char species = (unsigned char)range->species;
  const int64_t *const x      = b->in->x;
  const float *const skin     = b->in->skin;
  int *const next             = b->start + 1;
  for (int i = first; i < end; i++) {
    const int p = next[key[i]]++;
    if (n > MANY && i + SOON < end) fetch_sorted(&copy, next[key[i + SOON]]);
    for (int axis = 0; axis < 3; axis++) copy.x[axis][p] = upper(x[4 * (int64_t)i + axis]);
    copy.index[p]   = 4 * i;
    copy.species[p] = species;
    copy.skin[p]    = skin[i];
  }
}
/** How far the first n of the sorted particles reach: in their order, side by side. */
static void set_reach(const Build *b, int n) {
  const ListInput *in                = b->in;
  const unsigned char *const species = b->species;
  const float *const skin            = b->skin;
  for (int a = 0; a < in->n_species; a++) {
    const float one = (float)in->range[a][0], other = (float)in->range[a][in->n_species - 1];
    float *const reach = b->reach_of[a];
    for (int p = 0; p < n; p++) reach[p] = (species[p] ? other : one) + skin[p];
  }
}

static void sort_particles(Build *b) {
  const ListInput *in = b->in;
  const int n_cells   = b->has_ghosts ? 2 * b->n_cells : b->n_cells;
  int *key            = scratch_array(b->scratch, A_KEY, (size_t)in->n, sizeof(int));
  b->start            = scratch_array(b->scratch, A_START, (size_t)n_cells + 2, sizeof(int));
  memset(b->start, 0, ((size_t)n_cells + 2) * sizeof(int));
  const size_t n = (size_t)in->n + BEHIND;
  for (int axis = 0; axis < 3; axis++) b->x[axis] = scratch_array(b->scratch, A_X + axis, n, sizeof(int32_t));
  b->index   = scratch_array(b->scratch, A_INDEX, n, sizeof(int32_t));
  b->species = scratch_array(b->scratch, A_SPECIES, n, 1);
  b->skin    = scratch_array(b->scratch, A_SKIN, n, sizeof(float));
  for (int a = 0; a < in->n_species; a++) b->reach_of[a] = scratch_array(b->scratch, A_REACH_0 + a, n, sizeof(float));
  for (int r = 0; r < in->n_ranges; r++) count_range(b, &in->ranges[r], key);
  int *const start = b->start;
  for (int k = 2, sum = 0; k < n_cells + 2; k++) start[k] = sum += start[k];
  for (int r = 0; r < in->n_ranges; r++) sort_range(b, &in->ranges[r], key);
  set_reach(b, b->start[n_cells]);
}
