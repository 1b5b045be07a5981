#pragma once
/** Inside of the list builder: finished neighbour rows collect in two windows per species, inner rows and such as may have ghosts; a full
 *  window is sorted by length and written as chunks of W lanes, so that lanes of a chunk end together and centres of a chunk lie near each
 *  other. */
#include "base/memory.h"
#include "kernels/list_build.h"
#include "kernels/vector.h"

enum { WINDOW = 16 * W };
enum { SCRATCH_SIZES = 27, SCRATCH_WINDOW = 28 }; /* arrays of the builder's scratch memory */

typedef struct Window {
  int n, centre[WINDOW], count[WINDOW];
  bool has_ghosts[WINDOW]; /* really */
  int32_t *rows;           /* [WINDOW][row_capacity] */
} Window;
typedef struct Windows {
  List *list;
  ListScratch *scratch;
  int n; /* two per species s: 2 s inner rows, 2 s + 1 rows that may have ghosts */
  size_t row_capacity;
  Window of[2 * MAX_SPECIES];
} Windows;

static inline void *scratch_array(ListScratch *scratch, int which, size_t count, size_t size) {
  memory_grow(&scratch->arrays[which], &scratch->capacities[which], count, 0, size);
  return scratch->arrays[which];
}

static void emit_chunk(const Windows *windows, int window, const int *order, int n) {
  List *list      = windows->list;
  const Window *w = &windows->of[window];
  const int chunk = list->n_chunks++;
  int columns = w->count[order[n - 1]], full = n == W ? w->count[order[0]] : 0;
  list->species[chunk]  = window / 2;
  list->is_inner[chunk] = true;
  for (int lane = 0; lane < n; lane++) list->is_inner[chunk] &= !w->has_ghosts[order[lane]];
  list->lanes[chunk]   = n;
  list->full[chunk]    = full;
  list->columns[chunk] = columns;
  list->first[chunk]   = list->n_entries;
  const int rounded    = (columns + W - 1) / W * W; /* so many are written; what is too many belongs to the next chunk */
  memory_grow((void **)&list->entries, &list->entry_capacity, (size_t)(list->n_entries + (int64_t)rounded * W), (size_t)list->n_entries,
              sizeof(int32_t));
  int32_t *entries = list->entries + list->n_entries;
  const int32_t *rows[W];
  for (int lane = 0; lane < W; lane++) {
    const int r                              = order[lane < n ? lane : n - 1];
    int32_t *row                             = w->rows + (size_t)r * windows->row_capacity;
    list->centres[(int64_t)chunk * W + lane] = w->centre[r];
    list->counts[(int64_t)chunk * W + lane]  = lane < n ? w->count[r] : 0;
    for (int k = w->count[r] + F; k < rounded; k += F) vs_storeu(row + k, vs_set(w->centre[r]));
    rows[lane] = row;
  }
  for (int k = 0; k < rounded; k += W) vs_transpose(entries + (int64_t)k * W, rows, k);
  for (int lane = n; lane < W; lane++)
    for (int k = 0; k < columns; k++) entries[(int64_t)k * W + lane] = w->centre[order[n - 1]];
  list->n_entries += (int64_t)columns * W;
}

