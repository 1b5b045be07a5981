/* One-pass construction of the SELL list.
 *
 * Particles are sorted by counting into rows along x: a row is a column of the grid in (y, z), of pitch at least the reach, cut
 * into fine bins along x; first all locals, then all ghosts. Up to GROUP consecutive locals of a row form a group of centres. The reach
 * around the group's bounding box crosses a few rows, in each of which the candidates are one or two contiguous segments of the sorted
 * arrays: F at a time they are tested against the bounding box and packed into one buffer. Then every centre of the group tests the
 * buffer, F candidates at a time, and packs the survivors' offsets. Finished rows become chunks through the windows of list_window.h; grid
 * and sorting are those of list_grid.h.
 *
 * A pair of locals is found by the one that comes first in the sorted order. So rows before the group's own are not visited, its own from
 * the group on; it comes first into the buffer, where a centre begins behind itself. Ghosts are collected from all rows around; of those
 * that a centre finds it keeps the ones that list_owns gives to it.
 *
 * Small boxes: where the reach (plus the group's extent) does not fit into half an edge, groups shrink to one particle, whose differences
 * are exact minimum images; where the grid has fewer rows than the stencil, every row is visited once. */
#include "kernels/list_build.h"

#include "base/memory.h"
#include "kernels/simd.h"
#include "kernels/vector.h"
#include "list_grid.h"
#include "list_window.h"

/* ---------------------------------------------------------------- candidates of a group */
typedef struct Group {
  int first, n;                                            /* sorted places of the centres */
  unsigned outer;                                          /* centres that may have ghosts, a bit each */
  float at[3][BEHIND] __attribute__((aligned(ALIGNMENT))); /* relative to the reference */
  float middle[3], half[3];                                /* bounding box */
  float skin;                                              /* largest skin */
  int32_t reference[3];
  unsigned species; /* bit per species present */
} Group;
typedef struct Candidates {
  float *x[3], *reach[MAX_SPECIES];
  int32_t *index, *found[2];   /* found: what two centres pick from the others, from somewhere in the first page on */
  unsigned *met;               /* per F of the ghosts: those that a centre has picked */
  int n_local, first_ghost, n; /* ghosts begin at a multiple of F */
  bool is_all_above;           /* every ghost is above every centre along the owner axis, beyond doubt */
  size_t capacity;
} Candidates;

/** Lanes before the n-th, of those from the k-th on. */
ALWAYS_INLINE vf before(vf a, int n, int k) {
  static const int32_t lanes[2 * BEHIND] = {[0 ... BEHIND - 1] = -1};
  return (vf)((vs)a & vs_loadu(lanes + BEHIND - n + k));
}
/** As many of the locals [first, end) as lie close together. */
ALWAYS_INLINE void open_group(const Build *b, Group *g, int first, int end) {
  const ListInput *in = b->in;
  const int most      = b->is_small ? 1 : end - first < GROUP ? end - first : GROUP;
  unsigned far = 0, outside = 0;
  for (int axis = 0; axis < 3; axis++) {
    const int32_t *x   = b->x[axis] + first;
    g->reference[axis] = x[0];
    for (int k = 0; k < GROUP; k += F) {
      const vs place = vs_loadu(x + k), d = place - vs_set(x[0]);
      if (axis < in->dim) far |= vs_above(d + vs_set((int32_t)b->limit[axis]), 2 * b->limit[axis]) << k;
      outside |= vs_above(place - vs_set((int32_t)b->inner_low[axis]), b->inner_span[axis]) << k;
      vf_store(g->at[axis] + k, vf_from_int(d) * vf_set(b->unit[axis]));
    }
  }
  const unsigned candidates = (1u << most) - 1;
  const int n               = __builtin_ctz((far & candidates) | 1u << most);
  g->first                  = first;
  g->n                      = n;
  g->outer                  = (in->has_inner ? outside : ~0u) & ((1u << n) - 1);
  for (int axis = 0; axis < 3; axis++) {
    vf high = vf_set(0.0f), low = high; /* low: the other way round */
    for (int k = 0; k < GROUP; k += F) {
      const vf d = before(vf_load(g->at[axis] + k), n, k);
      high       = vf_max(high, d);
      low        = vf_max(low, -d);
    }
    const float top = vf_largest(high), bottom = -vf_largest(low);
    g->middle[axis] = 0.5f * (bottom + top);
    g->half[axis]   = 0.5f * (top - bottom);
  }
  vf skin = vf_set(0.0f);
  for (int k = 0; k < GROUP; k += F) skin = vf_max(skin, before(vf_loadu(b->skin + first + k), n, k));
  g->skin    = vf_largest(skin);
  g->species = 0;
  for (int m = 0; m < n; m++) g->species |= 1u << b->species[first + m];
}

/** What of the rows around a group is within reach along x: sorted places [from, to). */
enum { AROUND = 3, MOST_SEGMENTS = 3 * AROUND * AROUND };
typedef struct Segments {
  int n, from[MOST_SEGMENTS], to[MOST_SEGMENTS];
} Segments;

/** Of the segments what is within reach of the group's box: packed behind the others. */
ALWAYS_INLINE void pack_segments(const Build *b, const Group *g, const Segments *s, Candidates *c, const int dim, const int n_species) {
  const vf zero = vf_set(0.0f), skin = vf_set(g->skin);
  vs reference[3];
  vf unit[3], middle[3], half[3];
  for (int axis = 0; axis < dim; axis++) {
    reference[axis] = vs_set(g->reference[axis]);
    unit[axis]      = vf_set(b->unit[axis]);
    middle[axis]    = vf_set(g->middle[axis]);
    half[axis]      = vf_set(g->half[axis]);
  }
  const int32_t *const in_x = b->x[0], *const in_y = b->x[1], *const in_z = b->x[2], *const in_index = b->index;
  const float *const in_0 = b->reach_of[0], *const in_1 = b->reach_of[n_species - 1];
  const float *const near = g->species == 2 ? in_1 : in_0, *const other = g->species == 3 ? in_1 : near;
  float *const out_x = c->x[0], *const out_y = c->x[1], *const out_z = c->x[2], *const out_0 = c->reach[0], *const out_1 = c->reach[1];
  int32_t *const out_index = c->index;
  int n                    = c->n;
  for (int k = 0; k < s->n; k++)
    for (int j = s->from[k], to = s->to[k]; j < to; j += F) {
      vf d[3], r2 = zero;
      d[0] = vf_from_int(vs_loadu(in_x + j) - reference[0]) * unit[0];
      d[1] = vf_from_int(vs_loadu(in_y + j) - reference[1]) * unit[1];
      if (dim == 3) d[2] = vf_from_int(vs_loadu(in_z + j) - reference[2]) * unit[2];
      for (int axis = 0; axis < dim; axis++) {
        const vf gap = vf_max(vf_abs(d[axis] - middle[axis]) - half[axis], zero);
        r2           = vf_fma(gap, gap, r2);
      }
      vf reach = vf_loadu(near + j);
      if (n_species == 2) reach = vf_max(reach, vf_loadu(other + j));
      reach         = reach + skin;
      unsigned mask = vf_lt(r2, reach * reach);
      if (to - j < F) mask &= (1u << (to - j)) - 1u;
      vf_pack(out_x + n, mask, d[0]);
      vf_pack(out_y + n, mask, d[1]);
      if (dim == 3) vf_pack(out_z + n, mask, d[2]);
      vf_pack(out_0 + n, mask, vf_loadu(in_0 + j));
      if (n_species == 2) vf_pack(out_1 + n, mask, vf_loadu(in_1 + j));
      vs_pack(out_index + n, mask, vs_loadu(in_index + j));
      n += __builtin_popcount(mask);
    }
  c->n = n;
}
/** The arrays of the buffer are one piece of memory, so that they always lie alike. A load whose address ends in the twelve bits of a store
 *  on its way waits for it: with arrays at places of chance, pick_neighbors took up to twice as long in some processes. It loads what the
 *  loops leave on the stack, too, whose place is one of chance: so it moves the arrays that it writes to half a page away from that.
 *  And the piece lies between two multiples of a power of two, its half of the memory: Zen finds a line in its first cache by a hash of the
 *  address [Lipp et al., AsiaCCS 2020]; across such a multiple pages of the piece may share it, and push each other out. */