/** Write the window's rows as chunks, sorted by length; unless `all`, an incomplete last chunk stays. */
static void flush_window(Windows *windows, int window, bool all) {
  Window *w   = &windows->of[window];
  int longest = 0, order[WINDOW];
  for (int k = 0; k < w->n; k++) longest = w->count[k] > longest ? w->count[k] : longest;
  int *place = scratch_array(windows->scratch, SCRATCH_SIZES, (size_t)longest + 2, sizeof(int));
  memset(place, 0, ((size_t)longest + 2) * sizeof(int));
  for (int k = 0; k < w->n; k++) place[w->count[k] + 1]++;
  for (int k = 1; k < longest + 2; k++) place[k] += place[k - 1];
  for (int k = 0; k < w->n; k++) order[place[w->count[k]]++] = k;
  int done = 0;
  for (; done + W <= w->n; done += W) emit_chunk(windows, window, order + done, W);
  if (all && done < w->n) {
    emit_chunk(windows, window, order + done, w->n - done);
    done = w->n;
  }
  const int rest = w->n - done; /* fewer than W rows: through a copy, since places may overlap */
  for (int k = 0; k < rest; k++) order[k] = order[done + k];
  for (int k = 1; k < rest; k++) /* ascending places: every move goes down */
    for (int m = k; m > 0 && order[m - 1] > order[m]; m--) {
      const int swap = order[m];
      order[m]       = order[m - 1];
      order[m - 1]   = swap;
    }
  for (int k = 0; k < rest; k++) {
    const int from   = order[k];
    w->centre[k]     = w->centre[from];
    w->count[k]      = w->count[from];
    w->has_ghosts[k] = w->has_ghosts[from];
    if (from != k)
      memcpy(w->rows + (size_t)k * windows->row_capacity, w->rows + (size_t)from * windows->row_capacity,
             ((size_t)w->count[k] + F) * sizeof(int32_t));
  }
  w->n = rest;
}

static void grow_rows(Windows *windows, size_t count) {
  const size_t old = windows->row_capacity, new = count + count / 2 + 2 * F;
  for (int q = 0; q < windows->n; q++) {
    int32_t *rows = memory_array(WINDOW * new, sizeof(int32_t));
    for (int k = 0; k < windows->of[q].n; k++)
      memcpy(rows + (size_t)k * new, windows->of[q].rows + (size_t)k * old, ((size_t)windows->of[q].count[k] + F) * sizeof(int32_t));
    memory_free(windows->of[q].rows);
    windows->of[q].rows                              = rows;
    windows->scratch->arrays[SCRATCH_WINDOW + q]     = rows;
    windows->scratch->capacities[SCRATCH_WINDOW + q] = WINDOW * new;
  }
  windows->row_capacity = new;
}
static void add_row(Windows *windows, int window, int32_t centre, const int32_t *found, int n, bool has_ghosts) {
  windows->list->n_pairs += n;
  if ((size_t)n + W + F > windows->row_capacity) grow_rows(windows, (size_t)n + W + F); /* so far is filled; at least 2 F */
  Window *w = &windows->of[window];
  if (w->n == WINDOW) flush_window(windows, window, false);
  int32_t *row   = w->rows + (size_t)w->n * windows->row_capacity;
  const int many = n > 2 * F ? n : 2 * F; /* most rows are no longer: the end of the loop is foreseen */
  for (int k = 0; k < many; k += F) vs_storeu(row + k, vs_loadu(found + k));
  vs_storeu(row + n, vs_set(centre)); /* in chunks with longer rows; long before that is read */
  w->centre[w->n]     = centre;
  w->count[w->n]      = n;
  w->has_ghosts[w->n] = has_ghosts;
  w->n++;
}
/** Ready for rows; buffers of the last build are used again. */
static void open_windows(Windows *windows, List *list, ListScratch *scratch, int n_species) {
  *windows = (Windows){.list = list, .scratch = scratch, .n = 2 * n_species, .row_capacity = scratch->capacities[SCRATCH_WINDOW] / WINDOW};
  for (int q = 0; q < windows->n; q++) windows->of[q].rows = scratch->arrays[SCRATCH_WINDOW + q];
  if (windows->row_capacity == 0) grow_rows(windows, 96);
}
/** All rows to chunks, and the chunks in order. */
static void close_windows(Windows *windows) {
  List *list = windows->list;
  int n      = 0;
  for (int q = 0; q < windows->n; q++) flush_window(windows, q, true);
  for (int chunk = 0; chunk < list->n_chunks; chunk++)
    if (list->is_inner[chunk]) list->order[n++] = chunk;
  list->n_inner = n;
  for (int chunk = 0; chunk < list->n_chunks; chunk++)
    if (!list->is_inner[chunk]) list->order[n++] = chunk;
}