enum { N_ARRAYS = 3 + MAX_SPECIES + 4, FIRST_CAPACITY = 2048 + 9 * F, PAGE = 4096, PAGE_WORDS = PAGE / 4 };
static size_t memory_of(size_t capacity) { /* 4-byte words */
  size_t half = 1024;
  while (half < N_ARRAYS * capacity + 2 * PAGE_WORDS) half *= 2;
  return 2 * half;
}
static void divide(Candidates *c, float *memory, size_t n) {
  const size_t half = n / 2 * sizeof *memory, capacity = (n / 2 - 2 * PAGE_WORDS) / N_ARRAYS / F * F;
  float *piece = memory + (half - (uintptr_t)memory % half) / sizeof *memory;
  c->capacity  = capacity;
  for (int axis = 0; axis < 3; axis++, piece += capacity) c->x[axis] = piece;
  for (int a = 0; a < MAX_SPECIES; a++, piece += capacity) c->reach[a] = piece;
  c->index    = (int32_t *)piece;
  c->found[0] = c->index + capacity;
  c->found[1] = c->found[0] + capacity + PAGE_WORDS;
  c->met      = (unsigned *)c->found[1] + capacity + PAGE_WORDS;
}
/** Room for `more` further candidates. */
static void reserve(Build *b, Candidates *c, int more) {
  const size_t need = (size_t)c->n + (size_t)more + 3 * F;
  if (need <= c->capacity) return;
  const Candidates old = *c;
  const size_t n       = memory_of(2 * need);
  void *const last     = b->scratch->arrays[A_BUFFER];
  float *const memory  = memory_array(n, sizeof *memory);
  divide(c, memory, n);
  for (int axis = 0; axis < 3; axis++) memcpy(c->x[axis], old.x[axis], (size_t)c->n * sizeof(float));
  for (int a = 0; a < MAX_SPECIES; a++) memcpy(c->reach[a], old.reach[a], (size_t)c->n * sizeof(float));
  memcpy(c->index, old.index, (size_t)c->n * sizeof(int32_t));
  b->scratch->arrays[A_BUFFER]     = memory;
  b->scratch->capacities[A_BUFFER] = n;
  memory_free(last);
}
/** The candidates of the segments into the buffer. */
static void collect(Build *b, const Group *g, const Segments *s, Candidates *c) {
  int total = 0;
  for (int k = 0; k < s->n; k++) total += s->to[k] - s->from[k];
  reserve(b, c, total);
  if (b->in->dim == 3 && b->in->n_species == 2)
    pack_segments(b, g, s, c, 3, 2);
  else if (b->in->dim == 3)
    pack_segments(b, g, s, c, 3, 1);
  else if (b->in->n_species == 2)
    pack_segments(b, g, s, c, 2, 2);
  else
    pack_segments(b, g, s, c, 2, 1);
}
ALWAYS_INLINE void add_segment(Segments *s, int from, int to) {
  s->from[s->n] = from;
  s->to[s->n]   = to;
  s->n += from < to;
}
/** Of the row whose bins `start` tells, what is within [from, to) along x and not before the sorted place `first`. */
static void look_along(const Build *b, const int *start, int first, double from, double to, Segments *s) {
  const int n = b->n_bins;
  int low = (int)floor(from * b->per_bin - 1e-3), high = (int)floor(to * b->per_bin + 1e-3) + 1; /* bins [low, high) */
  const bool wraps = b->in->is_periodic[0];
  if (wraps && high - low >= n) low = 0, high = n;
  const int inner_low = low < 0 ? 0 : low, inner_high = high > n ? n : high;
  if (inner_low < inner_high) add_segment(s, start[inner_low] > first ? start[inner_low] : first, start[inner_high]);
  if (wraps && low < 0) add_segment(s, start[low + n] > first ? start[low + n] : first, start[n]);
  if (wraps && high > n) add_segment(s, start[0] > first ? start[0] : first, start[high - n]);
}

/** Rows of one axis (1 or 2) within reach of the group whose extent is [low, high] there: row numbers and gaps. The pitch is at least the
 *  reach. */
static int rows_near(const Build *b, int axis, int own, double low, double high, int rows[AROUND], double gaps[AROUND]) {
  const int n        = b->n_rows[axis];
  const double pitch = b->pitch[axis];
  int count          = 0;
  if (n < AROUND) { /* all of them, once */
    for (int k = 0; k < n; k++) rows[count] = k, gaps[count++] = 0;
    return count;
  }
  for (int k = own - 1; k <= own + 1; k++) {
    const int wrapped = k < 0 ? k + n : k >= n ? k - n : k;
    if (wrapped != k && !b->in->is_periodic[axis]) continue;
    const double gap = k > own ? k * pitch - high : k < own ? low - (k + 1) * pitch : 0.0;
    if (gap > b->reach) continue;
    rows[count] = wrapped, gaps[count++] = gap > 0 ? gap - 1e-4 * pitch : 0.0;
  }
  return count;
}
static double place_in_region(const Build *b, const Group *g, int axis) { /* of the reference, sigma */
  const uint64_t full = (uint64_t)(uint32_t)g->reference[axis] << 32;
  return (double)((full - b->origin[axis]) >> 32) * 0x1p-32 * b->in->edges[axis];
}

/** For is_all_above. Lower halves of the coordinates are left out: what is closer than SURE to a centre or to half an edge is not sure. */
static bool ghosts_above(const Build *b, const Group *g, const Candidates *c) {
  const int axis   = b->in->owner_axis;
  const float SURE = 1e-3f, highest = g->middle[axis] + g->half[axis] + SURE;
  const float far   = g->middle[axis] - g->half[axis] - SURE + 0.5f * (float)b->in->edges[axis]; /* half an edge from the lowest */
  unsigned doubtful = 0;
  for (int j = c->first_ghost; j < c->n; j += F) {
    const vf x          = vf_load(c->x[axis] + j);
    const unsigned sure = vf_lt(vf_set(highest), x) & vf_lt(x, vf_set(far));
    doubtful |= ~sure & (c->n - j < F ? (1u << (c->n - j)) - 1 : (1u << F) - 1);
  }
  return doubtful == 0;
}

static void search_group(Build *b, const Group *g, int iy, int iz, Candidates *c) {
  int rows[2][AROUND];
  double gaps[2][AROUND], low[3], high[3];
  for (int axis = 0; axis < 3; axis++) {
    const double middle = place_in_region(b, g, axis) + (double)g->middle[axis];
    low[axis]           = middle - (double)g->half[axis];
    high[axis]          = middle + (double)g->half[axis];
  }
  const int n_y = rows_near(b, 1, iy, low[1], high[1], rows[0], gaps[0]);
  const int n_z = b->in->dim == 2 ? 1 : rows_near(b, 2, iz, low[2], high[2], rows[1], gaps[1]);
  if (b->in->dim == 2) rows[1][0] = 0, gaps[1][0] = 0;
  const int own         = iz * b->n_rows[1] + iy;
  const bool has_ghosts = b->has_ghosts && g->outer;
  Segments of[2]; /* locals, ghosts */
  c->n = of[0].n = of[1].n = 0;
  look_along(b, b->start + (int64_t)own * b->n_bins, g->first, low[0] - b->reach, high[0] + b->reach, &of[0]);
  for (int z = 0; z < n_z; z++)
    for (int y = 0; y < n_y; y++) {
      const int row    = rows[1][z] * b->n_rows[1] + rows[0][y];
      const int *start = b->start + (int64_t)row * b->n_bins, *ghosts = start + b->n_cells;
      const bool is_in = row > own, is_out = has_ghosts && ghosts[0] != ghosts[b->n_bins];
      const double left = b->reach * b->reach - gaps[0][y] * gaps[0][y] - gaps[1][z] * gaps[1][z];
      if (left <= 0 || !(is_in || is_out)) continue;
      const double along = sqrt(left);
      if (is_in) look_along(b, start, 0, low[0] - along, high[0] + along, &of[0]);
      if (is_out) look_along(b, ghosts, 0, low[0] - along, high[0] + along, &of[1]);
    }
  for (int is_ghost = 0; is_ghost <= has_ghosts; is_ghost++) {
    collect(b, g, &of[is_ghost], c);
    for (int k = 0; k < F; k++) c->x[0][c->n + k] = 1e15f, c->index[c->n + k] = 0; /* never within reach */
    if (!is_ghost) c->n_local = c->n;
    if (!is_ghost) c->n = c->first_ghost = (c->n + F - 1) / F * F;
  }
  c->is_all_above = ghosts_above(b, g, c);
  memset(c->met, 0, (size_t)((c->n - c->first_ghost + F - 1) / F) * sizeof *c->met);
}

/** A centre at work: where it is, its skin, and the neighbours found. */
typedef struct Picker {
  vf x, y, z, skin;
  const float *reach; /* of the candidates, for this species of centre */
  int32_t *next;      /* behind those found */
} Picker;
ALWAYS_INLINE Picker open_picker(const Build *b, const Group *g, const Candidates *c, int m, int32_t *found) {
  const int p = g->first + m;
  return (Picker){vf_set(g->at[0][m]), vf_set(g->at[1][m]), vf_set(g->at[2][m]), vf_set(b->skin[p]), c->reach[b->species[p]], found};
}
/** Lanes behind the k-th. */
ALWAYS_INLINE unsigned behind(int k) { return k < 0 ? ~0u : k < F - 1 ? ~0u << (k + 1) : 0u; }
ALWAYS_INLINE unsigned keep(Picker *p, unsigned allowed, vf dx, vf dy, vf dz, vf reach, vs index, int dim) {
  const vf x = dx - p->x, y = dy - p->y;
  vf r2 = vf_fma(y, y, x * x);
  if (dim == 3) r2 = vf_fma(dz - p->z, dz - p->z, r2);
  const unsigned mask = vf_lt(r2, (reach + p->skin) * (reach + p->skin)) & allowed;
  vs_pack(p->next, mask, index);
  p->next += __builtin_popcount(mask);
  return mask;
}
/** F candidates from the j-th on, a multiple of F, for two centres: of them those in the masks. Returns whom either has picked. */
ALWAYS_INLINE unsigned pick(Picker *one, Picker *two, const Candidates *c, int j, unsigned allow_one, unsigned allow_two, int dim) {
  const vf x = vf_load(c->x[0] + j), y = vf_load(c->x[1] + j), z = dim == 3 ? vf_load(c->x[2] + j) : y;
  const vf reach_one = vf_load(one->reach + j), reach_two = vf_load(two->reach + j);
  const vs index      = vs_load(c->index + j);
  const unsigned kept = keep(one, allow_one, x, y, z, reach_one, index, dim);
  return kept | keep(two, allow_two, x, y, z, reach_two, index, dim);
}
/** Place in the buffer, not before `from`, of the m-th centre: it is within its own reach. */
ALWAYS_INLINE int place_of_centre(const Build *b, const Group *g, const Candidates *c, int m, int from) {
  const int32_t self = b->index[g->first + m];
  while (c->index[from] != self) from++;
  return from;
}
/** The row of a centre: of the ghosts that it found, which are at [n_local, n), those whose pair is this rank's. Where that is open, they
 * are marked here. */
static void add_own(Build *b, const Candidates *c, int window, int place, int32_t *found, int n_local, int n) {
  const int64_t *x = b->in->x + b->index[place];
  int kept         = c->is_all_above ? n : n_local;
  for (int k = kept; k < n; k++) {
    const int32_t ghost = found[kept] = found[k];
    const bool is_own                 = list_owns(b->in->owner_axis, x, b->in->x + ghost);
    b->in->is_met[ghost / 4] |= is_own;
    kept += is_own;
  }
  add_row(&b->windows, window, b->index[place], found, kept, kept > n_local);
}
/** Marks what the group has picked, if all of it is this rank's. */
ALWAYS_INLINE void mark_met(const Build *b, const Candidates *c) {
  unsigned char *const is_met = b->in->is_met;
  const int32_t *ghosts       = c->index + c->first_ghost;
  for (int j = c->first_ghost, k = 0; j < c->n && c->is_all_above; j += F, ghosts += F, k++) {
    const unsigned met = c->met[k];
    for (int lane = 0; lane < F; lane++) is_met[(unsigned)ghosts[lane] / 4] |= (unsigned char)(met >> lane & 1);
  }
}
/** The window of a centre's row. */
ALWAYS_INLINE int window_of(const Build *b, const Group *g, int m) {
  return 2 * b->species[g->first + m] + (g->outer >> m & 1 || !b->in->is_split);
}
/** The place in the first page of an array of the buffer that is so many bytes, a multiple of 64, behind that of the stack in its page. */
ALWAYS_INLINE int32_t *apart(int32_t *array, const void *stack, uintptr_t bytes) {
  return array + ((uintptr_t)stack / 64 * 64 + bytes - (uintptr_t)array) % PAGE / sizeof *array;
}
/** The centres of the group pick their neighbours from the buffer, two at a time. */
ALWAYS_INLINE void pick_neighbors(Build *b, const Group *g, const Candidates *buffer, int dim) {
  const Candidates copy = *buffer, *const c = &copy; /* known to stay as it is */
  const void *const stack = __builtin_frame_address(0);
  int32_t *const found = apart(c->found[0], stack, PAGE / 2), *const other = apart(c->found[1], stack, PAGE / 2 + 576);
  int place = -1;
  for (int m = 0; m < g->n; m += 2) {
    const int two   = m + 1 < g->n ? m + 1 : m; /* an odd last one is done twice */
    const int first = place_of_centre(b, g, c, m, place + 1);
    place           = two == m ? first : place_of_centre(b, g, c, two, first + 1);
    Picker one = open_picker(b, g, c, m, found), next = open_picker(b, g, c, two, other);
    int j = (first + 1) / F * F;
    for (; j <= place; j += F) pick(&one, &next, c, j, behind(first - j), behind(place - j), dim); /* some come before a centre */
    for (; j < c->n_local; j += F) pick(&one, &next, c, j, ~0u, ~0u, dim);
    const int n_one = (int)(one.next - found), n_next = (int)(next.next - other);
    const bool has_ghosts = g->outer >> m & 3;
    unsigned *met         = c->met;
    for (j = c->first_ghost; j < c->n && has_ghosts; j += F) *met++ |= pick(&one, &next, c, j, ~0u, ~0u, dim);
    add_own(b, c, window_of(b, g, m), m + g->first, found, n_one, (int)(one.next - found));
    if (two != m) add_own(b, c, window_of(b, g, two), two + g->first, other, n_next, (int)(next.next - other));
  }
}

/* Functions of their own: by themselves they need no word of the stack in their loops (see divide). */
NEVER_INLINE void pick_neighbors_3(Build *b, const Group *g, const Candidates *c) { pick_neighbors(b, g, c, 3); }
NEVER_INLINE void pick_neighbors_2(Build *b, const Group *g, const Candidates *c) { pick_neighbors(b, g, c, 2); }

/** Rows are visited along y, then z: of the rows around (iy, iz) all were read before but (iy + 1, iz + 1). So while (iy, iz) is searched,
 *  what the next one will be the first to read is fetched: (iy + 2, iz + 1). A wrong guess at an end costs nothing but itself. */
static void fetch_row_ahead(const Build *b, int iy, int iz, int from, int to) {
  const int *n = b->n_rows, y = (iy + 2) % n[1], z = (iz + 1) % n[2];
  const int *start = b->start + (int64_t)(z * n[1] + y) * b->n_bins;
  for (int p = start[from]; p < start[to]; p += 16) { /* a cache line of 4-byte numbers */
    fetch_sorted(b, p);
    for (int a = 0; a < b->in->n_species; a++) v_fetch_near(b->reach_of[a] + p);
  }
}

/** The centres of bins [from, to) of a row, group by group. */
static void search_row(Build *b, int iy, int iz, int from, int to, Candidates *c) {
  const int *start = b->start + (int64_t)(iz * b->n_rows[1] + iy) * b->n_bins;
  fetch_row_ahead(b, iy, iz, from, to);
  for (int p = start[from]; p < start[to];) {
    Group g;
    open_group(b, &g, p, start[to]);
    search_group(b, &g, iy, iz, c);
    if (b->in->dim == 3)
      pick_neighbors_3(b, &g, c);
    else
      pick_neighbors_2(b, &g, c);
    mark_met(b, c);
    p += g.n;
  }
}
/** All centres, block by block. */
static void visit_blocks(Build *b, Candidates *c) {
  const int *n        = b->n_rows;
  const int blocks[3] = {list_blocks(b->length[0], b->in->dim), list_blocks(b->length[1], b->in->dim),
                         list_blocks(b->length[2], b->in->dim)};
  for (int z = 0; z < blocks[2]; z++)
    for (int y = 0; y < blocks[1]; y++)
      for (int x = 0; x < blocks[0]; x++)
        for (int iz = z * n[2] / blocks[2]; iz < (z + 1) * n[2] / blocks[2]; iz++)
          for (int iy = y * n[1] / blocks[1]; iy < (y + 1) * n[1] / blocks[1]; iy++)
            search_row(b, iy, iz, x * n[0] / blocks[0], (x + 1) * n[0] / blocks[0], c);
}

static void reserve_chunks(List *list, const ListInput *in) {
  size_t n = 0;
  for (int r = 0; r < in->n_ranges; r++)
    if (in->ranges[r].is_local) n += (size_t)in->ranges[r].count / W + 2; /* an incomplete one in each of its windows */
  if (n > list->chunk_capacity || list->width != W) {
    const size_t size = n + n / 8 + 8;
    list_clear(list);
    list->order          = memory_array(size, sizeof(int));
    list->is_inner       = memory_array(size, sizeof(bool));
    list->species        = memory_array(size, sizeof(int));
    list->lanes          = memory_array(size, sizeof(int));
    list->full           = memory_array(size, sizeof(int));
    list->columns        = memory_array(size, sizeof(int));
    list->first          = memory_array(size, sizeof(int64_t));
    list->centres        = memory_array(size * W, sizeof(int32_t));
    list->counts         = memory_array(size * W, sizeof(int32_t));
    list->chunk_capacity = size;
  }
  list->width     = W;
  list->n_chunks  = 0;
  list->n_entries = list->n_pairs = 0;
}

void PATH_NAME(list_build)(const ListInput *input, ListScratch *scratch, List *list);
void PATH_NAME(list_build)(const ListInput *input, ListScratch *scratch, List *list) {
  Build b = {.in = input, .scratch = scratch};
  reserve_chunks(list, input);
  set_grid(&b);
  sort_particles(&b);
  open_windows(&b.windows, list, scratch, input->n_species);
  Candidates c        = {.n = 0};
  float *const memory = scratch_array(scratch, A_BUFFER, memory_of(FIRST_CAPACITY), sizeof *memory);
  divide(&c, memory, scratch->capacities[A_BUFFER]);
  visit_blocks(&b, &c);
  close_windows(&b.windows);
}
